# SPDX-License-Identifier: Apache-2.0
"""Discovered hosts: who answers in the network that this machine is in.

Rules: asked only where the policy and this machine's own `local.toml` name the network
and its gateway; only by ARP, slowly, and only for addresses of that network: no port is
tried and no name is asked for.
Not here: asking (`agent/sidecar`), those that the machine has spoken to anyway
(`network_neighbours.py`).
Sources: RFC 826, by the sidecar; makers' names from scapy's copy of the IEEE's list.
"""

from collections.abc import Iterator, Mapping

from agent.collectors._shared.declare import SHORT_ADDRESS, direct, harmless, quasi
from agent.collectors._shared.gather import take
from agent.host.interface import Host, SidecarVerb
from agent.rows import Example, Reader, Reading, Want
from wire.catalogue import Dataset, Kind, System, ValueType
from wire.values import Value

DATASET = Dataset(
    "discovered_hosts",
    Kind.SNAPSHOT,
    "Machines that answer in the network that this one is in.",
    ("host.ip", "host.mac"),
    (
        direct("host.ip", "ip", "Finds devices that nobody knew of.", SHORT_ADDRESS),
        direct("host.mac", "mac", "Tells devices apart.", "vendor_only"),
        harmless("vendor", ValueType.TEXT, "Says who made its network card."),
        quasi(
            "last_seen",
            ValueType.TIMESTAMP,
            "Shows devices that have gone.",
            "bucket(86400)",
        ),
    ),
)

_ASKED = frozenset({"host.ip", "host.mac", "vendor"})


def read(host: Host, want: Want) -> Reading:
    """Read one row for each machine that answers."""
    columns = want.columns & _ASKED
    if not columns:
        return Reading([])  # when somebody answered, without who, says nothing
    want.check()
    found = host.ask_sidecar(SidecarVerb.SCAN, columns, want.networks)
    reading = take(want, _rows(found.rows, int(want.now)))
    return Reading(reading.rows, truncated=reading.truncated or found.truncated)


def _rows(
    found: tuple[Mapping[str, str], ...], now: int
) -> Iterator[Mapping[str, Value]]:
    for row in found:
        yield {**row, "last_seen": now}


READERS: Mapping[System, Reader] = {System.LINUX: read, System.WINDOWS: read}

_FOUND = (
    {"host.ip": "10.77.0.1", "host.mac": "00:1b:21:00:00:01", "vendor": "Intel"},
    {"host.ip": "10.77.0.9", "host.mac": "02:00:00:00:00:09"},
    {"host.ip": "10.77.0.9", "host.mac": "02:00:00:00:00:0a"},
)
_NOW = 1_763_950_000

EXAMPLES = (
    Example(
        System.LINUX,
        "Composed: a router, and two machines that share an address.",
        rows=tuple({**row, "last_seen": _NOW} for row in _FOUND),
        facts={"sidecar": {"scan": _FOUND}},
    ),
    Example(
        System.LINUX,
        "Composed: nobody else is there.",
        rows=(),
        facts={"sidecar": {"scan": ()}},
    ),
    Example(
        System.WINDOWS,
        "Composed: a router.",
        rows=({**_FOUND[0], "last_seen": _NOW},),
        facts={"sidecar": {"scan": _FOUND[:1]}},
    ),
    Example(
        System.WINDOWS,
        "Composed: nobody else is there.",
        rows=(),
        facts={"sidecar": {"scan": ()}},
    ),
)
