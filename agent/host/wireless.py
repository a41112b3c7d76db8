# SPDX-License-Identifier: Apache-2.0
"""What Windows tells of a wireless connection, taken from its own structure.

Rules: pure; the profile's name, which is one of the saved networks, is skipped, and no
key is part of the structure; what is not understood is left out.
Not here: asking (`windows_wireless.py`), what is made of it (`agent/collectors`).
Source: wlanapi.h, WLAN_CONNECTION_ATTRIBUTES; windot11.h.
"""

import struct
from collections.abc import Mapping

from wire.values import Value

CONNECTION = struct.Struct("<I4x512xI32s4x6s2xI4xI8xI4xII")
"""State, profile's name (skipped), SSID with its length, BSSID, kind of radio, quality
in percent, whether secured, authentication and cipher: 604 bytes."""
_CONNECTED = 1
_SSID_BYTES = 32
_WEP_CIPHERS = frozenset({0x01, 0x05, 0x101})
_SECURITY = {
    1: "open",
    2: "wep",
    3: "wpa-enterprise",
    4: "wpa-personal",
    6: "wpa2-enterprise",
    7: "wpa2-personal",
    8: "wpa3-enterprise-192",
    9: "wpa3-personal",
    10: "enhanced-open",
    11: "wpa3-enterprise",
}
_RADIOS = {
    4: "802.11a",
    5: "802.11b",
    6: "802.11g",
    7: "802.11n",
    8: "802.11ac",
    10: "802.11ax",
    11: "802.11be",
}
_PERCENT, _WEAKEST = 100, -100
"""0 % are -100 dBm and 100 % are -50 dBm, by Microsoft's words."""


def parse_connection(data: bytes) -> Mapping[str, Value]:
    """Return the fields of a connection; none where there is none."""
    if len(data) < CONNECTION.size:
        return {}
    state, size, name, access, radio, quality, secured, kind, cipher = (
        CONNECTION.unpack_from(data)
    )
    if state != _CONNECTED:
        return {}
    security = _SECURITY.get(kind)
    if security == "open" and secured:
        security = "wep" if cipher in _WEP_CIPHERS else None
    known = size <= _SSID_BYTES
    return {
        "ssid": name[:size].decode("utf-8", "replace") if known else None,
        "bssid": access.hex(":") if any(access) else None,
        "radio": _RADIOS.get(radio),
        "signal": _WEAKEST + quality // 2 if quality <= _PERCENT else None,
        "security": security,
    }
