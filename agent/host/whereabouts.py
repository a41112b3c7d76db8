# SPDX-License-Identifier: Apache-2.0
"""Where this machine is, told by its default gateways, against networks of a policy.

Rules: a machine is somewhere only if each of its default gateways lies in a named
network; what cannot be told is nowhere; nothing is sent to find it out, and none of it
leaves.
Not here: how networks are named (`wire/networks.py`).
Sources: the Host's gateways, interfaces and neighbours.
"""

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agent.errors import HostError
from agent.host.interface import GatewayFacts, Host, InterfaceFacts
from wire.networks import Network, known


@dataclass(frozen=True, slots=True)
class Segment:
    """One network that this machine is in, with a default gateway.

    Attributes:
        interface: name of the interface.
        address: the machine's own address there.
        network: its addresses, and its gateway's hardware address where known.
    """

    interface: str
    address: "ipaddress.IPv4Address"
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
        target = ipaddress.IPv4Address(gateway.address)
        own = [
            ipaddress.IPv4Interface((item.address, item.prefix))
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
        found = host.neighbours()
    except HostError:  # none are told, or more than an ordinary machine has
        return {}
    return {(item.address, item.interface): item.mac for item in found}
