# SPDX-License-Identifier: Apache-2.0
"""Compiles the TOML in which people write rules, or says all that is wrong.

Rules: every dataset and column must be declared, and of the type that the condition
compares; a threshold that could never end is refused; nothing is defaulted but times
of zero.
Not here: bounds and line numbers (`wire/policy_toml.py`), the shipped rules
(`policies/alerts.toml`).
"""

from collections.abc import Callable, Mapping
from pathlib import Path

from policies import alert_rules, catalogue
from server.alerts.bounds import RULES, SILENT_LEAST_SECONDS
from server.alerts.rules import (
    Announced,
    Condition,
    EndsWithin,
    OlderThan,
    OneOf,
    Rule,
    Severity,
    ShareBelow,
    Silent,
)
from server.errors import UsageError
from server.layout import Layout
from wire import limits
from wire.catalogue import Catalogue, Dataset, Kind, Storage, ValueType, storage
from wire.policy_toml import PolicySourceError, Table, is_slug, read_table, shown

FORMAT = 1
_PERCENT = 100
_SEVERITIES = ", ".join(one.value for one in Severity)
_NEVER = Announced()
"""In place of a condition that was refused: its file is refused as well."""


def rules_of(layout: Layout) -> tuple[Rule, ...]:
    """Return the rules of an installation: its own, else those that ship.

    Raises:
        UsageError: its file is damaged, with all that is wrong in it.
    """
    path = layout.alert_rules
    try:
        with path.open("rb") as file:
            source = file.read(limits.POLICY_SOURCE_BYTES + 1)
    except FileNotFoundError:
        return compile_rules(alert_rules(), catalogue(), "alerts.toml")
    except OSError:
        msg = f"{path} cannot be read: let this user read it, or remove it"
        raise UsageError(msg) from None
    try:
        return compile_rules(source, catalogue(), str(path))
    except PolicySourceError as error:
        raise UsageError(str(error)) from None


def compile_rules(source: bytes, known: Catalogue, file: str) -> tuple[Rule, ...]:
    """Compile rules.

    Args:
        source: the file's bytes, from anyone.
        known: what can be collected.
        file: name that problems carry.

    Raises:
        PolicySourceError: with every problem and its line.
    """
    return read_table(source, str(Path(file)), lambda table: _rules(table, known))


def _rules(table: Table, known: Catalogue) -> tuple[Rule, ...]:
    table.only("format", "rule")
    if table.entries.get("format") != FORMAT:
        table.refuse(f"write format = {FORMAT}")
    found = []
    for name, item in table.tables("rule"):
        if not is_slug(name):
            item.refuse(f"{shown(name)} is no name: use lower-case words joined by -")
        found.append(_rule(name, item, known))
    if len(found) > RULES:
        table.refuse(f"more than {RULES} rules", "rule")
    return tuple(sorted(found, key=lambda rule: rule.name))


def _rule(name: str, item: Table, known: Catalogue) -> Rule:
    item.only("severity", "dataset", "when", "where", "hold", "clear_for")
    severity = item.text("severity") or ""
    if severity and severity not in {one.value for one in Severity}:
        item.refuse(f"severity is one of {_SEVERITIES}", "severity")
        severity = ""
    when = item.table("when") if "when" in item.entries else None
    if when is None:
        item.refuse("when is missing: write a table with kind and thresholds")
        return Rule(name, Severity.LOW, _NEVER)
    kind = when.text("kind") or ""
    dataset = _dataset(item, kind, known)
    build = _KINDS.get(kind)
    if build is None:
        when.refuse(f"kind is one of {', '.join(_KINDS)}", "kind")
        return Rule(name, Severity.LOW, _NEVER)
    return Rule(
        name,
        Severity(severity or "low"),
        build(when, dataset),
        dataset.name if dataset else "",
        _where(item, dataset),
        _span(item, "hold"),
        _span(item, "clear_for"),
    )


def _dataset(item: Table, kind: str, known: Catalogue) -> Dataset | None:
    if kind in _ROWLESS:
        for key in ("dataset", "where"):
            if key in item.entries:
                item.refuse(f"{kind} looks at no rows: leave {key} out", key)
        return None
    name = item.text("dataset")
    found = known.datasets.get(name or "")
    if name and (found is None or found.kind is not Kind.SNAPSHOT):
        item.refuse(
            f"{shown(name)} is no inventory that can be collected: docs/datasets.md "
            "has them",
            "dataset",
        )
        return None
    return found


