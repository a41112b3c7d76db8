# SPDX-License-Identifier: Apache-2.0
# mypy: disable-error-code="unreachable"
# (all below the guard, seen from win32)
"""Answers one question of the agent's, in a child that has its verb's rights alone.

Rules: a verb of the fixed list, columns that it declares, and of these only what the
signed policy, narrowed by this machine's own restrictions, has; that is looked up here
and believed of nobody; no word of an error is told, only its kind and a slug.
Stated limit: what a diagnostic may read is allowed as the policy allows it: whether
technicians have signed an order for it is the agent's to judge.
Not here: who may ask (`desk.py`), what is believed (`belief.py`).
"""

import json
import sys

from agent.catalogue import declared
from agent.effective import effective_policy
from agent.errors import AgentError, DeniedError, HostError
from agent.host import root
from agent.host.interface import Host, RootVerb
from agent.host.linux import LinuxHost
from agent.host.root_socket import ERRORS, NO, OK
from agent.plan import allowed, make_plan
from agent.privileged.belief import Belief
from agent.privileged.rights import confine
from agent.state import State
from wire.catalogue import System

if sys.platform == "win32":
    reason = "agent.privileged.answering is for Linux"
    raise ImportError(reason)

_NO_QUESTION = "not-a-question"
_UNREADABLE = "restrictions-unreadable"
_KINDS = {kind: name for name, kind in ERRORS.items()}


def answer(
    state: State, belief: Belief, question: bytes, host: Host | None = None
) -> bytes:
    """Return what is answered; gives up rights of this process for good.

    Args:
        state: the agent's state directory.
        belief: what is believed here.
        question: a line as it came.
        host: another machine than this one, for tests.
    """
    try:
        verb, columns = _asked(question)
        confine(verb)
        may = _allowed(state, belief)
        rows = root.answer(host or LinuxHost(), verb, columns, may)
        return OK + json.dumps(rows, separators=(",", ":")).encode()
    except HostError as problem:
        return refusal(problem)


def refusal(problem: HostError) -> bytes:
    """Return how an error is told."""
    kind = _KINDS.get(type(problem), "failed")
    return NO + f"{kind} {problem.reason}\n".encode("ascii", "replace")


def _asked(question: bytes) -> tuple[RootVerb, frozenset[str]]:
    """Return the verb and the columns of a question.

    Raises:
        DeniedError: it is none.
    """
    try:
        name, _, columns = question.decode("ascii").rstrip("\n").partition(" ")
        return RootVerb(name), frozenset(columns.split(","))
    except ValueError:
        raise DeniedError(_NO_QUESTION) from None


def _allowed(state: State, belief: Belief) -> frozenset[str]:
    """Return the columns that the policy in force has on this machine."""
    trust, catalogue = belief.trusted(state), declared()
    try:
        policy = effective_policy(state, trust.policy.policy, catalogue)
    except AgentError:
        raise DeniedError(_UNREADABLE) from None
    plan = make_plan(policy, catalogue, System.LINUX)
    return allowed((*plan.datasets, *plan.on_request))
