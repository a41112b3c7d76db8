# SPDX-License-Identifier: Apache-2.0
# mypy: disable-error-code="unreachable"
# (all below the guard, seen from linux)
"""The routes of this Windows machine, and the prefixes of its addresses.

Rules: tables of the IP helper only, copied before they are read; nothing is sent.
Not here: the tables' form (`ip_tables.py`), which routes are of interest
(`agent/collectors/network_routes.py`).
Source: GetIpForwardTable2, GetIpInterfaceTable, GetUnicastIpAddressTable.
"""

import ctypes
import sys
from collections.abc import Iterator, Mapping

from agent.errors import HostError, UnsupportedError
from agent.host.ip_tables import (
    ADDRESS_BYTES,
    INTERFACE_BYTES,
    ROUTE_BYTES,
    TABLE_HEAD,
    parse_metrics,
    parse_prefixes,
    parse_routes,
)
from wire.values import Value

if sys.platform != "win32":
    reason = "agent.host.windows_routes is for Windows"
    raise ImportError(reason)

_ROWS = 65_536
"""Most rows of one table: a router with full tables is no endpoint."""
_NAME_LETTERS = 257
"""NDIS_IF_MAX_STRING_SIZE and a NUL."""
_BOTH_FAMILIES = 0
_LOST = frozenset({50, 120})
"""ERROR_NOT_SUPPORTED, ERROR_CALL_NOT_IMPLEMENTED."""


def routes(fields: frozenset[str]) -> Iterator[Mapping[str, Value]]:
    """Yield all routes of both families.

    Raises:
        HostError: the system does not tell them.
    """
    table = _table("GetIpForwardTable2", ROUTE_BYTES)
    metrics = _metrics() if "metric" in fields else {}
    names: dict[int, str | None] = {}
    for route in parse_routes(table):
        row: dict[str, Value] = {
            "destination": route.destination,
            "prefix": route.prefix,
            "gateway": route.gateway,
            "protocol": route.protocol,
            "local": route.local,
        }
        if "interface" in fields:
            if route.luid not in names:
                names[route.luid] = _name(route.luid)
            row["interface"] = names[route.luid]
        cost = metrics.get((route.luid, route.family))
        row["metric"] = None if cost is None else route.metric + cost
        yield row


def prefixes() -> Mapping[str, int]:
    """Return the prefix of each address of this machine; none where it is not told."""
    try:
        return dict(parse_prefixes(_table("GetUnicastIpAddressTable", ADDRESS_BYTES)))
    except HostError:
        return {}


def _metrics() -> Mapping[tuple[int, int], int]:
    try:
        return dict(parse_metrics(_table("GetIpInterfaceTable", INTERFACE_BYTES)))
    except HostError:
        return {}


def _table(call: str, row_bytes: int) -> bytes:
    """Return a copy of a table of both families, without its head."""
    library = ctypes.windll.iphlpapi
    table = ctypes.c_void_p()
    failed = getattr(library, call)(_BOTH_FAMILIES, ctypes.byref(table))
    if failed or not table.value:
        reason = "no-ip-tables" if failed in _LOST else "ip-tables-failed"
        raise (UnsupportedError if failed in _LOST else HostError)(reason)
    try:
        count = int.from_bytes(ctypes.string_at(table.value, 4), "little")
        size = min(count, _ROWS) * row_bytes
        return ctypes.string_at(table.value + TABLE_HEAD, size)
    finally:
        library.FreeMibTable(table)


def _name(luid: int) -> str | None:
    """Return what a person calls an interface, as psutil does."""
    name = ctypes.create_unicode_buffer(_NAME_LETTERS)
    number = ctypes.c_uint64(luid)
    failed = ctypes.windll.iphlpapi.ConvertInterfaceLuidToAlias(
        ctypes.byref(number), name, _NAME_LETTERS
    )
    return None if failed else name.value or None
