# SPDX-License-Identifier: Apache-2.0
"""Devices in a PostgreSQL store, inside the caller's transaction.

Rules: as `../sqlite_devices.py` has them: a token is used and its device added in one
transaction; only one that is heard has pseudonym keys; a device ends after all that is
sealed of it.
Not here: rows (`../device_rows.py`), what it says of its chains (`chains.py`).
"""

from typing import Any

from psycopg import Connection

from server.store.device_rows import ADD, AGAIN, again_of, row_of
from server.store.interface import Device, DeviceState
from server.store.tokens import TokenFate

USED = "SELECT octets FROM usage WHERE tenant = %b AND day = %b AND device = %b"
SET_PSEUDONYMS = (
    "INSERT INTO pseudonyms SELECT tenant, device, %b FROM devices WHERE tenant = %b"
    " AND device = %b AND state = 'active' FOR NO KEY UPDATE"
    " ON CONFLICT (tenant, device) DO UPDATE SET octets = excluded.octets"
)
"""Of a device that is not heard by then there are none."""
_SET_STATE = "UPDATE devices SET state = %b WHERE tenant = %b AND device = %b"
_SILENCE = (
    "DELETE FROM pseudonyms p USING devices d WHERE d.tenant = %b AND d.device = %b"
    " AND d.state <> 'active' AND p.tenant = d.tenant AND p.device = d.device"
)
_ADMITS = (
    "SELECT not_after, uses, site, tags FROM tokens WHERE tenant = %b AND secret = %b"
    " FOR NO KEY UPDATE"
)
TOKENS = (
    "SELECT secret, not_after, uses FROM tokens WHERE tenant = %b"
    " ORDER BY not_after, secret"
)
END_TOKEN = "DELETE FROM tokens WHERE tenant = %b AND secret = %b"  # noqa: S105 - a statement
_USE_TOKEN = "UPDATE tokens SET uses = uses - 1 WHERE tenant = %b AND secret = %b"  # noqa: S105 - a statement
ADD_TOKEN = (
    "INSERT INTO tokens (tenant, secret, not_after, uses, site, tags)"  # noqa: S105 - a statement
    " VALUES (%b, %b, %b, %b, %b, %b) ON CONFLICT DO NOTHING"
)
_ENDS = (
    "SELECT 1 FROM devices WHERE tenant = %b AND device = %b"
    " AND state IN ('gone', 'revoked') FOR UPDATE"
)
_KEPT = (
    "SELECT 1 FROM places WHERE tenant = %b AND device = %b AND NOT spent UNION ALL"
    " SELECT 1 FROM blocks WHERE tenant = %b AND device = %b UNION ALL"
    " SELECT 1 FROM remainders WHERE tenant = %b AND device = %b UNION ALL"
    " SELECT 1 FROM extracts WHERE tenant = %b AND device = %b LIMIT 1"
)
_KNOWN = {
    "gaps": "incarnation, sequence",
    "places": "incarnation, sequence",
    "lost": "incarnation, first",
    "resyncs": "purpose, dataset",
    "chains": "incarnation",
    "pseudonyms": "device",
    "placements": "device",
    "orders": "id",
    "calls": "number",
    "refused": "reason",
}
"""What else is known of a device, and what tells two rows of it apart."""
_LAST = (
    "DELETE FROM usage WHERE tenant = %b AND device = %b",
    "DELETE FROM devices WHERE tenant = %b AND device = %b",
)


def set_state(
    connection: Connection[Any], tenant: bytes, device: bytes, state: DeviceState
) -> bool:
    """Change a device's state; one that is not heard is left no pseudonym keys."""
    whose = tenant, device
    changed = connection.execute(_SET_STATE, (state.value, *whose)).rowcount > 0
    connection.execute(_SILENCE, whose)
    return changed


def enrol(
    connection: Connection[Any], device: Device, secret_digest: bytes, now: int
) -> TokenFate:
    """Use a token once and add the device.

    A device that is there already keeps its state, label and enrolment time, and no
    use is counted: its answer was lost and it asks again.
    """
    used = device.tenant, secret_digest
    token = connection.execute(_ADMITS, used, binary=True).fetchone()
    if token is None:
        return TokenFate.UNKNOWN
    not_after, uses, *spot = token
    if now > not_after:
        return TokenFate.EXPIRED
    if connection.execute(AGAIN, again_of(device)).rowcount:
        return TokenFate.TAKEN
    if uses < 1:
        return TokenFate.USED
    connection.execute(_USE_TOKEN, used)
    connection.execute(ADD, row_of(device, *spot))
    return TokenFate.TAKEN


def end(connection: Connection[Any], tenant: bytes, device: bytes, most: int) -> int:
    """Delete a slice of what is known of a device that is over; the device goes last.

    Returns:
        How many rows; none of a device that is heard, or of which data is kept.
    """
    whose = tenant, device
    if connection.execute(_ENDS, whose).fetchone() is None:
        return 0
    if connection.execute(_KEPT, whose * 4).fetchone() is not None:
        return 0
    rows = 0
    for table, columns in _KNOWN.items():
        rows += connection.execute(
            f"DELETE FROM {table} WHERE tenant = %b AND device = %b AND ({columns}) IN"  # noqa: S608 - constant names
            f" (SELECT {columns} FROM {table} WHERE tenant = %b AND device = %b"
            " LIMIT %b)",
            (*whose, *whose, most - rows),
        ).rowcount
    if rows < most:
        rows += sum(connection.execute(one, whose).rowcount for one in _LAST)
    return rows
