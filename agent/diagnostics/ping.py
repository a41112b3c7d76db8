# SPDX-License-Identifier: Apache-2.0
"""Ping: does a named machine answer, and how fast.

Rules: a question a second, twenty at most, of 1,400 octets at most.
Not here: asking (`agent/sidecar/probes/ping.py`, on Windows `echoes.py` there).
"""

from collections.abc import Mapping

from agent.collectors._shared.declare import harmless
from agent.diagnostics import Case, Reader
from agent.diagnostics._shared.declare import asked_for, host, whole
from agent.diagnostics._shared.probed import (
    DURATION,
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
    harmless("sequence", ValueType.COUNT, "Shows which answers are missing."),
    TYPE,
    peer("Says which of its addresses was asked."),
    OUTCOME,
    DURATION,
    harmless("ttl", ValueType.COUNT, "Shows answers that take another way."),
)

DATASET = asked_for(
    "ping",
    "Whether a named machine answers, and how fast.",
    _COLUMNS,
    host("Which machine to ask."),
    whole("count", "How many times, once a second.", 1, 20, 4),
    whole("size", "Octets that each question carries.", 8, 1_400, 56),
    FAMILY,
    seconds=80,
)


def read(host: Host, want: Want, given: Checked) -> Reading:
    """Read one row for each question."""
    return read_probe(host, want, ProbeVerb.PING, _COLUMNS, dict(given.pairs()))


READERS: Mapping[System, Reader] = {System.LINUX: read, System.WINDOWS: read}

_TOLD = {
    "sequence": "1",
    "network.type": "ipv4",
    "network.peer.address": "192.0.2.7",
    "outcome": "answered",
    "duration": "0.000250",
    "ttl": "64",
}
_LOST = {"sequence": "2", "network.type": "ipv4", "outcome": "timed-out"}

EXAMPLES = tuple(
    case
    for system in System
    for case in (
        Case(
            Example(
                system,
                "One answer, and one that is missing.",
                rows=(
                    {**_TOLD, "sequence": 1, "duration": 0.00025, "ttl": 64},
                    {**_LOST, "sequence": 2},
                ),
                facts={"probe": {"ping": (_TOLD, _LOST)}},
            ),
            {"host": "192.0.2.7", "count": "2"},
        ),
        Case(
            Example(
                system,
                "A name that leads nowhere.",
                rows=({"outcome": "name-not-found"},),
                facts={"probe": {"ping": ({"outcome": "name-not-found"},)}},
            ),
            {"host": "nowhere.example.test"},
        ),
    )
)
