# SPDX-License-Identifier: Apache-2.0
"""Finding envelopes in an SQLite store.

Rules: all of one search is of one view of the store; octets that are not wanted stay
on the disk.
Not here: the connection (`sqlite.py`), storing (`sqlite_put.py`).
"""

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from server.store.interface import StoredEnvelope

_INDEX = (
    "tenant, device, incarnation, sequence, previous, digest, kind, purpose,"
    " retention, key_id, bucket, created, records"
)
UNFOLDED = (
    "SELECT device, purpose, sum(open) FROM"
    " (SELECT e.device AS device, e.purpose AS purpose,"
    " CASE WHEN sum(e.sequence <= b.last) = b.sources"
    " THEN sum(e.sequence > b.last) ELSE count(*) END AS open"
    " FROM envelopes e LEFT JOIN blocks b"
    " ON b.tenant = e.tenant AND b.device = e.device AND b.purpose = e.purpose"
    " AND b.key_id = e.key_id AND b.incarnation = e.incarnation"
    " WHERE e.tenant = ? AND e.kind = ?"
    " GROUP BY e.device, e.purpose, e.key_id, e.incarnation)"
    " GROUP BY device, purpose HAVING sum(open) >= ?"
)
"""What stands behind its blocks: by tenant, kind and least count.

Where one came late or is gone, the block is not used: all of its sources count.
"""


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for; None does not narrow."""

    tenant: bytes
    device: bytes | None
    purpose: str | None
    since: int
    until: int | None


def envelopes(
    database: sqlite3.Connection,
    search: Search,
    bare: Callable[[StoredEnvelope], bool] | None,
) -> Iterator[StoredEnvelope]:
    """Yield envelopes, as `Store.envelopes` says, over a connection of their own."""
    clauses, values = ["tenant = ?", "created >= ?"], [search.tenant, search.since]
    for clause, value in (
        ("device = ?", search.device),
        ("purpose = ?", search.purpose),
        ("created < ?", search.until),
    ):
        if value is not None:
            clauses.append(clause)
            values.append(value)
    octets = "octets" if bare is None else "rowid"
    query = (
        f"SELECT {_INDEX}, {octets} FROM envelopes WHERE {' AND '.join(clauses)}"  # noqa: S608 - constant names
        " ORDER BY device, incarnation, sequence"
    )
    database.execute("BEGIN")
    for row in database.execute(query, values):
        if bare is None:
            yield StoredEnvelope(*row)
            continue
        fields = (*row[:-1], b"")
        without = StoredEnvelope(*fields)
        if bare(without):
            yield without
        else:
            yield replace(without, octets=_octets(database, row[-1]))


def _octets(database: sqlite3.Connection, row: int) -> bytes:
    """Return the octets of an envelope that the same view has shown."""
    query = "SELECT octets FROM envelopes WHERE rowid = ?"
    octets: bytes = database.execute(query, (row,)).fetchone()[0]
    return octets
