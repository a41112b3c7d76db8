# SPDX-License-Identifier: Apache-2.0
"""Which rows the policy in force lets the job look at, and which rules lack some.

Rules: the class `alerts` of `administration` and nothing else; of a dataset only the
columns that a rule compares.
Not here: opening them (`server/reader/alerting.py`).
"""

from collections.abc import Iterable, Mapping

from server.alerts.bounds import CLASS
from server.alerts.rules import Rule
from wire.policy import Policy
from wire.purposes import Purpose

PURPOSE = Purpose.ADMINISTRATION


def named(policy: Policy) -> Mapping[str, frozenset[str]]:
    """Return the columns of each dataset that a policy names for alerts."""
    rules = policy.rules(PURPOSE)
    return {
        one.dataset: frozenset(column.column for column in one.columns)
        for one in (rules.datasets if rules else ())
        if one.retention == CLASS
    }


def kept(policy: Policy) -> int | None:
    """Return for how many seconds the policy keeps what alerts are of, or None."""
    rules = policy.rules(PURPOSE)
    return rules.maximum_age(CLASS) if rules else None


def lacks(rule: Rule, held: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """Return the columns that a rule compares and the policy does not name."""
    return rule.columns - held.get(rule.dataset, frozenset())


def wanted(
    rules: Iterable[Rule], held: Mapping[str, frozenset[str]]
) -> dict[str, frozenset[str]]:
    """Return what is looked at of each dataset: what rules compare that can be judged.

    Args:
        rules: those in force.
        held: what the policy names for alerts.
    """
    found: dict[str, frozenset[str]] = {}
    for rule in rules:
        if rule.dataset and not lacks(rule, held):
            before = found.get(rule.dataset, frozenset())
            found[rule.dataset] = before | rule.columns
    return found
