# SPDX-License-Identifier: Apache-2.0
"""What is in the queue: envelopes to send, and what is known of each.

Rules: an envelope is compared with its digest before it is sent; each list is bounded
by octets.
Not here: changing it (`change.py`), counting it (`facts.py`).
"""

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from agent.spool.change import Filed, Owed, SpoolClass
from wire import envelope
from wire.errors import WireError
from wire.purposes import Purpose

_COLUMNS = (
    "SELECT number, incarnation, sequence, previous, digest, name, purpose, retention, "
    "class, records, since, created, expires, size, void FROM envelopes "
)
_FRESH = (
    "SELECT number, sequence, incarnation, digest, name, void, octets "
    "FROM envelopes INDEXED BY waiting LEFT JOIN bodies USING (number) "
    "WHERE sent = 0 AND number >= ? ORDER BY number"
)
_OLDER = (
    "SELECT number, sequence, incarnation, digest, name, void, octets "
    "FROM envelopes INDEXED BY waiting LEFT JOIN bodies USING (number) "
    "WHERE sent = 0 AND number < ? ORDER BY number"
)


@dataclass(frozen=True, slots=True)
class Waiting:
    """An envelope to send.

    Attributes:
        number: its place in the queue, over all incarnations.
        sequence: its place in the chain of its incarnation.
        incarnation: 16 bytes.
        octets: the encoded envelope.
        live: it is not of the backlog.
    """

    number: int
    sequence: int
    incarnation: bytes
    octets: bytes = field(repr=False)
    live: bool = True


@dataclass(frozen=True, slots=True)
class Held:
    """What the spool knows of an envelope without its octets.

    Attributes:
        number: its place in the queue.
        incarnation: 16 bytes.
        sequence: its place in the chain.
        previous: name of the envelope before it.
        digest: the name that it has in the chain.
        filed: its class, count and times.
        size: bytes that it takes.
        void: it is a void already.
    """

    number: int
    incarnation: bytes
    sequence: int
    previous: bytes
    digest: bytes
    filed: Filed
    size: int
    void: bool


def waiting(
    database: sqlite3.Connection,
    live: int,
    bounds: tuple[int, int, int | None],
    damaged: set[int],
) -> list[Waiting]:
    """Return envelopes to send; see `Spool.waiting`.

    Args:
        database: the spool's.
        live: the number from which on they are live.
        bounds: most envelopes, most bytes, most bytes of older ones.
        damaged: takes the numbers of those that are not what was put in.
    """
    count, octets, backlog = bounds
    found: list[Waiting] = []
    total, bound = 0, octets
    for fresh in (True, False) if backlog != 0 else (True,):
        for item in _unsent(database, live, damaged, fresh=fresh):
            if len(found) >= count:
                return found
            if found and item.incarnation != found[0].incarnation:
                continue
            if found and total + len(item.octets) > bound:
                break
            total += len(item.octets)
            found.append(item)
        if backlog is not None:
            bound = min(octets, total + backlog)
    return found


def _unsent(
    database: sqlite3.Connection, live: int, damaged: set[int], *, fresh: bool
) -> Iterator[Waiting]:
    for row in database.execute(_FRESH if fresh else _OLDER, (live,)):
        number, sequence, incarnation, digest, name, void, body = row
        place = incarnation, sequence
        if body is None or not _sound(body, digest, name, void, place):
            damaged.add(number)
            continue
        yield Waiting(number, sequence, incarnation, body, live=fresh)


def _sound(
    octets: bytes, digest: bytes, name: bytes, void: int, place: tuple[bytes, int]
) -> bool:
    """Tell whether octets are those that were put in, by either of their names.

    They also have to be of this place, or the gate would refuse them for ever.
    """
    found = hashlib.sha256(octets).digest()
    if found != digest and (void or found != name):
        return False
    try:
        _, header = envelope.read(octets)
    except WireError:
        return False
    return (header.incarnation, header.sequence) == place


def damaged(database: sqlite3.Connection, numbers: Iterable[int]) -> list[Held]:
    """Return those of some envelopes that wait and are not what was put in."""
    return [
        held
        for held in unsent(database, numbers)
        if not _is_sound(database, held.number)
    ]


def unsent(database: sqlite3.Connection, numbers: Iterable[int]) -> list[Held]:
    """Return those of some envelopes that wait."""
    return [
        held
        for number in sorted(numbers)
        for held in _held(database, "WHERE number = ? AND sent = 0", number)
    ]


def octets_of(database: sqlite3.Connection, number: int) -> bytes | None:
    """Return the octets of an envelope, whatever they are; None where none are."""
    found = database.execute(
        "SELECT octets FROM bodies WHERE number = ?", (number,)
    ).fetchone()
    return bytes(found[0]) if found else None


