# SPDX-License-Identifier: Apache-2.0
"""Ending keys, and deleting what is sealed to them, in a PostgreSQL store.

Rules: nobody stores in the moment in which a key ends; where all keys of a period have
ended its partition goes at once, and only what is known of its envelopes is marked
slice by slice; else rows go, in slices bounded in rows and octets, and their tables are
named to be renewed, for PostgreSQL does not overwrite what it deletes (ADR 57).
Not here: the transaction (`store.py`), who decides (`server/keeper`).
"""

from collections.abc import Iterable, Mapping
from typing import Any

from psycopg import Connection

from server.store.bounds import DAY_SECONDS, DELETED_BYTES, RECORDS, SAMPLE_BYTES
from server.store.ending import Deleted, KeyUse
from server.store.postgres.known import ALONE

OTHERS = ("blocks", "remainders", "extracts")
"""Every table that has something sealed, beside envelopes."""
_DROP_MILLISECONDS = 500
"""That a drop may wait for whoever reads: who stores waits behind it meanwhile."""
IS_ENDED = "SELECT 1 FROM ended WHERE tenant = %b AND key_id = %b"
NOT_ENDED = f"NOT EXISTS ({IS_ENDED})"
EVERY = "SELECT key_id, noticed FROM ended WHERE tenant = %b ORDER BY key_id"
_END = (
    "INSERT INTO ended SELECT %b, key_id, %b FROM unnest(%b::bytea[]) a(key_id)"
    " ON CONFLICT DO NOTHING"
)
_SEALED = " UNION ".join(
    f"SELECT key_id FROM {table} tenant = %(tenant)b AND key_id <> %(none)b"  # noqa: S608 - constant names
    for table in ("places WHERE NOT spent AND", *(f"{one} WHERE" for one in OTHERS))
)
_USE = " UNION ALL ".join(
    f"SELECT {own}, device, {size}, {records} FROM {table}"  # noqa: S608 - constant names
    " tenant = %(tenant)b AND key_id = %(key)b"
    for own, size, records, table in (
        ("true AS own", "size", "records", "places WHERE NOT spent AND"),
        ("false", "length(octets)", "0", "blocks WHERE"),
        ("false", "length(octets)", "records", "remainders WHERE"),
        ("false", "length(octets)", "records", "extracts WHERE"),
    )
)
_SUMS = (
    "SELECT count(*) FILTER (WHERE own), coalesce(sum(least(records, %(most)b))"  # noqa: S608 - constant names
    " FILTER (WHERE own), 0)::bigint, coalesce(sum(size), 0)::bigint,"
    f" count(DISTINCT device), count(*) FILTER (WHERE NOT own) FROM ({_USE}) x"
)
_ENDS = (
    "SELECT octets FROM envelopes JOIN (SELECT tenant, device, incarnation, sequence,"
    " period FROM places WHERE NOT spent AND tenant = %b AND key_id = %b"
    " ORDER BY number {0} LIMIT 1) a"
    " USING (tenant, device, incarnation, sequence, period)"
)
_OTHER_ENDS = "SELECT octets FROM {0} WHERE tenant = %b AND key_id = %b LIMIT 1"
_DEVICES = " UNION ".join(
    f"SELECT device FROM {table} tenant = %(tenant)b AND key_id = ANY (%(keys)b)"  # noqa: S608 - constant names
    for table in ("places WHERE NOT spent AND", *(f"{one} WHERE" for one in OTHERS))
)
_PLAN = (
    "INSERT INTO epochs SELECT %b, key_id, period FROM unnest(%b::bytea[],"
    " %b::integer[]) a(key_id, period) WHERE NOT EXISTS (SELECT 1 FROM ended d"
    " WHERE d.tenant = %b AND d.key_id = a.key_id) ON CONFLICT DO NOTHING"
)
_PLANNED = "SELECT key_id FROM epochs WHERE tenant = %b AND key_id = ANY (%b)"
_PERIOD = "SELECT period FROM epochs WHERE tenant = %b AND key_id = %b"
_SPEND = (
    "WITH picked AS (SELECT device, incarnation, sequence, period, records, size"
    " FROM places WHERE {0} ORDER BY number LIMIT %(rows)b FOR UPDATE),"
    " slice AS (SELECT *, sum(size) OVER"
    " (ORDER BY device, incarnation, sequence) - size AS before FROM picked),"
    " gone AS (DELETE FROM envelopes e USING slice s WHERE e.tenant = %(tenant)b"
    " AND e.device = s.device AND e.incarnation = s.incarnation"
    " AND e.sequence = s.sequence AND e.period = s.period"
    " AND s.before < %(octets)b RETURNING e.tableoid),"
    " worn_by AS (INSERT INTO worn SELECT DISTINCT relname FROM gone"
    " JOIN pg_class ON pg_class.oid = gone.tableoid ON CONFLICT DO NOTHING)"
    " UPDATE places p SET spent = true FROM slice s WHERE p.tenant = %(tenant)b"
    " AND p.device = s.device AND p.incarnation = s.incarnation"
    " AND p.sequence = s.sequence AND s.before < %(octets)b"
    " RETURNING least(p.records, %(most)b), p.size"
)
SPEND_BY_KEY = _SPEND.format("NOT spent AND tenant = %(tenant)b AND key_id = %(key)b")
SPEND_BY_AGE = _SPEND.format(
    "NOT spent AND kind <> 0 AND tenant = %(tenant)b AND purpose = %(purpose)b"
    " AND retention = %(retention)b AND created < %(before)b"
)
_ROW_OF = {
    "blocks": "device, purpose, key_id, incarnation",
    "remainders": "device, incarnation, sequence",
    "extracts": "holder, device, incarnation, sequence",
}
_DELETE = (
    "WITH picked AS (SELECT {1}, length(octets) AS size FROM {0}"
    " WHERE tenant = %(tenant)b AND {2} ORDER BY {1} LIMIT %(rows)b),"
    " slice AS (SELECT *, sum(size) OVER (ORDER BY {1}) - size AS before FROM picked),"
    " worn_by AS (INSERT INTO worn VALUES ('{0}') ON CONFLICT DO NOTHING)"
    " DELETE FROM {0} x WHERE tenant = %(tenant)b AND ({1}) IN"
    " (SELECT {1} FROM slice WHERE before < %(octets)b) RETURNING length(x.octets)"
)
_WORN = "SELECT name FROM worn ORDER BY name"


