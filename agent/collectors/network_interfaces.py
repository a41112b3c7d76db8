# SPDX-License-Identifier: Apache-2.0
"""Network interfaces: one row for each address of each interface.

Rules: an interface's name never carries a hardware address; names and places of
wireless networks have no code path here.
Not here: routes and gateways (`network_routes.py`), traffic (`host_metrics.py`).
Sources: rtnetlink; on Windows psutil's net_if_addrs and net_if_stats, and the IP helper
for prefixes of IPv6 addresses.
"""

from collections.abc import Iterator, Mapping, Sequence

from agent.collectors._shared.declare import (
    SHORT_ADDRESS,
    direct,
    free_text,
    harmless,
    quasi,
)
from agent.collectors._shared.gather import interface_name, take
from agent.host.interface import AddressFacts, Host, InterfaceFacts
from agent.rows import Example, Reader, Reading, Want
from wire.catalogue import Dataset, Kind, System, ValueType
from wire.values import Value

TEXT = ValueType.TEXT

DATASET = Dataset(
    "network_interfaces",
    Kind.SNAPSHOT,
    "Network interfaces with their addresses.",
    ("network.interface.name", "host.ip"),
    (
        free_text("network.interface.name", "Tells the interfaces apart."),
        direct("host.mac", "mac", "Says who made the network card.", "vendor_only"),
        direct("host.ip", "ip", "Says which network it is in.", SHORT_ADDRESS),
        harmless("network.type", TEXT, "Tells IPv4 from IPv6 addresses."),
        quasi("prefix", ValueType.COUNT, "Shows a wrong network mask."),
        harmless("mtu", ValueType.BYTES, "A wrong size breaks some connections."),
        harmless("speed", ValueType.MEGABITS_PER_SECOND, "Shows a slow cable."),
        harmless("up", ValueType.BOOLEAN, "Tells used interfaces from idle ones."),
    ),
)

_NO_MAC = "00:00:00:00:00:00"
_ADDRESS_COLUMNS = ("host.ip", "network.type", "prefix")


def describe(
    interfaces: Sequence[InterfaceFacts], *, by_address: bool
) -> Iterator[dict[str, Value]]:
    """Yield the values of each row.

    Args:
        interfaces: what the operating system tells.
        by_address: whether each address has its own row.
    """
    for interface in interfaces:
        found = {item.family: item.address for item in interface.addresses}
        mac = found.get("mac", _NO_MAC).lower()
        values: dict[str, Value] = {
            "network.interface.name": interface_name(interface.name),
            "host.mac": None if mac == _NO_MAC else mac,
            "mtu": interface.mtu or None,
            "speed": interface.speed or None,
            "up": interface.up,
        }
        addresses = [item for item in interface.addresses if item.family != "mac"]
        if not by_address or not addresses:
            yield values
            continue
        for address in addresses:
            yield {
                **values,
                "host.ip": address.address,
                "network.type": address.family,
                "prefix": address.prefix,
            }


def read(host: Host, want: Want) -> Reading:
    """Read one row for each address, or for each interface without any."""
    by_address = want.any(*_ADDRESS_COLUMNS)
    return take(want, describe(host.interfaces(), by_address=by_address))


READERS: Mapping[System, Reader] = {System.LINUX: read, System.WINDOWS: read}

_WIRED: Mapping[str, Value] = {
    "network.interface.name": "eth0",
    "host.mac": "02:fc:00:00:00:01",
    "mtu": 1500,
    "speed": 1000,
    "up": True,
}

EXAMPLES = (
    Example(
        System.LINUX,
        "A wired interface with both families, and a USB one that is down.",
        rows=(
            {**_WIRED, "host.ip": "192.0.2.2", "network.type": "ipv4", "prefix": 24},
            {**_WIRED, "host.ip": "fd00::2", "network.type": "ipv6", "prefix": 64},
            {
                "network.interface.name": "enx001122",
                "host.mac": "00:11:22:33:44:55",
                "mtu": 1500,
                "up": False,
            },
        ),
        facts={
            "interfaces": (
                InterfaceFacts(
                    "eth0",
                    up=True,
                    mtu=1500,
                    speed=1000,
                    addresses=(
                        AddressFacts("ipv4", "192.0.2.2", 24),
                        AddressFacts("ipv6", "fd00::2", 64),
                        AddressFacts("mac", "02:FC:00:00:00:01", None),
                    ),
                ),
                InterfaceFacts(
                    "enx001122334455",
                    up=False,
                    mtu=1500,
                    speed=0,
                    addresses=(AddressFacts("mac", "00:11:22:33:44:55", None),),
                ),
            )
        },
    ),
    Example(
        System.LINUX,
        "Loopback has an address and no hardware address; unknown families add none.",
        rows=(
            {
                "network.interface.name": "lo",
                "host.ip": "127.0.0.1",
                "network.type": "ipv4",
                "prefix": 8,
                "mtu": 65536,
                "up": True,
            },
        ),
        facts={
            "interfaces": (
                InterfaceFacts(
                    "lo",
                    up=True,
                    mtu=65536,
                    speed=0,
                    addresses=(
                        AddressFacts("mac", "00:00:00:00:00:00", None),
                        AddressFacts("ipv4", "127.0.0.1", 8),
                    ),
                ),
            )
        },
    ),
    Example(
        System.WINDOWS,
        "Windows names interfaces for people.",
        rows=(
            {
                "network.interface.name": "Ethernet 2",
                "host.mac": "02:fc:00:00:00:01",
                "mtu": 1500,
                "speed": 1000,
                "up": True,
                "host.ip": "fd00::2",
                "network.type": "ipv6",
                "prefix": 64,
            },
        ),
        facts={
            "interfaces": (
                InterfaceFacts(
                    "Ethernet 2",
                    up=True,
                    mtu=1500,
                    speed=1000,
                    addresses=(
                        AddressFacts("mac", "02:FC:00:00:00:01", None),
                        AddressFacts("ipv6", "fd00::2", 64),
                    ),
                ),
            )
        },
    ),
    Example(System.WINDOWS, "A machine without any interface.", rows=()),
)
