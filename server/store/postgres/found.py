# SPDX-License-Identifier: Apache-2.0
"""Finding envelopes in a PostgreSQL store.

Rules: all of one search is of one view of the store, read piece by piece; octets that
are not wanted stay on the disk.
Not here: the connection (`connections.py`), storing (`put.py`).
"""

import heapq
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from psycopg import Connection

from server.store.blocks import Arrived
from server.store.interface import REMAINDER, StoredEnvelope
from server.store.postgres.known import ALONE, asked
from server.store.search import Search, narrowed, place_of
from wire.envelope import NO_PREVIOUS, EnvelopeKind, Gap

_PIECE = 128
"""Envelopes read at a time: octets of as many are in memory."""
_LOSSES = frozenset({EnvelopeKind.GAP.value, EnvelopeKind.VOID.value})
_INDEX = (
    "SELECT x.tenant, x.device, x.incarnation, x.sequence, x.previous, x.digest,"
    " x.kind, x.purpose, x.retention, x.key_id, x.bucket, x.created, x.records,"
    " x.instead, g.records, g.since, g.until, g.reason, x.period"
    " FROM places x LEFT JOIN gaps g ON x.kind <> 0 AND g.tenant = x.tenant"
    " AND g.device = x.device AND g.incarnation = x.incarnation"
    " AND g.sequence = x.sequence WHERE NOT x.spent AND (x.period = 0 OR EXISTS"
    " (SELECT 1 FROM epochs e WHERE e.tenant = x.tenant AND e.key_id = x.key_id))"
)
"""What lies in a period that was dropped is gone before its places are marked."""
_REMAINDERS = (
    "SELECT x.tenant, x.device, x.incarnation, x.sequence, x.source, x.purpose,"
    " x.retention, x.key_id, x.created, x.records, x.octets FROM remainders x"
    " WHERE true"
)
_OCTETS = (
    "SELECT x.device, x.incarnation, x.sequence, x.octets"
    " FROM unnest(%b::bytea[], %b::bytea[], %b::bytea[], %b::bigint[], %b::integer[])"
    " a(tenant, device, incarnation, sequence, period)"
    " JOIN envelopes x USING (tenant, device, incarnation, sequence, period)"
)
UNFOLDED = (
    "SELECT device, purpose, sum(open)::bigint FROM"  # noqa: S608 - constant names
    " (SELECT e.tenant, e.device, e.purpose, e.key_id, e.incarnation, CASE WHEN"
    " count(*) FILTER (WHERE e.sequence <= b.last) = b.sources"
    " THEN count(*) FILTER (WHERE e.sequence > b.last) ELSE count(*) END AS open"
    " FROM places e LEFT JOIN blocks b"
    " USING (tenant, device, purpose, key_id, incarnation)"
    f" WHERE NOT e.spent AND e.tenant = %b AND e.kind = {EnvelopeKind.DATA.value}"
    " GROUP BY e.tenant, e.device, e.purpose, e.key_id, e.incarnation, b.last,"
    " b.sources) x WHERE NOT EXISTS (SELECT 1 FROM remainders r"
    " WHERE r.tenant = x.tenant AND r.device = x.device AND r.purpose = x.purpose"
    " AND r.key_id = x.key_id AND r.incarnation = x.incarnation)"
    " GROUP BY device, purpose HAVING sum(open) >= %b"
)
"""What stands behind its blocks: by tenant and least count."""
_LAST = "SELECT coalesce(max(number), 0) FROM places WHERE tenant = %b"
_NEW = (
    "SELECT DISTINCT device, kind, purpose = %b AND retention = %b FROM places"
    " WHERE tenant = %b AND number > %b AND number <= %b AND NOT spent"
)


def envelopes(
    connection: Connection[Any],
    search: Search,
    bare: Callable[[StoredEnvelope], bool] | None,
) -> Iterator[StoredEnvelope]:
    """Yield envelopes, as `Store.envelopes` says, over a connection of their own."""
    sent, left = _sent(connection, search, bare), _remainders(connection, search)
    yield from heapq.merge(sent, left, key=place_of)


def arrived(
    connection: Connection[Any], sought: tuple[bytes, str, str], after: int
) -> Arrived:
    """Return what is behind a number.

    Numbers are given before a commit and seen after it, so for a moment nobody stores:
    none that is smaller than the last one comes to be seen later.

    Args:
        connection: within a transaction of its own.
        sought: tenant, purpose and retention class of rows.
        after: the number.
    """
    tenant, purpose, retention = sought
    connection.execute(ALONE)
    row = connection.execute(_LAST, (tenant,), binary=True).fetchone()
    connection.commit()
    last = int(row[0]) if row else 0
    begin = after if after <= last else 0
    values = purpose, retention, tenant, begin, last
    found = connection.execute(_NEW, values, binary=True).fetchall()
    data = EnvelopeKind.DATA.value
    return Arrived(
        frozenset(device for device, kind, ours in found if ours and kind == data),
        frozenset(device for device, kind, _ in found if kind in _LOSSES),
        last,
    )


def _sent(
    connection: Connection[Any],
    search: Search,
    bare: Callable[[StoredEnvelope], bool] | None,
) -> Iterator[StoredEnvelope]:
    """Yield what devices sent."""
    condition, values = narrowed(search, "%b")
    with connection.cursor(name="sent") as cursor:
        cursor.execute(f"{_INDEX} AND {condition}", values, binary=True)
        while rows := cursor.fetchmany(_PIECE):
            found = [(_built(row), row[-1]) for row in rows]
            wanted = [one for one in found if bare is None or not bare(one[0])]
            octets = _octets(connection, wanted)
            left_out = {place_of(one) for one, _ in wanted}
            for one, _ in found:
                place = place_of(one)
                if place not in left_out:
                    yield one
                elif place in octets:
                    yield replace(one, octets=octets[place])


def _built(row: tuple[Any, ...]) -> StoredEnvelope:
    *fields, instead, records, first, last, reason, _ = row
    gap = None if reason is None else Gap(records, first, last, reason)
    return StoredEnvelope(*(*fields, b"", instead, gap))


def _octets(
    connection: Connection[Any], wanted: list[tuple[StoredEnvelope, int]]
) -> dict[tuple[bytes, bytes, int], bytes]:
    """Return the octets of envelopes that the same view has shown."""
    if not wanted:
        return {}
    rows = [(one.tenant, *place_of(one), period) for one, period in wanted]
    return {
        (device, incarnation, sequence): octets
        for device, incarnation, sequence, octets in asked(connection, _OCTETS, rows)
    }


def _remainders(
    connection: Connection[Any], search: Search
) -> Iterator[StoredEnvelope]:
    """Yield what stands for envelopes since an erasure; never without its octets."""
    condition, values = narrowed(search, "%b")
    with connection.cursor(name="remainders") as cursor:
        cursor.itersize = _PIECE
        cursor.execute(f"{_REMAINDERS} AND {condition}", values, binary=True)
        for *place, source, purpose, kept, key, created, records, octets in cursor:
            filed = REMAINDER, purpose, kept, key, 0, created, records, octets
            yield StoredEnvelope(*(*place, NO_PREVIOUS, source, *filed))
