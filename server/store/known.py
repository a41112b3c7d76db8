# SPDX-License-Identifier: Apache-2.0
"""What a store knows of a batch of envelopes and its neighbours, held in memory.

Rules: a store reads it in a few questions, however many envelopes there are, and before
the first is judged; what is judged to be stored is known to those behind it.
Not here: reading it (`sqlite_known.py`, `postgres/known.py`), how an envelope is judged
(`judging.py`), writing (`sqlite_put.py`, `postgres/put.py`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from server.store.interface import DeviceState, StoredEnvelope, Verdict
from server.store.judging import FORKED, OVER_QUOTA, STORED, Held, Place, judge
from server.store.room import Room
from wire.envelope import EnvelopeKind

Whose = tuple[bytes, bytes]
"""Tenant and device."""


def place_of(envelope: StoredEnvelope) -> Place:
    """Return the chain of an envelope."""
    return envelope.tenant, envelope.device, envelope.incarnation


class Known:
    """What is known, as `judge` asks for it.

    Attributes:
        states: of devices that are enrolled.
        lost: what was given up of each chain: the last sequence by the first.
        ends: end, name and highest sequence of each chain that is known.
        ended: keys that have ended, with their tenant.
    """

    def __init__(self, places: Iterable[Place]) -> None:
        """Know nothing yet of some chains."""
        self.states: dict[Whose, DeviceState] = {}
        self.lost: dict[Place, dict[int, int]] = {place: {} for place in places}
        self.ends: dict[Place, tuple[int, bytes, int]] = {}
        self.ended: set[tuple[bytes, bytes]] = set()
        self._near: dict[Place, dict[int, Held]] = {place: {} for place in self.lost}
        self._followed: set[tuple[bytes, bytes, bytes]] = set()

    def stands(self, place: Place, sequence: int, held: Held) -> None:
        """Learn what stands, or stood, at a sequence of a chain."""
        self._near[place][sequence] = held

    def follows(self, tenant: bytes, device: bytes, previous: bytes) -> None:
        """Learn that an envelope of a device follows another one."""
        self._followed.add((tenant, device, previous))

    def state(self, place: Place) -> DeviceState | None:
        """Return the state of a chain's device; None of one that is not enrolled."""
        return self.states.get(place[:2])

    def near(self, place: Place, sequence: int) -> dict[int, Held]:
        """Return what stands, or stood, at a sequence and on both sides of it."""
        every = self._near[place]
        beside = range(sequence - 1, sequence + 2)
        return {at: every[at] for at in beside if at in every}

    def followed(self, envelope: StoredEnvelope) -> bool:
        """Tell whether another envelope of the device follows the same one."""
        return (envelope.tenant, envelope.device, envelope.previous) in self._followed

    def given_up(self, place: Place, sequence: int) -> bool:
        """Tell whether a sequence is in a stretch that was given up."""
        return any(a <= sequence <= b for a, b in self.lost[place].items())

    def end(self, place: Place) -> tuple[int, bytes] | None:
        """Return a chain's end and its name; None: no such chain."""
        found = self.ends.get(place)
        return found[:2] if found else None

    def reach(self, place: Place) -> tuple[int, int]:
        """Return up to where a chain is whole, and its highest sequence; 0: none."""
        sequence, _, highest = self.ends.get(place, (0, b"", 0))
        return sequence, highest

    def spends(self, envelope: StoredEnvelope) -> bool:
        """Tell whether an envelope's key has ended: its digest alone is kept."""
        return (envelope.tenant, envelope.key_id) in self.ended

    def add(self, envelope: StoredEnvelope) -> None:
        """Know an envelope that is being stored, for those behind it in the batch."""
        spent = self.spends(envelope)
        previous = None if spent else envelope.previous
        held = Held(envelope.digest, previous, envelope.instead)
        self.stands(place_of(envelope), envelope.sequence, held)
        if not spent:
            self.follows(envelope.tenant, envelope.device, envelope.previous)

    def change(self, whose: Whose, state: DeviceState) -> None:
        """Know another state of a device; a revoked one stays revoked."""
        if self.states.get(whose) not in {None, DeviceState.REVOKED}:
            self.states[whose] = state


def behind_of_batch(
    stored: Iterable[StoredEnvelope],
) -> list[tuple[int, bytes, bytes | None]]:
    """Return what a batch puts behind a chain's end, in order.

    That is all that is there, where what had arrived before is below the end.
    """
    return sorted((one.sequence, one.digest, one.instead) for one in stored)


@dataclass(slots=True)
class Judged:
    """What is to become of a batch.

    Attributes:
        verdicts: one for each envelope, in order.
        filed: those that are to be stored, by chain, in order.
        changed: what devices become by it: quarantined or gone.
    """

    verdicts: list[Verdict] = field(default_factory=list)
    filed: dict[Place, list[StoredEnvelope]] = field(default_factory=dict)
    changed: dict[Whose, DeviceState] = field(default_factory=dict)

    @property
    def stored(self) -> list[StoredEnvelope]:
        """Return all that are to be stored."""
        return [one for stored in self.filed.values() for one in stored]


def judged(known: Known, room: Room, envelopes: Sequence[StoredEnvelope]) -> Judged:
    """Judge a batch, one after the other.

    Args:
        known: of the batch and its neighbours; knows then what is to be stored, too.
        room: what is left of the day's.
        envelopes: the batch.
    """
    found = Judged()
    for envelope in envelopes:
        verdict = judge(known, envelope)
        if verdict is STORED and not room.takes(envelope):
            verdict = OVER_QUOTA
        found.verdicts.append(verdict)
        whose = envelope.tenant, envelope.device
        if verdict is STORED:
            found.filed.setdefault(place_of(envelope), []).append(envelope)
            known.add(envelope)
        if verdict is STORED and envelope.kind == EnvelopeKind.FAREWELL.value:
            known.change(whose, DeviceState.GONE)
            found.changed[whose] = DeviceState.GONE
        elif verdict is FORKED and known.states.get(whose) is not DeviceState.GONE:
            known.change(whose, DeviceState.QUARANTINED)
            found.changed[whose] = DeviceState.QUARANTINED
    return found
