# SPDX-License-Identifier: Apache-2.0
"""Tables of the IP helper: each number stands where netioapi.h has it.

Rules: tables are packed here, field by field.
Not here: real tables (`tests/wine/test_wine_host.py`).
"""

import socket
from struct import pack

from agent.host.interface import AddressFacts, InterfaceFacts
from agent.host.ip_tables import (
    ADDRESS_BYTES,
    INTERFACE_BYTES,
    ROUTE_BYTES,
    RouteRow,
    parse_metrics,
    parse_prefixes,
    parse_routes,
    with_prefixes,
)


def address(text: str) -> bytes:
    """Return a SOCKADDR_INET."""
    if ":" in text:
        held = socket.inet_pton(socket.AF_INET6, text)
        return pack("<HHI16sI", 23, 0, 0, held, 4)
    return pack("<HH4s20x", 2, 0, socket.inet_aton(text))


def route(luid: int, network: str, prefix: int, gateway: str, *rest: int) -> bytes:
    """Return a MIB_IPFORWARD_ROW2; the rest are metric, protocol and loopback."""
    metric, protocol, loopback = rest
    head = pack("<QI28sB3x28s", luid, 7, address(network), prefix, address(gateway))
    return head + pack("<IIIIIB3sII", 8, 9, 9, metric, protocol, loopback, b"", 5, 6)


def test_routes() -> None:
    """Both families, a loopback route and one of another family are told apart."""
    table = (
        route(6 << 48, "0.0.0.0", 0, "192.0.2.1", 25, 3, 0)  # noqa: S104 - a route
        + route(5, "fd00::", 64, "::", 256, 2, 1)
        + bytes(ROUTE_BYTES)
        + b"cut"
    )
    assert list(parse_routes(table)) == [
        RouteRow(6 << 48, 2, "0.0.0.0", 0, "192.0.2.1", 25, 3, local=False),  # noqa: S104 - a route
        RouteRow(5, 23, "fd00::", 64, "::", 256, 2, local=True),
    ]


def test_prefixes() -> None:
    """The prefix of an address is that on its link."""
    row = pack(
        "<28s4xQIIIIIBB2xII4xQ", address("fd00::2"), 1, 2, 3, 4, 5, 6, 64, 1, 4, 0, 9
    )
    other = bytes(ADDRESS_BYTES)
    assert len(row) == ADDRESS_BYTES + 4
    assert list(parse_prefixes(row[:ADDRESS_BYTES] + other)) == [("fd00::2", 64)]


def test_metrics() -> None:
    """The cost of an interface is told for each family."""
    row = pack("<H6xQ", 23, 6 << 48).ljust(148, b"\1") + pack("<I", 35)
    table = row.ljust(INTERFACE_BYTES, b"\2")
    assert dict(parse_metrics(table)) == {(6 << 48, 23): 35}


def test_with_prefixes() -> None:
    """Only an address without a prefix gets one, and no hardware address does."""
    known = (
        AddressFacts("mac", "02:00:00:00:00:01", None),
        AddressFacts("ipv4", "192.0.2.2", 24),
        AddressFacts("ipv6", "fd00::2", None),
        AddressFacts("ipv6", "fd00::3", None),
    )
    interface = InterfaceFacts("Ethernet", up=True, mtu=1, speed=1, addresses=known)
    told = {"fd00::2": 64, "192.0.2.2": 8, "02:00:00:00:00:01": 1}
    found = with_prefixes((interface,), told)[0].addresses
    assert [item.prefix for item in found] == [None, 24, 64, None]
