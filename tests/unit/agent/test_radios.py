# SPDX-License-Identifier: Apache-2.0
"""What the kernel tells of wireless cards: as it is, and nothing that is not wanted.

Rules: answers are composed in the form of nl80211.h, for no machine of ours has a
radio; the family's number is asked of the kernel that is here.
Not here: rows of them (`agent/collectors/wireless_networks.py`).
"""

import struct
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.host import radios
from agent.host.interface import RadioFacts

if sys.platform == "win32":
    pytest.skip("a kernel of Linux", allow_module_level=True)

from agent.errors import UnsupportedError
from agent.host import netlink

EVERY = frozenset({"ssid", "bssid", "channel", "signal"})
STATION_KIND, ACCESS_POINT_KIND = 2, 3


def attribute(kind: int, content: bytes) -> bytes:
    """Return one attribute, filled up as the kernel does."""
    size = 4 + len(content)
    return struct.pack("=HH", size, kind) + content + bytes(-size % 4)


def message(*attributes: bytes) -> bytes:
    """Return one message of nl80211."""
    body = struct.pack("=BBH", 7, 1, 0) + b"".join(attributes)
    return struct.pack("=IHHII", 16 + len(body), 28, 2, 0, 0) + body


def number(value: int) -> bytes:
    """Return a number of 32 bits."""
    return struct.pack("=I", value)


def card(index: int, name: bytes, kind: int, *more: bytes) -> bytes:
    """Return what is told of an interface."""
    head = attribute(3, number(index)), attribute(4, name), attribute(5, number(kind))
    return message(*head, *more)


HOME = card(
    *(3, b"wlp1s0\0", STATION_KIND),
    attribute(38, number(5_180)),
    attribute(52, b"Ada's home"),
)
IDLE = card(4, b"wlan1\0", STATION_KIND)
SERVES = card(5, b"ap0\0", ACCESS_POINT_KIND, attribute(52, b"hers"))
STATION = message(
    attribute(3, number(3)),
    attribute(6, bytes.fromhex("001b21aabbcc")),
    attribute(21 | 0x8000, attribute(1, number(9)) + attribute(7, b"\xc6")),
)


def test_a_card_says_what_it_is_connected_to() -> None:
    """Name, station, channel and level; one that serves others is none."""
    found = list(radios.parse_radios(HOME + IDLE + SERVES, {3: STATION, 4: b""}, EVERY))
    assert found == [
        RadioFacts("wlp1s0", "Ada's home", "00:1b:21:aa:bb:cc", 36, -58),
        RadioFacts("wlan1"),
    ]
    assert radios.indexes(HOME + IDLE + SERVES) == [3, 4]


@pytest.mark.parametrize("wanted", sorted(EVERY))
def test_only_what_is_wanted_is_told(wanted: str) -> None:
    """No name where only a level is wanted, and the other way round."""
    (found,) = radios.parse_radios(HOME, {3: STATION}, frozenset({wanted}))
    told = {name for name in EVERY if getattr(found, name) is not None}
    assert told == {wanted}


@pytest.mark.parametrize(
    ("frequency", "channel"),
    [
        (2_412, 1),
        (2_472, 13),
        (2_484, 14),
        (5_180, 36),
        (5_955, 1),
        (6_115, 33),
        (9, None),
    ],
)
def test_a_frequency_is_a_channel(frequency: int, channel: int | None) -> None:
    """Of three bands; another frequency is none."""
    assert radios.channel(frequency) == channel


@given(st.binary(max_size=200), st.binary(max_size=100))
def test_any_octets_are_read(first: bytes, second: bytes) -> None:
    """Cut or odd answers tell less, and never fail."""
    list(radios.parse_radios(first + HOME, {3: second}, EVERY))
    list(radios.parse_radios(message(first), {0: message(second)}, EVERY))
    assert radios.family(first, b"nl80211") is None


def test_the_kernel_that_is_here_is_asked() -> None:
    """Without its module for radios it has no such family; else it tells its cards."""
    if not Path("/sys/class/ieee80211").exists():
        with pytest.raises(UnsupportedError, match="no-wireless-family"):
            netlink.radios(EVERY)
        return
    there = {one.parent.name for one in Path("/sys/class/net").glob("*/phy80211")}
    assert {one.interface for one in netlink.radios(EVERY)} <= there
