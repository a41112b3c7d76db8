# SPDX-License-Identifier: Apache-2.0
"""Looks among all devices of a tenant, in the tables of either store.

Rules: what is looked for and counted is found by the database, in columns that are
small (`device_rows.told`); what none of its texts can be finds nothing; the order is
that of the letters' numbers, whatever the database's language.
Not here: what is looked for (`fleet.py`), the same of one device (`server/health.py`).
"""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from server.health import LATE_SECONDS, SILENT_SECONDS, Health
from server.store.device_rows import COLUMNS, device_of
from server.store.fleet import HealthSum, Kind, Order, Wanted
from server.store.interface import Device, DeviceState

T = TypeVar("T")
_Value = bytes | str | int
_HEALTHS = tuple(Health)
_PLACE = {one: place for place, one in enumerate(_HEALTHS)}
_ACTIVE = f"state = '{DeviceState.ACTIVE.value}'"
_HEALTH = (
    f"CASE WHEN state = '{DeviceState.QUARANTINED.value}' THEN {_PLACE[Health.APART]}"
    f" WHEN NOT {_ACTIVE} THEN {_PLACE[Health.ENDED]}"
    f" WHEN alarms <> '' THEN {_PLACE[Health.ALARM]}"
    f" WHEN seen <= ? THEN {_PLACE[Health.SILENT]}"
    f" WHEN lossy <> 0 THEN {_PLACE[Health.LOSSES]}"
    f" WHEN seen <= ? THEN {_PLACE[Health.LATE]} ELSE {_PLACE[Health.GOOD]} END"
)
"""As `server/health.py` has it: the worst that holds."""
_EVERY = f"(SELECT *, {_HEALTH} AS health FROM devices WHERE tenant = ?) AS every"  # noqa: S608 - constant names
_SYSTEM = "substr(system, 1, instr(system || ' ', ' ') - 1)"
_NONE = "-"
"""Stands for a system of which nothing is said."""
_ID = "lower(hex(device))"
_WORD = (
    "(instr(name, ?) > 0 OR instr(said, ?) > 0 OR instr(alarms, ?) > 0"
    f" OR instr({_ID}, ?) > 0)"
)
_NAME = "name = '', name COLLATE BINARY, device"
_ORDERS = {
    Order.HEALTH: f"health, {_NAME}",
    Order.NAME: _NAME,
    Order.SEEN: f"seen DESC, {_NAME}",
    Order.SILENT: f"seen, {_NAME}",
    Order.SYSTEM: f"system COLLATE BINARY, {_NAME}",
}
_SUMS = (
    f"SELECT health, count(*), CAST(sum(CASE WHEN {_ACTIVE} THEN waiting ELSE 0 END)"  # noqa: S608 - constant names
    f" AS bigint), max(CASE WHEN {_ACTIVE} AND waiting > 0 THEN waited + CASE"
    f" WHEN seen < ? THEN ? - seen ELSE 0 END ELSE 0 END) FROM {_EVERY} GROUP BY health"
)
_KINDS = f"SELECT DISTINCT state, site, tags, {_SYSTEM} FROM devices WHERE tenant = ?"  # noqa: S608 - constant names
_BEHIND = (
    "SELECT count(DISTINCT device) FROM chains WHERE tenant = ? AND sequence > marked"
)
POSTGRES = (
    (_ID, "encode(device, 'hex')"),
    ("instr(", "strpos("),
    ("COLLATE BINARY", 'COLLATE "C"'),
    ("?", "%b"),
)
"""What PostgreSQL calls otherwise."""


class _Connections(Protocol):
    def rows(
        self, query: str, values: Sequence[_Value], build: Callable[..., T]
    ) -> list[T]: ...


