# SPDX-License-Identifier: Apache-2.0
"""Compiles the TOML that people write into a Policy, or says all that is wrong.

Rules: what is not named is not collected; every name must be declared, every
transform be enough for its purpose; the same source in another order gives the same
bytes.
Not here: bounds and line numbers (`wire/policy_toml.py`), what a purpose may take
(`wire/policy_check.py`), narrowing (`wire/narrowing.py`).
Source: docs/policy.md is the page for those who write one.
"""

from collections.abc import Mapping, Sequence
from datetime import date

from wire import limits
from wire.allowed import canonical
from wire.catalogue import Catalogue, Dataset, Kind
from wire.errors import PolicyError, TransformError
from wire.events import Events, read_events
from wire.networks import Network, read_network
from wire.policy import (
    ColumnRule,
    DatasetRule,
    Policy,
    PurposeRules,
    RetentionClass,
)
from wire.policy_check import (
    DAY,
    refuse_column,
    refuse_dataset,
    refuse_events,
    refuse_every,
    refuse_networks,
)
from wire.policy_retention import read_retention
from wire.policy_toml import PolicySourceError, Problem, Table, read_table, shown
from wire.policy_updates import read_updates
from wire.purposes import RULES, Purpose
from wire.transforms.call import DROP, format_call, parse_call

__all__ = ["FORMAT", "PolicySourceError", "Problem", "compile_policy"]

FORMAT = 1
EVERY_SECONDS_MINIMUM = 60
"""Below a minute a pass costs more than it tells, and shows who works when."""
EVERY_SECONDS_MAXIMUM = 30 * DAY
"""With more than a month between two passes nothing is watched any more."""
AGGREGATOR = "aggregator"
"""The one reader of `improvement`: a job, no person (DESIGN section 3)."""
DEFAULT = "default"
"""Stands for the transform that the column's declaration proposes."""

_BASES = {"instruction": "instruction", "lawful_basis": "lawful basis"}
_NO_RECIPIENTS = "improvement is shared with nobody but as sums: remove recipients"
_NO_DATASET = "no dataset: leave out a purpose that gets nothing"


def compile_policy(
    source: bytes, catalogue: Catalogue, file: str, today: date | None = None
) -> Policy:
    """Compile a policy, sorted and canonical.

    Args:
        source: the TOML, from anyone.
        catalogue: what is declared, and so may be named.
        file: name that problems carry.
        today: to refuse a business need whose review is past or too far; None not to.

    Returns:
        A policy whose every column leaves: those that are dropped are left out.

    Raises:
        PolicySourceError: with every problem and its line.
    """
    return read_table(source, file, lambda top: _policy(top, catalogue, today))


def _policy(top: Table, catalogue: Catalogue, today: date | None) -> Policy:
    top.only("format", "name", "purpose", "updates")
    wanted = top.entries.get("format")
    if type(wanted) is not int or wanted != FORMAT:
        top.refuse(f"write format = {FORMAT}", "format")
    name = top.slug("name") or ""
    if top.entries.get("purpose", {}) == {}:
        top.refuse("no purpose: nothing says what for", "purpose")
    purposes = [
        rules
        for slug, table in top.tables("purpose")
        if (rules := _purpose(slug, table, catalogue, today)) is not None
    ]
    ordered = tuple(sorted(purposes, key=lambda item: item.purpose.value))
    return Policy(name, ordered, read_updates(top))


def _purpose(
    slug: str, table: Table, catalogue: Catalogue, today: date | None
) -> PurposeRules | None:
    purpose = next((item for item in Purpose if item.value == slug), None)
    if purpose is None:
        known = ", ".join(item.value for item in Purpose if RULES[item].collects)
        table.refuse(f"unknown purpose {shown(slug)}; those that collect: {known}")
        return None
    if not RULES[purpose].collects:
        table.refuse(f"{slug} may not collect: {RULES[purpose].refusal}")
        return None
    table.only(*_BASES, "readers", "recipients", "retention", "dataset")
    basis = _basis(table)
    readers = _readers(purpose, table)
    recipients: tuple[str, ...] = ()
    if "recipients" in table.entries:
        recipients = table.slugs("recipients", limits.CLASSES)
        if purpose is Purpose.IMPROVEMENT:
            table.refuse(_NO_RECIPIENTS, "recipients")
    classes = read_retention(purpose, table, today)
    if table.entries.get("dataset", {}) == {}:
        table.refuse(_NO_DATASET, "dataset")
    datasets: list[DatasetRule] = []
    used: set[object] = set()
    for name, item in table.tables("dataset"):
        datasets += _dataset(purpose, name, item, catalogue)
        used.add(_retention(item, classes))
    for name in classes:
        if name not in used:
            table.refuse("no dataset is kept by this: remove it", "retention", name)
    return PurposeRules(
        purpose,
        basis,
        readers,
        recipients,
        tuple(kept for _, kept in sorted(classes.items())),
        tuple(sorted(datasets, key=lambda rule: rule.dataset)),
    )


def _basis(table: Table) -> str:
    """Return the one lawful basis or instruction."""
    given = [key for key in _BASES if key in table.entries]
    if not given:
        table.refuse("lawful_basis or instruction is missing: say what allows it")
        return ""
    if len(given) > 1:
        table.refuse("either lawful_basis or instruction, not both", given[-1])
    key = given[0]
    text = table.text(key)
    if text is None:
        return ""
    basis = f"{_BASES[key]}: {text}"
    if len(basis.encode()) > limits.TEXT_CHARS:
        table.refuse(f"{key} is too long", key)
    return basis


