# SPDX-License-Identifier: Apache-2.0
"""Storing envelopes inside one PostgreSQL transaction, in a few round trips.

Rules: a fork quarantines the device in the transaction that sees it; what a batch
stores is one statement for each table, however many envelopes it has; of what came
after its key ended no octet is kept; what is over the day's quota is not stored and not
refused.
Not here: how a batch is judged (`../known.py`), what is read for that (`known.py`),
the transaction (`connections.py`).
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from psycopg import Connection

from server.store.bounds import DAY_SECONDS, KEPT_DAYS
from server.store.interface import DeviceState, Quotas, StoredEnvelope, Verdict
from server.store.judging import Place, advanced
from server.store.known import Judged, Known, behind_of_batch, judged, place_of
from server.store.postgres.known import Periods, asked, known_of
from server.store.room import Room

BEHIND_ROWS = 1_000
"""Of a chain read at a time behind a hole that was filled."""
_USED = (
    "SELECT u.tenant, u.device, u.octets"
    " FROM unnest(%b::bytea[], %b::bytea[]) a(tenant, device)"
    " JOIN usage u USING (tenant, device) WHERE u.day = %b"
)
_USED_BY_ALL = (
    "SELECT tenant, sum(octets)::bigint FROM usage"
    " WHERE tenant = ANY (%b::bytea[]) AND day = %b GROUP BY tenant"
)
_PLACES = (
    "INSERT INTO places (tenant, device, incarnation, sequence, previous, digest,"
    " instead, kind, purpose, retention, key_id, bucket, created, records, size,"
    " received, period, spent) SELECT * FROM unnest(%b::bytea[], %b::bytea[],"
    " %b::bytea[], %b::bigint[], %b::bytea[], %b::bytea[], %b::bytea[], %b::smallint[],"
    " %b::text[], %b::text[], %b::bytea[], %b::bigint[], %b::bigint[], %b::bigint[],"
    " %b::bigint[], %b::bigint[], %b::integer[], %b::boolean[])"
)
_ENVELOPES = (
    "INSERT INTO envelopes (tenant, device, incarnation, sequence, period, octets)"
    " SELECT * FROM unnest(%b::bytea[], %b::bytea[], %b::bytea[], %b::bigint[],"
    " %b::integer[], %b::bytea[])"
)
_GAPS = (
    "INSERT INTO gaps SELECT * FROM unnest(%b::bytea[], %b::bytea[], %b::bytea[],"
    " %b::bigint[], %b::smallint[], %b::text[], %b::text[], %b::bigint[], %b::bigint[],"
    " %b::bigint[], %b::text[])"
)
_ADVANCE = (
    "INSERT INTO chains (tenant, device, incarnation, sequence, digest, highest)"
    " SELECT * FROM unnest(%b::bytea[], %b::bytea[], %b::bytea[], %b::bigint[],"
    " %b::bytea[], %b::bigint[]) ON CONFLICT (tenant, device, incarnation) DO UPDATE"
    " SET sequence = excluded.sequence, digest = excluded.digest,"
    " highest = greatest(chains.highest, excluded.highest)"
)
_USE = (
    "INSERT INTO usage SELECT * FROM unnest(%b::bytea[], %b::bigint[], %b::bytea[],"
    " %b::bigint[]) ON CONFLICT (tenant, day, device)"
    " DO UPDATE SET octets = usage.octets + excluded.octets"
)
_FORGET_USE = "DELETE FROM usage WHERE tenant = ANY (%b::bytea[]) AND day < %b"
_BEHIND = (
    "SELECT sequence, digest, instead FROM places WHERE tenant = %b AND device = %b"
    " AND incarnation = %b AND sequence > %b ORDER BY sequence LIMIT %b"
)
QUARANTINE = (
    "WITH two AS (UPDATE devices SET state = 'quarantined'"
    " WHERE tenant = %b AND device = %b AND state NOT IN ('revoked', 'gone')"
    " RETURNING tenant, device) DELETE FROM pseudonyms p USING two"
    " WHERE p.tenant = two.tenant AND p.device = two.device"
)
"""One that has said farewell stays gone, so that what is known of it ends."""
_GONE = (
    "WITH one AS (UPDATE devices SET state = 'gone'"
    " WHERE tenant = %b AND device = %b AND state <> 'revoked'"
    " RETURNING tenant, device) DELETE FROM pseudonyms p USING one"
    " WHERE p.tenant = one.tenant AND p.device = one.device"
)

_CHANGE = {DeviceState.GONE: _GONE, DeviceState.QUARANTINED: QUARANTINE}


def put(
    connection: Connection[Any],
    envelopes: Sequence[StoredEnvelope],
    now: int,
    quotas: Quotas,
) -> list[Verdict]:
    """Store envelopes within the caller's transaction; one verdict each, in order."""
    if not envelopes:
        return []
    known, periods = known_of(connection, envelopes)
    day = now // DAY_SECONDS
    use = _Use(connection, envelopes, day, shared=bool(quotas.tenant))
    room = Room(use.of, quotas, day)
    found = judged(known, room, envelopes)
    for whose, state in found.changed.items():
        connection.execute(_CHANGE[state], whose)
    if found.filed:
        _write(connection, known, periods, found.stored, now)
        _move_ends(connection, known, found)
        _keep_use(connection, room, use)
    return found.verdicts


