# SPDX-License-Identifier: Apache-2.0
"""The quick pass: what is read every minute, without making the whole plan each time.

Rules: only datasets that the catalogue declares `resident`, and of them only what
leaves without pseudonyms and without looking for identities in text; only after a
whole pass went well under the same bundle and the same `local.toml`; nothing else may
be due and nothing be owed. The child is forked from a process that has all of this
loaded, and does the same work as any other pass's.
Not here: the whole pass (`pass_work.py`), starting the child (`passes.py`).
"""

from collections.abc import Collection
from dataclasses import replace

from agent import report
from agent.collectors import collector
from agent.errors import AgentError
from agent.figures import Figures
from agent.governor.intents import Intents, Watch
from agent.governor.strikes import struck_out
from agent.host import this_host
from agent.host.boot import boot_id
from agent.identity import Identity
from agent.pipeline import Agent, run_pass
from agent.plan import Plan, PlannedDataset, make_plan
from agent.spool.spool import open_spool
from agent.state import State, marked_at
from wire.catalogue import System, build
from wire.policy import Policy
from wire.purposes import Purpose
from wire.release import __version__
from wire.trust import Trusted


def planned(policy: Policy, system: System, names: Collection[str]) -> Plan:
    """Return the part of the plan that a quick pass may read.

    Args:
        policy: in force.
        system: the operating system at hand.
        names: of the datasets that may be read so.
    """
    purposes = tuple(
        replace(
            rules,
            datasets=tuple(rule for rule in rules.datasets if rule.dataset in names),
        )
        for rules in policy.purposes
    )
    catalogue = build([collector(name).dataset for name in sorted(names)])
    plan = make_plan(replace(policy, purposes=purposes), catalogue, system)
    return Plan(tuple(filter(_is_quick, plan.datasets)), plan.unplanned, ())


def _is_quick(item: PlannedDataset) -> bool:
    plain = all(call.name == "keep" for call in item.calls.values())
    return item.dataset.resident and plain and item.networks is None


def chosen(
    plan: Plan, found: Collection[tuple[Purpose, str]]
) -> tuple[PlannedDataset, ...]:
    """Return what is due as it is planned; nothing where a part of it is not quick."""
    items = tuple(
        item for item in plan.datasets if (item.purpose, item.dataset.name) in found
    )
    return items if len(items) == len(found) else ()


def work(
    state: State,
    who: Identity,
    trust: Trusted,
    items: tuple[PlannedDataset, ...],
    now: int,
    figures: Figures,
) -> bytes:
    """Run a quick pass and return its report, or the error that ended it, as bytes.

    Args:
        state: the state directory; no spool of it is open in another process.
        who: the device.
        trust: what is trusted, as it was checked at this turn.
        items: what is due.
        now: signed time, seconds since the epoch.
        figures: what the agent has cost and done up to here.
    """
    plan = Plan(items, (), ())
    struck = frozenset(struck_out(state.strikes, now, __version__))
    watch = Watch(struck, Intents(state.intent, boot_id()))
    agent = Agent(who, trust, {}, plan, this_host(plan.allowed()), watch)
    try:
        spool = open_spool(state.spool, now, marked_at(state), check=False)
        try:
            return report.encode(run_pass(agent, spool, items, now, figures))
        finally:
            spool.close()
    except AgentError as problem:
        return report.encode_failure(type(problem), str(problem))
