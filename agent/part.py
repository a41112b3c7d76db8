# SPDX-License-Identifier: Apache-2.0
"""The part of the plan that is due, made of the declarations of what is due alone.

Rules: it is what the whole plan has of the same datasets, and no dataset more; of what
is not due nothing is loaded; a restriction permits nothing that is refused without it;
a name of the policy is looked for among those there are, before it is loaded.
Not here: the whole plan (`plan.py`), when a part will do (`shortcut.py`).
"""

from collections.abc import Collection, Iterator
from dataclasses import replace

from agent import collectors, diagnostics
from agent.effective import stands
from agent.plan import Plan, make_plan
from wire.catalogue import Catalogue, System, build
from wire.policy import DatasetRule, Policy
from wire.purposes import RULES, Purpose

Pair = tuple[Purpose, str]


def part_of(
    told: Policy, policy: Policy, system: System, pairs: Collection[Pair]
) -> Plan:
    """Return what the whole plan has for some purposes and datasets.

    Args:
        told: the provider's policy, as the bundle brought it.
        policy: the one in force, after this machine's restrictions.
        system: the operating system at hand.
        pairs: purposes and datasets.
    """
    catalogue = _declared({dataset for _, dataset in pairs})
    before = dict(_rules(told))

    def is_wanted(purpose: Purpose, rule: DatasetRule) -> bool:
        pair = purpose, rule.dataset
        was = before.get(pair, rule)
        return pair in pairs and (rule == was or stands(was, catalogue))

    purposes = tuple(
        replace(
            rules,
            datasets=tuple(
                rule for rule in rules.datasets if is_wanted(rules.purpose, rule)
            ),
        )
        for rules in policy.purposes
    )
    plan = make_plan(replace(policy, purposes=purposes), catalogue, system)
    return replace(plan, disabled=_disabled(policy, pairs, plan))


def _rules(policy: Policy) -> Iterator[tuple[Pair, DatasetRule]]:
    for rules in policy.purposes:
        for rule in rules.datasets:
            yield (rules.purpose, rule.dataset), rule


def _declared(wanted: Collection[str]) -> Catalogue:
    """Return what is declared under some names; what is not there is left out."""
    read = [name for name in collectors.names() if name in wanted]
    asked = [name for name in diagnostics.names() if name in wanted]
    return build(
        [
            *(collectors.collector(name).dataset for name in read),
            *(diagnostics.source(name).dataset for name in asked),
        ]
    )


def _disabled(policy: Policy, pairs: Collection[Pair], plan: Plan) -> tuple[str, ...]:
    """Return the declared datasets that no purpose gets.

    What the policy names and is not of this part has been planned before: else it
    would never have been read, and be due.
    """
    planned = {item.dataset.name for item in (*plan.datasets, *plan.on_request)}
    elsewhere = {
        dataset
        for (purpose, dataset), _ in _rules(policy)
        if (purpose, dataset) not in pairs and RULES[purpose].collects
    }
    known = {*collectors.names(), *diagnostics.names()}
    return tuple(sorted(known - planned - elsewhere))