def is_at(database: sqlite3.Connection, number: int, place: tuple[bytes, int]) -> bool:
    """Tell whether an envelope of a place has this number, by what else is known.

    Numbers exceed sequences by the same in all of an incarnation.
    """
    incarnation, sequence = place
    (found,) = database.execute(
        "SELECT EXISTS (SELECT 1 FROM chain WHERE incarnation = :of AND base = :base) "
        "OR EXISTS (SELECT 1 FROM envelopes WHERE incarnation = :of "
        "AND number - sequence = :base)",
        {"of": incarnation, "base": number - sequence},
    ).fetchone()
    return bool(found)


def _is_sound(database: sqlite3.Connection, number: int) -> bool:
    digest, name, void, *place, body = database.execute(
        "SELECT digest, name, void, incarnation, sequence, octets FROM envelopes "
        "LEFT JOIN bodies USING (number) WHERE number = ?",
        (number,),
    ).fetchone()
    return body is not None and _sound(body, digest, name, void, tuple(place))


def oldest(database: sqlite3.Connection, kind: SpoolClass, octets: int) -> list[Held]:
    """Return the oldest of a class that take so many bytes, or all there are."""
    where = "WHERE class = ? AND void = 0 ORDER BY number"
    return _up_to(_held(database, where, kind.value), octets)


def expired(database: sqlite3.Connection, now: int) -> list[Held]:
    """Return what the retention clock has run out for."""
    where = "WHERE expires <= ? AND void = 0 AND class != ? ORDER BY expires, number"
    return list(_held(database, where, now, SpoolClass.CONTROL.value))


def unmarked(database: sqlite3.Connection, reason: str) -> list[Owed]:
    """Return what is lost with a queue that is given up, by purpose and class.

    A gap record that no mark covers leaves its own loss, of which nobody knows. What a
    mark covers is not lost, where the disk refused to remove it.
    """
    found: list[Owed] = []
    covered = (
        "EXISTS (SELECT 1 FROM chain WHERE chain.incarnation = envelopes.incarnation"
        " AND envelopes.sequence <= chain.marked)"
    )
    for count, which in (
        ("SUM(records)", "(class != :control OR void = 1)"),
        ("NULL", "class = :control AND void = 0"),
    ):
        query = (
            f"SELECT purpose, retention, {count}, MIN(since) FROM envelopes WHERE "  # noqa: S608 - our own words
            f"{which} AND NOT {covered} "
            "GROUP BY purpose, retention ORDER BY purpose, retention"
        )
        values = {"control": SpoolClass.CONTROL.value}
        found += [
            Owed(Purpose(purpose), retention, lost, since, reason)
            for purpose, retention, lost, since in database.execute(query, values)
        ]
    return found


def _up_to(items: Iterator[Held], octets: int) -> list[Held]:
    found: list[Held] = []
    total = 0
    for held in items:
        if total >= octets:
            break
        total += held.size
        found.append(held)
    return found


def _held(database: sqlite3.Connection, where: str, *values: object) -> Iterator[Held]:
    for row in database.execute(_COLUMNS + where, values):
        number, incarnation, sequence, previous, digest, name, *filed, size, void = row
        purpose, retention, kind, *rest = filed
        if name != digest:  # one of the two is damaged: the next one knows
            name = _named_by_next(database, incarnation, sequence) or name
        yield Held(
            number,
            incarnation,
            sequence,
            previous,
            name,
            Filed(Purpose(purpose), retention, SpoolClass(kind), *rest),
            size,
            void=bool(void),
        )


def _named_by_next(
    database: sqlite3.Connection, incarnation: bytes, sequence: int
) -> bytes | None:
    found = database.execute(
        "SELECT previous FROM envelopes WHERE incarnation = ? AND sequence = ? "
        "UNION ALL SELECT previous FROM chain WHERE incarnation = ? AND sequence = ?",
        (incarnation, sequence + 1, incarnation, sequence),
    ).fetchone()
    return bytes(found[0]) if found else None


def unmarked_since(
    database: sqlite3.Connection, incarnation: bytes, sequence: int
) -> int:
    """Return the first second of which records may be behind a sequence.

    Args:
        database: the spool's.
        incarnation: whose.
        sequence: that a mark covers.
    """
    (found,) = database.execute(
        "SELECT MIN(CASE WHEN sequence > ? THEN since ELSE created END) FROM "
        "envelopes WHERE incarnation = ? AND sequence >= ?",
        (sequence, incarnation, sequence),
    ).fetchone()
    return int(found or 0)


def owed(database: sqlite3.Connection) -> list[Owed]:
    """Return the losses that are still to be announced."""
    return [
        Owed(None if purpose is None else Purpose(purpose), *rest)
        for purpose, *rest in database.execute(
            "SELECT purpose, retention, count, since, reason FROM owed"
        )
    ]
