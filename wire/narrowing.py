# SPDX-License-Identifier: Apache-2.0
"""Narrows a policy by what a client or the endpoint forbids: only ever less.

Rules: a result never has a purpose, dataset, column, reader or recipient that an
input lacks, never a weaker transform, a longer retention or a shorter interval; what
cannot be compared or understood is dropped; the order of restrictions does not matter.
Not here: which transform is stricter (`wire/transforms/order.py`), what this machine
can read (`agent/plan.py`).
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache

from wire import limits
from wire.errors import TransformError
from wire.events import meet as meet_events
from wire.networks import meet as meet_networks
from wire.policy import (
    RETENTION_CLASS,
    ColumnRule,
    DatasetRule,
    Policy,
    PurposeRules,
    RetentionClass,
)
from wire.policy_check import SCANS, TEXTS
from wire.restriction import NarrowedColumn, Restriction, parse_restriction
from wire.transforms.call import DROP, KEEP, format_call, parse_call
from wire.transforms.order import meet
from wire.updates import meet as meet_updates

__all__ = [
    "NarrowedColumn",
    "Restriction",
    "intersect",
    "narrow",
    "parse_restriction",
]

_NAMES = "+"
_BASES = " + "
_CALLS = 4_096
"""Pairs of transforms remembered: a policy has some dozens."""

_Columns = dict[tuple[str, str], str]


def narrow(policy: Policy, restrictions: Sequence[Restriction]) -> Policy:
    """Return what is left of a policy under all restrictions.

    Args:
        policy: compiled, or as a signed message brought it.
        restrictions: of the client and of the endpoint, in any order.

    Returns:
        A canonical policy in which every column leaves and nothing is unused.
    """
    purposes = frozenset().union(*(item.purposes for item in restrictions))
    datasets = frozenset().union(*(item.datasets for item in restrictions))
    columns = frozenset().union(*(item.columns for item in restrictions))
    asked = [item.discovery for item in restrictions if item.discovery is not None]
    told = [item.events for item in restrictions if item.events is not None]
    limited: _Columns = dict.fromkeys(columns, DROP.name)
    for restriction in restrictions:
        for item in restriction.narrowed:
            where = item.dataset, item.column
            call = format_call(item.call)
            limited[where] = _met(limited.get(where, KEEP.name), call)
    kept: list[PurposeRules] = []
    for rules in policy.purposes:
        if rules.purpose not in purposes:
            wanted = [item for item in rules.datasets if item.dataset not in datasets]
            found = [_narrowed(item, limited, asked, told) for item in wanted]
            kept += _purpose(rules, _classes(rules), found)
    denied = any(item.updates for item in restrictions)
    return Policy(policy.name, _sorted(kept), None if denied else policy.updates)


def intersect(first: Policy, second: Policy) -> Policy:
    """Return what both policies allow, in the stricter way of the two.

    Args:
        first: for instance the provider's policy.
        second: for instance the client's own.

    Returns:
        A canonical policy; its name and bases tell both origins. Classes of one name
        take the shorter age of the two, so with three policies the grouping may
        choose which class keeps a dataset, never a longer age than each allows.
    """
    kept: list[PurposeRules] = []
    for rules in first.purposes:
        other = second.rules(rules.purpose)
        if other is not None:
            kept += _intersected(rules, other)
    name = _joined(first.name, second.name, _NAMES, limits.NAME_CHARS)
    return Policy(name, _sorted(kept), meet_updates(first.updates, second.updates))


def _sorted(purposes: list[PurposeRules]) -> tuple[PurposeRules, ...]:
    return tuple(sorted(purposes, key=lambda item: item.purpose.value))


def _narrowed(
    rule: DatasetRule,
    limited: _Columns,
    asked: Sequence[tuple[str, ...]],
    told: Sequence[tuple[str, ...]],
) -> DatasetRule:
    """Return a dataset's rule with each column under its limit, where it may be."""
    networks = meet_networks(rule.networks, None)
    if rule.dataset in SCANS:
        for allowed in asked:
            networks = meet_networks(networks, allowed)
    events = meet_events(rule.events, None)
    if rule.dataset in TEXTS:
        for allowed in told:
            events = meet_events(events, allowed)
    columns = {
        name: _met(text, limited.get((rule.dataset, name), KEEP.name))
        for name, text in _calls(rule).items()
    }
    return _dataset(rule.dataset, rule.retention, rule.every, columns, networks, events)


