# SPDX-License-Identifier: Apache-2.0
"""What gates did not take, in the tables of either store.

Rules: counts are added to, by whichever gate; in one order, lest two wait in a ring; a
device that is no more by then is counted without a name, so that no name outlives it;
what a gate tells at once is kept at once, and what fails is its gate's to tell again;
what is told of it is bounded in rows and letters, for a gate may be taken over, and so
is what is kept, by who adds and by who forgets, for that may not ask who adds.
Not here: what is kept (`refusals.py`).
"""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from server.store.refusals import (
    HOUR_SECONDS,
    KEPT,
    MOST,
    NAME_CHARS,
    NAMED,
    NOBODY,
    OTHER,
    REASONS,
    Refused,
    RefusedDevice,
    RefusedHour,
)

T = TypeVar("T")
_Values = Sequence[bytes | str | int]
_Change = tuple[str, Sequence[_Values]]
_APART = (
    f"CASE WHEN (SELECT count(*) FROM {{0}} k WHERE {{1}} AND k.reason NOT IN (?,"  # noqa: S608 - constant names
    f" '{OTHER}')) < {REASONS} THEN ? ELSE '{OTHER}' END"
)
"""A reason that is told apart, or the other one; both values are the reason."""
_OF_HOUR = _APART.format("refusals", "k.tenant = ? AND k.hour = ? AND k.gate = ?")
_OF_DEVICE = _APART.format("refused", "k.tenant = d.tenant AND k.device = d.device")
_ADD = (
    f"INSERT INTO refusals SELECT ?, ?, ?, {_OF_HOUR}, ? WHERE true"
    " ON CONFLICT (tenant, hour, gate, reason)"
    " DO UPDATE SET count = refusals.count + excluded.count"
)
_NAME = (
    f"INSERT INTO refused SELECT d.tenant, d.device, {_OF_DEVICE}, ?, ?, ?, ?"  # noqa: S608 - constant names
    " FROM devices d WHERE d.tenant = ? AND d.device = ?"
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
_FORGET = (
    f"DELETE FROM {{0}} WHERE {{1}} < ? OR {{1}} >= ? OR gate <> {_GATE}"  # noqa: S608 - constant names
    f" OR reason <> {_WHY}"
)
"""A length ends at a NUL in SQLite, and a part of a text does not."""
_BEYOND = (
    "DELETE FROM {0} WHERE ({1}) IN (SELECT {1} FROM (SELECT *, row_number()"
    " OVER (PARTITION BY gate ORDER BY {2}) AS place FROM {0}) AS every"
    " ORDER BY place, {2} LIMIT 9223372036854775807 OFFSET ?)"
)
"""Each gate's latest come first, then each one's second, and so on; an offset without a
limit is none in SQLite."""


def _ending(table: str, last: str, *key: str) -> tuple[str, str]:
    """Return what deletes rows that are too old or no gate's, and those beyond."""
    columns = dict.fromkeys((last, *key))
    latest = ", ".join(f"{column} DESC" for column in columns)
    return (
        _FORGET.format(table, last),
        _BEYOND.format(table, ", ".join(key), latest),
    )


_HOURS_END = _ending("refusals", "hour", "tenant", "hour", "gate", "reason")
_DEVICES_END = _ending("refused", "last", "tenant", "device", "reason")


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
        gate = gate[:NAME_CHARS]
        hours: Counter[tuple[bytes, int, str, str]] = Counter()
        for one in refused:
            why = one.reason[:NAME_CHARS]
            hours[one.tenant, one.last // HOUR_SECONDS, gate, why] += one.count
        sums = [
            (*key[:3], *key[:3], key[3], key[3], count)
            for key, count in sorted(hours.items())
        ]
        devices = sorted((one for one in refused if one.device), key=_place)
        named = [_named(one, gate) for one in devices[:NAMED]]
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

    def forget(self, before: int, until: int, most: int = KEPT) -> None:
        """Delete what was last before a second or from another on, and what is beyond.

        Args:
            before: the second.
            until: the other.
            most: so many rows of hours, and as many of devices, stay: each gate's last
                one, and then each one's last but one, and so on.
        """
        hours = before // HOUR_SECONDS, -(-until // HOUR_SECONDS)
        for (old, beyond), kept in (
            (_HOURS_END, hours),
            (_DEVICES_END, (before, until)),
        ):
            self._connections.change(self._said(old), kept)
            self._connections.change(self._said(beyond), (most,))

    def _said(self, statement: str) -> str:
        return statement.replace("?", self._mark)


def _named(one: Refused, gate: str) -> _Values:
    why = one.reason[:NAME_CHARS]
    return why, why, gate, one.count, one.last, one.last, one.tenant, one.device


def _place(one: Refused) -> tuple[bytes, bytes, str]:
    return one.tenant, one.device, one.reason
