# SPDX-License-Identifier: Apache-2.0
"""What a PostgreSQL store knows of a batch of envelopes, read in one round trip.

Rules: devices are locked first, in order, so that a chain is looked at by one at a time
and nobody waits in a circle; while envelopes are stored no key ends.
Not here: what it is (`../known.py`), writing (`put.py`).
"""

from collections.abc import Iterable, Sequence
from typing import Any

from psycopg import Connection, Cursor

from server.store.interface import DeviceState, StoredEnvelope
from server.store.judging import Held
from server.store.known import Known, place_of
from server.store.postgres.schema import UNPLANNED
from wire.limits import SEQUENCE

STORING = 0x0064_6973_6372_6566
"""An advisory lock: shared by who stores, alone for who ends keys or counts."""
STORE = f"SELECT pg_advisory_xact_lock_shared({STORING})"
ALONE = f"SELECT pg_advisory_xact_lock({STORING})"
_DEVICES = (
    "SELECT d.tenant, d.device, d.state FROM devices d WHERE (d.tenant, d.device) IN"
    " (SELECT * FROM unnest(%b::bytea[], %b::bytea[]))"
    " ORDER BY d.tenant, d.device FOR NO KEY UPDATE OF d"
)
_NEAR = (
    "SELECT p.tenant, p.device, p.incarnation, p.sequence, p.digest,"
    " CASE WHEN p.spent THEN NULL ELSE p.previous END, p.instead"
    " FROM unnest(%b::bytea[], %b::bytea[], %b::bytea[], %b::bigint[])"
    " a(tenant, device, incarnation, sequence)"
    " JOIN places p USING (tenant, device, incarnation, sequence)"
)
_FOLLOWED = (
    "SELECT p.tenant, p.device, p.previous"
    " FROM unnest(%b::bytea[], %b::bytea[], %b::bytea[]) a(tenant, device, previous)"
    " JOIN places p USING (tenant, device, previous) WHERE NOT p.spent"
)
_OF_CHAINS = (
    "FROM unnest(%b::bytea[], %b::bytea[], %b::bytea[]) a(tenant, device, incarnation)"
    " JOIN {0} x USING (tenant, device, incarnation)"
)
_ENDS = (
    "SELECT x.tenant, x.device, x.incarnation, x.sequence, x.digest, x.highest"
    f" {_OF_CHAINS.format('chains')}"
)
_LOST = (
    "SELECT x.tenant, x.device, x.incarnation, x.first, x.last"
    f" {_OF_CHAINS.format('lost')}"
)
_KEYS = (
    "SELECT tenant, key_id, e.period, d.noticed IS NOT NULL"
    " FROM unnest(%b::bytea[], %b::bytea[]) a(tenant, key_id)"
    " LEFT JOIN epochs e USING (tenant, key_id)"
    " LEFT JOIN ended d USING (tenant, key_id)"
)


def lock_devices(
    connection: Connection[Any], whose: Iterable[tuple[bytes, bytes]]
) -> Cursor[Any]:
    """Have nobody else change some devices and their chains until the commit."""
    every = sorted(set(whose))
    return connection.execute(
        _DEVICES, [[one for one, _ in every], [one for _, one in every]], binary=True
    )


Periods = dict[tuple[bytes, bytes], int]
"""The period of each key, by its tenant and id."""


def known_of(
    connection: Connection[Any], envelopes: Sequence[StoredEnvelope]
) -> tuple[Known, Periods]:
    """Return what is known of a batch, and the period of each of its keys.

    The devices are locked from then on.
    """
    places = sorted({place_of(one) for one in envelopes})
    beside = sorted(
        {
            (*place_of(one), one.sequence + step)
            for one in envelopes
            for step in (-1, 0, 1)
            if 0 < one.sequence + step <= SEQUENCE
        }
    )
    before = sorted({(one.tenant, one.device, one.previous) for one in envelopes})
    keys = sorted({(one.tenant, one.key_id) for one in envelopes})
    with connection.pipeline():
        connection.execute(STORE)
        devices = lock_devices(connection, (place[:2] for place in places))
        near = asked(connection, _NEAR, beside)
        followed = asked(connection, _FOLLOWED, before)
        lost = asked(connection, _LOST, places)
        ends = asked(connection, _ENDS, places)
        ended = asked(connection, _KEYS, keys)
    known = Known(places)
    for tenant, device, state in devices:
        known.states[tenant, device] = DeviceState(state)
    for tenant, device, incarnation, sequence, *held in near:
        known.stands((tenant, device, incarnation), sequence, Held(*held))
    for tenant, device, previous in followed:
        known.follows(tenant, device, previous)
    for tenant, device, incarnation, first, last in lost:
        known.lost[tenant, device, incarnation][first] = last
    for tenant, device, incarnation, *end in ends:
        known.ends[tenant, device, incarnation] = end[0], end[1], end[2]
    periods: Periods = {}
    for tenant, key, period, over in ended:
        periods[tenant, key] = UNPLANNED if over else period or UNPLANNED
        if over:
            known.ended.add((tenant, key))
    return known, periods


def asked(
    connection: Connection[Any], query: str, rows: Sequence[Sequence[object]]
) -> Cursor[Any]:
    """Send a query whose parameters are the columns of rows; there is one at least."""
    columns = [list(column) for column in zip(*rows, strict=True)]
    return connection.execute(query, columns, binary=True)
