# SPDX-License-Identifier: Apache-2.0
"""How much of a day's room is left while envelopes are stored in one transaction.

Rules: what is stored counts, a duplicate does not; a day is the collector's own; what
announces a loss has room of its own, so that it is heard where no data is taken.
Not here: how use is kept (`sqlite_usage.py`, `postgres/put.py`).
"""

from collections.abc import Callable

from server.store.interface import Quotas, StoredEnvelope
from wire.envelope import EnvelopeKind


class Room:
    """What is left of a day's room.

    Attributes:
        day: since the epoch.
        added: octets that were taken, by tenant and device.
    """

    def __init__(
        self, used: Callable[[bytes, bytes | None], int], quotas: Quotas, day: int
    ) -> None:
        """Look at nothing yet.

        Args:
            used: returns what of a tenant's day a device has used, or all have.
            quotas: octets of a device and of a tenant in a day.
            day: since the epoch; `used` is of it.
        """
        self.day = day
        self.added: dict[tuple[bytes, bytes], int] = {}
        self._used = used
        self._quotas = quotas
        self._devices: dict[tuple[bytes, bytes], int] = {}
        self._tenants: dict[bytes, int] = {}

    def takes(self, envelope: StoredEnvelope) -> bool:
        """Tell whether there is room for an envelope, and keep it for that if so."""
        tenant, whose = envelope.tenant, (envelope.tenant, envelope.device)
        if whose not in self._devices:
            self._devices[whose] = self._used(*whose)
        if tenant not in self._tenants and self._quotas.tenant is not None:
            self._tenants[tenant] = self._used(tenant, None)
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
        self.added[whose] = self.added.get(whose, 0) + size
        return True
