# SPDX-License-Identifier: Apache-2.0
"""The act `policy`: the data map of a version, and what it takes more than another.

Rules: all of it is of signed policies and the catalogue; nothing is opened; a client
sees what everybody sees; of a dataset that this release does not declare any more, an
older policy tells the name.
Not here: the comparison (`server/policy_changes.py`), publishing (`policy.py` of the
commands).
"""

from collections.abc import Generator, Iterator, Sequence
from dataclasses import asdict

from server.access.actions import Action
from server.access.model import Person
from server.errors import UsageError
from server.office.acts import Message
from server.orders.desk import Desk
from server.policy_changes import changes
from server.rollout import Rollout
from server.store.placements import Count
from wire.catalogue import Catalogue
from wire.placement import PUBLISHED
from wire.policy import DatasetRule, PolicyStatement, PurposeRules

NAME = "policy"
ACTION = Action.POLICY_SEE
PURPOSE = None
_DROP = "drop"
BATCH = 2_000
"""Changes of one message: under a megabyte."""


def answer(
    desk: Desk, question: Message, person: Person, now: int
) -> Generator[Message, None, None]:
    """Yield the versions, each purpose of one, and what it changes.

    Args:
        desk: what the office works with.
        question: "version" is shown, 0 for the newest; "before" is what it is compared
            with, 0 for the one before it.
        person: who asks.
        now: seconds since the epoch.

    Raises:
        UsageError: there is no such version.
    """
    del person, now
    every = desk.authority.policies()
    published = desk.authority.policy()
    shown = _version(every, question.get("version")) or published
    earlier = [
        one
        for one in reversed(every)
        if one.version < shown.version and _is_for_same(one, shown)
    ]
    before = _version(every, question.get("before")) or next(iter(earlier), None)
    yield {"versions": [_head(one) for one in reversed(every)]}
    yield {"bound": [*_bound(desk.authority.rollout(), every)]}
    for rules in shown.policy.purposes:
        yield {"purposes": [_purpose(rules, desk.catalogue)]}
    if before is not None:
        found = [asdict(one) for one in changes(before.policy, shown.policy)]
        for first in range(0, len(found), BATCH):
            yield {"changes": found[first : first + BATCH]}
    yield {
        "end": _head(shown)
        | {
            "before": before.version if before else 0,
            "updates": _updates(shown),
            "updates_before": _updates(before) if before else "",
        }
    }


def _bound(rollout: Rollout, every: Sequence[PolicyStatement]) -> Iterator[Message]:
    """Yield which policies are bound, and then which versions devices obey."""
    counts, none = rollout.counts(), Count(0, 0)
    versions = {one.version: one for one in every}
    for one in rollout.bindings.values():
        for number in filter(None, (one.version, one.following)):
            staged = number == one.following
            yield {
                "target": one.target,
                "version": number,
                "name": versions[number].policy.name,
                "share": one.share if staged else 0,
                "first": one.first if staged else "",
                "staged": staged,
                **asdict(counts.pop(number, none)),
            }
    for number in sorted(counts):
        yield {
            "target": versions[number].target or PUBLISHED,
            "version": number,
            "name": versions[number].policy.name,
            "staged": False,
            **asdict(counts[number]),
        }


def _is_for_same(one: PolicyStatement, other: PolicyStatement) -> bool:
    """Tell whether two versions are for the same devices."""
    return (one.target or PUBLISHED) == (other.target or PUBLISHED)


def _version(every: Sequence[PolicyStatement], asked: object) -> PolicyStatement | None:
    if not asked:
        return None
    found = next((one for one in every if one.version == asked), None)
    if found is None:
        msg = "there is no policy of this version: choose one of the list"
        raise UsageError(msg)
    return found


def _head(statement: PolicyStatement) -> Message:
    return {
        "version": statement.version,
        "name": statement.policy.name,
        "target": statement.target or "",
        "issued": statement.issued,
        "not_after": statement.not_after,
    }


def _updates(statement: PolicyStatement) -> str:
    """Return which release of the agent a version takes; empty for none."""
    found = statement.policy.updates
    if found is None:
        return ""
    return f"{found.channel}, {found.version or '*'}, {found.stage} %"


def _purpose(rules: PurposeRules, catalogue: Catalogue) -> Message:
    return {
        "purpose": rules.purpose.value,
        "basis": rules.basis,
        "readers": list(rules.readers),
        "recipients": list(rules.recipients),
        "datasets": [_dataset(rules, one, catalogue) for one in rules.datasets],
    }


def _dataset(rules: PurposeRules, rule: DatasetRule, catalogue: Catalogue) -> Message:
    dataset = catalogue.datasets.get(rule.dataset)
    declared = dataset.columns if dataset else ()
    taken = {
        one.column: one.transform for one in rule.columns if one.transform != _DROP
    }
    kept = rules.kept(rule.retention)
    return {
        "dataset": rule.dataset,
        "title": dataset.title if dataset else "",
        "every": rule.every or 0,
        "retention": rule.retention,
        "keep": kept.maximum_age if kept else 0,
        "because": kept.criterion.value if kept and kept.criterion else "",
        "networks": rule.networks,
        "events": rule.events,
        "columns": [
            {
                "name": one.name,
                "sensitivity": one.sensitivity.name.lower(),
                "reason": one.reason,
                "transform": taken[one.name],
            }
            for one in declared
            if one.name in taken
        ],
        "left": [one.name for one in declared if one.name not in taken],
    }
