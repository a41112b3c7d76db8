# SPDX-License-Identifier: Apache-2.0
"""Path MTU: how large a packet may be on the way to a named machine.

Rules: a few packets that carry zeros.
Stated limit: on Windows of IPv4 alone, whose sender does not break its own packets.
Not here: sending (`agent/sidecar/probes/path_mtu.py`, on Windows `echoes.py` there).
"""

from collections.abc import Mapping

from agent.collectors._shared.declare import harmless
from agent.diagnostics import Case, Reader
from agent.diagnostics._shared.declare import asked_for, host
from agent.diagnostics._shared.probed import (
    FAMILY,
    OUTCOME,
    TYPE,
    peer,
    read_probe,
)
from agent.host.interface import Host, ProbeVerb
from agent.rows import Example, Reading, Want
from wire.catalogue import System, ValueType
from wire.diagnostics import Checked

_COLUMNS = (
    TYPE,
    peer("Shows whose network is narrower."),
    OUTCOME,
    harmless("mtu", ValueType.BYTES, "Says what passes in one piece."),
)

DATASET = asked_for(
    "path_mtu",
    "How large a packet may be on the way to a named machine.",
    _COLUMNS,
    host("Which machine to go to."),
    FAMILY,
    seconds=60,
)


def read(host: Host, want: Want, given: Checked) -> Reading:
    """Read one row for each narrower part of the way, and one for all of it."""
    return read_probe(host, want, ProbeVerb.PATH_MTU, _COLUMNS, dict(given.pairs()))


READERS: Mapping[System, Reader] = {System.LINUX: read, System.WINDOWS: read}

_NARROW = {
    "network.type": "ipv4",
    "network.peer.address": "192.0.2.1",
    "outcome": "narrower",
    "mtu": "1280",
}
_END = {**_NARROW, "network.peer.address": "192.0.2.7", "outcome": "reached"}

EXAMPLES = tuple(
    case
    for system in System
    for case in (
        Case(
            Example(
                system,
                "A tunnel on the way.",
                rows=({**_NARROW, "mtu": 1280}, {**_END, "mtu": 1280}),
                facts={"probe": {"path-mtu": (_NARROW, _END)}},
            ),
            {"host": "192.0.2.7"},
        ),
        Case(
            Example(
                system,
                "A name that leads nowhere.",
                rows=({"outcome": "name-not-found"},),
                facts={"probe": {"path-mtu": ({"outcome": "name-not-found"},)}},
            ),
            {"host": "nowhere.example.test"},
        ),
    )
)
