# SPDX-License-Identifier: Apache-2.0
"""The quick pass: what is read every minute, with all that it needs loaded before.

Rules: only metrics that the catalogue declares `resident`, and of them only what leaves
without pseudonyms and without looking for identities in text; nothing else may be due,
and the queue must have room. The child is forked from a process that has all of this
loaded, reads and seals as any other pass's, and hands over what it sealed.
Not here: when it may take the place of another pass (`shortcut.py`), the part of the
plan that it reads (`part.py`), starting the child (`passes.py`).
"""

from collections.abc import Collection

from agent import report
from agent.errors import AgentError
from agent.given import Given
from agent.host import this_host
from agent.part import Pair, part_of
from agent.part_work import agent_of
from agent.pipeline import Agent, run_apart
from agent.plan import Plan, PlannedDataset
from agent.room import give_up, readable
from agent.spool.change import Place
from agent.spool.handed import Handed
from agent.spool.spool import Spool
from agent.spool.voids import Voids
from wire.catalogue import Kind, System
from wire.policy import Policy


def planned(
    told: Policy, policy: Policy, system: System, names: Collection[str]
) -> Plan:
    """Return the part of the plan that a quick pass may read.

    Args:
        told: the provider's policy, as the bundle brought it.
        policy: in force.
        system: the operating system at hand.
        names: of the datasets that may be read so.
    """
    this_host()  # loaded now, and not in each child
    pairs = {
        (rules.purpose, rule.dataset)
        for rules in policy.purposes
        for rule in rules.datasets
        if rule.dataset in names
    }
    plan = part_of(told, policy, system, pairs)
    return Plan(tuple(filter(_is_quick, plan.datasets)), plan.unplanned, ())


def _is_quick(item: PlannedDataset) -> bool:
    plain = all(call.name == "keep" for call in item.calls.values())
    metrics = item.dataset.resident and item.dataset.kind is Kind.METRIC
    return metrics and plain and item.networks is None


def chosen(plan: Plan, found: Collection[Pair]) -> tuple[PlannedDataset, ...]:
    """Return what is due as it is planned; nothing where a part of it is not quick."""
    items = tuple(
        item for item in plan.datasets if (item.purpose, item.dataset.name) in found
    )
    return items if len(items) == len(found) else ()


def place(
    spool: Spool, given: Given, items: tuple[PlannedDataset, ...]
) -> Place | None:
    """Return for where a quick pass seals; None where the queue has no room for it.

    What is too old, or one too many, is given up first, as before any pass.

    Args:
        spool: open.
        given: whose pass it is, and when.
        items: what is due.

    Raises:
        StateError: the disk refuses.
    """
    give_up(spool, Voids(given.who, given.trust, given.now))
    fits = len(readable(spool, items, given.now).ready) == len(items)
    return spool.place() if fits else None


def work(agent: Agent, items: tuple[PlannedDataset, ...], now: int, at: Place) -> bytes:
    """Run a quick pass; return its report, and beside it what it has sealed.

    Args:
        agent: identity, trust and host, made before the fork: a page that the parent
            writes is copied by no child.
        items: what is due.
        now: signed time, seconds since the epoch.
        at: for where in the chain.
    """
    handed = Handed(at)
    try:
        told = report.encode(run_apart(agent, items, now, handed))
    except AgentError as problem:
        told = report.encode_failure(type(problem), str(problem))
    return handed.told(told)


def agent(given: Given, items: tuple[PlannedDataset, ...]) -> Agent:
    """Return all that a quick pass needs of this device; it reads nothing yet.

    Args:
        given: whose pass it is, and when.
        items: what is due.
    """
    return agent_of(given, Plan(items, (), ()), {})
