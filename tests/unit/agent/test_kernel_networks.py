# SPDX-License-Identifier: Apache-2.0
"""What the kernel tells of interfaces and gateways, without a library.

Rules: bytes as the kernel writes them, and this machine.
Not here: rows (`tests/contract/test_collectors.py`).
"""

import struct
import sys

import pytest

from agent.errors import HostError
from agent.host import library, this_host
from agent.host.interface import AddressFacts, GatewayFacts, InterfaceFacts
from agent.host.links import parse_links
from agent.host.routes import default_gateways

HEADS = b"Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\n"
NEW_LINK, NEW_ADDRESS = 16, 20
INET, INET6 = 2, 10
UP_AND_RUNNING = 0x41


def attribute(kind: int, content: bytes) -> bytes:
    """Return an attribute of a message, filled up to four bytes."""
    size = 4 + len(content)
    return struct.pack("=HH", size, kind) + content + bytes(-size % 4)


def message(kind: int, content: bytes) -> bytes:
    """Return a message of the kernel."""
    return struct.pack("=IHHII", 16 + len(content), kind, 2, 0, 0) + content


def link(index: int, flags: int, *attributes: bytes) -> bytes:
    """Return what the kernel tells of an interface."""
    head = struct.pack("=BxHiII", 0, 1, index, flags, 0)
    return message(NEW_LINK, head + b"".join(attributes))


def address(family: int, prefix: int, index: int, *attributes: bytes) -> bytes:
    """Return what the kernel tells of an address."""
    head = struct.pack("=BBBBI", family, prefix, 0, 0, index)
    return message(NEW_ADDRESS, head + b"".join(attributes))


@pytest.mark.skipif(sys.platform != "linux", reason="asks the kernel of Linux")
def test_this_machine_as_psutil_tells_it() -> None:
    """The kernel's list is the list that the portable library makes."""
    assert list(this_host().interfaces()) == list(library.interfaces())


def test_interfaces() -> None:
    """An address belongs to the interface of its number; a tunnel's is no MAC."""
    links = b"".join(
        (
            link(
                7,
                UP_AND_RUNNING,
                attribute(3, b"wlan0\0"),
                attribute(4, struct.pack("=I", 1400)),
                attribute(1, bytes.fromhex("02fc00000001")),
            ),
            link(9, 0x1, attribute(3, b"gre1\0"), attribute(1, b"\xc0\0\2\7")),
        )
    )
    addresses = b"".join(
        (
            address(INET6, 64, 7, attribute(1, b"\xfd" + bytes(14) + b"\2")),
            address(
                INET,
                32,
                7,
                attribute(1, b"\xc0\0\2\1"),
                attribute(2, b"\xc0\0\2\7"),
                attribute(3, b"wlan0:1\0"),
            ),
            address(INET, 24, 8, attribute(2, b"\xc0\0\2\x08")),
        )
    )
    assert list(
        parse_links(links, addresses, {"wlan0": 300, "gre1": 0}.__getitem__)
    ) == [
        InterfaceFacts("gre1", up=False, mtu=0, speed=0, addresses=()),
        InterfaceFacts(
            "wlan0",
            up=True,
            mtu=1400,
            speed=300,
            addresses=(
                AddressFacts("ipv4", "192.0.2.7", 32),
                AddressFacts("ipv6", "fd00::2", 64),
                AddressFacts("mac", "02:fc:00:00:00:01", None),
            ),
        ),
    ]


def test_gateways() -> None:
    """A default route needs a gateway; half of the world over one is a default too."""
    rows = (
        b"eth0\t00000000\t010200C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n"
        b"tun0\t00000000\t0100080A\t0003\t0\t0\t0\t00000080\t0\t0\t0\n"
        b"wwan0\t00000000\t00000000\t0001\t0\t0\t0\t00000000\t0\t0\t0\n"
        b"eth0\t0000FEA9\t010200C0\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0\n"
    )
    assert list(default_gateways(HEADS + rows)) == [
        GatewayFacts("ipv4", "192.0.2.1", "eth0"),
        GatewayFacts("ipv4", "10.8.0.1", "tun0"),
    ]


def test_a_machine_without_routes_has_no_gateway() -> None:
    """A table of heads alone is a table."""
    assert list(default_gateways(HEADS)) == []


@pytest.mark.parametrize(
    "table",
    [
        b"",
        b"Iface\njunk\n",
        HEADS + b"eth0\t00000000\n",
        HEADS + b"eth0\t00000000\tzz0200C0\t0003\n",
        HEADS + b"eth0\t0000000\t010200C0\t0003\n",
        HEADS + b"eth0\t 0\t010200C0\t0003\n",
    ],
)
def test_half_a_table_is_none(table: bytes) -> None:
    """What is not understood as a whole tells nothing of where the machine is."""
    with pytest.raises(HostError, match="not-a-routing-table"):
        list(default_gateways(table))
