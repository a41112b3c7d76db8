# SPDX-License-Identifier: Apache-2.0
"""Wireless interfaces as the kernel of Linux tells of them (nl80211).

Rules: pure, bytes in and facts out; of networks only those that a card is connected to
are told, for nobody asks which are in reach; what is not wanted is not made a text.
Not here: asking (`netlink.py`), which rows come of it
(`agent/collectors/wireless_networks.py`).
Source: netlink(7), linux/genetlink.h, linux/nl80211.h; no kernel with a radio was seen.
"""

import struct
from collections.abc import Iterator, Mapping

from agent.host.interface import RadioFacts
from agent.host.links import attributes, parts

_COMMAND_BYTES = 4
_FAMILY_ID, _FAMILY_NAME = 1, 2
_INDEX, _NAME, _KIND, _MAC, _STATION, _FREQUENCY, _SSID = 3, 4, 5, 6, 21, 38, 52
_SIGNAL = 7
_AS_STATION = 2
"""NL80211_IFTYPE_STATION: a card that connects, and does not serve others."""
_NUMBER, _SHORT, _LEVEL = struct.Struct("=I"), struct.Struct("=H"), struct.Struct("=b")
_ATTRIBUTE = struct.Struct("=HH")
_NESTED = 0x3FFF
"""An attribute's kind without the mark of what is nested."""
_MAC_BYTES, _SSID_BYTES = 6, 32
_LEVELS = range(-150, 1)
_CHANNEL_14, _STEP = 2_484, 5
_BANDS = ((2_412, 2_472, 2_407), (5_000, 5_895, 5_000), (5_955, 7_115, 5_950))
"""Lowest and highest frequency of a band in MHz, and where its channels count from."""


def family(answer: bytes, name: bytes) -> int | None:
    """Return the number of a family of generic netlink; None where there is none."""
    for told in _told(answer):
        if told.get(_FAMILY_NAME, b"").rstrip(b"\0") == name:
            return _number(told, _FAMILY_ID, _SHORT)
    return None


def indexes(interfaces: bytes) -> list[int]:
    """Return the indexes of the cards that connect to networks."""
    found = [_number(told, _INDEX) for told in _told(interfaces) if _connects(told)]
    return [index for index in found if index is not None]


def index_attribute(index: int) -> bytes:
    """Return what names an interface in a question."""
    return _ATTRIBUTE.pack(_ATTRIBUTE.size + _NUMBER.size, _INDEX) + _NUMBER.pack(index)


def parse_radios(
    interfaces: bytes, stations: Mapping[int, bytes], fields: frozenset[str]
) -> Iterator[RadioFacts]:
    """Yield the cards that connect to networks, with what is wanted of them.

    Args:
        interfaces: answer to NL80211_CMD_GET_INTERFACE.
        stations: answers to NL80211_CMD_GET_STATION, by the interface's index.
        fields: of RadioFacts, that are wanted.
    """
    for told in filter(_connects, _told(interfaces)):
        index = _number(told, _INDEX)
        station = next(_told(stations.get(index or 0, b"")), {})
        ssid, bssid = told.get(_SSID, b""), station.get(_MAC, b"")
        frequency = _number(told, _FREQUENCY)
        named = "ssid" in fields and 0 < len(ssid.strip(b"\0")) <= _SSID_BYTES
        joined = "bssid" in fields and len(bssid) == _MAC_BYTES
        yield RadioFacts(
            told.get(_NAME, b"").rstrip(b"\0").decode("utf-8", "replace"),
            ssid.decode("utf-8", "replace") if named else None,
            bssid.hex(":") if joined else None,
            channel(frequency) if "channel" in fields and frequency else None,
            _signal(station) if "signal" in fields else None,
        )


def channel(frequency: int) -> int | None:
    """Return the channel of a frequency in MHz; None for one of no known band."""
    if frequency == _CHANNEL_14:
        return 14
    for lowest, highest, start in _BANDS:
        if lowest <= frequency <= highest:
            return (frequency - start) // _STEP
    return None


def _signal(station: Mapping[int, bytes]) -> int | None:
    inner = dict(attributes(station.get(_STATION, b"")))
    level = inner.get(_SIGNAL, b"")[: _LEVEL.size]
    if len(level) < _LEVEL.size:
        return None
    (found,) = _LEVEL.unpack(level)
    return int(found) if found in _LEVELS and found else None


def _told(answer: bytes) -> Iterator[dict[int, bytes]]:
    """Yield the attributes of each message of an answer."""
    for _, content in parts(answer):
        told = {
            kind & _NESTED: inside
            for kind, inside in attributes(content[_COMMAND_BYTES:])
        }
        if told:
            yield told


def _connects(told: Mapping[int, bytes]) -> bool:
    return _NAME in told and _number(told, _KIND) == _AS_STATION


def _number(
    told: Mapping[int, bytes], kind: int, form: struct.Struct = _NUMBER
) -> int | None:
    octets = told.get(kind, b"")
    return int(form.unpack_from(octets)[0]) if len(octets) >= form.size else None
