# SPDX-License-Identifier: Apache-2.0
"""How much of a day's room devices have used, inside the caller's transaction.

Rules: a month of days is kept.
Not here: how much room there is (`room.py`).
"""

import sqlite3
from collections.abc import Container

from server.store.bounds import KEPT_DAYS
from server.store.room import Room
from server.store.sqlite_rows import written

USED = (
    "SELECT coalesce(sum(octets), 0) FROM usage WHERE tenant = ? AND day = ?"
    " AND device = ?"
)
_USE = (
    "ON CONFLICT (tenant, day, device) DO UPDATE SET octets = octets + excluded.octets"
)
_FORGET = "DELETE FROM usage WHERE tenant = ? AND day < ?"
_USED_BY_ALL = "SELECT coalesce(sum(octets), 0) FROM usage WHERE tenant = ? AND day = ?"


def used(database: sqlite3.Connection, tenant: bytes, day: int) -> int:
    """Return the octets stored on a day since the epoch, of all devices."""
    return int(database.execute(_USED_BY_ALL, (tenant, day)).fetchone()[0])


def keep(
    database: sqlite3.Connection, room: Room, known: Container[tuple[bytes, bytes]]
) -> None:
    """Write down what was used; a device's first of a day lets old days go.

    Args:
        database: within a transaction.
        room: what was taken.
        known: tenants and devices that had used some of the day before.
    """
    rows = [
        (tenant, room.day, device, octets)
        for (tenant, device), octets in room.added.items()
    ]
    written(database, "INSERT INTO usage", rows, _USE)
    begun = {one[0] for one in room.added if one not in known}
    database.executemany(_FORGET, [(one, room.day - KEPT_DAYS) for one in begun])
