# SPDX-License-Identifier: Apache-2.0
"""Devices in an SQLite store, inside the caller's transaction.

Rules: a token is used and its device added in one transaction; what a device says of
itself never changes its state, label or enrolment time; only one that is heard has
pseudonym keys.
Not here: the transaction (`sqlite.py`), what it says of its chains
(`sqlite_chains.py`).
"""

import sqlite3

from server.store.interface import Device, DeviceState, TokenFate

_COLUMNS = (
    "tenant, device, public, sealing, state, enrolled, seen, agent, system, label,"
    " queue"
)
ONE = f"SELECT {_COLUMNS} FROM devices WHERE tenant = ? AND device = ?"  # noqa: S608 - constant names
EVERY = f"SELECT {_COLUMNS} FROM devices WHERE tenant = ? ORDER BY enrolled, device"  # noqa: S608 - constant names

SET_PSEUDONYMS = (
    "INSERT OR REPLACE INTO pseudonyms SELECT ?, ?, ? WHERE EXISTS (SELECT 1"  # noqa: S608 - constant names
    " FROM devices WHERE tenant = ? AND device = ?"
    f" AND state = '{DeviceState.ACTIVE.value}')"
)
"""Of a device that is not heard by then there are none (the trigger `silenced`)."""


def device_of(
    tenant: bytes,
    device: bytes,
    public: bytes,
    sealing: bytes,
    state: str,
    *rest: *tuple[int, int, str, str, str, bytes | None],
) -> Device:
    """Return the device of a row; STRICT tables vouch for the types."""
    return Device(tenant, device, public, sealing, DeviceState(state), *rest)


def enrol(
    database: sqlite3.Connection, device: Device, secret_digest: bytes, now: int
) -> TokenFate:
    """Use a token once and add the device.

    A device that is there already keeps its state, label and enrolment time, and no
    use is counted: its answer was lost and it asks again.
    """
    token = database.execute(
        "SELECT not_after, uses FROM tokens WHERE tenant = ? AND secret = ?",
        (device.tenant, secret_digest),
    ).fetchone()
    if token is None:
        return TokenFate.UNKNOWN
    not_after, uses = token
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
    _add(database, device)
    return TokenFate.TAKEN


def _again(database: sqlite3.Connection, device: Device) -> bool:
    """Update a device that is there already; false where there is none."""
    changed = database.execute(
        "UPDATE devices SET sealing = ?, agent = ?, system = ?"
        " WHERE tenant = ? AND device = ?",
        (device.sealing, device.agent, device.system, device.tenant, device.device),
    )
    return changed.rowcount > 0


def _add(database: sqlite3.Connection, device: Device) -> None:
    database.execute(
        f"INSERT INTO devices ({_COLUMNS}) VALUES (?,?,?,?,?,?,?,?,?,?,?)",  # noqa: S608 - constant names
        (
            device.tenant,
            device.device,
            device.public,
            device.sealing,
            device.state.value,
            device.enrolled,
            device.seen,
            device.agent,
            device.system,
            device.label,
            device.queue,
        ),
    )
