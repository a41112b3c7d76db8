# SPDX-License-Identifier: Apache-2.0
"""Extracts, remainders and blocks in a PostgreSQL store, in the caller's transaction.

Rules: as `../sqlite_extracts.py` has them: a remainder takes the place of its envelope
in the transaction that deletes that; it never has more records; beside one no block
stands; nothing is taken in while a key ends.
Not here: making them (`server/keeper`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import astuple
from typing import Any

from psycopg import Connection

from server.store.blocks import HeldBlock
from server.store.ending import HeldExtract, HeldRemainder
from server.store.postgres.ended import NOT_ENDED
from server.store.postgres.known import STORE, lock_devices
from wire.envelope import EnvelopeKind

_PUT_EXTRACT = (
    "INSERT INTO extracts SELECT %b, %b, %b, %b, %b, %b, %b, %b, %b, %b, %b"
    f" WHERE {NOT_ENDED}"
    " ON CONFLICT (tenant, holder, device, incarnation, sequence) DO UPDATE SET"
    " purpose = excluded.purpose, key_id = excluded.key_id, source = excluded.source,"
    " created = excluded.created, records = excluded.records, octets = excluded.octets"
)
_OF_HOLDER = (
    "SELECT * FROM extracts WHERE tenant = %b AND holder = %b"
    " ORDER BY device, incarnation, sequence"
)
_HOLD_BLOCK = (
    "INSERT INTO blocks SELECT %b, %b, %b, %b, %b, %b, %b, %b"  # noqa: S608 - constant names
    f" WHERE {NOT_ENDED} AND NOT EXISTS (SELECT 1 FROM remainders WHERE tenant = %b"
    " AND key_id = %b AND device = %b AND purpose = %b AND incarnation = %b)"
    " ON CONFLICT (tenant, device, purpose, key_id, incarnation) DO UPDATE SET"
    " last = excluded.last, sources = excluded.sources, octets = excluded.octets"
)
_WORN = "INSERT INTO worn VALUES (%b) ON CONFLICT DO NOTHING"
_STANDS = (
    "tenant = %b AND device = %b AND incarnation = %b AND sequence = %b"
    " AND purpose = %b AND retention = %b AND key_id = %b AND created = %b"
    " AND records >= %b"
)
_SPEND = (
    f"WITH one AS (UPDATE places SET spent = true WHERE NOT spent AND digest = %b"  # noqa: S608 - constant names
    f" AND kind = {EnvelopeKind.DATA.value} AND {_STANDS}"
    " RETURNING tenant, device, incarnation, sequence, period),"
    " gone AS (DELETE FROM envelopes e USING one WHERE e.tenant = one.tenant"
    " AND e.device = one.device AND e.incarnation = one.incarnation"
    " AND e.sequence = one.sequence AND e.period = one.period RETURNING e.tableoid)"
    " SELECT relname FROM gone JOIN pg_class ON pg_class.oid = gone.tableoid"
)
_FORMER = f"DELETE FROM remainders WHERE source = %b AND {_STANDS}"  # noqa: S608 - constant names
_ADD = "INSERT INTO remainders VALUES (%b, %b, %b, %b, %b, %b, %b, %b, %b, %b, %b, %b)"
_BLOCKS = (
    "DELETE FROM blocks WHERE tenant = %b AND device = %b AND incarnation = %b"
    " AND purpose = %b AND key_id = %b"
)


def replace(connection: Connection[Any], remainder: HeldRemainder) -> bool:
    """Put a remainder in its place; false where what it stands for is not there.

    One that is there already, octet by octet, was put by a commit not heard of: it is
    put again.
    """
    whose = remainder.tenant, remainder.device
    place = *whose, remainder.incarnation, remainder.sequence
    filed = remainder.purpose, remainder.retention, remainder.key_id
    values = remainder.source, *place, *filed, remainder.created, remainder.records
    lock_devices(connection, [whose])
    worn = [row[0] for row in connection.execute(_SPEND, values)]
    if connection.execute(_FORMER, values).rowcount:
        worn.append("remainders")
    if not worn:
        return False
    connection.execute(_ADD, astuple(remainder))
    of_stream = *place[:3], remainder.purpose, remainder.key_id
    if connection.execute(_BLOCKS, of_stream).rowcount:
        worn.append("blocks")
    for name in worn:
        connection.execute(_WORN, (name,))
    return True


def put_extracts(connection: Connection[Any], held: Sequence[HeldExtract]) -> None:
    """Store extracts, but those whose key has ended by now."""
    with connection.pipeline():
        connection.execute(STORE)
        for one in held:
            connection.execute(_PUT_EXTRACT, (*astuple(one), one.tenant, one.key_id))


def extracts(
    connection: Connection[Any], tenant: bytes, holder: bytes
) -> Iterator[HeldExtract]:
    """Yield the extracts of a holder."""
    with connection.cursor(name="extracts") as cursor:
        cursor.itersize = 128
        cursor.execute(_OF_HOLDER, (tenant, holder), binary=True)
        for row in cursor:
            yield HeldExtract(*row)


def hold_block(connection: Connection[Any], block: HeldBlock) -> None:
    """Store a block, unless its key has ended or something was erased meanwhile."""
    whose = block.tenant, block.key_id, block.device, block.purpose, block.incarnation
    values = *astuple(block), block.tenant, block.key_id, *whose
    connection.execute(STORE)
    lock_devices(connection, [(block.tenant, block.device)])
    connection.execute(_HOLD_BLOCK, values)
