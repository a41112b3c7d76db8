# SPDX-License-Identifier: Apache-2.0
"""What one policy takes more, and what less, than another one.

Rules: each thing that a policy allows is compared: columns with their transforms, how
long, how often, where, which events, who reads and who receives; a column that is
dropped is none; what is neither stricter nor looser is said to be other, never less.
Not here: words for it (`server/commands/policy_words.py`, the console's page).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from wire.policy import DatasetRule, Policy, PurposeRules
from wire.transforms.call import parse_call
from wire.transforms.order import is_stricter

_DROP = "drop"
Names = tuple[str, ...]


class Sort(StrEnum):
    """How a policy differs in one thing; those that take more come first."""

    NEW = "new"
    LOOSER = "looser"
    OTHER = "other"
    STRICTER = "stricter"
    GONE = "gone"


class What(StrEnum):
    """In which thing a policy differs."""

    COLUMN = "column"
    KEPT = "kept"
    EVERY = "every"
    NETWORKS = "networks"
    EVENTS = "events"
    READER = "reader"
    RECIPIENT = "recipient"
    BASIS = "basis"


@dataclass(frozen=True, slots=True)
class Change:
    """One difference.

    Attributes:
        sort: whether it is more or less.
        what: in which thing.
        purpose: for which.
        dataset: of which; empty where it is of the whole purpose.
        name: of the column, reader or recipient; empty for none.
        before: as the earlier policy says it; empty for nothing.
        after: as the later policy says it; empty for nothing.
    """

    sort: Sort
    what: What
    purpose: str
    dataset: str
    name: str
    before: str
    after: str


def changes(before: Policy, after: Policy) -> list[Change]:
    """Return all differences, what takes more first."""
    old = {rules.purpose.value: rules for rules in before.purposes}
    new = {rules.purpose.value: rules for rules in after.purposes}
    found = [
        change
        for purpose in sorted(old.keys() | new.keys())
        for change in _of_purpose(purpose, old.get(purpose), new.get(purpose))
    ]
    order = {sort: place for place, sort in enumerate(Sort)}
    return sorted(found, key=lambda one: order[one.sort])


def _of_purpose(
    purpose: str, old: PurposeRules | None, new: PurposeRules | None
) -> Iterator[Change]:
    for what, before, after in (
        (What.READER, old.readers if old else (), new.readers if new else ()),
        (What.RECIPIENT, old.recipients if old else (), new.recipients if new else ()),
    ):
        for name in sorted({*before} ^ {*after}):
            sort = Sort.GONE if name in before else Sort.NEW
            yield Change(sort, what, purpose, "", name, "", "")
    if old and new and old.basis != new.basis:
        yield Change(Sort.OTHER, What.BASIS, purpose, "", "", old.basis, new.basis)
    olds, news = _datasets(old), _datasets(new)
    for dataset in sorted(olds.keys() | news.keys()):
        before_rule, after_rule = olds.get(dataset), news.get(dataset)
        yield from _columns(purpose, dataset, before_rule, after_rule)
        if old and new and before_rule and after_rule:
            yield from _terms(purpose, (old, before_rule), (new, after_rule))


def _datasets(rules: PurposeRules | None) -> Mapping[str, DatasetRule]:
    return {one.dataset: one for one in rules.datasets} if rules else {}


def _columns(
    purpose: str, dataset: str, old: DatasetRule | None, new: DatasetRule | None
) -> Iterator[Change]:
    olds, news = _taken(old), _taken(new)
    for name in sorted(olds.keys() | news.keys()):
        before, after = olds.get(name, ""), news.get(name, "")
        if before != after:
            sort = _sort_of_column(before, after)
            yield Change(sort, What.COLUMN, purpose, dataset, name, before, after)


def _taken(rule: DatasetRule | None) -> Mapping[str, str]:
    columns = rule.columns if rule else ()
    return {one.column: one.transform for one in columns if one.transform != _DROP}


def _sort_of_column(before: str, after: str) -> Sort:
    if not before:
        return Sort.NEW
    if not after:
        return Sort.GONE
    earlier, later = parse_call(before), parse_call(after)
    if is_stricter(later, earlier):
        return Sort.STRICTER
    return Sort.LOOSER if is_stricter(earlier, later) else Sort.OTHER


def _terms(
    purpose: str,
    old: tuple[PurposeRules, DatasetRule],
    new: tuple[PurposeRules, DatasetRule],
) -> Iterator[Change]:
    """Yield what changes of a dataset beside its columns."""
    (rules, rule), (later, ruled) = old, new
    kept = rules.maximum_age(rule.retention) or 0
    keeps = later.maximum_age(ruled.retention) or 0
    often, oftener = -(rule.every or 0), -(ruled.every or 0)
    compared = (
        (What.KEPT, str(kept), str(keeps), _sort(kept, keeps)),
        (
            *(What.EVERY, str(rule.every or ""), str(ruled.every or "")),
            _sort(often or float("-inf"), oftener or float("-inf")),
        ),
        (What.NETWORKS, *_both(rule.networks, ruled.networks)),
        (What.EVENTS, *_both(rule.events, ruled.events)),
    )
    for what, before, after, sort in compared:
        if before != after:
            yield Change(sort, what, purpose, rule.dataset, "", before, after)


def _sort(before: float, after: float) -> Sort:
    return Sort.LOOSER if after > before else Sort.STRICTER


def _both(before: Names | None, after: Names | None) -> tuple[str, str, Sort]:
    """Return two lists as texts, and which is looser; none at all is everything."""
    texts = _text(before), _text(after)
    if before is None or (after is not None and {*after} < {*before}):
        return *texts, Sort.STRICTER
    if after is None or {*after} > {*before}:
        return *texts, Sort.LOOSER
    return *texts, Sort.OTHER


def _text(names: Iterable[str] | None) -> str:
    return "" if names is None else ", ".join(names)
