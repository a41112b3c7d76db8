# SPDX-License-Identifier: Apache-2.0
"""How large a packet may be on the way: the size that passes in one piece.

Rules: a few packets of UDP that carry zeros, each as large as is known to pass; who
says that one is too large says what would pass.
Stated limit: a target that answers nothing leaves it at what the way has told so far.
Not here: the kernel's errors (`errors.py`).
"""

import errno
import socket

from agent.sidecar.probe_question import Probe
from agent.sidecar.probes import errors
from agent.sidecar.probes.target import Target, outcome_of, targets
from agent.sidecar.question import Answer

_HEADERS = {socket.AF_INET: 28, socket.AF_INET6: 48}
"""Octets of the headers of IP and UDP."""
_LEAST = {socket.AF_INET: 68, socket.AF_INET6: 1_280}
_MOST = 9_216
"""A jumbo frame; the loopback's 65,536 tells nothing of a way."""
_ROUNDS, _WAIT, _TRIES = 8, 1.0, 2


def answer(probe: Probe) -> Answer:
    """Return one row for each narrower part of the way, and one for all of it."""
    found, reason = targets(probe.host, probe.family)
    if not found:
        return Answer(({"outcome": reason},))
    target = found[0]
    try:
        with errors.open_socket(target) as made:
            errors.in_one_piece(made)
            made.connect((target.address, errors.PORT))
            return Answer(tuple(_narrow(made, target)))
    except OSError as error:
        return Answer((target.row(outcome_of(error)),))


def _narrow(made: socket.socket, target: Target) -> list[dict[str, str]]:
    rows: list[dict[str, str]] = []
    size = min(errors.size_known(made), _MOST)
    for _ in range(_ROUNDS):
        told = _send(made, size - _HEADERS[target.family])
        if told is None:
            return [*rows, {**target.row("no-answer"), "mtu": str(size)}]
        if told.reached:
            return [*rows, {**target.row("reached"), "mtu": str(size)}]
        if told.number != errno.EMSGSIZE:
            last = target.row(outcome_of(OSError(told.number, "")))
            return [*rows, {**last, "mtu": str(size)}]
        smaller = told.info
        if not _LEAST[target.family] <= smaller < size:
            return [*rows, {**target.row("odd-answer"), "mtu": str(size)}]
        size = smaller
        row = {"network.type": target.type, "outcome": "narrower", "mtu": str(size)}
        rows.append({**row, "network.peer.address": told.address or target.address})
    return rows


def _send(made: socket.socket, length: int) -> errors.Told | None:
    """Send a packet of so many octets; return what is said of it."""
    for _ in range(_TRIES):
        try:
            made.send(bytes(length))
        except OSError as error:
            told = errors.wait(made, 0.0)
            if told is not None:
                return told
            if error.errno == errno.EMSGSIZE:
                return errors.Told(errno.EMSGSIZE, "", errors.size_known(made))
            return errors.Told(error.errno or 0, "", 0)
        told = errors.wait(made, _WAIT)
        if told is not None:
            return told
    return None