def _readers(purpose: Purpose, table: Table) -> tuple[str, ...]:
    """Return the roles that may open it; at least one."""
    readers = table.slugs("readers", limits.CLASSES)
    if not readers and table.entries.get("readers") == []:
        table.refuse("readers is empty: what nobody reads is not collected", "readers")
    if purpose is Purpose.IMPROVEMENT and readers and readers != (AGGREGATOR,):
        reason = f'improvement is read by no person: write ["{AGGREGATOR}"]'
        table.refuse(reason, "readers")
    return readers


def _retention(item: Table, classes: Mapping[str, RetentionClass]) -> str:
    """Return the retention class that a dataset names, after checking it."""
    name = item.text("retention")
    if name is not None and name not in classes:
        reason = f"unknown retention {shown(name)}; declare it for this purpose"
        item.refuse(reason, "retention")
    return name or ""


def _dataset(
    purpose: Purpose, name: str, item: Table, catalogue: Catalogue
) -> list[DatasetRule]:
    """Return the rule of one dataset; none when it is refused as a whole."""
    item.only("retention", "every", "only_on_networks", "only_events", "columns")
    dataset = catalogue.datasets.get(name)
    every = _every(dataset, item)
    if dataset is None:
        item.refuse(f"unknown dataset {shown(name)}; docs/datasets.md lists them")
        return []
    reason = refuse_dataset(purpose, dataset)
    if reason is not None:
        item.refuse(reason)
        return []
    columns = [
        _column(purpose, dataset, item, column, text)
        for column, text in item.choices("columns")
    ]
    kept = [rule for rule in columns if rule and rule.transform != DROP.name]
    if not kept and None not in columns:
        item.refuse("nothing of it leaves: name a column or remove the dataset")
    kept.sort(key=lambda rule: rule.column)
    retention = item.entries.get("retention")
    named = retention if isinstance(retention, str) else ""
    networks = _networks(dataset, item)
    events = _events(dataset, item, [rule.column for rule in kept])
    return [DatasetRule(name, named, every, tuple(kept), networks, events)]


def _networks(dataset: Dataset, item: Table) -> tuple[str, ...] | None:
    """Return the networks on which alone a dataset is read; None for anywhere."""
    key = "only_on_networks"
    if key not in item.entries:
        reason = refuse_networks(dataset, None)
        if reason is not None:
            item.refuse(reason)
        return None
    found: list[Network] = []
    for index, text in enumerate(item.texts(key) or ()):
        try:
            network = read_network(text)
        except PolicyError as error:
            item.refuse(f"{shown(text)}: {error}", key, str(index))
            continue
        found.append(network)
        reason = refuse_networks(dataset, [text])
        if reason is not None:
            item.refuse(reason, key, str(index))
    if item.entries[key] == []:
        item.refuse("only_on_networks is empty: name one or remove the dataset", key)
    if len(found) > limits.NETWORKS:
        item.refuse(f"{key} has more than {limits.NETWORKS} networks", key)
    return canonical(found)


def _events(
    dataset: Dataset, item: Table, columns: Sequence[str]
) -> tuple[str, ...] | None:
    """Return the events that alone are read of a dataset; None for all."""
    key = "only_events"
    if key not in item.entries:
        reason = refuse_events(dataset, columns, None)
        if reason is not None:
            item.refuse(reason)
        return None
    reason = refuse_events(dataset, columns, ())
    if reason is not None:
        item.refuse(reason, key)
    found: list[Events] = []
    for index, text in enumerate(item.texts(key) or ()):
        try:
            found.append(read_events(text))
        except PolicyError as error:
            item.refuse(f"{shown(text)}: {error}", key, str(index))
    if item.entries[key] == []:
        item.refuse("only_events is empty: name one or remove the dataset", key)
    if len(found) > limits.EVENTS:
        item.refuse(f"{key} has more than {limits.EVENTS} names", key)
    return canonical(found)


def _every(dataset: Dataset | None, item: Table) -> int | None:
    """Return the seconds between two passes; None for a diagnostic."""
    if dataset is not None and dataset.kind is Kind.DIAGNOSTIC:
        reason = refuse_every(dataset, None if "every" not in item.entries else 0)
        if reason is not None:
            item.refuse(reason, "every")
        return None
    every = item.duration("every")
    if every is None:
        return 0
    if not EVERY_SECONDS_MINIMUM <= every <= EVERY_SECONDS_MAXIMUM:
        item.refuse("every must be from 1m to 30d", "every")
    return every


def _column(
    purpose: Purpose, dataset: Dataset, item: Table, name: str, text: str
) -> ColumnRule | None:
    column = dataset.column(name)
    if column is None:
        reason = f"{dataset.name} has no column {shown(name)}; see docs/datasets.md"
        item.refuse(reason, "columns", name)
        return None
    try:
        call = parse_call(column.transform if text == DEFAULT else text)
    except TransformError as error:
        item.refuse(f"column {name}: {error}", "columns", name)
        return None
    reason = refuse_column(purpose, dataset, column, call) or ""
    if reason:
        item.refuse(f"column {name}: {reason}", "columns", name)
    return ColumnRule(name, format_call(call))
