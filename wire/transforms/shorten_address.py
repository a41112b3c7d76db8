# SPDX-License-Identifier: Apache-2.0
"""shorten_address(v4,v6): an IP address cut to its network.

Rules: an IPv4 address written as IPv6 is cut as IPv4; what is not an address does
not leave.
Not here: pseudonyms of addresses (`pseudonymise.py`).
"""

import ipaddress

from wire.catalogue import Column, ValueType
from wire.errors import TransformError
from wire.transforms.examples import ADDRESS
from wire.transforms.transform import (
    Arguments,
    Hides,
    Keeps,
    Need,
    TransformContext,
    check_range,
)
from wire.values import Value, Withheld

NAME = "shorten_address"
MEANING = "the network of an address: shorten_address(24,48) for /24 and /48"

_V4_BITS = 32
_V6_BITS = 128
_ARGUMENTS = 2
SHARED_V4 = 24
"""Longest IPv4 prefix that counts as shared by many (REQUIREMENTS 2.2)."""
SHARED_V6 = 48
"""Longest IPv6 prefix that counts as shared by many: one site."""


def check(arguments: Arguments, column: Column) -> None:
    """Take the two prefix lengths, on a text column.

    Raises:
        TransformError: otherwise.
    """
    if column.type is not ValueType.TEXT:
        msg = f"transform {NAME}: only for text that holds an address"
        raise TransformError(msg)
    if len(arguments) != _ARGUMENTS:
        msg = f"transform {NAME}: write shorten_address(24,48)"
        raise TransformError(msg)
    check_range(NAME, arguments[0], 0, _V4_BITS)
    check_range(NAME, arguments[1], 0, _V6_BITS)


def apply(
    value: Value, arguments: Arguments, context: TransformContext
) -> Value | Withheld:
    """Return the network that holds the address, as address/prefix."""
    del context
    if value is None or value == "":
        return value
    if not isinstance(value, str):
        return Withheld.WRONG_TYPE
    try:
        interface = ipaddress.ip_interface(_without_zone(value.strip()))
    except ValueError:
        return Withheld.NOT_RECOGNISED
    return _shortened(interface, arguments)


def _without_zone(text: str) -> str:
    """Return the address without the interface that a link-local one names."""
    address, zone, rest = text.partition("%")
    if not zone:
        return text
    _, slash, prefix = rest.partition("/")
    return address + slash + prefix


def _shortened(
    interface: ipaddress.IPv4Interface | ipaddress.IPv6Interface, arguments: Arguments
) -> str:
    own = interface.network.prefixlen
    address: ipaddress.IPv4Address | ipaddress.IPv6Address = interface.ip
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    if mapped is not None:
        address = mapped
        own = max(0, own - (_V6_BITS - _V4_BITS))
    is_v4 = isinstance(address, ipaddress.IPv4Address)
    limit = arguments[0] if is_v4 else arguments[1]
    return str(ipaddress.ip_network((address, min(own, limit)), strict=False))


def meet(first: Arguments, second: Arguments) -> Arguments | None:
    """Return the shorter prefix of each family."""
    return tuple(map(min, first, second))


def meets_needs(arguments: Arguments, column: Column) -> frozenset[Need]:
    """Satisfy the needs when both prefixes are short enough to be shared."""
    del column
    if arguments[0] <= SHARED_V4 and arguments[1] <= SHARED_V6:
        return frozenset({Need.DIRECT, Need.QUASI_ANONYMOUS})
    return frozenset()


KEEPS = (
    Keeps(ADDRESS, (24, 48), "192.0.2.77", "192.0.2.0/24"),
    Keeps(ADDRESS, (24, 48), "10.0.0.0/8", "10.0.0.0/8"),
    Keeps(ADDRESS, (24, 48), "2001:db8:1:2::77", "2001:db8:1::/48"),
    Keeps(ADDRESS, (24, 48), "fe80::1%eth0", "fe80::/48"),
    Keeps(ADDRESS, (24, 48), "::ffff:192.0.2.77", "192.0.2.0/24"),
    Keeps(ADDRESS, (24, 48), "gateway.example", Withheld.NOT_RECOGNISED),
    Keeps(ADDRESS, (24, 48), None, None),
)
HIDES = (
    Hides(ADDRESS, (24, 48), "192.0.2.77", "77"),
    Hides(ADDRESS, (16, 32), "2001:db8:1:2::77", ":1:"),
    Hides(ADDRESS, (24, 48), "::ffff:192.0.2.77", "77"),
    Hides(ADDRESS, (24, 48), "gateway.example", "gateway"),
)
