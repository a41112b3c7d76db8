# SPDX-License-Identifier: Apache-2.0
"""TCP connect: does a service answer at a port of a named machine.

Rules: a connection that is closed at once; nothing is sent and nothing read.
Not here: connecting (`agent/sidecar/probes/connect.py`).
"""

from collections.abc import Mapping

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
from wire.catalogue import System
from wire.diagnostics import Checked

_COLUMNS = (TYPE, peer("Says which of its addresses answers."), OUTCOME, DURATION)

DATASET = asked_for(
    "tcp_connect",
    "Whether a service answers at a port of a named machine.",
    _COLUMNS,
    host("Which machine to connect to."),
    whole("port", "Which port of it.", 1, 65_535, 443),
    FAMILY,
    seconds=60,
)


def read(host: Host, want: Want, given: Checked) -> Reading:
    """Read one row for each address of the machine."""
    asked = dict(given.pairs())
    return read_probe(host, want, ProbeVerb.CONNECT, _COLUMNS, asked)


READERS: Mapping[System, Reader] = {System.LINUX: read, System.WINDOWS: read}

_TOLD = {
    "network.type": "ipv4",
    "network.peer.address": "192.0.2.7",
    "outcome": "open",
    "duration": "0.012500",
}
_REFUSED = {**_TOLD, "network.type": "ipv6", "network.peer.address": "2001:db8::7"}

EXAMPLES = tuple(
    Case(example, {"host": "mail.example.test", "port": "25"})
    for system in System
    for example in (
        Example(
            system,
            "A mail server that answers at one address and refuses at the other.",
            rows=(
                {**_TOLD, "duration": 0.0125},
                {**_REFUSED, "outcome": "refused", "duration": 0.0125},
            ),
            facts={"probe": {"connect": (_TOLD, {**_REFUSED, "outcome": "refused"})}},
        ),
        Example(
            system,
            "A name that leads nowhere.",
            rows=({"outcome": "name-not-found"},),
            facts={"probe": {"connect": ({"outcome": "name-not-found"},)}},
        ),
    )
)