def plan(connection: Connection[Any], tenant: bytes, ends: Mapping[bytes, int]) -> None:
    """Make the partitions of the days on which keys are to end."""
    found = connection.execute(_PLANNED, (tenant, list(ends)), binary=True)
    new = ends.keys() - {key for (key,) in found}
    days = {key: max(ends[key], 0) // DAY_SECONDS + 1 for key in sorted(new)}
    if days:
        for day in sorted(set(days.values())):
            connection.execute("SELECT make_period(%b::integer)", (day,))
        values = tenant, list(days), list(days.values()), tenant
        connection.execute(_PLAN, values)


def end_keys(
    connection: Connection[Any], tenant: bytes, key_ids: Iterable[bytes], now: int
) -> list[bytes]:
    """End keys; returns those that something is sealed to."""
    ended = set(key_ids)
    connection.execute(ALONE)
    connection.execute(_END, (tenant, now, sorted(ended)))
    return [key for key in sealed_keys(connection, tenant) if key in ended]


def sealed_keys(connection: Connection[Any], tenant: bytes) -> list[bytes]:
    """Return every key that something is sealed to, in order."""
    values = {"tenant": tenant, "none": bytes(16)}
    rows = connection.execute(_SEALED, values, binary=True)
    return sorted(key for (key,) in rows)


def sealed_to(connection: Connection[Any], tenant: bytes, key_id: bytes) -> KeyUse:
    """Return what is sealed to a key."""
    values = {"tenant": tenant, "key": key_id, "most": RECORDS}
    sums = connection.execute(_SUMS, values, binary=True).fetchone() or (0,) * 5
    queries = [_ENDS.format(order) for order in ("ASC", "DESC")]
    queries += [_OTHER_ENDS.format(table) for table in OTHERS]
    held = {
        row[0]
        for query in queries
        for row in connection.execute(query, (tenant, key_id), binary=True)
    }
    samples = sorted(
        {
            sample
            for octets in held
            for sample in (
                octets[-2 * SAMPLE_BYTES : -SAMPLE_BYTES],
                octets[-SAMPLE_BYTES:],
            )
            if len(sample) == SAMPLE_BYTES
        }
    )
    envelopes, records, size, devices, others = sums
    return KeyUse(envelopes, records, size, devices, others, tuple(samples))


def devices_of(
    connection: Connection[Any], tenant: bytes, key_ids: Iterable[bytes]
) -> int:
    """Return how many devices have anything sealed to any of some keys."""
    values = {"tenant": tenant, "keys": list(key_ids)}
    query = f"SELECT count(*) FROM ({_DEVICES}) x"  # noqa: S608 - constant names
    row = connection.execute(query, values, binary=True).fetchone()
    return int(row[0]) if row else 0


def drop_period(connection: Connection[Any], tenant: bytes, key_id: bytes) -> None:
    """Drop the partition of a key where all of its keys have ended.

    Raises:
        psycopg.Error: whoever reads keeps it; rows are to go instead.
    """
    row = connection.execute(_PERIOD, (tenant, key_id), binary=True).fetchone()
    if row is None:
        return
    connection.execute(ALONE)
    connection.execute(f"SET LOCAL lock_timeout = {_DROP_MILLISECONDS}")
    connection.execute("SELECT drop_period(%b::integer)", row)


def delete_ended(
    connection: Connection[Any], tenant: bytes, key_id: bytes, most: int
) -> Deleted:
    """Delete a slice of what is sealed to a key; nothing where that has not ended."""
    if connection.execute(IS_ENDED, (tenant, key_id)).fetchone() is None:
        return Deleted()
    values = {"tenant": tenant, "key": key_id, "most": RECORDS}
    values |= {"rows": max(most, 0), "octets": DELETED_BYTES}
    spent = connection.execute(SPEND_BY_KEY, values, binary=True).fetchall()
    records = sum(row[0] for row in spent)
    octets = sum(row[1] for row in spent)
    others, left = 0, most - len(spent)
    for table in OTHERS:
        sizes = _delete(connection, table, tenant, ("key_id", key_id), (left, octets))
        others, left, octets = (
            others + len(sizes),
            left - len(sizes),
            octets + sum(sizes),
        )
    return Deleted(len(spent), records, octets, others)


def delete_announced(
    connection: Connection[Any], which: tuple[bytes, str, str, int], most: int
) -> int:
    """Delete a slice of what announces something.

    Args:
        connection: within a transaction.
        which: tenant, purpose, retention class, and before which second it was made.
        most: rows.
    """
    names = "tenant", "purpose", "retention", "before"
    values: dict[str, bytes | str | int] = dict(zip(names, which, strict=True))
    values |= {"rows": max(most, 0), "octets": DELETED_BYTES, "most": RECORDS}
    return connection.execute(SPEND_BY_AGE, values).rowcount


def delete_extracts(
    connection: Connection[Any], tenant: bytes, holder: bytes, most: int
) -> int:
    """Delete a slice of a holder's extracts."""
    which = "holder", holder
    return len(_delete(connection, "extracts", tenant, which, (most, 0)))


def _delete(
    connection: Connection[Any],
    table: str,
    tenant: bytes,
    which: tuple[str, bytes],
    slice_: tuple[int, int],
) -> list[int]:
    """Delete rows of a table; returns their octets.

    Args:
        connection: within a transaction.
        table: one of `OTHERS`.
        tenant: whose.
        which: a column, and its value.
        slice_: rows that may go, and octets that have gone in this slice.
    """
    column, value = which
    rows, octets = slice_
    query = _DELETE.format(table, _ROW_OF[table], f"{column} = %(value)b")
    values = {"tenant": tenant, "value": value, "rows": max(rows, 0)}
    values["octets"] = DELETED_BYTES - octets
    return [size for (size,) in connection.execute(query, values, binary=True)]


def renew(connection: Connection[Any]) -> bool:
    """Write anew one table of which rows were deleted; false: there is none.

    Raises:
        psycopg.Error: whoever uses it keeps it: to be tried again.
    """
    row = connection.execute(f"{_WORN} LIMIT 1 FOR UPDATE").fetchone()
    if row is None:
        return False
    connection.execute(f"SET LOCAL lock_timeout = {_DROP_MILLISECONDS}")
    connection.execute("SELECT renew(%b)", row)
    connection.execute("DELETE FROM worn WHERE name = %b", row)
    return True
