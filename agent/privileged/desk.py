# SPDX-License-Identifier: Apache-2.0
# mypy: disable-error-code="unreachable"
# (all below the guard, seen from win32)
"""Where the agent asks for what only root can read: one question, one child, one end.

Rules: the kernel says who asks, before a byte is read: the owner of the agent's state
directory, and root; a question is one short line; each is answered in a child that
gives up what it does not need, within bounds of time, memory and bytes; what waits here
reads nothing of the machine; it ends by itself where systemd starts it again.
Not here: what is answered (`answering.py`), the agent's end of it
(`agent/host/root_socket.py`).
"""

import socket
import sys
from collections.abc import Callable, Mapping
from functools import partial

from agent.budget import (
    COLLECTOR_PROCESSOR_SECONDS,
    COLLECTOR_SECONDS,
)
from agent.catalogue import declared
from agent.errors import BudgetError, HostError
from agent.host.child import in_child
from agent.host.ended import Ceiling
from agent.host.interface import Host
from agent.host.local_socket import attend, line, peer
from agent.host.root_socket import ANSWER_BYTES, QUESTION_BYTES, place
from agent.logs import Log
from agent.privileged.answering import answer, refusal
from agent.privileged.belief import Belief
from agent.state import State, users_of

if sys.platform == "win32":
    reason = "agent.privileged.desk is for Linux"
    raise ImportError(reason)

_QUESTION_SECONDS = 2.0
_TAKE_SECONDS = 10.0
"""For a piece of an answer to be taken: who asks is on this machine, and waits."""
_IDLE_SECONDS = 60.0
"""Between two passes it ends; within one it is asked again and again."""
_CEILING = Ceiling(128 * 1024 * 1024, int(COLLECTOR_PROCESSOR_SECONDS), low=True)


def serve(
    state: State,
    belief: Belief,
    environment: Mapping[str, str],
    log: Log,
    idle: float = _IDLE_SECONDS,
    host: Host | None = None,
) -> None:
    """Answer until told to end, or until nobody asks where systemd listens.

    Args:
        state: the agent's state directory.
        belief: what is believed here.
        environment: says whether systemd hands the socket over.
        log: where refusals go.
        idle: seconds without a question after which one that systemd started ends.
        host: another machine than this one, for tests.

    Raises:
        UsageError: there can be no socket at that place.
    """
    declared()  # loaded once: each child has it

    def reply(question: bytes) -> bytes:
        return answer(state, belief, question, host)

    attend(place(), 0o660, environment, idle, partial(_answer, state, log, reply))


def _answer(
    state: State,
    log: Log,
    reply: Callable[[bytes], bytes],
    connection: socket.socket,
) -> None:
    user = peer(connection)
    if user not in users_of(state):
        log.warning("root-refused", reason="not-the-agent")
        return
    question = line(connection, QUESTION_BYTES, _QUESTION_SECONDS)
    if not question.endswith(b"\n"):
        log.warning("root-refused", reason="not-a-line")
        return
    ended = in_child(
        lambda: reply(question),
        COLLECTOR_SECONDS,
        ANSWER_BYTES,
        ceiling=_CEILING,
    )
    told = ended.report or refusal(_unanswered(timed_out=ended.timed_out))
    if told.startswith(b"no denied"):
        log.warning("root-refused", reason=told.split()[2].decode("ascii", "replace"))
    connection.settimeout(_TAKE_SECONDS)
    connection.sendall(told)


def _unanswered(*, timed_out: bool) -> HostError:
    """Return why a child has answered nothing."""
    return BudgetError("time-budget") if timed_out else HostError("root-side-crashed")
