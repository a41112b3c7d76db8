# SPDX-License-Identifier: Apache-2.0
"""What gates did not take, in the tables of either store.

Rules: counts are added to, by whichever gate; in one order, lest two wait in a ring; a
device that is no more by then is counted without a name, so that no name outlives it;
what a gate tells at once is kept at once, and what fails is its gate's to tell again;
what is told of it is bounded in rows and letters, for a gate may be taken over.
Not here: what is kept (`refusals.py`).
"""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from server.store.refusals import (
    HOUR_SECONDS,
    MOST,
    NAME_CHARS,
    NAMED,
    NOBODY,
    Refused,
    RefusedDevice,
    RefusedHour,
)

T = TypeVar("T")
_Values = Sequence[bytes | str | int]
_Change = tuple[str, Sequence[_Values]]
_ADD = (
    "INSERT INTO refusals VALUES (?, ?, ?, ?, ?) ON CONFLICT (tenant, hour, gate,"
    " reason) DO UPDATE SET count = refusals.count + excluded.count"
)
_NAME = (
    "INSERT INTO refused SELECT tenant, device, ?, ?, ?, ?, ? FROM devices"
    " WHERE tenant = ? AND device = ?"
)
_AGAIN = (
    " ON CONFLICT (tenant, device, reason) DO UPDATE SET gate = excluded.gate,"
    " count = refused.count + excluded.count, last = CASE WHEN"
    " excluded.last > refused.last THEN excluded.last ELSE refused.last END"
)
_WHY = f"substr(reason, 1, {NAME_CHARS})"
_GATE = f"substr(gate, 1, {NAME_CHARS})"
_HOURS = (
    f"SELECT hour, {_GATE}, {_WHY}, count FROM refusals WHERE tenant IN (?, ?)"  # noqa: S608 - constant names
    " AND hour >= ? ORDER BY hour DESC, gate DESC, reason DESC LIMIT ?"
)
_TOLD = f"SELECT device, {_WHY}, {_GATE}, count, since, last FROM refused"  # noqa: S608 - constant names
_LAST = " AND last >= ? ORDER BY last DESC, device, reason LIMIT ?"
_DEVICES = f"{_TOLD} WHERE tenant = ?{_LAST}"
_DEVICE = f"{_TOLD} WHERE tenant = ? AND device = ?{_LAST}"
_FORGET_HOURS = "DELETE FROM refusals WHERE hour < ?"
_FORGET_DEVICES = "DELETE FROM refused WHERE last < ?"


class _Connections(Protocol):
    def change(self, statement: str, values: _Values) -> bool: ...

    def change_once(self, changes: Sequence[_Change]) -> None: ...

    def rows(self, query: str, values: _Values, build: Callable[..., T]) -> list[T]: ...


class KeptRefusals:
    """What gates did not take."""

    def __init__(
        self, connections: _Connections, mark: str = "?", lock: str = ""
    ) -> None:
        """Take the store's connections.

        Args:
            connections: of either store.
            mark: stands for a value in its statements.
            lock: has a device stay until what is named of it is committed, where not
                all that write wait for one another.
        """
        self._connections = connections
        self._mark = mark
        self._name = self._said(_NAME + lock + _AGAIN)

    def add(self, gate: str, refused: Sequence[Refused]) -> None:
        """Add to what is kept; devices are named up to a bound."""
        hours: Counter[tuple[bytes, int, str, str]] = Counter()
        for one in refused:
            hours[one.tenant, one.last // HOUR_SECONDS, gate, one.reason] += one.count
        sums = [(*key, count) for key, count in sorted(hours.items())]
        devices = [one for one in refused if one.device]
        named = [
            (one.reason, gate, one.count, one.last, one.last, one.tenant, one.device)
            for one in sorted(devices, key=_place)[:NAMED]
        ]
        self._connections.change_once(((self._said(_ADD), sums), (self._name, named)))

    def hours(
        self, tenant: bytes, since: int, most: int = MOST
    ) -> Sequence[RefusedHour]:
        """Return the counts of a tenant and of nobody, the oldest hour first."""
        values = tenant, NOBODY, since, most
        return self._connections.rows(self._said(_HOURS), values, RefusedHour)[::-1]

    def devices(
        self, tenant: bytes, since: int, most: int = MOST
    ) -> Sequence[RefusedDevice]:
        """Return what was not taken of devices since a second, the last first."""
        values = tenant, since, most
        return self._connections.rows(self._said(_DEVICES), values, RefusedDevice)

    def of_device(
        self, tenant: bytes, device: bytes, since: int, most: int = MOST
    ) -> Sequence[RefusedDevice]:
        """Return the same of one device."""
        values = tenant, device, since, most
        return self._connections.rows(self._said(_DEVICE), values, RefusedDevice)

    def forget(self, before: int) -> None:
        """Delete what was last before a second."""
        self._connections.change(self._said(_FORGET_HOURS), (before // HOUR_SECONDS,))
        self._connections.change(self._said(_FORGET_DEVICES), (before,))

    def _said(self, statement: str) -> str:
        return statement.replace("?", self._mark)


def _place(one: Refused) -> tuple[bytes, bytes, str]:
    return one.tenant, one.device, one.reason
