# SPDX-License-Identifier: Apache-2.0
"""Rows of the tables that Windows' IP helper fills.

Rules: pure; a table that is cut, or a row of another family, tells nothing.
Not here: asking the IP helper (`windows_routes.py`), which routes are of interest
(`agent/collectors/network_routes.py`).
Source: MIB_IPFORWARD_ROW2, MIB_UNICASTIPADDRESS_ROW, MIB_IPINTERFACE_ROW and
SOCKADDR_INET of netioapi.h and ws2ipdef.h, 64-bit.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv6Address
from struct import unpack_from

from agent.host.interface import AddressFacts, InterfaceFacts

TABLE_HEAD = 8
"""Number of rows, and four bytes of nothing."""
ROUTE_BYTES, ADDRESS_BYTES, INTERFACE_BYTES = 104, 80, 168
_IPV4, _IPV6 = 2, 23


@dataclass(frozen=True, slots=True)
class RouteRow:
    """One route.

    Attributes:
        luid: number of its interface.
        family: AF_INET or AF_INET6.
        destination: network.
        prefix: its leading bits.
        gateway: next hop; all zeros where there is none.
        metric: cost of the route alone.
        protocol: who made it.
        local: whether it ends at this machine.
    """

    luid: int
    family: int
    destination: str
    prefix: int
    gateway: str
    metric: int
    protocol: int
    local: bool


def parse_address(data: bytes, offset: int) -> str | None:
    """Return the address of a SOCKADDR_INET; None of another family."""
    family = int.from_bytes(data[offset : offset + 2], "little")
    if family == _IPV4:
        return str(IPv4Address(data[offset + 4 : offset + 8]))
    if family == _IPV6:
        return str(IPv6Address(data[offset + 8 : offset + 24]))
    return None


def _rows(table: bytes, size: int) -> Iterator[bytes]:
    for start in range(0, len(table) - size + 1, size):
        yield table[start : start + size]


def parse_routes(table: bytes) -> Iterator[RouteRow]:
    """Yield the routes of a table without its head."""
    for row in _rows(table, ROUTE_BYTES):
        destination, gateway = parse_address(row, 12), parse_address(row, 44)
        (luid,) = unpack_from("<Q", row, 0)
        metric, protocol = unpack_from("<II", row, 84)
        if destination is None or gateway is None:
            continue
        family = int.from_bytes(row[12:14], "little")
        yield RouteRow(
            luid,
            family,
            destination,
            row[40],
            gateway,
            metric,
            protocol,
            bool(row[92]),
        )


def parse_prefixes(table: bytes) -> Iterator[tuple[str, int]]:
    """Yield address and prefix of a table of this machine's addresses."""
    for row in _rows(table, ADDRESS_BYTES):
        address = parse_address(row, 0)
        if address is not None:
            yield address, row[60]


def parse_metrics(table: bytes) -> Iterator[tuple[tuple[int, int], int]]:
    """Yield number and family of each interface, and what using it costs."""
    for row in _rows(table, INTERFACE_BYTES):
        family, luid = unpack_from("<H6xQ", row, 0)
        (metric,) = unpack_from("<I", row, 148)
        yield (luid, family), metric


def with_prefixes(
    interfaces: Sequence[InterfaceFacts], known: Mapping[str, int]
) -> Sequence[InterfaceFacts]:
    """Return interfaces whose addresses have the prefixes that psutil does not tell."""

    def whole(address: AddressFacts) -> AddressFacts:
        if address.prefix is None and address.family != "mac":
            return replace(address, prefix=known.get(address.address))
        return address

    return tuple(
        replace(item, addresses=tuple(map(whole, item.addresses)))
        for item in interfaces
    )
