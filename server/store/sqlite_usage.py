# SPDX-License-Identifier: Apache-2.0
"""How much of a day's room devices have used, inside the caller's transaction.

Rules: what is stored counts, a duplicate does not; a day is the collector's own; what
announces a loss has room of its own, so that it is heard where no data is taken.
Not here: judging envelopes (`sqlite_put.py`).
"""

import sqlite3

from server.store.bounds import DAY_SECONDS, KEPT_DAYS
from server.store.interface import Quotas, StoredEnvelope
from wire.envelope import EnvelopeKind


def used(
    database: sqlite3.Connection, tenant: bytes, day: int, device: bytes | None = None
) -> int:
    """Return the octets stored on a day since the epoch, of a device or of all."""
    (octets,) = database.execute(
        "SELECT coalesce(sum(octets), 0) FROM usage WHERE tenant = ? AND day = ?"
        " AND (? IS NULL OR device = ?)",
        (tenant, day, device, device),
    ).fetchone()
    return int(octets)


class Room:
    """What is left of a day's room while envelopes are stored in one transaction."""

    def __init__(self, database: sqlite3.Connection, quotas: Quotas, now: int) -> None:
        """Look at nothing yet.

        Args:
            database: within the caller's transaction.
            quotas: octets of a device and of a tenant in a day.
            now: seconds since the epoch.
        """
        self._database = database
        self._quotas = quotas
        self._day = now // DAY_SECONDS
        self._devices: dict[tuple[bytes, bytes], int] = {}
        self._tenants: dict[bytes, int] = {}
        self._added: dict[tuple[bytes, bytes], int] = {}

    def takes(self, envelope: StoredEnvelope) -> bool:
        """Tell whether there is room for an envelope, and keep it for that if so."""
        tenant, whose = envelope.tenant, (envelope.tenant, envelope.device)
        if whose not in self._devices:
            self._devices[whose] = used(self._database, tenant, self._day, whose[1])
        if tenant not in self._tenants and self._quotas.tenant is not None:
            self._tenants[tenant] = used(self._database, tenant, self._day)
        size = len(envelope.octets)
        of_device = self._devices[whose] + size
        of_tenant = self._tenants.get(tenant, 0) + size
        data = envelope.kind == EnvelopeKind.DATA.value
        more = 0 if data else self._quotas.announced
        if of_device > self._quotas.device + more:
            return False
        if data and self._quotas.tenant is not None and of_tenant > self._quotas.tenant:
            return False
        self._devices[whose], self._tenants[tenant] = of_device, of_tenant
        self._added[whose] = self._added.get(whose, 0) + size
        return True

    def keep(self) -> None:
        """Write down what was used; a device's first of a day lets old days go."""
        for (tenant, device), octets in self._added.items():
            known = self._database.execute(
                "UPDATE usage SET octets = octets + ? WHERE tenant = ? AND day = ?"
                " AND device = ?",
                (octets, tenant, self._day, device),
            )
            if not known.rowcount:
                self._database.execute(
                    "INSERT INTO usage VALUES (?, ?, ?, ?)",
                    (tenant, self._day, device, octets),
                )
                self._database.execute(
                    "DELETE FROM usage WHERE tenant = ? AND day < ?",
                    (tenant, self._day - KEPT_DAYS),
                )
