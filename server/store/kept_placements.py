# SPDX-License-Identifier: Apache-2.0
"""Policies with a target, and placements, in the tables of either store.

Rules: a device that is heard no more by then gets no placement, so that none outlives
it; one placement follows another by its serial alone; what is named is there.
Not here: what is kept (`placements.py`).
"""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from server.store.placements import Count, HeldPlacement, Obeyed

T = TypeVar("T")
_Values = Sequence[bytes | str | int]
_POLICY = (
    "INSERT INTO policies VALUES (?, ?, ?)"
    " ON CONFLICT (tenant, version) DO UPDATE SET octets = excluded.octets"
)
_HEARD = (
    "INSERT INTO placements SELECT tenant, device, ?, ?, ?, ? FROM devices"
    " WHERE tenant = ? AND device = ? AND state = 'active'"
)
_NEWER = (
    " ON CONFLICT (tenant, device) DO UPDATE SET version = excluded.version,"
    " serial = excluded.serial, issued = excluded.issued, octets = excluded.octets"
    " WHERE excluded.serial > placements.serial"
)
_EVERY = (
    "SELECT device, version, serial, issued, octets FROM placements WHERE tenant = ?"
)
_COUNTS = (
    "SELECT x.version, count(*),"
    " CAST(sum(CASE WHEN d.seen >= x.issued THEN 1 ELSE 0 END) AS bigint)"
    " FROM placements x JOIN devices d ON d.tenant = x.tenant AND d.device = x.device"
    " WHERE x.tenant = ? AND d.state = 'active' GROUP BY x.version"
)
_OBEYED = (
    "SELECT p.octets, x.octets FROM placements x JOIN policies p"
    " ON p.tenant = x.tenant AND p.version = x.version"
    " WHERE x.tenant = ? AND x.device = ?"
)


class _Connections(Protocol):
    def change(self, statement: str, values: _Values) -> bool: ...

    def change_rows(self, statement: str, rows: Sequence[_Values]) -> None: ...

    def rows(self, query: str, values: _Values, build: Callable[..., T]) -> list[T]: ...


class KeptPlacements:
    """Which policies devices obey."""

    def __init__(
        self, connections: _Connections, mark: str = "?", lock: str = ""
    ) -> None:
        """Take the store's connections.

        Args:
            connections: of either store.
            mark: stands for a value in its statements.
            lock: has a device stay as it is until its placement is committed, where
                not all that write wait for one another.
        """
        self._connections = connections
        self._mark = mark
        self._place = self._said(_HEARD + lock + _NEWER)

    def hold_policy(self, tenant: bytes, version: int, octets: bytes) -> None:
        """Keep a signed policy that placements may name."""
        self._connections.change(self._said(_POLICY), (tenant, version, octets))

    def hold(self, tenant: bytes, placements: Sequence[HeldPlacement]) -> None:
        """Replace older placements of devices that are heard, all in one commit.

        In one order, lest two wait in a ring.
        """
        rows = [
            (one.version, one.serial, one.issued, one.octets, tenant, one.device)
            for one in sorted(placements, key=lambda one: one.device)
        ]
        self._connections.change_rows(self._place, rows)

    def every(self, tenant: bytes) -> Sequence[HeldPlacement]:
        """Return the placements of a tenant's devices."""
        return self._connections.rows(self._said(_EVERY), (tenant,), HeldPlacement)

    def counts(self, tenant: bytes) -> dict[int, Count]:
        """Return of each version how many of those that are heard obey it."""
        return dict(self._connections.rows(self._said(_COUNTS), (tenant,), _count_of))

    def obeyed(self, tenant: bytes, device: bytes) -> Obeyed | None:
        """Return what a device obeys; None where it has no placement."""
        rows = self._connections.rows(self._said(_OBEYED), (tenant, device), Obeyed)
        return rows[0] if rows else None

    def _said(self, statement: str) -> str:
        return statement.replace("?", self._mark)


def _count_of(version: int, placed: int, heard: int) -> tuple[int, Count]:
    return version, Count(placed, heard)
