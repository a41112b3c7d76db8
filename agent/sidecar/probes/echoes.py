# SPDX-License-Identifier: Apache-2.0
"""Ping, the way and its narrowest part, by echo requests alone: where no socket can.

Rules: who asks is passed in, so that a simulated network shows what is made of replies;
every loop ends by time and by number; a packet carries zeros.
Stated limit: who says that a packet is too large does not say here what would pass: it
is searched for. Of IPv6 the sender itself breaks packets, so that way has no size here.
Not here: asking Windows (`echo_windows.py`).
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from agent.sidecar.probe_question import Probe
from agent.sidecar.probes.echo import EXPIRED, SUCCESS, TIMED_OUT, TOO_BIG, Reply
from agent.sidecar.probes.target import Target
from agent.sidecar.question import Answer

_EVERY, _WAIT = 1.0, 1.0
"""Seconds between two questions of a ping, and for one answer."""
_SILENT = 5
"""Steps in silence after which a way ends, as on Linux."""
_TRIES = 2
_HEADERS = 28
"""Octets of the headers of IPv4 and ICMP."""
_LEAST, _MOST = 68, 9_216
"""What IPv4 must pass, and a jumbo frame."""
_MANY_HOPS = 128


@dataclass(frozen=True, slots=True)
class Question:
    """One echo request.

    Attributes:
        size: octets that it carries.
        hops: steps that it may take.
        whole: whether it may not be broken into pieces.
        seconds: to wait for the reply.
    """

    size: int
    hops: int = _MANY_HOPS
    whole: bool = False
    seconds: float = _WAIT


class Ask(Protocol):
    """Asks one machine, and returns what came of it."""

    def __call__(self, question: Question) -> Reply:
        """Ask once."""


def ping(
    probe: Probe, target: Target, ask: Ask, pause: Callable[[float], None] = time.sleep
) -> Answer:
    """Return one row for each question.

    Args:
        probe: how many, and how large.
        target: whom to ask.
        ask: asks it.
        pause: waits so many seconds.
    """
    rows: list[dict[str, str]] = []
    for number in range(1, probe.count + 1):
        began = time.perf_counter()
        reply = ask(Question(probe.size))
        row = {**target.row(reply.outcome), "sequence": str(number)}
        if reply.status == SUCCESS:
            row["duration"] = _since(began)
            if reply.hops:
                row["ttl"] = reply.hops
        rows.append(row)
        left = began + _EVERY - time.perf_counter()
        if number < probe.count and left > 0:
            pause(left)
    return Answer(tuple(rows))


def trace(probe: Probe, target: Target, ask: Ask) -> Answer:
    """Return one row for each step, until the target answers or nobody does.

    Args:
        probe: how many steps at most.
        target: where to go.
        ask: asks it.
    """
    rows: list[dict[str, str]] = []
    silent = 0
    for hop in range(1, probe.count + 1):
        began = time.perf_counter()
        reply = ask(Question(0, hops=hop))
        row = {"hop": str(hop), "network.type": target.type}
        if reply.status == TIMED_OUT:
            rows.append({**row, "outcome": "silent"})
            silent += 1
            if silent == _SILENT:
                break
            continue
        silent = 0
        row["duration"] = _since(began)
        if reply.address:
            row["network.peer.address"] = reply.address
        passed = reply.status == EXPIRED
        outcome = "reached" if reply.status == SUCCESS else reply.outcome
        rows.append({**row, "outcome": "passed" if passed else outcome})
        if not passed:
            return Answer(tuple(rows))
    return Answer(tuple(rows), truncated=True)


def path_mtu(target: Target, ask: Ask) -> Answer:
    """Return who says that the way is narrower, and the size that passes all of it.

    Args:
        target: where to go.
        ask: asks it.
    """
    first = _passes(ask, _LEAST)
    if first.status != SUCCESS:
        silent = first.status == TIMED_OUT
        return Answer((target.row("no-answer" if silent else first.outcome),))
    least, most, narrower = _LEAST, _MOST + 1, ""
    while most - least > 1:
        size = (least + most) // 2
        reply = _passes(ask, size)
        if reply.status == SUCCESS:
            least = size
        else:
            most = size
            told = reply.status == TOO_BIG and reply.address
            narrower = reply.address if told else narrower
    end = {**target.row("reached"), "mtu": str(least)}
    if not narrower or narrower == target.address:
        return Answer((end,))
    row = {**target.row("narrower"), "network.peer.address": narrower}
    return Answer(({**row, "mtu": str(least)}, end))


def _since(began: float) -> str:
    """Return the seconds since a moment; Windows' other clock has steps of 16 ms."""
    return f"{time.perf_counter() - began:.6f}"


def _passes(ask: Ask, size: int) -> Reply:
    """Ask with a packet of so many octets in all; once more where nobody replies."""
    reply = Reply(TIMED_OUT)
    for _ in range(_TRIES):
        reply = ask(Question(size - _HEADERS, whole=True))
        if reply.status != TIMED_OUT:
            break
    return reply
