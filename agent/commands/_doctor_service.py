# SPDX-License-Identifier: Apache-2.0
"""Looks at who runs the agent, and at what reads for it with root's rights.

Rules: told by what is there (a lock that is held, a socket), whoever manages services;
nothing is started.
Not here: making it a service (`service/`).
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from agent.clock import CONTACTED
from agent.commands._doctor_finding import Finding, Level, Patient
from agent.delivery.courier import failing
from agent.device import at_work, time_of
from agent.errors import AgentError, BudgetError, HostError, StateError
from agent.host.interface import RootVerb
from agent.host.lock import sole
from agent.host.meter import Meter
from agent.own_looks import SILENT_SECONDS

HELPER = "root-helper"
_START = "run systemctl restart discreet-agent-root.socket"


def look_at_service(patient: Patient) -> Iterator[Finding]:
    """Look at whether an agent is at work, and when it was last answered."""
    if patient.closed:
        yield Finding("service", Level.SKIP, "this user may not look into its state")
        return
    state = patient.place
    if not _at_work(state.lock):
        advice = "run discreet-service agent start, or discreet-agent run"
        yield Finding("service", Level.WARN, "no agent is at work here", advice)
        return
    if patient.who is None:
        yield Finding("service", Level.OK, "an agent is at work here")
        return
    why, silent = "", None
    with suppress(AgentError):
        why = failing(state)
        with at_work(state, patient.who, mend=False) as device:
            answered = device.spool.value(CONTACTED)
            silent = None if answered is None else time_of(device) - answered
    if why:
        told = f"an agent is at work, and its last exchange failed: {why}"
        yield Finding("service", Level.FAIL, told)
    elif silent is None or silent > SILENT_SECONDS:
        told = "an agent is at work, and was not answered for an hour"
        yield Finding("service", Level.WARN, told, "look at its log")
    else:
        told = f"an agent is at work, and was answered {max(silent, 0)} s ago"
        yield Finding("service", Level.OK, told)


def _at_work(lock: Path) -> bool:
    if not lock.exists():
        return False
    try:
        with sole(lock):
            return False
    except StateError:
        return True


def look_at_helper(_patient: Patient) -> Iterator[Finding]:
    """Look at what reads the facts that only root can; of none of them is asked."""
    user = getattr(os, "geteuid", None)
    if user is None:  # Windows has no root, and no helper
        return
    from agent.host.root_socket import place  # noqa: PLC0415 - Linux only

    if not place().is_socket():
        if user() == 0:
            yield Finding(HELPER, Level.OK, "not needed by root")
        else:
            told = "none: serial numbers, disk health and who listens stay empty"
            yield Finding(HELPER, Level.WARN, told, _START)
    elif _answers():
        yield Finding(HELPER, Level.OK, "it answers")
    else:
        yield Finding(HELPER, Level.WARN, "it listens, and does not answer", _START)


def _answers() -> bool:
    """Tell whether the helper answers, by a question that it has to refuse."""
    from agent.host.root_socket import NEEDS_ROOT, ask  # noqa: PLC0415 - as above

    try:
        ask(RootVerb.READ_DMI, frozenset({"none"}), Meter())
    except BudgetError:
        return False
    except HostError as problem:
        return problem.reason != NEEDS_ROOT
    return True