def _where(
    item: Table, dataset: Dataset | None
) -> tuple[tuple[str, tuple[str | bool, ...]], ...]:
    if "where" not in item.entries or dataset is None:
        return ()
    table = item.table("where")
    if table is None:
        return ()
    return tuple((column, _values(table, column, dataset)) for column in table.entries)


def _values(table: Table, key: str, dataset: Dataset) -> tuple[str | bool, ...]:
    """Return the values that a column is compared with; a flag is one value."""
    return _compared(table, key, _typed(table, key, dataset, key))


def _compared(table: Table, key: str, held: ValueType | None) -> tuple[str | bool, ...]:
    found = table.entries.get(key)
    values: list[object] = found if isinstance(found, list) else [found]
    wanted = bool if held is ValueType.BOOLEAN else str
    if held not in {ValueType.BOOLEAN, ValueType.TEXT, None}:
        table.refuse(f"{key} is neither a text nor a flag", key)
    elif not values or not all(isinstance(one, wanted) for one in values):
        what = "true or false" if wanted is bool else "a list of texts"
        table.refuse(f"{key} is compared with {what}", key)
    return tuple(one for one in values if isinstance(one, str | bool))


def _typed(
    table: Table, key: str, dataset: Dataset | None, name: str | None
) -> ValueType | None:
    """Return the type of a column; None where it is not declared, which is refused."""
    if dataset is None or name is None:
        return None
    column = dataset.column(name)
    if column is None:
        table.refuse(f"{dataset.name} has no column {shown(name)}", key)
        return None
    return column.type


def _column(table: Table, key: str, dataset: Dataset | None, *types: ValueType) -> str:
    name = table.text(key)
    found = _typed(table, key, dataset, name)
    if found is not None and found not in types:
        table.refuse(f"{key} must be a column of another type", key)
    return name or ""


def _share(table: Table, dataset: Dataset | None) -> Condition:
    table.only("kind", "part", "of", "below", "clear")
    whole = [one for one in ValueType if storage(one) is Storage.INT64]
    part = _column(table, "part", dataset, *whole)
    of = _column(table, "of", dataset, *whole)
    below, clear = _percent(table, "below"), _percent(table, "clear")
    if clear < below:
        table.refuse("clear must be below or more: else it ends as it begins", "clear")
    return ShareBelow(part, of, below, clear)


def _percent(table: Table, key: str) -> int:
    found = table.entries.get(key)
    if type(found) is not int or not 0 < found < _PERCENT:
        table.refuse(f"{key} must be a whole number of percent, 1 to 99")
        return 1
    return found


def _one_of(table: Table, dataset: Dataset | None) -> Condition:
    table.only("kind", "column", "is")
    name = table.text("column")
    held = _typed(table, "column", dataset, name)
    return OneOf(name or "", _compared(table, "is", held))


def _ends(table: Table, dataset: Dataset | None) -> Condition:
    table.only("kind", "column", "within", "clear", "past")
    column = _column(table, "column", dataset, ValueType.TIMESTAMP)
    within, clear = _must(table, "within"), _must(table, "clear")
    if clear < within:
        table.refuse("clear must be within or more: else it ends as it begins", "clear")
    return EndsWithin(column, within, clear, _span(table, "past"))


def _older(table: Table, dataset: Dataset | None) -> Condition:
    table.only("kind", "column", "age", "clear")
    column = _column(table, "column", dataset, ValueType.TIMESTAMP)
    age, clear = _must(table, "age"), _must(table, "clear")
    if clear > age:
        table.refuse("clear must be age or less: else it ends as it begins", "clear")
    return OlderThan(column, age, clear)


def _silent(table: Table, _: Dataset | None) -> Condition:
    table.only("kind", "after")
    after = _must(table, "after")
    if 0 < after < SILENT_LEAST_SECONDS:
        table.refuse("a device polls every quarter of an hour: say 1h or more", "after")
    return Silent(after)


def _announced(table: Table, _: Dataset | None) -> Condition:
    table.only("kind")
    return Announced()


def _must(table: Table, key: str) -> int:
    return table.duration(key) or 0


def _span(table: Table, key: str) -> int:
    """Return a length of time that may be left out."""
    return (table.duration(key) or 0) if key in table.entries else 0


_KINDS: Mapping[str, Callable[[Table, Dataset | None], Condition]] = {
    "share-below": _share,
    "one-of": _one_of,
    "ends-within": _ends,
    "older-than": _older,
    "silent": _silent,
    "losses-announced": _announced,
}
_ROWLESS = frozenset({"silent", "losses-announced"})
