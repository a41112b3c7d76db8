# SPDX-License-Identifier: Apache-2.0
# mypy: disable-error-code="unreachable"
# (all below the guard, seen from linux)
"""Asks Windows for its neighbours, of both families.

Rules: reads the table that the system keeps, and sends nothing; interfaces carry the
names that people gave them, as psutil and netifaces have them.
Not here: what the rows mean (`neighbours.py`).
Source: GetIpNetTable2 and ConvertInterfaceLuidToAlias of netioapi.h.
"""

import ctypes
import sys

from agent.errors import TooLargeError, UnsupportedError
from agent.host.neighbours import ROW, luids

if sys.platform != "win32":
    reason = "agent.host.windows_neighbours is for Windows"
    raise ImportError(reason)

ROWS = 65_536
"""Most neighbours of one family: a switch's worth; Windows keeps 256 by default."""
_FAMILIES = (2, 23)
"""AF_INET, AF_INET6: Wine has no table for both at once, and none of IPv6."""
_FIRST = 8
"""The rows begin after their number, aligned to eight bytes."""
_ALIAS_CHARS = 257
"""NDIS_IF_MAX_STRING_SIZE and an end."""


def neighbours() -> tuple[bytes, dict[int, str]]:
    """Return the rows of the table, and the interfaces' names by LUID.

    Raises:
        UnsupportedError: this Windows has no such table.
        TooLargeError: it is longer than any that is.
    """
    system = ctypes.windll.iphlpapi
    parts: list[bytes] = []
    for family in _FAMILIES:
        table = ctypes.c_void_p()
        if system.GetIpNetTable2(family, ctypes.byref(table)) or not table.value:
            continue
        try:
            count = ctypes.c_ulong.from_address(table.value).value
            if count > ROWS:
                reason = "source-too-large"
                raise TooLargeError(reason)
            parts.append(ctypes.string_at(table.value + _FIRST, count * ROW.size))
        finally:
            system.FreeMibTable(table)
    if not parts:
        reason = "no-neighbour-table"
        raise UnsupportedError(reason)
    rows = b"".join(parts)
    return rows, {luid: name for luid in luids(rows) if (name := _name(luid))}


def alias(guid: bytes) -> str:
    """Return the name of the interface with a GUID; empty where there is none."""
    luid = ctypes.c_uint64()
    failed = ctypes.windll.iphlpapi.ConvertInterfaceGuidToLuid(guid, ctypes.byref(luid))
    return "" if failed else _name(luid.value)


def _name(luid: int) -> str:
    name = ctypes.create_unicode_buffer(_ALIAS_CHARS)
    number = ctypes.c_uint64(luid)
    failed = ctypes.windll.iphlpapi.ConvertInterfaceLuidToAlias(
        ctypes.byref(number), name, ctypes.c_size_t(_ALIAS_CHARS)
    )
    return "" if failed else name.value
