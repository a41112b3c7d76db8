# SPDX-License-Identifier: Apache-2.0
"""`discreet-agent run`: collect and ship until stopped; what a service runs too.

Rules: SIGTERM and Ctrl-C end it within a second, SIGHUP has it read its settings anew;
its log is JSON on standard error, or what hosts it says; a machine with an `enrol.toml`
is enrolled first, however long the network takes; what lies in the state directory in
the place of what it began with, it begins anew with; a service whose state directory
cannot be used ends late, for to start every ten seconds costs more than to wait; on
Windows it waits on, for no start anew sees more there, and its manager comes late.
Not here: the loops themselves (`agent/resident.py`, `agent/unattended.py`), services
(`service/`).
"""

import argparse
import gc
import os
import select
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from types import FrameType

from agent.budget import BACKOFF_FIRST_SECONDS, DISK_SECONDS
from agent.commands._network import add_proxy_option, courier_for, proxy_for
from agent.delivery.courier import Courier
from agent.delivery.proxies import Proxy
from agent.enrol_file import tidy
from agent.errors import NotEnrolledError, StateError
from agent.footing import StateReplacedError
from agent.identity import Identity, load
from agent.life import Alone, Life
from agent.logs import Log
from agent.progress import StuckError
from agent.resident import Resident
from agent.settings import configure
from agent.state import State, state_at
from agent.stop import Roused, Stop, Stopped

_ANEW = getattr(signal, "SIGHUP", None)
"""Windows has none: a service is told there by its manager."""
_SIGNALS = tuple(one for one in (signal.SIGTERM, signal.SIGINT, _ANEW) if one)
_DRAIN = 4_096


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_proxy_option(parser)
    parser.add_argument(
        "--wait",
        action="store_true",
        help="stay also while the machine is not enrolled, and no enrol.toml is here; "
        "end late, to be started anew, where the state directory cannot be used",
    )
    parser.add_argument(
        "--now",
        action="store_true",
        help="read and ship at once, not at this device's own moments of the first "
        "five minutes",
    )


def run(options: argparse.Namespace) -> int:
    """Run until stopped.

    Raises:
        AgentError: it cannot start.
    """
    with stop_on_signals() as stop:
        return run_hosted(options, Hosted(stop, Alone(), Log()))


@dataclass(frozen=True, slots=True)
class Hosted:
    """Who hosts the agent: a service manager, or nobody.

    Attributes:
        stop: tells when to end, and when to read the settings anew.
        life: hears how the agent lives.
        log: where events go.
        in_place: whether it waits here for a state directory that cannot be used: a
            service of Windows sees the same mounts as all others.
    """

    stop: Stop
    life: Life
    log: Log
    in_place: bool = os.name == "nt"


def run_hosted(options: argparse.Namespace, by: Hosted) -> int:
    """Run until stopped.

    Args:
        options: as the command line gives them.
        by: who hosts it.

    Raises:
        AgentError: it cannot start.
    """
    _let_go()
    state = state_at(options.state)
    by.log.write_from(options.settings.log)
    at_once: bool = options.now
    while True:
        try:
            _live(state, by, options, at_once=at_once)
        except StateReplacedError:
            by.log.warning("state-replaced")
            if by.stop.rest(BACKOFF_FIRST_SECONDS):  # whatever goes on there
                return 0
            at_once = True  # no other machine of a site begins now
        except StateError as problem:
            if options.wait:
                by.log.failure("state-unusable")
                if not _waited(by, str(problem)):
                    return 0
            if not (options.wait and by.in_place) or isinstance(problem, StuckError):
                raise  # started again, it sees what is mounted by then
        else:
            return 0


def _live(
    state: State, by: Hosted, options: argparse.Namespace, *, at_once: bool
) -> None:
    """Run as the device whose state this is, until it is to end.

    Args:
        state: the state directory.
        by: who hosts it.
        options: the command line.
        at_once: whether the first pass and exchange wait for no moment of their own.

    Raises:
        StateReplacedError: the state is another one now.
        AgentError: it cannot start.
    """
    who = enrolled(state, by, options)
    if who is None:
        return
    url = who.url

    def couriers() -> Courier:
        by.log.write_from(configure(options).log)
        return courier_for(url, options)

    Resident(
        state,
        courier_for(url, options),
        by.log,
        by.stop,
        at_once=at_once,
        life=by.life,
        couriers=couriers,
        leaves=options.wait,
    ).run()


