# SPDX-License-Identifier: Apache-2.0
"""Link neighbours: what the switch at the other end of a cable says of itself.

Rules: nothing is sent, and nobody is listened to but who speaks LLDP or CDP; read on
named networks only, for it tells which socket of which wall a machine is at.
Not here: listening (`agent/sidecar`), the frames' form
(`agent/sidecar/neighbour_frames.py`).
Sources: IEEE 802.1AB, CDP, by the sidecar.
"""

from collections.abc import Iterator, Mapping

from agent.collectors._shared.declare import (
    SHORT_ADDRESS,
    direct,
    free_text,
    harmless,
    quasi,
)
from agent.collectors._shared.gather import interface_name, number, take
from agent.host.interface import Host, SidecarVerb
from agent.rows import Example, Reader, Reading, Want
from wire.catalogue import Dataset, Kind, System, ValueType
from wire.values import Value

TEXT = ValueType.TEXT

DATASET = Dataset(
    "link_neighbours",
    Kind.SNAPSHOT,
    "Switches that this machine is plugged into, as they describe themselves.",
    ("network.interface.name", "chassis_id", "port_id"),
    (
        free_text("network.interface.name", "Says which of our sockets it is."),
        harmless("protocol", TEXT, "Says how it described itself."),
        direct("chassis_id", "mac", "Tells switches apart."),
        free_text("port_id", "Finds the socket of the switch."),
        free_text("port_description", "Says what the socket is for."),
        direct("system_name", "host", "Names the switch."),
        free_text("system_description", "Finds switches with known faults."),
        direct(
            "management_address", "ip", "Finds the switch's console.", SHORT_ADDRESS
        ),
        quasi("vlan", ValueType.COUNT, "Shows a machine in the wrong network."),
    ),
)


def describe(row: Mapping[str, str]) -> dict[str, Value]:
    """Return the typed values of an answered row."""
    values: dict[str, Value] = dict(row)
    if "vlan" in row:
        values["vlan"] = number(row["vlan"])
    if "network.interface.name" in row:
        name = interface_name(row["network.interface.name"])
        values["network.interface.name"] = name
    return values


def read(host: Host, want: Want) -> Reading:
    """Read one row for each interface at whose other end a switch speaks."""
    if not want.columns:
        return Reading([])
    want.check()
    found = host.ask_sidecar(SidecarVerb.LISTEN, want.columns, want.networks)
    reading = take(want, _rows(found.rows))
    return Reading(reading.rows, truncated=reading.truncated or found.truncated)


def _rows(found: tuple[Mapping[str, str], ...]) -> Iterator[Mapping[str, Value]]:
    return map(describe, found)


READERS: Mapping[System, Reader] = {System.LINUX: read, System.WINDOWS: read}

_RELEASE = (
    "Cisco IOS Software, C3560 Software (C3560-ADVIPSERVICESK9-M), Version 12.2(44)SE, "
    "RELEASE SOFTWARE (fc1)"
)
_LLDP = {
    "network.interface.name": "enx001122334455",
    "protocol": "lldp",
    "chassis_id": "00:19:2f:a7:b2:8d",
    "port_id": "Uplink to S1",
    "port_description": "GigabitEthernet0/13",
    "system_name": "S2.cisco.com",
    "system_description": _RELEASE,
    "vlan": "1",
}
_CDP = {
    "network.interface.name": "eth1",
    "protocol": "cdp",
    "chassis_id": "Switch",
    "port_id": "GigabitEthernet0/5",
    "system_name": "Switch",
    "management_address": "192.168.0.1",
}

EXAMPLES = (
    Example(
        System.LINUX,
        "Recorded (the-tcpdump-group/tcpdump@39b50f7, LLDP_and_CDP.pcap and "
        "3560_CDP.pcap), as the sidecar answers: two switches.",
        rows=({**_LLDP, "network.interface.name": "enx001122", "vlan": 1}, _CDP),
        facts={"sidecar": {"listen": (_LLDP, _CDP)}},
    ),
    Example(
        System.LINUX,
        "Composed: a network of a number that is none, and nothing else.",
        rows=({"protocol": "lldp", "chassis_id": "a"},),
        facts={
            "sidecar": {
                "listen": ({"protocol": "lldp", "chassis_id": "a", "vlan": "x"},)
            }
        },
    ),
    Example(
        System.LINUX,
        "Composed: no switch speaks.",
        rows=(),
        facts={"sidecar": {"listen": ()}},
    ),
    Example(
        System.WINDOWS,
        "Recorded (the-tcpdump-group/tcpdump@39b50f7, 3560_CDP.pcap), as the sidecar "
        "answers: a switch.",
        rows=({**_CDP, "network.interface.name": "Ethernet"},),
        facts={
            "sidecar": {"listen": ({**_CDP, "network.interface.name": "Ethernet"},)}
        },
    ),
    Example(
        System.WINDOWS,
        "Composed: no switch speaks.",
        rows=(),
        facts={"sidecar": {"listen": ()}},
    ),
)
