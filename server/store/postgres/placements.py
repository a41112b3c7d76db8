# SPDX-License-Identifier: Apache-2.0
"""Policies with a target, and placements, in a PostgreSQL store.

Rules: a device that has ended by then gets no placement; what is named is there.
Not here: what is kept (`../placements.py`).
"""

from collections.abc import Sequence
from typing import Any

from psycopg import Connection

from server.store.placements import HeldPlacement, Obeyed
from server.store.postgres.connections import Connections

_POLICY = (
    "INSERT INTO policies VALUES (%b, %b, %b)"
    " ON CONFLICT (tenant, version) DO UPDATE SET octets = excluded.octets"
)
_PLACE = (
    "INSERT INTO placements SELECT tenant, device, %b, %b, %b, %b FROM devices"
    " WHERE tenant = %b AND device = %b"
    " ON CONFLICT (tenant, device) DO UPDATE SET version = excluded.version,"
    " serial = excluded.serial, issued = excluded.issued, octets = excluded.octets"
)
_EVERY = (
    "SELECT device, version, serial, issued, octets FROM placements WHERE tenant = %b"
)
_LACKING = (
    "SELECT EXISTS (SELECT 1 FROM devices d WHERE d.tenant = %b AND d.state = 'active'"
    " AND NOT EXISTS (SELECT 1 FROM placements x WHERE x.tenant = d.tenant"
    " AND x.device = d.device))"
)
_OBEYED = (
    "SELECT p.octets, x.octets FROM placements x JOIN policies p"
    " ON p.tenant = x.tenant AND p.version = x.version"
    " WHERE x.tenant = %b AND x.device = %b"
)


class PostgresPlacements:
    """Which policies devices obey."""

    def __init__(self, connections: Connections) -> None:
        """Take the store's connections."""
        self._connections = connections

    def hold_policy(self, tenant: bytes, version: int, octets: bytes) -> None:
        """Keep a signed policy that placements may name."""
        self._connections.change(_POLICY, (tenant, version, octets))

    def hold(self, tenant: bytes, placements: Sequence[HeldPlacement]) -> None:
        """Replace the placements of devices, all in one commit and in one order."""
        values = [
            (one.version, one.serial, one.issued, one.octets, tenant, one.device)
            for one in sorted(placements, key=lambda one: one.device)
        ]

        def held(connection: Connection[Any]) -> None:
            with connection.cursor() as cursor:
                cursor.executemany(_PLACE, values)

        self._connections.run(held)

    def every(self, tenant: bytes) -> Sequence[HeldPlacement]:
        """Return the placements of a tenant's devices."""
        return self._connections.rows(_EVERY, (tenant,), HeldPlacement)

    def lacking(self, tenant: bytes) -> bool:
        """Tell whether a device that is heard has no placement."""
        return any(self._connections.rows(_LACKING, (tenant,), bool))

    def obeyed(self, tenant: bytes, device: bytes) -> Obeyed | None:
        """Return what a device obeys; None where it has no placement."""
        rows = self._connections.rows(_OBEYED, (tenant, device), Obeyed)
        return rows[0] if rows else None
