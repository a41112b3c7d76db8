# SPDX-License-Identifier: Apache-2.0
# mypy: disable-error-code="unreachable"
# (all below the guard, seen from linux)
"""Asks Windows for its wireless connections: the one that each card has now.

Rules: no list of saved networks, of networks in reach or of keys is asked for; nothing
is scanned.
Not here: what the structure holds (`wireless.py`).
Source: WlanEnumInterfaces and WlanQueryInterface of wlanapi.h.
"""

import ctypes
import sys
from collections.abc import Iterator, Mapping

from agent.errors import DeniedError, HostError, UnsupportedError
from agent.host.windows_neighbours import alias
from agent.host.wireless import CONNECTION, parse_connection
from wire.values import Value

if sys.platform != "win32":
    reason = "agent.host.windows_wireless is for Windows"
    raise ImportError(reason)

_CLIENT_VERSION = 2
_CONNECTION, _CHANNEL = 7, 8
"""wlan_intf_opcode_current_connection and _channel_number."""
_DENIED, _NO_SERVICE, _NOT_CONNECTED = 5, 1062, 5023
"""ERROR_ACCESS_DENIED (location is switched off), ERROR_SERVICE_NOT_ACTIVE,
ERROR_INVALID_STATE."""
_GUID_BYTES, _CARD_BYTES, _FIRST = 16, 532, 8
CARDS = 16
"""Most cards of a machine; one is usual."""


def wireless(fields: frozenset[str]) -> Iterator[Mapping[str, Value]]:
    """Yield one row for each wireless card.

    Raises:
        UnsupportedError: this Windows has no service for wireless networks.
        DeniedError: the owner of the machine does not let programs know its place.
        HostError: it does not answer.
    """
    try:
        system = ctypes.WinDLL("wlanapi")
    except OSError:
        reason = "no-wireless-service"
        raise UnsupportedError(reason) from None
    version, handle = ctypes.c_ulong(), ctypes.c_void_p()
    _check(
        system.WlanOpenHandle(
            _CLIENT_VERSION, None, ctypes.byref(version), ctypes.byref(handle)
        )
    )
    try:
        for card in _cards(system, handle):
            yield _card(system, handle, card, fields)
    finally:
        system.WlanCloseHandle(handle, None)


def _check(code: int) -> None:
    if code == _NO_SERVICE:
        reason = "no-wireless-service"
        raise UnsupportedError(reason)
    if code == _DENIED:
        reason = "location-switched-off"
        raise DeniedError(reason)
    if code:
        reason = "source-failed"
        raise HostError(reason)


def _cards(system: ctypes.CDLL, handle: ctypes.c_void_p) -> list[bytes]:
    """Return the GUID of each card."""
    listed = ctypes.c_void_p()
    _check(system.WlanEnumInterfaces(handle, None, ctypes.byref(listed)))
    if not listed.value:
        return []
    try:
        count = min(ctypes.c_ulong.from_address(listed.value).value, CARDS)
        first = listed.value + _FIRST
        return [
            ctypes.string_at(first + number * _CARD_BYTES, _GUID_BYTES)
            for number in range(count)
        ]
    finally:
        system.WlanFreeMemory(listed)


def _card(
    system: ctypes.CDLL, handle: ctypes.c_void_p, card: bytes, fields: frozenset[str]
) -> Mapping[str, Value]:
    row: dict[str, Value] = {"interface": alias(card) or None}
    if fields - {"interface", "channel"}:
        row.update(parse_connection(_query(system, handle, card, _CONNECTION)))
    if "channel" in fields:
        told = _query(system, handle, card, _CHANNEL)[:4]
        row["channel"] = int.from_bytes(told, "little") or None
    return row


def _query(
    system: ctypes.CDLL, handle: ctypes.c_void_p, card: bytes, what: int
) -> bytes:
    """Return an answer about a card; empty where it is not connected."""
    size, answer = ctypes.c_ulong(), ctypes.c_void_p()
    code = system.WlanQueryInterface(
        handle, card, what, None, ctypes.byref(size), ctypes.byref(answer), None
    )
    if code == _NOT_CONNECTED:
        return b""
    _check(code)
    if not answer.value:
        return b""
    try:
        return ctypes.string_at(answer.value, min(size.value, CONNECTION.size))
    finally:
        system.WlanFreeMemory(answer)
