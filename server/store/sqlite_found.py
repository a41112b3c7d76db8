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
from wire.envelope import Gap

_INDEX = (
    "x.tenant, x.device, x.incarnation, x.sequence, x.previous, x.digest, x.kind,"
    " x.purpose, x.retention, x.key_id, x.bucket, x.created, x.records"
)
_ANNOUNCED = "g.instead, g.records, g.since, g.until, g.reason"
_TABLES = (
    "envelopes x LEFT JOIN gaps g ON x.kind <> 0 AND g.tenant = x.tenant"
    " AND g.device = x.device AND g.incarnation = x.incarnation"
    " AND g.sequence = x.sequence"
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
    clauses, values = ["x.tenant = ?", "x.created >= ?"], [search.tenant, search.since]
    for clause, value in (
        ("x.device = ?", search.device),
        ("x.purpose = ?", search.purpose),
        ("x.created < ?", search.until),
    ):
        if value is not None:
            clauses.append(clause)
            values.append(value)
    content = "x.octets" if bare is None else "x.rowid"
    query = (
        f"SELECT {content}, {_INDEX}, {_ANNOUNCED} FROM {_TABLES}"  # noqa: S608 - constant names
        f" WHERE {' AND '.join(clauses)} ORDER BY x.device, x.incarnation, x.sequence"
    )
    database.execute("BEGIN")
    for octets, *fields, instead, records, first, last, reason in database.execute(
        query, values
    ):
        gap = None if reason is None else Gap(records, first, last, reason)
        held = octets if bare is None else b""
        found = StoredEnvelope(*(*fields, held, instead, gap))
        if bare is None or bare(found):
            yield found
        else:
            yield replace(found, octets=_octets(database, octets))


def _octets(database: sqlite3.Connection, row: int) -> bytes:
    """Return the octets of an envelope that the same view has shown."""
    query = "SELECT octets FROM envelopes WHERE rowid = ?"
    octets: bytes = database.execute(query, (row,)).fetchone()[0]
    return octets
