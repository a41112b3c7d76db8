# SPDX-License-Identifier: Apache-2.0
"""Traceroute: which way packets take to a named machine, and where it ends.

Rules: one empty packet for each step, thirty at most.
Not here: sending (`agent/sidecar/probes/trace.py`, on Windows `echoes.py` there).
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
    harmless("hop", ValueType.COUNT, "Says how far it is."),
    TYPE,
    peer("Shows whose network a way ends in."),
    OUTCOME,
    DURATION,
)

DATASET = asked_for(
    "traceroute",
    "Which way packets take to a named machine.",
    _COLUMNS,
    host("Which machine to go to."),
    whole("count", "How many steps at most.", 1, 30, 20),
    FAMILY,
    seconds=80,
)


def read(host: Host, want: Want, given: Checked) -> Reading:
    """Read one row for each step."""
    return read_probe(host, want, ProbeVerb.TRACE, _COLUMNS, dict(given.pairs()))


READERS: Mapping[System, Reader] = {System.LINUX: read, System.WINDOWS: read}

_FIRST = {
    "hop": "1",
    "network.type": "ipv4",
    "network.peer.address": "192.0.2.1",
    "outcome": "passed",
    "duration": "0.000500",
}
_LAST = {"hop": "2", "network.type": "ipv4", "outcome": "silent"}

EXAMPLES = tuple(
    case
    for system in System
    for case in (
        Case(
            Example(
                system,
                "A router that answers, and one that does not.",
                rows=({**_FIRST, "hop": 1, "duration": 0.0005}, {**_LAST, "hop": 2}),
                facts={"probe": {"trace": (_FIRST, _LAST)}},
            ),
            {"host": "192.0.2.7"},
        ),
        Case(
            Example(
                system,
                "A name of many machines.",
                rows=({"outcome": "not-one-machine"},),
                facts={"probe": {"trace": ({"outcome": "not-one-machine"},)}},
            ),
            {"host": "224.0.0.1"},
        ),
    )
)
