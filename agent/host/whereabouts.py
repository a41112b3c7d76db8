# SPDX-License-Identifier: Apache-2.0
"""Where this machine is, told by its default gateways, against networks of a policy.

Rules: a machine is somewhere only if each of its default gateways lies in a named
network; what cannot be told is nowhere; nothing is sent to find it out, and none of it
leaves.
Not here: how networks are named (`wire/networks.py`).
Sources: the Host's gateways and interfaces, /proc/net/arp.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface

from agent.budget import SMALL_FILE_BYTES
from agent.errors import HostError
from agent.host.interface import GatewayFacts, Host, InterfaceFacts
from wire.networks import Network, known

NEIGHBOURS = "/proc/net/arp"
_MAC = re.compile(rb"[0-9a-fA-F]{2}(?::[0-9a-fA-F]{2}){5}\Z")
_NO_MAC = "00:00:00:00:00:00"
_FIELDS = 6


@dataclass(frozen=True, slots=True)
class Segment:
    """One network that this machine is in, with a default gateway.

    Attributes:
        interface: name of the interface.
        address: the machine's own address there.
        network: its addresses, and its gateway's hardware address where known.
    """

    interface: str
    address: IPv4Address
    network: Network


def here(host: Host, networks: Sequence[str]) -> tuple[Segment, ...]:
    """Return the segments of this machine; none unless all of them are named.

    Args:
        host: the machine.
        networks: as a policy names them; what cannot be read is on no machine.
    """
    named = known(networks)
    found = segments(host)
    if all(any(item.network.within(one) for one in named) for item in found):
        return found
    return ()


def segments(host: Host) -> tuple[Segment, ...]:
    """Return the segment of each default gateway; none if one cannot be told."""
    try:
        gateways = host.gateways()
        interfaces = {item.name: item for item in host.interfaces()}
    except HostError:
        return ()
    if not gateways:
        return ()
    neighbours = _neighbours(host)
    found: dict[Segment, None] = {}
    for gateway in gateways:
        segment = _segment(gateway, interfaces.get(gateway.interface), neighbours)
        if segment is None:
            return ()
        found[segment] = None
    return tuple(found)


def _segment(
    gateway: GatewayFacts,
    interface: InterfaceFacts | None,
    neighbours: Mapping[tuple[str, str], str],
) -> Segment | None:
    """Return the network of the interface that holds its gateway."""
    if interface is None or gateway.family != "ipv4":
        return None
    try:
        target = IPv4Address(gateway.address)
        own = [
            IPv4Interface((item.address, item.prefix))
            for item in interface.addresses
            if item.family == "ipv4" and item.prefix is not None
        ]
    except ValueError:
        return None
    mac = neighbours.get((gateway.address, interface.name), "")
    for item in own:
        if target in item.network:
            return Segment(interface.name, item.ip, Network(item.network, mac))
    return None


def _neighbours(host: Host) -> Mapping[tuple[str, str], str]:
    try:
        data = host.read(NEIGHBOURS, SMALL_FILE_BYTES)
    except HostError:  # Windows, or a table too large to be an ordinary machine's
        return {}
    return {(address, name): mac for address, name, mac in parse_neighbours(data)}


def parse_neighbours(data: bytes) -> Iterator[tuple[str, str, str]]:
    """Yield address, interface and hardware address of each line that is complete."""
    for raw in data.split(b"\n")[1:]:
        fields = raw.split()
        if len(fields) < _FIELDS or not _MAC.match(fields[3]):
            continue
        mac = fields[3].decode("ascii").lower()
        if mac != _NO_MAC:
            yield (
                fields[0].decode("ascii", "replace"),
                fields[5].decode("utf-8", "replace"),
                mac,
            )
