# SPDX-License-Identifier: Apache-2.0
"""What a name leads to: as the machine's programs see it, and as each resolver says.

Rules: a question each to the resolvers that the machine has; a second one where the
first is lost; of what comes back only answers to it are taken.
Not here: the messages (`dns_message.py`), which resolvers (the diagnostic).
"""

import secrets
import socket
import time
from ipaddress import ip_address

from agent.budget import PROBE_DNS_SECONDS, PROBE_SERVERS
from agent.sidecar.probe_question import Probe
from agent.sidecar.probes.connect import seconds_since
from agent.sidecar.probes.dns_message import Reply, ask, parse
from agent.sidecar.probes.target import outcome_of, targets
from agent.sidecar.question import Answer

_SYSTEM, _RESOLVER = "system", "resolver"
_PORT, _LARGEST, _TRIES = 53, 4_096, 2
_ADDRESSES = {"a": "ipv4", "aaaa": "ipv6"}


def answer(probe: Probe) -> Answer:
    """Return a row for each answer of the system, then of each resolver."""
    rows = _from_system(probe)
    for server in probe.servers.split()[:PROBE_SERVERS]:
        rows += _from_resolver(probe, server)
    return Answer(tuple(rows))


def _from_system(probe: Probe) -> list[dict[str, str]]:
    family = _ADDRESSES.get(probe.record)
    if family is None:
        return []
    began = time.monotonic()
    found, reason = targets(probe.host, family)
    start = {"source": _SYSTEM, "duration": seconds_since(began)}
    if not found:
        return [{**start, "outcome": reason}]
    return [
        {
            **start,
            "outcome": "answered",
            "record": probe.record,
            "answer.address": one.address,
        }
        for one in found
    ]


def _from_resolver(probe: Probe, server: str) -> list[dict[str, str]]:
    began = time.monotonic()
    reply, outcome = _exchange(probe, server)
    start = {
        "source": _RESOLVER,
        "server.address": server,
        "outcome": outcome,
        "duration": seconds_since(began),
    }
    if reply is None or not reply.records:
        return [start]
    return [{**start, **_record(*item)} for item in reply.records]


def _record(name: str, lifetime: int, content: str) -> dict[str, str]:
    column = "answer.address" if name in _ADDRESSES else "answer.text"
    return {"record": name, "ttl": str(lifetime), column: content}


def _exchange(probe: Probe, server: str) -> tuple[Reply | None, str]:
    family = socket.AF_INET if ip_address(server).version == 4 else socket.AF_INET6  # noqa: PLR2004 - IPv4
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as made:
            made.connect((server, _PORT))
            for _ in range(_TRIES):
                reply = _once(made, probe)
                if reply is not None:
                    return reply, reply.outcome
    except OSError as error:
        return None, outcome_of(error)
    return None, "timed-out"


def _once(made: socket.socket, probe: Probe) -> Reply | None:
    """Ask, and wait for the answer to it; None where none comes."""
    number = secrets.randbelow(1 << 16)
    made.send(ask(number, probe.host, probe.record))
    end = time.monotonic() + PROBE_DNS_SECONDS
    while (left := end - time.monotonic()) > 0:
        made.settimeout(left)
        try:
            reply = parse(made.recv(_LARGEST), number)
        except TimeoutError:
            return None
        if reply is not None:
            return reply
    return None
