# SPDX-License-Identifier: Apache-2.0
"""Erasures: which are in force, where what they erased was, what they looked through.

Rules: there are places only, of rows within envelopes, and no value or name; an
erasure is in force until nothing lives that is as old as it, so that what comes late
or comes back in a restore is erased again.
Not here: erasing (`server/keeper/rights/erasing.py`).
"""

import sqlite3
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

_ERASURES = """
CREATE TABLE IF NOT EXISTS erasures (
    number INTEGER PRIMARY KEY,
    case_id BLOB NOT NULL UNIQUE,
    before INTEGER NOT NULL
) STRICT
"""
_ERASED = """
CREATE TABLE IF NOT EXISTS erased (
    erasure INTEGER NOT NULL,
    source BLOB NOT NULL,
    dataset TEXT NOT NULL,
    device BLOB NOT NULL,
    purpose TEXT NOT NULL,
    key_id BLOB NOT NULL,
    count INTEGER NOT NULL,
    places BLOB NOT NULL,
    PRIMARY KEY (erasure, source, dataset)
) STRICT, WITHOUT ROWID
"""
_SEARCHED = """
CREATE TABLE IF NOT EXISTS searched (
    erasure INTEGER NOT NULL,
    device BLOB NOT NULL,
    incarnation BLOB NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    PRIMARY KEY (erasure, device, incarnation, first)
) STRICT, WITHOUT ROWID
"""
TABLES = (_ERASURES, _ERASED, _SEARCHED)
_PLACE_BYTES = 4


@dataclass(frozen=True, slots=True)
class Erasure:
    """An erasure in force.

    Attributes:
        number: 1, 2, 3 ... in the order in which they came.
        case: id of its case, 16 bytes.
        before: what devices made up to this second is erased.
    """

    number: int
    case: bytes
    before: int


@dataclass(frozen=True, slots=True)
class Erased:
    """Rows of one table of one envelope that are erased.

    Attributes:
        source: digest of the envelope.
        dataset: of the table.
        device: whose envelope it is; empty where a journal told of an envelope that
            is not here.
        purpose: of the envelope; empty with it.
        key_id: of the key to which it is sealed.
        places: of the rows, in the table as its device made it.
    """

    source: bytes
    dataset: str
    device: bytes
    purpose: str
    key_id: bytes
    places: tuple[int, ...]


@dataclass(slots=True)
class Runs:
    """Sequences of chains, as runs; what was looked through is mostly one a chain."""

    of: dict[tuple[bytes, bytes], list[list[int]]] = field(default_factory=dict)

    def __contains__(self, place: tuple[bytes, bytes, int]) -> bool:
        """Tell whether a place of a chain is in a run."""
        device, incarnation, sequence = place
        runs = self.of.get((device, incarnation), ())
        return any(first <= sequence <= last for first, last in runs)

    def add(self, place: tuple[bytes, bytes, int]) -> None:
        """Add a place; of one chain they come in order."""
        device, incarnation, sequence = place
        runs = self.of.setdefault((device, incarnation), [])
        if runs and runs[-1][1] == sequence - 1:
            runs[-1][1] = sequence
        else:
            runs.append([sequence, sequence])


def begin(connection: sqlite3.Connection, case: bytes, before: int) -> None:
    """Put an erasure in force, unless it is."""
    connection.execute(
        "INSERT INTO erasures (case_id, before) VALUES (?, ?) ON CONFLICT DO NOTHING",
        (case, before),
    )


def in_force(connection: sqlite3.Connection) -> list[Erasure]:
    """Return the erasures in force, the oldest first."""
    query = "SELECT number, case_id, before FROM erasures ORDER BY number"
    return [Erasure(*row) for row in connection.execute(query).fetchall()]


def find(connection: sqlite3.Connection, case: bytes) -> Erasure | None:
    """Return the erasure of a case; None where none is in force."""
    return next((one for one in in_force(connection) if one.case == case), None)


def note(
    connection: sqlite3.Connection,
    erasure: Erasure,
    erased: Iterable[Erased],
    searched: Runs,
) -> None:
    """Write down what was found and what was looked through, both or none."""
    connection.executemany(
        "INSERT OR IGNORE INTO erased VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                *(erasure.number, one.source, one.dataset, one.device, one.purpose),
                *(one.key_id, len(one.places), _packed(one.places)),
            )
            for one in erased
        ],
    )
    connection.executemany(
        "INSERT OR REPLACE INTO searched VALUES (?, ?, ?, ?, ?)",
        [
            (erasure.number, *chain, first, last)
            for chain, runs in searched.of.items()
            for first, last in runs
        ],
    )


def searched(connection: sqlite3.Connection, erasure: Erasure) -> Runs:
    """Return what an erasure has looked through."""
    found = Runs()
    for *chain, first, last in connection.execute(
        "SELECT device, incarnation, first, last FROM searched WHERE erasure = ?"
        " ORDER BY device, incarnation, first",
        (erasure.number,),
    ):
        found.of.setdefault((chain[0], chain[1]), []).append([first, last])
    return found


Sources = Mapping[bytes, list[tuple[int, Erased]]]
"""Digest of an envelope > numbers of erasures, and what each took, in their order."""


def sources(connection: sqlite3.Connection) -> Sources:
    """Return all that is erased."""
    found: dict[bytes, list[tuple[int, Erased]]] = {}
    for number, source, dataset, device, purpose, key, octets in connection.execute(
        "SELECT erasure, source, dataset, device, purpose, key_id, places FROM erased"
        " ORDER BY erasure, source, dataset"
    ):
        one = Erased(source, dataset, device, purpose, key, _unpacked(octets))
        found.setdefault(source, []).append((number, one))
    return found


def end(connection: sqlite3.Connection, erasure: Erasure) -> None:
    """End an erasure: nothing is left that is as old as it."""
    for table in ("erased", "searched"):
        connection.execute(
            f"DELETE FROM {table} WHERE erasure = ?",  # noqa: S608 - constant names
            (erasure.number,),
        )
    connection.execute("DELETE FROM erasures WHERE number = ?", (erasure.number,))


def _packed(places: Collection[int]) -> bytes:
    return b"".join(place.to_bytes(_PLACE_BYTES, "little") for place in places)


def _unpacked(octets: bytes) -> tuple[int, ...]:
    return tuple(
        int.from_bytes(octets[at : at + _PLACE_BYTES], "little")
        for at in range(0, len(octets), _PLACE_BYTES)
    )
