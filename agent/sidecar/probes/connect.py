# SPDX-License-Identifier: Apache-2.0
"""Does a service answer: a connection of TCP to each address, closed at once.

Rules: nothing is sent and nothing read.
Not here: what the service says (`certificate.py` looks at TLS).
"""

import socket
import time

from agent.budget import PROBE_CONNECT_SECONDS
from agent.sidecar.probe_question import Probe
from agent.sidecar.probes.target import Target, outcome_of, targets
from agent.sidecar.question import Answer


def answer(probe: Probe) -> Answer:
    """Return one row for each address."""
    found, reason = targets(probe.host, probe.family)
    if not found:
        return Answer(({"outcome": reason},))
    return Answer(tuple(_try(target, probe.port) for target in found))


def _try(target: Target, port: int) -> dict[str, str]:
    began = time.monotonic()
    try:
        with opened(target, port):
            outcome = "open"
    except OSError as error:
        outcome = outcome_of(error)
    return {**target.row(outcome), "duration": seconds_since(began)}


def opened(target: Target, port: int) -> socket.socket:
    """Return a socket that is connected.

    Raises:
        OSError: it cannot be.
    """
    made = socket.socket(target.family, socket.SOCK_STREAM)
    try:
        made.settimeout(PROBE_CONNECT_SECONDS)
        made.connect((target.address, port))
    except OSError:
        made.close()
        raise
    return made


def seconds_since(began: float) -> str:
    """Return the seconds since a moment, as an answer holds them."""
    return f"{time.monotonic() - began:.6f}"
