# SPDX-License-Identifier: Apache-2.0
"""A real store in a file that can be away, as one behind a network can.

Rules: what it answers while it is there is what any store answers.
Not here: any expectation.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

from server.errors import StateError
from server.store.interface import (
    Device,
    Quotas,
    Sender,
    StoredEnvelope,
    Verdict,
)
from server.store.orders import Call
from server.store.sqlite import SqliteStore
from server.store.sqlite_connections import Connections
from server.store.sqlite_orders import SqliteOrders


class _Orders(SqliteOrders):
    def __init__(self, connections: Connections, reach: Callable[[], None]) -> None:
        super().__init__(connections)
        self._reach = reach

    def last_call(self) -> int:
        self._reach()
        return super().last_call()

    def calls(self, after: int) -> Sequence[Call]:
        self._reach()
        return super().calls(after)


class Leaving(SqliteStore):
    """A store that can be away.

    Attributes:
        away: whether all that is asked fails.
        failing: how often what is asked fails before it is answered again.
        failed: how often something did.
    """

    def __init__(self, path: Path, quotas: Quotas) -> None:
        """Open the file; it is there."""
        super().__init__(path, quotas)
        self.away = False
        self.failing = self.failed = 0
        self.orders = _Orders(self._connections, self._reach)

    def _reach(self) -> None:
        if self.away or self.failing:
            self.failing = max(self.failing - 1, 0)
            self.failed += 1
            msg = "the store is away"
            raise StateError(msg)

    def sender(
        self, tenant: bytes, device: bytes, incarnation: bytes, day: int
    ) -> Sender | None:
        """Look, unless it is away."""
        self._reach()
        return super().sender(tenant, device, incarnation, day)

    def device(self, tenant: bytes, device: bytes) -> Device | None:
        """Look, unless it is away."""
        self._reach()
        return super().device(tenant, device)

    def put(self, envelopes: Sequence[StoredEnvelope], now: int) -> list[Verdict]:
        """Store, unless it is away."""
        self._reach()
        return super().put(envelopes, now)
