# SPDX-License-Identifier: Apache-2.0
"""Judges an envelope by what a store knows of its place in a chain; pure.

Rules: two contents for one place of a chain are a fork, and so are neighbours that do
not name each other; an envelope and the void that stands for it are one content; a
deleted one is compared by the digest that it left; a chain's end moves only over a
sequence without a hole, but for what was given up.
Not here: how a store knows that (`sqlite_put.py`, `postgres/put.py`), verifying
(`server/gate`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from server.store.interface import DeviceState, StoredEnvelope, Verdict
from wire.envelope import NO_PREVIOUS, named
from wire.messages import Fate

STORED = Verdict(Fate.STORED, "")
DUPLICATE = Verdict(Fate.DUPLICATE, "")
FORKED = Verdict(Fate.REFUSED, "forked")
OVER_QUOTA = Verdict(Fate.RETRY, "over-quota")
_UNHEARD = {
    DeviceState.QUARANTINED: FORKED,
    DeviceState.REVOKED: Verdict(Fate.REFUSED, "revoked"),
}
_GONE = Verdict(Fate.REFUSED, "gone")
"""After a farewell nothing new comes: whoever sends it holds a copy of the keys."""

Place = tuple[bytes, bytes, bytes]
"""Tenant, device and incarnation."""


@dataclass(frozen=True, slots=True)
class Held:
    """What stands, or stood, at a place.

    Attributes:
        digest: its own.
        previous: of the one before it; None of what was deleted.
        instead: of a void.
    """

    digest: bytes
    previous: bytes | None
    instead: bytes | None

    @property
    def names(self) -> bytes | None:
        """Return the digest that stands for its place; None: unknown."""
        return named(self.digest, self.instead)


class Known(Protocol):
    """What a store knows within a transaction, what it has just stored included."""

    def state(self, place: Place) -> DeviceState | None:
        """Return the state of a chain's device; None of one that is not enrolled."""

    def near(self, place: Place, sequence: int) -> Mapping[int, Held]:
        """Return what stands, or stood, at a sequence and on both sides of it."""

    def followed(self, envelope: StoredEnvelope) -> bool:
        """Tell whether another envelope of the device follows the same one."""

    def given_up(self, place: Place, sequence: int) -> bool:
        """Tell whether a sequence is in a stretch that was given up."""

    def end(self, place: Place) -> tuple[int, bytes] | None:
        """Return a chain's end and its name; None: no such chain."""


def judge(known: Known, envelope: StoredEnvelope) -> Verdict:
    """Return what is to become of an envelope, before the day's room is looked at."""
    state = known.state((envelope.tenant, envelope.device, envelope.incarnation))
    # revoked since the gate looked: what waited for a commit is not taken either
    unheard = _UNHEARD.get(state) if state is not None else None
    if unheard is not None:
        return unheard
    verdict = _placed(known, envelope)
    return _GONE if state is DeviceState.GONE and verdict is STORED else verdict


def _placed(known: Known, envelope: StoredEnvelope) -> Verdict:
    """Compare with what stands, or stood, at its place of the chain and beside it."""
    place = envelope.tenant, envelope.device, envelope.incarnation
    near = known.near(place, envelope.sequence)
    same = near.get(envelope.sequence)
    if same is not None:
        return DUPLICATE if _agree(same, envelope) else FORKED
    below, above = near.get(envelope.sequence - 1), near.get(envelope.sequence + 1)
    first = envelope.previous == NO_PREVIOUS
    if not _joins(envelope, below, above) or (not first and known.followed(envelope)):
        return FORKED
    if known.given_up(place, envelope.sequence):
        return DUPLICATE
    return _at_end(known.end(place), envelope, joined=below is not None)


def _joins(envelope: StoredEnvelope, below: Held | None, above: Held | None) -> bool:
    """Tell whether an envelope and those beside it name each other, where known."""
    if below is not None and below.names not in (None, envelope.previous):
        return False
    return (
        above is None
        or None in (above.previous, envelope.names)
        or above.previous == envelope.names
    )


def _agree(held: Held, envelope: StoredEnvelope) -> bool:
    """Tell whether two contents of one place are one: the same, or one's void."""
    if held.digest == envelope.digest:
        return True
    if held.instead is None and envelope.instead is None:
        return False
    return None in (held.names, envelope.names) or held.names == envelope.names


def _at_end(
    end: tuple[int, bytes] | None, envelope: StoredEnvelope, *, joined: bool
) -> Verdict:
    """Compare with the chain's end, which outlives what an older release deleted.

    Args:
        end: of the chain.
        envelope: whose own place is empty.
        joined: whether the one before it is known, and it follows that.
    """
    if end is None:
        return STORED
    sequence, name = end
    if envelope.sequence < sequence:
        return DUPLICATE
    if envelope.sequence == sequence:
        return DUPLICATE if envelope.names in (None, name) else FORKED
    if not joined and envelope.sequence == sequence + 1 and envelope.previous != name:
        return FORKED
    return STORED


def advanced(
    end: tuple[int, bytes] | None,
    given_up: Mapping[int, int],
    behind: Iterable[tuple[int, bytes, bytes | None]],
) -> tuple[int, bytes]:
    """Return a chain's end, moved over what has arrived without a hole.

    Args:
        end: of the chain so far, and its name.
        given_up: last sequence of each stretch, by its first.
        behind: sequence, digest and what it stands for, of all behind the end in order.
    """
    sequence, name = end or (0, NO_PREVIOUS)
    for at, digest, instead in behind:
        expected = sequence + 1
        while expected in given_up:
            expected = given_up[expected] + 1
        if at != expected:
            break
        sequence, name = at, named(digest, instead) or digest
    return sequence, name
