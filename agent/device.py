# SPDX-License-Identifier: Apache-2.0
"""An enrolled device at work: its state directory, its identity and its open spool.

Rules: a value that keeps the three together; the spool is looked at as a whole when it
is opened for the first time and after an error, is opened all the same where the disk
does not give all of it, and is open in one process at a time but for who only looks.
Not here: the three themselves (`state.py`, `identity.py`, `agent/spool/spool.py`), how
often an ill disk has a spool looked at (`agent/spool/doubt.py`).
"""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from agent.clock import corrected, load_clock
from agent.errors import AgentError, StateError, UnreadError
from agent.identity import Identity, current_names, pseudonym_keys, trusted
from agent.obeyed import Obeyed
from agent.spool.doubt import Doubt, is_ill
from agent.spool.log import unread_of
from agent.spool.spool import Spool, open_spool
from agent.state import State, marked_at
from wire.errors import WireError
from wire.trust import Trusted

_UNREAD = "the spool cannot be read: check the state directory's disk"


@dataclass(frozen=True, slots=True)
class Device:
    """What every exchange with the collector needs of a device.

    Attributes:
        state: the state directory.
        who: the device.
        spool: open.
        unread: for who only looks, what of it the disk does not give, as a sentence.
    """

    state: State
    who: Identity
    spool: Spool
    unread: str = ""


@contextmanager
def at_work(state: State, who: Identity, *, mend: bool = True) -> Iterator[Device]:
    """Hold the device's spool open.

    Args:
        state: the state directory.
        who: the device.
        mend: set a damaged spool aside; false for who only looks.

    Raises:
        UnreadError: the disk refuses a part of it that is needed here.
        StateError: it cannot be opened or read.
    """
    unread = ""
    if mend:
        spool, _ = _open(state, Doubt(), look=True, doubted=True)
    else:
        spool, unread = _seen(state)
    try:
        yield Device(state, who, spool, unread)
    except sqlite3.Error as problem:
        if unread:
            raise UnreadError(unread) from problem
        raise StateError(_UNREAD) from problem
    finally:
        spool.close()


def _seen(state: State) -> tuple[Spool, str]:
    """Open the spool to look at it; return it, and what the disk does not give of it.

    Raises:
        UnreadError: the disk refuses what is needed to open it.
        StateError: it cannot be opened.
    """
    now, marked = int(time.time()), marked_at(state)
    try:
        return open_spool(state.spool, now, marked, mend=False), ""
    except StateError as problem:
        if not is_ill(problem):
            raise
        from agent.spool.unread import told  # noqa: PLC0415 - on an ill disk

        unread = told(state.spool)
        if not unread:
            raise
    try:
        spool = open_spool(state.spool, now, marked, mend=False, check=False)
    except StateError as problem:
        raise UnreadError(unread) from problem
    return spool, unread


@dataclass(slots=True)
class Bench:
    """A device that stays at work over many turns, with one open spool.

    Attributes:
        state: the state directory.
        who: the device.
        obeyed: what is obeyed, checked anew when it changes.
    """

    state: State
    who: Identity
    obeyed: Obeyed = field(init=False)
    _spool: Spool | None = None
    _doubt: Doubt = field(default_factory=Doubt)

    def __post_init__(self) -> None:
        """Remember nothing of what is obeyed yet."""
        self.obeyed = Obeyed(self.state, self.who)

    @contextmanager
    def at_work(self) -> Iterator[Device]:
        """Hold the device's spool open, and leave it open afterwards.

        Raises:
            StateError: it cannot be opened or read; the next time it is opened anew
                and, if that does not come too often, looked at as a whole.
        """
        spool = self._spool = self._spool or self._opened()
        try:
            yield Device(self.state, self.who, spool)
            spool.clean()
        except (sqlite3.Error, StateError) as problem:
            self.doubt(problem)
            if isinstance(problem, StateError):
                raise
            raise StateError(_UNREAD) from problem

    def close(self) -> None:
        """Close the spool, so that a pass's child has it alone."""
        if self._spool is not None:
            self._spool.close()
            self._spool = None

    def doubt(self, problem: BaseException | None = None) -> None:
        """Close the spool, and look at it as a whole when it may be.

        Args:
            problem: why; None where only is known that something went wrong.
        """
        self.close()
        self._doubt.raised(problem)

    def _opened(self) -> Spool:
        look = self._doubt.wants(time.monotonic())
        doubted = not self._doubt.looked_at
        began, sound, ill = time.process_time(), False, False
        try:
            spool, sound = _open(self.state, self._doubt, look=look, doubted=doubted)
        except StateError as problem:
            ill = is_ill(problem)
            raise
        else:
            ill = not sound
            return spool
        finally:
            if look:
                spent = time.process_time() - began
                self._doubt.looked(time.monotonic(), spent, sound=sound, ill=ill)


def _open(
    state: State, doubt: Doubt, *, look: bool, doubted: bool
) -> tuple[Spool, bool]:
    """Open the spool; return it, and whether all of it was looked at.

    One sector that cannot be read, of an envelope perhaps that is sent in a month, is
    no reason to do nothing until then; each envelope is compared before it is sent.
    What is refused for hours is given up, and a new spool made of the rest.

    Args:
        state: the state directory.
        doubt: what is known of it.
        look: at all of it, as far as the disk gives it.
        doubted: it was not looked at since the last error.

    Raises:
        StateError: the directory or the disk refuses.
    """
    now, marked = int(time.time()), marked_at(state)
    if look:
        spool: Spool | None
        try:
            spool = open_spool(state.spool, now, marked)
        except StateError as problem:
            if not is_ill(problem):
                raise
            spool = _without_lost(state, doubt, now, marked)
        if spool is not None:
            with suppress(OSError):  # all of it was given: what was refused counts anew
                unread_of(state.spool).unlink(missing_ok=True)
            return spool, True
    return open_spool(state.spool, now, marked, check=False, doubted=doubted), False


def _without_lost(
    state: State, doubt: Doubt, now: int, marked: int | None
) -> Spool | None:
    """Return a new spool without what the disk has refused for hours; None for none.

    None is made as long as something may be given again, nor without the space.
    """
    from agent.spool import unread  # noqa: PLC0415 - on an ill disk

    early = not doubt.asks(time.monotonic())
    lost = unread.wait(state.spool, now, early=early)
    if lost:
        with suppress(StateError):
            return open_spool(state.spool, now, marked, lost=lost)
    return None


def time_of(device: Device) -> int:
    """Return the time to go by, seconds since the epoch."""
    return corrected(load_clock(device.spool), time.time())


def trust_of(device: Device, now: int) -> Trusted | None:
    """Return what is trusted, or None where no valid bundle is here."""
    with suppress(WireError, AgentError):
        return trusted(device.state, device.who, now)
    return None


def can_name(device: Device, trust: Trusted, now: int) -> bool:
    """Tell whether pseudonym keys of this moment are here."""
    with suppress(WireError, AgentError):
        keys = pseudonym_keys(device.state, device.who, trust.root)
        return bool(current_names(keys, trust, now))
    return False
