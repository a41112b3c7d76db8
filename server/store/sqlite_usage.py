# SPDX-License-Identifier: Apache-2.0
"""How much of a day's room devices have used, inside the caller's transaction.

Rules: what is stored counts, a duplicate does not; a day is the collector's own.
Not here: what happens to what is over (`sqlite_put.py`).
"""

import sqlite3

from server.store.bounds import KEPT_DAYS

DAY_SECONDS = 86_400


def used(database: sqlite3.Connection, tenant: bytes, device: bytes, day: int) -> int:
    """Return the octets stored of a device on a day since the epoch."""
    row = database.execute(
        "SELECT octets FROM usage WHERE tenant = ? AND day = ? AND device = ?",
        (tenant, day, device),
    ).fetchone()
    return int(row[0]) if row else 0


def used_by_all(database: sqlite3.Connection, tenant: bytes, day: int) -> int:
    """Return the octets stored of a tenant's devices on a day since the epoch."""
    (octets,) = database.execute(
        "SELECT coalesce(sum(octets), 0) FROM usage WHERE tenant = ? AND day = ?",
        (tenant, day),
    ).fetchone()
    return int(octets)


def add(
    database: sqlite3.Connection, tenant: bytes, device: bytes, day: int, octets: int
) -> None:
    """Count octets that were stored; a device's first of a day lets old days go."""
    known = database.execute(
        "UPDATE usage SET octets = octets + ? WHERE tenant = ? AND day = ?"
        " AND device = ?",
        (octets, tenant, day, device),
    )
    if not known.rowcount:
        database.execute(
            "INSERT INTO usage VALUES (?, ?, ?, ?)", (tenant, day, device, octets)
        )
        database.execute(
            "DELETE FROM usage WHERE tenant = ? AND day < ?", (tenant, day - KEPT_DAYS)
        )
