# SPDX-License-Identifier: Apache-2.0
"""Packet headers: what passes an interface for some seconds, without any content.

Rules: headers alone, of one of a few fixed kinds of packets; never in promiscuous mode,
so only what this machine sends or is sent; a second technician signs, and the person at
the machine is asked.
Not here: catching them (`agent/sidecar/work.py`), the kinds (`filters.py` beside it).
"""

from collections.abc import Mapping

from agent.collectors._shared.declare import SHORT_ADDRESS, direct, harmless
from agent.diagnostics import Case, Reader
from agent.diagnostics._shared.declare import asked_for, choice, whole
from agent.diagnostics._shared.probed import TEXT, TYPE, read_probe
from agent.errors import UnsupportedError
from agent.host.interface import GatewayFacts, Host, ProbeVerb
from agent.rows import Example, Reading, Want
from wire.catalogue import System, ValueType
from wire.diagnostics import Checked, Consent

COUNT = ValueType.COUNT
KINDS = ("arp", "connections", "dhcp", "dns", "icmp")
_VENDOR = "vendor_only"
_COLUMNS = (
    harmless("milliseconds", ValueType.MILLISECONDS, "Shows what follows on what."),
    direct("source.mac", "mac", "Says who made the sender's card.", _VENDOR),
    direct("destination.mac", "mac", "Says who made the other's card.", _VENDOR),
    harmless("vlan", TEXT, "Shows a port of the wrong network."),
    harmless("type", TEXT, "Tells protocols apart."),
    harmless("operation", TEXT, "Tells questions of ARP from answers."),
    TYPE,
    direct("source.address", "ip", "Shows who sends.", SHORT_ADDRESS),
    direct("destination.address", "ip", "Shows who is sent to.", SHORT_ADDRESS),
    harmless("ttl", COUNT, "Shows how far it has come."),
    harmless("length", ValueType.BYTES, "Shows what is broken into pieces."),
    harmless("protocol", TEXT, "Tells protocols apart."),
    harmless("network.transport", TEXT, "Tells TCP from UDP."),
    harmless("source.port", COUNT, "Shows which service answers."),
    harmless("destination.port", COUNT, "Shows which service is asked."),
    harmless("tcp.flags", TEXT, "Shows connections that are refused or reset."),
    harmless("icmp.type", COUNT, "Shows what a network complains of."),
    harmless("icmp.code", COUNT, "Shows what a network complains of."),
)

DATASET = asked_for(
    "packet_headers",
    "What passes the machine's interface for some seconds, without any content.",
    _COLUMNS,
    choice("filter", "Which kind of packets.", KINDS, "icmp"),
    whole("packets", "How many packets at most.", 1, 2_048, 500),
    whole("seconds", "How long to look.", 1, 60, 15),
    seconds=90,
    rows=2_048,
    consent=Consent.ASK,
    sensitive=True,
)


def read(host: Host, want: Want, given: Checked) -> Reading:
    """Read one row for each packet of the interface that leads to the gateway."""
    if not want.columns:
        return Reading([])
    gateways = host.gateways()
    if not gateways:
        reason = "no-gateway"
        raise UnsupportedError(reason)
    asked = {**given.texts, "interface": gateways[0].interface}
    return read_probe(host, want, ProbeVerb.CAPTURE, _COLUMNS, asked)


READERS: Mapping[System, Reader] = {System.LINUX: read, System.WINDOWS: read}

_GATEWAY = (GatewayFacts("ipv4", "192.0.2.1", "eth0"),)
_REFUSED = {
    "milliseconds": "12",
    "source.address": "192.0.2.7",
    "destination.address": "192.0.2.9",
    "network.transport": "tcp",
    "source.port": "443",
    "tcp.flags": "rst,ack",
}

EXAMPLES = tuple(
    Case(example, {"filter": "connections", "seconds": "1"})
    for system in System
    for example in (
        Example(
            system,
            "A connection that is reset.",
            rows=({**_REFUSED, "milliseconds": 12, "source.port": 443},),
            facts={"gateways": _GATEWAY, "probe": {"capture": (_REFUSED,)}},
        ),
        Example(
            system,
            "Nothing passes.",
            rows=(),
            facts={"gateways": _GATEWAY, "probe": {"capture": ()}},
        ),
    )
)
