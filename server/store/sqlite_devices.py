# SPDX-License-Identifier: Apache-2.0
"""Devices in an SQLite store, inside the caller's transaction.

Rules: a token is used and its device added in one transaction; what a device says of
itself never changes its state, label or enrolment time; only one that is heard has
pseudonym keys; a device ends after all that is sealed of it.
Not here: the transaction (`sqlite.py`), rows (`device_rows.py`), what it says of its
chains (`sqlite_chains.py`).
"""

import sqlite3

from server.store import device_rows
from server.store.device_rows import again_of, row_of, since_of
from server.store.interface import Device, DeviceState
from server.store.sqlite_ended import SEALED
from server.store.tokens import TokenFate

ONE = device_rows.ONE.replace("%b", "?")
EVERY = device_rows.EVERY.replace("%b", "?")
MEANT = device_rows.MEANT.replace("%b", "?")
UNKEYED = device_rows.UNKEYED.replace("%b", "?")
SENDER = device_rows.SENDER.replace("%b", "?")
SET_SPOT = device_rows.SET_SPOT.replace("%b", "?")
LABEL = device_rows.LABEL.replace("%b", "?")
HEARD = device_rows.HEARD.replace("%b", "?")
NOTHING_MORE = device_rows.NOTHING_MORE.replace("%b", "?")
_ADD = device_rows.ADD.replace("%b", "?")
_AGAIN = device_rows.AGAIN.replace("%b", "?")
_SINCE = device_rows.SINCE.replace("%b", "?")
SET_PSEUDONYMS = (
    "INSERT OR REPLACE INTO pseudonyms SELECT ?, ?, ? WHERE EXISTS (SELECT 1"  # noqa: S608 - constant names
    " FROM devices WHERE tenant = ? AND device = ?"
    f" AND state = '{DeviceState.ACTIVE.value}')"
)
"""Of a device that is not heard by then there are none (the trigger `silenced`)."""
_KNOWN = {
    "gaps": "incarnation, sequence",
    "spent": "incarnation, sequence",
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
ADD_TOKEN = (
    "INSERT INTO tokens (tenant, secret, not_after, uses, site, tags)"  # noqa: S105 - a statement
    " VALUES (?, ?, ?, ?, ?, ?)"
)
_USED = (
    "DELETE FROM usage WHERE tenant = :tenant AND device = :device AND day IN"
    " (WITH RECURSIVE days(day) AS (SELECT min(day) FROM usage WHERE tenant = :tenant"
    " UNION ALL SELECT (SELECT min(day) FROM usage WHERE tenant = :tenant"
    " AND day > days.day) FROM days WHERE day IS NOT NULL) SELECT day FROM days)"
)
"""Day by day, for what all devices used on a day lies together."""
_ENDS = (
    "SELECT 1 FROM devices WHERE tenant = ? AND device = ?"  # noqa: S608 - constant names
    f" AND state IN ('{DeviceState.GONE.value}', '{DeviceState.REVOKED.value}')"
)
_KEPT = "SELECT 1 FROM {table} WHERE tenant = ? AND device = ?"


def enrol(
    database: sqlite3.Connection, device: Device, secret_digest: bytes, now: int
) -> TokenFate:
    """Use a token once and add the device.

    A device that is there already keeps its state, label and enrolment time, and no
    use is counted: its answer was lost and it asks again.
    """
    token = database.execute(
        "SELECT not_after, uses, site, tags FROM tokens"
        " WHERE tenant = ? AND secret = ?",
        (device.tenant, secret_digest),
    ).fetchone()
    if token is None:
        return TokenFate.UNKNOWN
    not_after, uses, *spot = token
    if now > not_after:
        return TokenFate.EXPIRED
    if _again(database, device):
        return TokenFate.TAKEN
    if uses < 1:
        return TokenFate.USED
    database.execute(
        "UPDATE tokens SET uses = uses - 1 WHERE tenant = ? AND secret = ?",
        (device.tenant, secret_digest),
    )
    database.execute(_ADD, row_of(device, *spot))
    return TokenFate.TAKEN


def _again(database: sqlite3.Connection, device: Device) -> bool:
    """Update a device that is there already; false where there is none."""
    return database.execute(_AGAIN, again_of(device)).rowcount > 0


def told_before(database: sqlite3.Connection) -> None:
    """Keep of each device what an older release did not keep to look for."""
    rows = database.execute(device_rows.BEFORE)
    values = [since_of(*row) for row in rows]
    database.executemany(_SINCE, values)


def end(database: sqlite3.Connection, tenant: bytes, device: bytes, most: int) -> int:
    """Delete a slice of what is known of a device that is over; the device goes last.

    Returns:
        How many rows; none of a device that is heard, or of which data is kept.
    """
    whose = tenant, device
    kept = [_KEPT.format(table=table) for table in SEALED]
    if not _any(database, _ENDS, whose) or any(
        _any(database, query, whose) for query in kept
    ):
        return 0
    rows = 0
    for table, columns in _KNOWN.items():
        rows += database.execute(
            f"DELETE FROM {table} WHERE tenant = ? AND device = ? AND ({columns}) IN"  # noqa: S608 - constant names
            f" (SELECT {columns} FROM {table} WHERE tenant = ? AND device = ? LIMIT ?)",
            (*whose, *whose, most - rows),
        ).rowcount
    if rows < most:
        values = {"tenant": tenant, "device": device}
        rows += database.execute(_USED, values).rowcount
        rows += database.execute(
            "DELETE FROM devices WHERE tenant = ? AND device = ?", whose
        ).rowcount
    return rows


def _any(database: sqlite3.Connection, query: str, values: tuple[bytes, bytes]) -> bool:
    return database.execute(query, values).fetchone() is not None