class KeptFleet:
    """The devices of a tenant as a whole."""

    def __init__(
        self, connections: _Connections, words: Sequence[tuple[str, str]] = ()
    ) -> None:
        """Take the store's connections.

        Args:
            connections: of either store.
            words: what this one calls otherwise than SQLite, and how.
        """
        self._connections = connections
        self._words = words

    def count(self, tenant: bytes, wanted: Wanted, now: int) -> int:
        """Return how many devices are like that."""
        where, values = _narrowed(wanted, now)
        query = f"SELECT count(*) FROM {_EVERY} WHERE {where}"  # noqa: S608 - constant names
        return sum(self._rows(query, (*_every(tenant, now), *values), int))

    def found(
        self, tenant: bytes, wanted: Wanted, now: int, first: int, most: int
    ) -> Sequence[Device]:
        """Return a stretch of those that are like that, in their order."""
        where, values = _narrowed(wanted, now)
        every, order = _every(tenant, now), _ORDERS[wanted.order]
        query = (
            f"SELECT {COLUMNS} FROM {_EVERY} WHERE device IN (SELECT device FROM"  # noqa: S608 - constant names
            f" {_EVERY} WHERE {where} ORDER BY {order} LIMIT ? OFFSET ?)"
            f" ORDER BY {order}"
        )  # what is long of a device is read of those that are told alone
        return self._rows(query, (*every, *every, *values, most, first), device_of)

    def ids(self, tenant: bytes, wanted: Wanted, now: int) -> Sequence[bytes]:
        """Return the ids of all that are like that, in their order."""
        where, values = _narrowed(wanted, now)
        order = _ORDERS[wanted.order]
        query = f"SELECT device FROM {_EVERY} WHERE {where} ORDER BY {order}"  # noqa: S608 - constant names
        return self._rows(query, (*_every(tenant, now), *values), bytes)

    def sums(self, tenant: bytes, now: int) -> Sequence[HealthSum]:
        """Return how all devices do; nothing of what none does."""
        return self._rows(_SUMS, (now, now, *_every(tenant, now)), _sum_of)

    def kinds(self, tenant: bytes) -> Sequence[Kind]:
        """Return each kind of devices once."""
        return [*dict.fromkeys(self._rows(_KINDS, (tenant,), _kind_of))]

    def behind(self, tenant: bytes) -> int:
        """Return how many devices have a chain that is further than its mark."""
        return sum(self._rows(_BEHIND, (tenant,), int))

    def _rows(
        self, query: str, values: Sequence[_Value], build: Callable[..., T]
    ) -> list[T]:
        for ours, theirs in self._words:
            query = query.replace(ours, theirs)
        return self._connections.rows(query, values, build)


def _every(tenant: bytes, now: int) -> tuple[_Value, ...]:
    """Return the values of `_EVERY`."""
    return now - SILENT_SECONDS, now - LATE_SECONDS, tenant


def _narrowed(wanted: Wanted, now: int) -> tuple[str, list[_Value]]:
    """Return the condition of what is looked for, and its values."""
    if _is_nobodys(wanted):
        return "1 = 0", []
    words = wanted.text.casefold().split()
    among, silence = wanted.among or (), wanted.silence or 0
    marks = ", ".join("?" * len(among))
    place = -1 if wanted.health is None else _PLACE[wanted.health]
    unsaid = "" if wanted.system == _NONE else wanted.system
    clauses: list[tuple[object, str, Sequence[_Value]]] = [
        *((True, _WORD, (word,) * _WORD.count("?")) for word in words),
        (wanted.health, "health = ?", (place,)),
        (wanted.state, "state = ?", (wanted.state,)),
        (wanted.site, "site = ?", (wanted.site,)),
        (wanted.tag, "instr(' ' || tags || ' ', ?) > 0", (f" {wanted.tag} ",)),
        (wanted.system, f"{_SYSTEM} IN (?, ?)", (wanted.system, unsaid)),
        (wanted.silence is not None, "seen <= ?", (now - silence,)),
        (wanted.among, f"device IN ({marks})", tuple(among)),
    ]
    narrows = [(clause, values) for holds, clause, values in clauses if holds]
    where = " AND ".join(["1 = 1", *(clause for clause, _ in narrows)])
    return where, [value for _, values in narrows for value in values]


def _is_nobodys(wanted: Wanted) -> bool:
    """Tell whether a device is looked for that there cannot be."""
    if wanted.among is not None and not wanted.among:
        return True
    texts = wanted.text, wanted.state, wanted.site, wanted.tag, wanted.system
    whole = "".join(texts)
    try:
        whole.encode()
    except UnicodeEncodeError:  # half a letter, which a database would refuse
        return True
    return "\0" in whole or any(map(str.isspace, wanted.tag))


def _sum_of(place: int, count: int, waiting: int, age: int) -> HealthSum:
    return HealthSum(_HEALTHS[place], count, waiting, age)


def _kind_of(state: str, site: str, tags: str, system: str) -> Kind:
    return Kind(state, site, tuple(tags.split()), system or _NONE)
