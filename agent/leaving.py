# SPDX-License-Identifier: Apache-2.0
"""Leaves the collector: says farewell, and leaves nothing of a device behind.

Rules: the farewell is the last envelope of the chain, so what could not be sent before
it shows at the collector as missing; after it nothing is taken from these keys any
more; what is wiped does not wait for it, and keys are overwritten before anything else
goes, so that a kill leaves no device behind; what belongs to the machine stays.
Not here: who asks for it (`commands/forget.py`, `commands/prepare_image.py`), a new
identity in the place of an old one (`anew.py`).
"""

import shutil
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from agent.budget import FAREWELL_DAYS_SECONDS, FAREWELL_SECONDS
from agent.delivery.courier import Courier
from agent.delivery.receipts import QUEUED_THROUGH
from agent.delivery.shipping import CLOCK_SKEW, Act, Next
from agent.device import Device, at_work, time_of, trust_of
from agent.errors import AgentError, Problem, StateError
from agent.identity import Identity
from agent.spool.change import Filed, SpoolClass
from agent.state import MACHINE, State, scrub
from wire import limits
from wire.crypto.sealing import SUITE_NONE
from wire.envelope import (
    BUCKET_SECONDS,
    NO_KEY,
    VERSION,
    EnvelopeKind,
    Header,
    announce,
)
from wire.purposes import Purpose
from wire.trust import Trusted

GONE = "gone"
"""The collector's word for a device that has said farewell."""
_NUMBER = "farewell"
"""Number in the spool: which envelope says farewell."""
_UNTRUSTED = bytes(32)
_CLASS = "standard"
_SHIP = Next(Act.SHIP, count=limits.SHIPMENT_ENVELOPES, last=True)
_SECRET = ("identity.cbor", "pseudonyms.cbor", "enrolling.cbor", "enrol.toml")
"""Overwritten before they are removed, and first."""


@dataclass(frozen=True, slots=True)
class Left:
    """How leaving went.

    Attributes:
        told: whether the collector has the farewell.
        unsent: envelopes that it never got.
        why: why it has not; empty where it has.
    """

    told: bool
    unsent: int = 0
    why: str = ""


def say_farewell(
    state: State,
    who: Identity,
    courier: Courier,
    seconds: float = FAREWELL_SECONDS,
    monotonic: Callable[[], float] = time.monotonic,
) -> Left:
    """Send what waits, and then the farewell; whatever fails is told, not raised.

    Args:
        state: the state directory, whose lock is held.
        who: the device.
        courier: how it reaches the collector.
        seconds: for which what waits is sent; the farewell goes also after that.
        monotonic: a clock that only grows.
    """
    try:
        with at_work(state, who) as device:
            number = _put(device)
            why = ""
            try:
                _send(device, courier, number, monotonic() + seconds, monotonic)
            except AgentError as problem:
                if isinstance(problem, Problem) and problem.slug == GONE:
                    return Left(told=True)  # the answer to the first try was lost
                why = str(problem)
            told = not device.spool.unsent([number])
            unsent = device.spool.facts().waiting - (not told)
            return Left(told, unsent, "" if told else why or "it took nothing for now")
    except AgentError as problem:  # the spool itself cannot be used
        return Left(told=False, why=str(problem))


def _put(device: Device) -> int:
    """Put the farewell behind all that waits, once; return its number."""
    known = device.spool.value(_NUMBER)
    if known is not None:
        return known
    now = time_of(device)
    trust = trust_of(device, now)
    with device.spool.transaction() as change:
        place = change.place()
        header = Header(
            version=VERSION,
            kind=EnvelopeKind.FAREWELL,
            suite=SUITE_NONE,
            tenant=device.who.tenant,
            device=device.who.device,
            purpose=Purpose.SECURITY,
            retention=_CLASS,
            key_id=NO_KEY,
            policy=_UNTRUSTED if trust is None else trust.policy_digest,
            incarnation=place.incarnation,
            sequence=place.sequence,
            previous=place.previous,
            created=now,
            records=0,
            bucket=now - now % BUCKET_SECONDS,
        )
        octets = announce(header, device.who.signing)
        expires = now + FAREWELL_DAYS_SECONDS
        kept = Filed(Purpose.SECURITY, _CLASS, SpoolClass.CONTROL, 0, now, now, expires)
        change.put(place, octets, kept)
        change.set_number(_NUMBER, device.spool.newest())
    return device.spool.newest()


def _send(
    device: Device,
    courier: Courier,
    number: int,
    until: float,
    monotonic: Callable[[], float],
) -> None:
    """Send what waits as long as there is time, and the farewell in any case.

    What a collector has only queued is sent again: no copy is left of it here.

    Raises:
        AgentError: it cannot be sent.
    """
    trust = trust_of(device, time_of(device))
    queued = device.spool.value(QUEUED_THROUGH)
    if queued is not None:
        device.spool.resend_unmarked(queued)
    with courier.session(device, trust) as session:

        def act(step: Next, trust: Trusted | None) -> Trusted | None:
            return courier.act(session, device, trust, step).trust

        try:
            trust = act(Next(Act.POLL), trust)
        except Problem as problem:
            if problem.slug != CLOCK_SKEW:
                raise
            act(Next(Act.INTRODUCE), trust)
            trust = act(Next(Act.POLL), trust)
        waiting = device.spool.facts().waiting
        while waiting and monotonic() < until:
            act(_SHIP, trust)
            left = device.spool.facts().waiting
            if left >= waiting:
                break
            waiting = left
        if device.spool.unsent([number]):
            act(Next(Act.SHIP, count=1, live=number, backlog=0, last=True), trust)


def wipe(state: State, keep: Iterable[str] = ()) -> list[str]:
    """Remove all of a device; return the names of what could not be removed.

    Args:
        state: the state directory; its lock is held.
        keep: names that stay beside what belongs to the machine.
    """
    stays = MACHINE | set(keep)
    for name in _SECRET:
        if name not in stays:
            for path in state.directory.rglob(name):
                scrub(path)
    if not state.directory.exists():
        return []
    found = [one for one in state.directory.iterdir() if one.name not in stays]
    return [path.name for path in sorted(found) if not _remove(path)]


def _remove(path: Path) -> bool:
    try:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    except OSError:
        return False
    return True


def require_removed(stuck: list[str]) -> None:
    """Require that nothing of a device is left.

    Raises:
        StateError: something is.
    """
    if stuck:
        msg = (
            f"{len(stuck)} files of the state directory cannot be removed: end what "
            "uses them, run as their owner, then run the same command again"
        )
        raise StateError(msg)
