# SPDX-License-Identifier: Apache-2.0
"""Finding envelopes in an SQLite store.

Rules: all of one search is of one view of the store; octets that are not wanted stay
on the disk.
Not here: the connection (`sqlite.py`), storing (`sqlite_put.py`).
"""

import heapq
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace

from server.store.blocks import Arrived
from server.store.interface import REMAINDER, StoredEnvelope
from server.store.search import Search, narrowed, place_of
from wire.envelope import NO_PREVIOUS, EnvelopeKind, Gap

_LOSSES = frozenset({EnvelopeKind.GAP.value, EnvelopeKind.VOID.value})
"""What tells that records are lost."""
_INDEX = (
    "x.tenant, x.device, x.incarnation, x.sequence, x.previous, x.digest, x.kind,"
    " x.purpose, x.retention, x.key_id, x.bucket, x.created, x.records"
)
_ANNOUNCED = "g.instead, g.records, g.since, g.until, g.reason"
_OF_REMAINDER = (
    "x.tenant, x.device, x.incarnation, x.sequence, x.source, x.purpose, x.retention,"
    " x.key_id, x.created, x.records, x.octets"
)
_TABLES = (
    "envelopes x LEFT JOIN gaps g ON x.kind <> 0 AND g.tenant = x.tenant"
    " AND g.device = x.device AND g.incarnation = x.incarnation"
    " AND g.sequence = x.sequence"
)
NO_REMAINDER = (
    "NOT EXISTS (SELECT 1 FROM remainders r WHERE r.tenant = {0}.tenant"
    " AND r.device = {0}.device AND r.purpose = {0}.purpose"
    " AND r.key_id = {0}.key_id AND r.incarnation = {0}.incarnation)"
)
"""A stream of which something was erased has no block."""
UNFOLDED = (
    "SELECT device, purpose, sum(open) FROM"  # noqa: S608 - constant names
    " (SELECT e.device AS device, e.purpose AS purpose,"
    " CASE WHEN sum(e.sequence <= b.last) = b.sources"
    " THEN sum(e.sequence > b.last) ELSE count(*) END AS open,"
    " e.tenant AS tenant, e.key_id AS key_id, e.incarnation AS incarnation"
    " FROM envelopes e LEFT JOIN blocks b"
    " ON b.tenant = e.tenant AND b.device = e.device AND b.purpose = e.purpose"
    " AND b.key_id = e.key_id AND b.incarnation = e.incarnation"
    " WHERE e.tenant = ? AND e.kind = ?"
    " GROUP BY e.device, e.purpose, e.key_id, e.incarnation)"
    f" x WHERE {NO_REMAINDER.format('x')}"
    " GROUP BY device, purpose HAVING sum(open) >= ?"
)
"""What stands behind its blocks: by tenant, kind and least count.

Where one came late or is gone, the block is not used: all of its sources count.
"""


def envelopes(
    database: sqlite3.Connection,
    search: Search,
    bare: Callable[[StoredEnvelope], bool] | None,
) -> Iterator[StoredEnvelope]:
    """Yield envelopes, as `Store.envelopes` says, over a connection of their own."""
    database.execute("BEGIN")
    found = _sent(database, search, bare)
    if _has_remainders(database, search.tenant):
        found = heapq.merge(found, _remainders(database, search), key=place_of)
    yield from found


def arrived(
    database: sqlite3.Connection, sought: tuple[bytes, str, str], after: int
) -> Arrived:
    """Return what is behind a row's number; in a transaction that reads.

    Only rows behind it are looked at. Were numbers to be given again, after the newest
    rows of a store went, what is missed is found by who looks once a day at all.

    Args:
        database: the store's.
        sought: tenant, purpose and retention class of rows.
        after: the number.
    """
    (last,) = database.execute(
        "SELECT coalesce(max(rowid), 0) FROM envelopes"
    ).fetchone()
    begin = after if after <= last else 0
    tenant, purpose, retention = sought
    found = database.execute(
        "SELECT DISTINCT device, kind, purpose = ? AND retention = ?"
        " FROM envelopes WHERE rowid > ? AND tenant = ?",
        (purpose, retention, begin, tenant),
    ).fetchall()
    data = EnvelopeKind.DATA.value
    return Arrived(
        frozenset(device for device, kind, ours in found if ours and kind == data),
        frozenset(device for device, kind, _ in found if kind in _LOSSES),
        int(last),
    )


def _sent(
    database: sqlite3.Connection,
    search: Search,
    bare: Callable[[StoredEnvelope], bool] | None,
) -> Iterator[StoredEnvelope]:
    """Yield what devices sent."""
    content = "x.octets" if bare is None else "x.rowid"
    condition, values = narrowed(search)
    query = f"SELECT {content}, {_INDEX}, {_ANNOUNCED} FROM {_TABLES} WHERE {condition}"  # noqa: S608 - constant names
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


def _has_remainders(database: sqlite3.Connection, tenant: bytes) -> bool:
    query = "SELECT 1 FROM remainders WHERE tenant = ? LIMIT 1"
    return database.execute(query, (tenant,)).fetchone() is not None


def _remainders(
    database: sqlite3.Connection, search: Search
) -> Iterator[StoredEnvelope]:
    """Yield what stands for envelopes since an erasure; never without its octets."""
    condition, values = narrowed(search)
    query = f"SELECT {_OF_REMAINDER} FROM remainders x WHERE {condition}"  # noqa: S608 - constant names
    for (
        *place,
        source,
        purpose,
        retention,
        key,
        created,
        records,
        octets,
    ) in database.execute(query, values):
        filed = REMAINDER, purpose, retention, key, 0, created, records, octets
        yield StoredEnvelope(*(*place, NO_PREVIOUS, source, *filed))


def _octets(database: sqlite3.Connection, row: int) -> bytes:
    """Return the octets of an envelope that the same view has shown."""
    query = "SELECT octets FROM envelopes WHERE rowid = ?"
    octets: bytes = database.execute(query, (row,)).fetchone()[0]
    return octets
