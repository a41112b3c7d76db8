# SPDX-License-Identifier: Apache-2.0
"""The quick pass: what is read every minute, with all that it needs loaded before.

Rules: only datasets that the catalogue declares `resident`, and of them only what
leaves without pseudonyms and without looking for identities in text; nothing else may
be due. The child is forked from a process that has all of this loaded, and does the
same work as any other pass's.
Not here: when it may take the place of another pass (`shortcut.py`), the part of the
plan that it reads (`part.py`), starting the child (`passes.py`).
"""

from collections.abc import Collection

from agent.given import Given
from agent.host import this_host
from agent.part import Pair, part_of
from agent.part_work import run
from agent.plan import Plan, PlannedDataset
from wire.catalogue import System
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
    return item.dataset.resident and plain and item.networks is None


def chosen(plan: Plan, found: Collection[Pair]) -> tuple[PlannedDataset, ...]:
    """Return what is due as it is planned; nothing where a part of it is not quick."""
    items = tuple(
        item for item in plan.datasets if (item.purpose, item.dataset.name) in found
    )
    return items if len(items) == len(found) else ()


def work(given: Given, items: tuple[PlannedDataset, ...]) -> bytes:
    """Run a quick pass; return its report, or the error that ended it.

    Args:
        given: whose pass it is, and when.
        items: what is due.
    """
    return run(given, Plan(items, (), ()), items, {})
