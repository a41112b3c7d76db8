# SPDX-License-Identifier: Apache-2.0
"""Compiles the TOML in which people write a law pack, or says all that is wrong.

Rules: a rule names its statute, or it is none; every dataset and column must be
declared; for a claim that may come entries of the ledger are kept, and nothing that
devices send; what no person may open is kept for no law.
Not here: bounds and line numbers (`wire/policy_toml.py`), what follows from a pack
(`server/keeper/law.py`).
Source: docs/howto/keep-what-a-law-wants.md is the page for those who write one.
"""

from collections.abc import Mapping
from typing import TypeVar

from server.laws import LEDGER
from server.ledger_acts import TERMS
from wire import limits
from wire.catalogue import Catalogue, Dataset
from wire.papers.law import From, LawPack, LawRule
from wire.policy import Criterion
from wire.policy_check import DAY
from wire.policy_retention import JURISDICTION
from wire.policy_toml import Table, is_slug, read_table, shown
from wire.purposes import RULES, Purpose

T = TypeVar("T")

FORMAT = 1
_CRITERIA: Mapping[str, Criterion] = {
    item.value: item for item in (Criterion.LEGAL_OBLIGATION, Criterion.LIMITATION)
}
_PURPOSES: Mapping[str, Purpose] = {
    item.value: item
    for item in Purpose
    if RULES[item].collects and item is not Purpose.IMPROVEMENT
}
"""What is collected for improvement has no person in it, and nobody opens it."""
_STARTS: Mapping[str, From] = {item.value: item for item in From}
_WHICH = f"name which lines of the ledger: {', '.join(TERMS)}"
_NO_CLAIM = (
    'what devices send is not kept for a claim that may come: name dataset = "ledger", '
    "or use a hold when there is a claim"
)


def compile_pack(source: bytes, catalogue: Catalogue, file: str) -> LawPack:
    """Compile a law pack.

    Args:
        source: the file's bytes, from anyone.
        catalogue: what can be collected.
        file: name that problems carry.

    Raises:
        PolicySourceError: with every problem and its line.
    """
    return read_table(source, file, lambda table: _pack(table, catalogue))


def _pack(table: Table, catalogue: Catalogue) -> LawPack:
    table.only("format", "jurisdiction", "rule")
    if table.entries.get("format") != FORMAT:
        table.refuse(f"write format = {FORMAT}")
    jurisdiction = table.text("jurisdiction") or ""
    if jurisdiction and not JURISDICTION.match(jurisdiction):
        table.refuse('jurisdiction must be a country, such as "DE"', "jurisdiction")
    rules = []
    for name, item in table.tables("rule"):
        if not is_slug(name):
            item.refuse(f"{shown(name)} is no name: use lower-case words joined by -")
        rules.append(_rule(name, item, catalogue))
    if len(rules) > limits.LAW_RULES:
        table.refuse(f"more than {limits.LAW_RULES} rules", "rule")
    return LawPack(jurisdiction, tuple(sorted(rules, key=lambda rule: rule.id)))


def _rule(name: str, item: Table, catalogue: Catalogue) -> LawRule:
    known = "statute", "title", "criterion", "purposes", "dataset", "columns", "keep"
    item.only(*known, "from")
    criterion = _choice(item, "criterion", _CRITERIA, Criterion.LEGAL_OBLIGATION)
    dataset = item.text("dataset") or ""
    declared = catalogue.datasets.get(dataset)
    is_ledger = dataset == LEDGER
    if dataset and declared is None and not is_ledger:
        item.refuse(f"no such dataset: {shown(dataset)}", "dataset")
    if criterion is Criterion.LIMITATION and declared is not None:
        item.refuse(_NO_CLAIM, "criterion")
    return LawRule(
        name,
        item.text("statute") or "",
        item.text("title") or "",
        criterion,
        _ledgers_purpose(item) if is_ledger else _purposes(item),
        dataset,
        _terms(item) if is_ledger else _columns(item, declared),
        _days(item),
        _choice(item, "from", _STARTS, From.CREATED),
    )


def _purposes(item: Table) -> tuple[Purpose, ...]:
    purposes = item.slugs("purposes", limits.PURPOSES)
    for purpose in purposes:
        if purpose not in _PURPOSES:
            known = ", ".join(_PURPOSES)
            item.refuse(f"nothing to keep there; use {known}", "purposes")
    if "purposes" in item.entries and not purposes:
        item.refuse("name a purpose", "purposes")
    return tuple(_PURPOSES[purpose] for purpose in purposes if purpose in _PURPOSES)


def _ledgers_purpose(item: Table) -> tuple[Purpose, ...]:
    if "purposes" in item.entries:
        item.refuse("the ledger is of no purpose that collects: remove it", "purposes")
    return (Purpose.COMPLIANCE,)


def _terms(item: Table) -> tuple[str, ...]:
    """Return which lines of the ledger a law wants."""
    names = item.texts("columns")
    if names == ():
        item.refuse(_WHICH, "columns")
    for index, name in enumerate(names or ()):
        if name not in TERMS:
            item.refuse(_WHICH, "columns", str(index))
    return tuple(sorted(set(names or ())))


def _choice(item: Table, key: str, known: Mapping[str, T], usual: T) -> T:
    """Return what a key says by name; the usual where it is not there."""
    if key not in item.entries:
        return usual
    found = item.text(key)
    if found is not None and found not in known:
        item.refuse(f"{key} must be one of {', '.join(known)}", key)
    return known.get(found or "", usual)


def _columns(item: Table, dataset: Dataset | None) -> tuple[str, ...]:
    columns = item.texts("columns")
    if columns == ():
        item.refuse("name the columns that the law wants", "columns")
    for index, column in enumerate(columns or ()):
        if dataset is not None and dataset.column(column) is None:
            known = f"{dataset.name} has no column {shown(column)}"
            item.refuse(known, "columns", str(index))
    return tuple(sorted(set(columns or ())))


def _days(item: Table) -> int:
    seconds = item.duration("keep")
    if seconds is None:
        return 1
    if seconds % DAY or not DAY <= seconds <= limits.LAW_DAYS * DAY:
        item.refuse(f"keep must be 1d to {limits.LAW_DAYS}d", "keep")
    return seconds // DAY
