# SPDX-License-Identifier: Apache-2.0
"""The child's side of a pass: loads what it needs and runs the pipeline.

Rules: imported in the child, so that readers and redaction are no part of the resident
agent; an error goes back as its kind and its sentence.
Not here: the pass itself (`pipeline.py`), starting the child (`passes.py`).
"""

from collections.abc import Callable

from agent import report
from agent.catalogue import declared
from agent.effective import effective_policy
from agent.errors import AgentError, TrustError, UsageError
from agent.figures import Figures
from agent.governor.intents import Intents, Watch
from agent.governor.strikes import struck_out
from agent.host import this_host
from agent.host.boot import boot_id
from agent.host.interface import Host
from agent.identity import Identity, current_names, load, pseudonym_keys, trusted
from agent.outcome import DISABLED, WORDS
from agent.pipeline import Agent, run_pass
from agent.plan import Plan, make_plan
from agent.report import PassReport
from agent.schedule import DUE, EVERYTHING, PRESSING, due
from agent.spool.spool import open_spool
from agent.state import State, marked_at
from wire.errors import WireError
from wire.release import __version__
from wire.trust import Trusted


def work(
    state: State, now: int, over: str, figures: Figures, host: Host | None
) -> bytes:
    """Run a pass and return its report, or the error that ended it, as bytes.

    Args:
        state: the state directory.
        now: signed time, seconds since the epoch.
        over: EVERYTHING, DUE, PRESSING, or the name of one dataset.
        figures: what the agent has cost and done up to here.
        host: another machine than this one, for tests.
    """
    try:
        return report.encode(_run(state, now, over, figures, host))
    except WireError as problem:
        return report.encode_failure(TrustError, str(problem))
    except AgentError as problem:
        return report.encode_failure(type(problem), str(problem))


def _run(
    state: State, now: int, over: str, figures: Figures, host: Host | None
) -> PassReport:
    make = this_host if host is None else lambda _: host
    who, trust, plan, machine = load_plan(state, now, make)
    names = current_names(pseudonym_keys(state, who, trust.root), trust, now)
    # the parent has looked at it as a whole, and opens it anew where this pass fails
    spool = open_spool(state.spool, now, marked_at(state), check=False)
    try:
        policy = effective_policy(state, trust.policy.policy)
        burdened = over == PRESSING
        wanted = due(policy, who.device, spool.passes(), now, burdened=burdened)
        items = [
            item
            for item in plan.datasets
            if over in {EVERYTHING, item.dataset.name}
            or (over in {DUE, PRESSING} and (item.purpose, item.dataset.name) in wanted)
        ]
        if over not in {EVERYTHING, DUE, PRESSING} and not items:
            raise UsageError(_unread(over, plan))
        watch = Watch(
            frozenset(struck_out(state.strikes, now, __version__)),
            Intents(state.intent, boot_id()),
        )
        agent = Agent(who, trust, names, plan, machine, watch)
        return run_pass(agent, spool, items, now, figures)
    finally:
        spool.close()


def _unread(name: str, plan: Plan) -> str:
    """Say why one dataset cannot be read."""
    if name in plan.disabled:
        return f"--dataset: {name} is {WORDS[DISABLED]}"
    known = ", ".join(sorted({item.dataset.name for item in plan.datasets}))
    return f"--dataset: nothing of that name is collected; use {known}"


def load_plan(
    state: State, now: int, host: Callable[[frozenset[str]], Host]
) -> tuple[Identity, Trusted, Plan, Host]:
    """Return who this is, what is trusted, the plan in force and the machine.

    Args:
        state: the state directory.
        now: signed time.
        host: makes the machine for the plan's columns.

    Raises:
        AgentError: not enrolled, or a local file is wrong.
        WireError: the bundle is not one to obey.
    """
    who = load(state)
    trust = trusted(state, who, now)
    catalogue = declared()
    policy = effective_policy(state, trust.policy.policy, catalogue)
    system = host(frozenset()).system
    plan = make_plan(policy, catalogue, system)
    return who, trust, plan, host(plan.allowed())
