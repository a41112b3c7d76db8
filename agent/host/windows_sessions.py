# SPDX-License-Identifier: Apache-2.0
# mypy: disable-error-code="unreachable"
# (all below the guard, seen from linux)
"""The sessions of people on this Windows machine, at its screen or over the network.

Rules: of a session only what is asked; the client's own name, folder and screen are not
read; a session without a user is none.
Not here: what the numbers mean (`agent/collectors/sessions.py`).
Source: WTSEnumerateSessions, WTSQuerySessionInformation, WTSINFOW of wtsapi32.h.
"""

import ctypes
import ipaddress
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress

import pywintypes
import win32ts

from wire.values import Value

if sys.platform != "win32":
    reason = "agent.host.windows_sessions is for Windows"
    raise ImportError(reason)

_INFO = 24
"""WTSSessionInfo, which pywin32 does not know."""
_LOGON_AT, _INFO_BYTES = 200, 216
"""LogonTime in WTSINFOW, after eight numbers, three names and three other times."""
_EPOCH = 116_444_736_000_000_000
_TICKS = 10_000_000
"""FILETIME counts tenths of microseconds from 1601 on."""
_FAMILIES = {2: 4, 23: 16}
"""AF_INET, AF_INET6: bytes of an address, which begins at the third."""
_ADDRESS_AT = 2


def sessions(fields: frozenset[str]) -> Iterator[Mapping[str, Value]]:
    """Yield the sessions in which somebody is signed in."""
    for found in win32ts.WTSEnumerateSessions(win32ts.WTS_CURRENT_SERVER_HANDLE):
        number = int(found["SessionId"])
        user = _told(number, win32ts.WTSUserName)
        if not user:
            continue
        row: dict[str, Value] = {
            "user": str(user),
            "terminal": str(found["WinStationName"] or ""),
            "state": int(found["State"]),
        }
        if "protocol" in fields:
            protocol = _told(number, win32ts.WTSClientProtocolType)
            row["protocol"] = protocol if isinstance(protocol, int) else None
        if "address" in fields:
            row["address"] = _address(_told(number, win32ts.WTSClientAddress))
        if "started" in fields:
            row["started"] = _started(number)
        yield row


def _told(number: int, wanted: int) -> object:
    with suppress(pywintypes.error):  # it ended since, or the system does not tell
        return win32ts.WTSQuerySessionInformation(
            win32ts.WTS_CURRENT_SERVER_HANDLE, number, wanted
        )
    return None


def _address(told: object) -> str | None:
    """Return a client's address; None at the screen of the machine itself."""
    if not isinstance(told, Mapping):
        return None
    size = _FAMILIES.get(told["AddressFamily"], 0)
    held = bytes(told["Address"][_ADDRESS_AT : _ADDRESS_AT + size])
    return str(ipaddress.ip_address(held)) if size and any(held) else None


def _started(number: int) -> int | None:
    """Return when somebody signed in, in seconds since the epoch."""
    library = ctypes.windll.wtsapi32
    buffer, size = ctypes.c_void_p(), ctypes.c_uint32()
    asked = (None, number, _INFO, ctypes.byref(buffer), ctypes.byref(size))
    if not library.WTSQuerySessionInformationW(*asked) or not buffer:
        return None
    try:
        if size.value < _INFO_BYTES:
            return None
        held = ctypes.string_at(buffer, _INFO_BYTES)
    finally:
        library.WTSFreeMemory(buffer)
    ticks = int.from_bytes(held[_LOGON_AT : _LOGON_AT + 8], "little")
    return (ticks - _EPOCH) // _TICKS if ticks > _EPOCH else None