def _waited(by: Hosted, why: str) -> bool:
    """Wait until it is time to be started again; false for to end.

    Args:
        by: who hosts it; a manager hears that it is up, and why it does nothing.
        why: the state cannot be used, in a sentence.
    """
    by.life.ready()
    by.life.status(why)
    until = time.monotonic() + DISK_SECONDS
    while (left := until - time.monotonic()) > 0:
        by.life.turned()
        if by.stop.rest(min(left, by.life.beat)):
            by.life.stopping()
            return False
        if by.stop.anew():
            break
    return True


def _let_go() -> None:
    """Free the parser and what imports left; other commands end too soon for that."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()


def enrolled(state: State, by: Hosted, options: argparse.Namespace) -> Identity | None:
    """Return who this device is, once it has enrolled; None where it is to end.

    Args:
        state: the state directory.
        by: who hosts it.
        options: the command line.

    Raises:
        AgentError: it is not enrolled, and nothing is here to enrol with.
    """
    try:
        who: Identity | None = load(state)
    except NotEnrolledError:
        from agent.unattended import (  # noqa: PLC0415 - once in a machine's life
            Unattended,
        )

        def proxy(url: str) -> Proxy | None:
            configure(options)  # what was wrong may be set right meanwhile
            return proxy_for(url, options)

        waiting = Unattended(
            state,
            options.settings.directory,
            proxy,
            by.log,
            by.stop,
            at_once=options.now,
            waits=options.wait,
            life=by.life,
        )
        who = waiting.run()
    if who is not None:
        tidy(state, options.settings.directory, by.log)
    return who


class SignalStop:
    """Tells the agent to end when a signal came; see `agent.stop.Stop`.

    A signal writes a byte into a socket, which the rest waits for. Only where it was
    allowed does the handler raise: in a wait, an exchange or a pass; the transaction
    that such a one may have begun is rolled back then, and nothing else is ever cut in
    two. A signal that comes while the agent works is not lost.
    """

    def __init__(self, reading: socket.socket) -> None:
        """Wait for bytes in a socket."""
        self._reading = reading
        self._told = False
        self._raises = False
        self._anew = False
        self._listens = False

    def handle(self, number: int, _frame: FrameType | None) -> None:
        """Take a signal."""
        if number == _ANEW:
            self._anew = True
            if self._listens:
                self._listens = self._raises = False
                raise Roused
            return
        self._told = True
        if self._raises:
            self._raises = self._listens = False  # a second one does not cut the end
            raise Stopped

    def rest(self, seconds: float) -> bool:
        """Wait so many seconds or less; true when the agent is to end."""
        if not self._told and not self._anew:
            select.select([self._reading], [], [], seconds)
        return self._told

    def anew(self) -> bool:
        """Tell, once, whether the settings are to be read anew."""
        found, self._anew = self._anew, False
        if found and not self._told:
            with suppress(BlockingIOError):  # what woke the rest is heard
                self._reading.recv(_DRAIN)
        return found

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """Have what is done inside broken off by Stopped when a signal comes."""
        try:
            self._raises = True
            if self._told:
                raise Stopped
            yield
        finally:
            self._raises = False

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Have a wait inside broken off by Roused as well."""
        try:
            with self.at_once():
                self._listens = True
                if self._anew:
                    raise Roused
                yield
        finally:
            self._listens = False


@contextmanager
def stop_on_signals() -> Iterator[SignalStop]:
    """Give what ends the agent on SIGTERM and Ctrl-C, and rouses it on SIGHUP."""
    reading, writing = socket.socketpair()
    with reading, writing:
        reading.settimeout(0)
        writing.settimeout(0)
        stop = SignalStop(reading)
        before = signal.set_wakeup_fd(writing.fileno(), warn_on_full_buffer=False)
        handlers = {number: signal.signal(number, stop.handle) for number in _SIGNALS}
        try:
            yield stop
        finally:
            for number, handler in handlers.items():
                signal.signal(number, handler)
            signal.set_wakeup_fd(before)