def _intersected(first: PurposeRules, second: PurposeRules) -> list[PurposeRules]:
    """Return what one purpose gets of both; none when nothing is left."""
    own, other = _classes(first), _classes(second)
    both_kept = dict(own)
    for name, kept in other.items():
        both_kept[name] = min(kept, both_kept.get(name, kept), key=_shorter)
    others = {item.dataset: item for item in second.datasets}
    datasets: list[DatasetRule] = []
    for one in first.datasets:
        two = others.get(one.dataset)
        if two is None:
            continue
        if one.retention not in own or two.retention not in other:
            continue  # kept for no stated time by one of the two: not collected
        theirs = _calls(two)
        columns = {
            name: _met(text, theirs[name])
            for name, text in _calls(one).items()
            if name in theirs
        }
        retention = min(
            one.retention,
            two.retention,
            key=lambda name: (both_kept[name].maximum_age, name),
        )
        often = [rule.every for rule in (one, two)]
        every = None if None in often else max(item or 0 for item in often)
        networks = meet_networks(one.networks, two.networks)
        events = meet_events(one.events, two.events)
        datasets.append(
            _dataset(one.dataset, retention, every, columns, networks, events)
        )
    both = PurposeRules(
        first.purpose,
        _joined(first.basis, second.basis, _BASES, limits.TEXT_CHARS),
        tuple({*first.readers} & {*second.readers}),
        tuple({*first.recipients} & {*second.recipients}),
        (),
        (),
    )
    return _purpose(both, both_kept, datasets)


def _purpose(
    rules: PurposeRules,
    classes: Mapping[str, RetentionClass],
    datasets: list[DatasetRule],
) -> list[PurposeRules]:
    """Return a purpose without what is empty; none when nobody reads it."""
    kept = [
        item
        for item in datasets
        if item.columns
        and item.retention in classes
        and () not in {item.networks, item.events}
    ]
    kept.sort(key=lambda item: item.dataset)
    used = sorted({item.retention for item in kept})
    if not kept or not rules.readers:
        return []
    return [
        PurposeRules(
            rules.purpose,
            rules.basis,
            tuple(sorted({*rules.readers})),
            tuple(sorted({*rules.recipients})),
            tuple(classes[name] for name in used),
            tuple(kept),
        )
    ]


def _dataset(
    dataset: str,
    retention: str,
    every: int | None,
    columns: Mapping[str, str],
    networks: tuple[str, ...] | None,
    events: tuple[str, ...] | None,
) -> DatasetRule:
    """Return a dataset's rule, sorted, without the columns that are dropped."""
    kept = [
        ColumnRule(name, text)
        for name, text in sorted(columns.items())
        if text != DROP.name
    ]
    if networks is not None:
        networks = networks[: limits.NETWORKS]
    if events is not None:
        events = events[: limits.EVENTS]
    return DatasetRule(dataset, retention, every, tuple(kept), networks, events)


def _classes(rules: PurposeRules) -> dict[str, RetentionClass]:
    """Return each retention class; of a name used twice the shorter one."""
    found: dict[str, RetentionClass] = {}
    for kept in rules.retention:
        found[kept.name] = min(kept, found.get(kept.name, kept), key=_shorter)
    return found


def _shorter(kept: RetentionClass) -> tuple[int, bytes]:
    """Order classes of one name by age; of the same age any order does, but one."""
    return kept.maximum_age, RETENTION_CLASS.encode(kept)


def _calls(rule: DatasetRule) -> dict[str, str]:
    """Return each column's transform; of a column named twice the meet."""
    calls: dict[str, str] = {}
    for item in rule.columns:
        calls[item.column] = _met(calls.get(item.column, KEEP.name), item.transform)
    return calls


@lru_cache(maxsize=_CALLS)
def _met(first: str, second: str) -> str:
    """Return the meet of two transforms; drop where one is not understood."""
    try:
        return format_call(meet(parse_call(first), parse_call(second)))
    except (TransformError, IndexError):  # IndexError: a call without its numbers
        return DROP.name


def _joined(first: str, second: str, joint: str, most: int) -> str:
    """Return both texts in one, whichever comes first; the lesser if too long."""
    if first == second:
        return first
    both = joint.join(sorted({*first.split(joint), *second.split(joint)}))
    return both if len(both.encode()) <= most else min(first, second)
