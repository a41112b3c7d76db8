# SPDX-License-Identifier: Apache-2.0
"""Default gateways in the kernel's table of routes.

Rules: pure; a table that is not understood as a whole is an error, for who asks where
this machine is must not be told half; half of the world (0.0.0.0/1) over a gateway is
a default route too, as tunnels set it.
Not here: all routes (`agent/collectors/network_routes.py`).
Source: /proc/net/route, whose addresses are little-endian.
"""

from collections.abc import Iterator

from agent.errors import HostError
from agent.host.interface import GatewayFacts

_EVERYWHERE = b"00000000"
_FIELDS = 3
_NO_TABLE = "not-a-routing-table"


def default_gateways(table: bytes) -> Iterator[GatewayFacts]:
    """Yield the IPv4 default gateways.

    Raises:
        HostError: this is no such table.
    """
    heads, *rows = table.split(b"\n")
    if heads.split()[:_FIELDS] != [b"Iface", b"Destination", b"Gateway"]:
        raise HostError(_NO_TABLE)
    for row in rows:
        fields = row.split()
        if not fields:
            continue
        if len(fields) < _FIELDS:
            raise HostError(_NO_TABLE)
        name, target, gateway = fields[:_FIELDS]
        octets = _octets(gateway)
        _octets(target)
        if target == _EVERYWHERE and any(octets):
            address = ".".join(map(str, octets))
            yield GatewayFacts("ipv4", address, name.decode("utf-8", "replace"))


def _octets(field: bytes) -> bytes:
    try:
        octets = bytes.fromhex(field.decode("ascii"))
    except ValueError:
        octets = b""
    if len(field) != len(_EVERYWHERE) or not octets:
        raise HostError(_NO_TABLE) from None  # the cause holds an address
    return octets[::-1]
