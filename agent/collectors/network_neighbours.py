# SPDX-License-Identifier: Apache-2.0
"""Neighbours: machines of the same network that this one has just spoken to.

Rules: they are other people's devices, so they are read on named networks only
(`wire/policy_check.py`); nothing is sent to find them; groups are no machines.
Not here: asking a network who is there (`discovered_hosts.py`), switches that tell of
themselves (`link_neighbours.py`).
Sources: the kernel's table over netlink, else /proc/net/arp; GetIpNetTable2.
"""

from collections.abc import Container, Mapping

from agent.collectors._shared.declare import SHORT_ADDRESS, direct, free_text, harmless
from agent.collectors._shared.gather import interface_name, take
from agent.errors import HostError
from agent.host.interface import GatewayFacts, Host, NeighbourFacts
from agent.rows import Example, Reader, Reading, Want
from wire.catalogue import Dataset, Kind, System, ValueType
from wire.values import Value

TEXT = ValueType.TEXT

DATASET = Dataset(
    "network_neighbours",
    Kind.SNAPSHOT,
    "Machines of the same network that this one has just spoken to.",
    ("network.interface.name", "address"),
    (
        free_text("network.interface.name", "Says on which side it is."),
        harmless("network.type", TEXT, "Tells IPv4 from IPv6 addresses."),
        direct("address", "ip", "Finds two machines with one address.", SHORT_ADDRESS),
        direct("mac", "mac", "Says who made its network card.", "vendor_only"),
        harmless("state", TEXT, "Shows neighbours that no longer answer."),
        harmless("is_gateway", ValueType.BOOLEAN, "Marks who passes the traffic on."),
    ),
)


def describe(
    item: NeighbourFacts, gateways: Container[tuple[str, str]]
) -> dict[str, Value]:
    """Return the columns of a neighbour.

    Args:
        item: what the operating system tells.
        gateways: address and interface of each default gateway.
    """
    return {
        "network.interface.name": interface_name(item.interface),
        "network.type": item.family,
        "address": item.address,
        "mac": item.mac,
        "state": item.state or None,
        "is_gateway": (item.address, item.interface) in gateways,
    }


def _gateways(host: Host) -> Container[tuple[str, str]]:
    try:
        return {(item.address, item.interface) for item in host.gateways()}
    except HostError:
        return ()


def read(host: Host, want: Want) -> Reading:
    """Read one row for each neighbour."""
    if not want.columns:
        return Reading([])
    gateways = _gateways(host) if "is_gateway" in want else ()
    return take(want, (describe(item, gateways) for item in host.neighbours()))


READERS: Mapping[System, Reader] = {System.LINUX: read, System.WINDOWS: read}

EXAMPLES = (
    Example(
        System.LINUX,
        "Recorded (this project's test machine): its gateway; and composed: a printer "
        "and a neighbour of IPv6.",
        rows=(
            {
                "network.interface.name": "eth0",
                "network.type": "ipv4",
                "address": "192.0.2.1",
                "mac": "02:fc:00:00:00:05",
                "state": "reachable",
                "is_gateway": True,
            },
            {
                "network.interface.name": "enx001122",
                "network.type": "ipv4",
                "address": "192.0.2.9",
                "mac": "00:1b:21:00:00:09",
                "is_gateway": False,
            },
            {
                "network.interface.name": "eth0",
                "network.type": "ipv6",
                "address": "fe80::1",
                "mac": "00:1b:21:00:00:01",
                "state": "stale",
                "is_gateway": False,
            },
        ),
        facts={
            "neighbours": (
                NeighbourFacts(
                    "ipv4", "192.0.2.1", "02:fc:00:00:00:05", "eth0", "reachable"
                ),
                NeighbourFacts(
                    "ipv4", "192.0.2.9", "00:1b:21:00:00:09", "enx001122334455", ""
                ),
                NeighbourFacts("ipv6", "fe80::1", "00:1b:21:00:00:01", "eth0", "stale"),
            ),
            "gateways": (GatewayFacts("ipv4", "192.0.2.1", "eth0"),),
        },
    ),
    Example(
        System.LINUX,
        "Composed: a service without netlink reads the table of IPv4; who did not "
        "answer, groups and cut lines are no neighbours.",
        rows=(
            {
                "network.interface.name": "eth0",
                "network.type": "ipv4",
                "address": "10.0.0.1",
                "mac": "52:54:00:12:34:56",
                "is_gateway": False,
            },
            {
                "network.interface.name": "\ufffd",
                "network.type": "ipv4",
                "address": "10.0.0.2",
                "mac": "52:54:00:12:34:57",
                "state": "permanent",
                "is_gateway": False,
            },
        ),
        files={
            "/proc/net/arp": b"IP address  HW type Flags HW address Mask Device\n"
            b"10.0.0.1 0x1 0x2 52:54:00:12:34:56 * eth0\n"
            b"10.0.0.9 0x1 0x0 00:00:00:00:00:00 * eth0\n"
            b"10.0.0.2 0x1 0x6 52:54:00:12:34:57 * \xff\n"
            b"224.0.0.1 0x1 0x6 01:00:5e:00:00:01 * eth0\n"
            b"10.0.0.4 0x1 0x2 52:54:00:12:34:58 * et\0h0\n"
            b"10.0.0.3 0x1 0x2 52:54:00"
        },
    ),
    Example(
        System.LINUX,
        "Composed: nobody is near.",
        rows=(),
        files={"/proc/net/arp": b"IP address  HW type Flags HW address Mask Device\n"},
    ),
    Example(
        System.WINDOWS,
        "Recorded (this project's test machine, under Wine): its gateway.",
        rows=(
            {
                "network.interface.name": "eth0",
                "network.type": "ipv4",
                "address": "192.0.2.1",
                "mac": "02:fc:00:00:00:05",
                "state": "reachable",
                "is_gateway": True,
            },
        ),
        facts={
            "neighbours": (
                NeighbourFacts(
                    "ipv4", "192.0.2.1", "02:fc:00:00:00:05", "eth0", "reachable"
                ),
            ),
            "gateways": (GatewayFacts("ipv4", "192.0.2.1", "eth0"),),
        },
    ),
    Example(System.WINDOWS, "Composed: nobody is near.", rows=()),
)
