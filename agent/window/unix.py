# SPDX-License-Identifier: Apache-2.0
# mypy: disable-error-code="unreachable"
# (all below the guard, seen from win32)
"""The window on Linux: a Unix socket, one question at a time, each in a child.

Rules: the kernel says who asks (SO_PEERCRED), and nothing that comes over the socket;
who asks slowly or too much is let go; what waits here loads nothing of what answers,
and ends by itself where systemd starts it again.
Not here: what may be asked (`door.py`).
Source: unix(7), sd_listen_fds(3).
"""

import os
import socket
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from agent.host import local_socket
from agent.host.at_screen import at_screen
from agent.host.child import in_child
from agent.host.ended import Ceiling
from agent.host.local_socket import attend, line, peer
from agent.orders.consent import ADMINISTRATOR, AT_SCREEN
from agent.state import State
from agent.window.bounds import ANSWER_BYTES, QUESTION_BYTES

if sys.platform == "win32":
    reason = "agent.window.unix is for Linux"
    raise ImportError(reason)

SOCKET = Path("/run/discreet-agent/window")
"""In a directory that only the agent's own user can write."""
VARIABLE = "DISCREET_AGENT_WINDOW"
"""Names another socket than the default one."""
_QUESTION_SECONDS = 2.0
"""For the whole of it, however many pieces it comes in."""
_ANSWER_SECONDS = 30.0
_IDLE_SECONDS = 60.0
"""After which one that systemd has started ends; the next question starts another."""
_CEILING = Ceiling(256 * 1024 * 1024, 20, low=True)
"""Twice what the fullest page needs; it stands back for everything else."""


def place() -> Path:
    """Return where the socket is."""
    return Path(os.environ.get(VARIABLE) or SOCKET)


def exchange(question: bytes) -> bytes:
    """Ask, and return all that is answered.

    Raises:
        OSError: nobody who may answer does.
    """
    path = place()
    mine = {0, path.parent.stat().st_uid, os.geteuid()}
    return local_socket.exchange(path, question, _ANSWER_SECONDS, ANSWER_BYTES, mine)


def serve(
    state: State, environment: Mapping[str, str], idle: float = _IDLE_SECONDS
) -> None:
    """Answer until told to end, or until nobody asks where systemd listens.

    Args:
        state: the state directory, of this process's own user.
        environment: says whether systemd hands the socket over.
        idle: seconds without a question after which one that systemd started ends.

    Raises:
        UsageError: there can be no socket at that place.
    """
    attend(place(), 0o666, environment, idle, partial(_answer, state))


def _answer(state: State, connection: socket.socket) -> None:
    question = line(connection, QUESTION_BYTES, _QUESTION_SECONDS)
    if not question:
        return

    def work() -> bytes:
        from agent.window.door import answer  # noqa: PLC0415 - the child's alone

        return answer(state, question, partial(answers_as, peer(connection)))

    ended = in_child(work, _ANSWER_SECONDS, ANSWER_BYTES, ceiling=_CEILING)
    connection.settimeout(_ANSWER_SECONDS)
    connection.sendall(ended.report)


def answers_as(user: int) -> str:
    """Return as what a user may say yes or no here; empty for not at all."""
    if user in {0, os.geteuid()}:
        return ADMINISTRATOR
    return AT_SCREEN if user in {one.user for one in at_screen()} else ""
