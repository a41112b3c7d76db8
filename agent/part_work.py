# SPDX-License-Identifier: Apache-2.0
"""The child's side of a pass over what is due alone, after whole ones went well.

Rules: imported in the child; the bundle is the one that the parent has checked at this
turn, in memory that the fork has handed over; of the plan only the part that is due is
made, and the host may ask root for no more than that.
Not here: the part (`part.py`), the whole pass (`pass_work.py`).
"""

from collections.abc import Mapping, Sequence

from agent import report
from agent.errors import AgentError, TrustError
from agent.given import Given
from agent.governor.intents import Intents, Watch
from agent.governor.strikes import struck_out
from agent.host import this_host
from agent.host.boot import boot_id
from agent.identity import current_names, pseudonym_keys
from agent.part import part_of
from agent.pipeline import Agent, run_pass
from agent.plan import Plan, PlannedDataset
from agent.schedule import Due
from agent.spool.spool import open_spool
from agent.state import marked_at
from wire.catalogue import System
from wire.errors import WireError
from wire.policy import Policy
from wire.purposes import Purpose
from wire.release import __version__


def work(given: Given, policy: Policy, found: Due, plan: Plan | None = None) -> bytes:
    """Run a pass over what is due; return its report, or the error that ended it.

    Args:
        given: whose pass it is, and when.
        policy: in force.
        found: what is due.
        plan: of it, where it was made before the fork.
    """
    trust = given.trust
    try:
        plan = plan or part_of(trust.policy.policy, policy, System.LINUX, found)
        keys = pseudonym_keys(given.state, given.who, trust.root)
        names = current_names(keys, trust, given.now)
    except WireError as problem:
        return report.encode_failure(TrustError, str(problem))
    except AgentError as problem:
        return report.encode_failure(type(problem), str(problem))
    return run(given, plan, plan.datasets, names)


def run(
    given: Given,
    plan: Plan,
    items: Sequence[PlannedDataset],
    names: Mapping[tuple[Purpose, str], bytes],
) -> bytes:
    """Run a pass over planned datasets; return its report, or the error that ended it.

    Args:
        given: whose pass it is, and when; no spool of it is open in another process.
        plan: of which they are.
        items: what is due.
        names: the pseudonym key of each class, as far as they are here.
    """
    state, now = given.state, given.now
    agent = agent_of(given, plan, names)
    try:
        # the parent has looked at it as a whole, and opens it anew where this fails
        spool = open_spool(state.spool, now, marked_at(state), check=False)
        try:
            return report.encode(run_pass(agent, spool, items, now, given.figures))
        finally:
            spool.close()
    except AgentError as problem:
        return report.encode_failure(type(problem), str(problem))


def agent_of(
    given: Given, plan: Plan, names: Mapping[tuple[Purpose, str], bytes]
) -> Agent:
    """Return all that a pass needs of this device.

    Args:
        given: whose pass it is, and when.
        plan: the part that is read.
        names: the pseudonym key of each class, as far as they are here.
    """
    struck = frozenset(struck_out(given.state.strikes, given.now, __version__))
    watch = Watch(struck, Intents(given.state.intent, boot_id()))
    host = this_host(plan.allowed())
    return Agent(given.who, given.trust, names, plan, host, watch)