class _Use:
    """What devices have used of a day."""

    def __init__(
        self,
        connection: Connection[Any],
        envelopes: Sequence[StoredEnvelope],
        day: int,
        *,
        shared: bool,
    ) -> None:
        every = sorted({(one.tenant, one.device) for one in envelopes})
        tenants, devices = [one for one, _ in every], [one for _, one in every]
        with connection.pipeline():
            own = connection.execute(_USED, (tenants, devices, day), binary=True)
            if shared:
                whole = connection.execute(
                    _USED_BY_ALL, (sorted(set(tenants)), day), binary=True
                )
        self.devices: dict[tuple[bytes, bytes], int] = {
            (tenant, one): octets for tenant, one, octets in own
        }
        self._tenants: dict[bytes, int] = dict(whole.fetchall()) if shared else {}

    def of(self, tenant: bytes, device: bytes | None) -> int:
        """Return the octets of a device, or of all of a tenant."""
        if device is None:
            return self._tenants.get(tenant, 0)
        return self.devices.get((tenant, device), 0)


def _write(
    connection: Connection[Any],
    known: Known,
    periods: Periods,
    stored: Sequence[StoredEnvelope],
    now: int,
) -> None:
    with connection.pipeline():
        asked(
            connection,
            _PLACES,
            [
                (
                    *(*place_of(one), one.sequence, one.previous, one.digest),
                    *(one.instead, one.kind, one.purpose, one.retention, one.key_id),
                    *(one.bucket, one.created, one.records, len(one.octets), now),
                    *(periods[one.tenant, one.key_id], known.spends(one)),
                )
                for one in stored
            ],
        )
        kept = [
            (*place_of(one), one.sequence, periods[one.tenant, one.key_id], one.octets)
            for one in stored
            if not known.spends(one)
        ]
        if kept:
            asked(connection, _ENVELOPES, kept)
        told = [
            (
                *(*place_of(one), one.sequence, one.kind, one.purpose, one.retention),
                *(one.gap.count, one.gap.since, one.gap.until, one.gap.reason),
            )
            for one in stored
            if one.gap is not None
        ]
        if told:
            asked(connection, _GAPS, told)


def _move_ends(connection: Connection[Any], known: Known, found: Judged) -> None:
    rows = []
    for place in sorted(found.filed):
        stored = found.filed[place]
        since, highest = known.reach(place)
        behind: Iterable[tuple[int, bytes, bytes | None]] = (
            behind_of(connection, place, since)
            if highest > since
            else behind_of_batch(stored)
        )
        sequence, name = advanced(known.end(place), known.lost[place], behind)
        rows.append((*place, sequence, name, max(one.sequence for one in stored)))
    asked(connection, _ADVANCE, rows)


def behind_of(
    connection: Connection[Any], place: Place, since: int
) -> Iterator[tuple[int, bytes, bytes | None]]:
    """Yield what stands, or stood, behind a place of a chain, in order."""
    while True:
        values = *place, since, BEHIND_ROWS
        rows = connection.execute(_BEHIND, values, binary=True).fetchall()
        yield from rows
        if len(rows) < BEHIND_ROWS:
            return
        since = rows[-1][0]


def _keep_use(connection: Connection[Any], room: Room, use: _Use) -> None:
    """Write down what was used; a device's first of a day lets old days go."""
    rows = [
        (tenant, room.day, device, octets)
        for (tenant, device), octets in sorted(room.added.items())
    ]
    asked(connection, _USE, rows)
    begun = sorted({one for one, _ in room.added.keys() - use.devices.keys()})
    if begun:
        connection.execute(_FORGET_USE, (begun, room.day - KEPT_DAYS))
