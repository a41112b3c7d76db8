# SPDX-License-Identifier: Apache-2.0
"""The queue in numbers: sums that the database keeps itself.

Rules: no envelope's octets are read, and what it costs does not grow with the queue.
Not here: the queue (`queue.py`), who asks (`spool.py`).
"""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field

from agent.budget import MANY_VOIDS, SPOOL_MINIMUM_BYTES
from agent.spool import quotas, schema
from agent.spool.change import Sent, SpoolClass


@dataclass(frozen=True, slots=True)
class Facts:
    """The queue in numbers.

    Attributes:
        waiting: envelopes to send.
        received: envelopes that no mark covers yet.
        refused: envelopes that the gate will never take.
        octets: bytes of all of them.
        oldest: when the oldest waiting one was made.
        sequence: of the newest envelope.
        marked: through which a mark covers.
        gaps: losses that were announced.
        base: number of an envelope of this incarnation less its sequence.
        accepted: records that this incarnation has accepted.
        dropped: records that voids of this incarnation stand for.
        voids: voids of this incarnation.
        folded: readings of metrics that were left out.
        room: bytes that each class may still take.
        alarms: slugs of what needs attention.
    """

    waiting: int
    received: int
    refused: int
    octets: int
    oldest: int | None
    sequence: int
    marked: int
    gaps: int = 0
    base: int = 0
    accepted: int = 0
    dropped: int = 0
    voids: int = 0
    folded: int = 0
    room: Mapping[SpoolClass, int] = field(default_factory=dict)
    alarms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Sum:
    """Envelopes and octets of one class and fate."""

    kind: SpoolClass
    sent: Sent
    envelopes: int
    octets: int


def facts_of(database: sqlite3.Connection) -> Facts:
    """Return the queue in numbers."""
    sums = _sums(database)
    counts = {
        fate: sum(item.envelopes for item in sums if item.sent is fate) for fate in Sent
    }
    oldest = database.execute(
        "SELECT created FROM envelopes INDEXED BY waiting WHERE sent = 0 "
        "ORDER BY number LIMIT 1"
    ).fetchone()
    sequence, marked, base, accepted, dropped, voids = database.execute(
        "SELECT sequence, marked, base, accepted, dropped, voids FROM chain"
    ).fetchone()
    room = _room(sums)
    return Facts(
        counts[Sent.WAITING],
        counts[Sent.RECEIVED],
        counts[Sent.REFUSED],
        sum(item.octets for item in sums),
        oldest[0] if oldest else None,
        sequence,
        marked,
        gaps=_value(database, schema.GAPS),
        base=base,
        accepted=accepted,
        dropped=dropped,
        voids=voids,
        folded=_value(database, schema.FOLDED),
        room=room,
        alarms=_alarms(database, sums, room),
    )


def room_of(database: sqlite3.Connection, kind: SpoolClass) -> int:
    """Return how many bytes a class may still take."""
    return _room(_sums(database))[kind]


def _sums(database: sqlite3.Connection) -> list[_Sum]:
    return [
        _Sum(SpoolClass(kind), Sent(sent), envelopes, octets)
        for kind, sent, envelopes, octets in database.execute(
            "SELECT class, sent, envelopes, octets FROM sums"
        )
    ]


def _room(sums: list[_Sum]) -> dict[SpoolClass, int]:
    return {
        kind: quotas.quota(kind)
        - sum(item.octets for item in sums if item.kind is kind)
        for kind in SpoolClass
    }


def _alarms(
    database: sqlite3.Connection, sums: list[_Sum], room: Mapping[SpoolClass, int]
) -> tuple[str, ...]:
    told = sum(
        item.envelopes
        for item in sums
        if item.kind is SpoolClass.CONTROL and item.sent is Sent.WAITING
    )
    stops = min(room[SpoolClass.EVENT], room[SpoolClass.SNAPSHOT])
    lost = database.execute("SELECT 1 FROM owed LIMIT 1").fetchone()
    found = {
        "many-voids": told >= MANY_VOIDS,
        "spool-corrupt": lost is not None,
        "spool-full": stops < SPOOL_MINIMUM_BYTES,
    }
    return tuple(slug for slug, raised in found.items() if raised)


def _value(database: sqlite3.Connection, name: str) -> int:
    found = database.execute(
        "SELECT value FROM numbers WHERE name = ?", (name,)
    ).fetchone()
    return found[0] if found else 0
