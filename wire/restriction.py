# SPDX-License-Identifier: Apache-2.0
"""A restriction: what a client or the endpoint's owner does not want, in a short TOML.

Rules: it can only forbid; a name that does not exist is refused, for a typo must not
permit; who cannot read a restriction collects nothing.
Not here: what becomes of a policy (`wire/narrowing.py`).
Source: docs/policy.md is the page for those who write one.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from wire.allowed import canonical
from wire.catalogue import Catalogue, Column
from wire.diagnostics import Consent
from wire.errors import PolicyError, TransformError
from wire.events import read_events
from wire.networks import read_network
from wire.policy_toml import Table, read_table, shown
from wire.purposes import Purpose
from wire.transforms import check_call, transforms
from wire.transforms.call import Call, parse_call

T = TypeVar("T")
_DEFAULT = "default"
_CONSENTS = frozenset(consent.value for consent in Consent)
_FORMS = "write purpose:NAME, dataset:NAME, column:DATASET.COLUMN or updates"
_UPDATES = "updates"


@dataclass(frozen=True, slots=True)
class NarrowedColumn:
    """One column that leaves through this transform, or through a stricter one."""

    dataset: str
    column: str
    call: Call


@dataclass(frozen=True, slots=True)
class Restriction:
    """What is not wanted, whatever a policy says.

    Attributes:
        purposes: purposes for which nothing is collected.
        datasets: datasets that are not collected for any purpose.
        columns: (dataset, column) pairs that are not collected for any purpose.
        narrowed: columns that need a transform at least this strict, sorted.
        discovery: the networks on which other machines may be asked who they are;
            None where nothing is said of it.
        events: the only events that may be read with their text; None where nothing
            is said of it.
        consents: what diagnostics need of a person at the machine, by name, sorted.
        consent: what all others need; None where nothing is said of it.
        updates: whether the agent's own updates are denied.
    """

    purposes: frozenset[Purpose] = frozenset()
    datasets: frozenset[str] = frozenset()
    columns: frozenset[tuple[str, str]] = frozenset()
    narrowed: tuple[NarrowedColumn, ...] = ()
    discovery: tuple[str, ...] | None = None
    events: tuple[str, ...] | None = None
    consents: tuple[tuple[str, Consent], ...] = ()
    consent: Consent | None = None
    updates: bool = False


def parse_restriction(
    source: bytes, file: str, catalogue: Catalogue | None = None
) -> Restriction:
    """Read a restriction.

    Args:
        source: the TOML; an empty file forbids nothing.
        file: name that problems carry.
        catalogue: what is declared, to refuse names that are not; None for not.

    Raises:
        PolicySourceError: with every problem and its line.
    """
    return read_table(source, file, lambda top: _restriction(top, catalogue))


def _restriction(top: Table, catalogue: Catalogue | None) -> Restriction:
    top.only("deny", "narrow", "discovery", "events", "diagnostics")
    purposes: set[Purpose] = set()
    datasets: set[str] = set()
    columns: set[tuple[str, str]] = set()
    denied = top.texts("deny") if "deny" in top.entries else ()
    for index, text in enumerate(denied or ()):
        kind, _, name = text.partition(":")
        reason: str | None = f"{shown(text)}: {_FORMS}"
        if kind == "purpose":
            found = {purpose for purpose in Purpose if purpose.value == name}
            purposes |= found
            reason = None if found else f"unknown purpose {shown(name)}"
        elif kind == "dataset":
            datasets.add(name)
            reason = _unknown_dataset(name, catalogue)
        elif text == _UPDATES:
            reason = None
        elif kind == "column" and "." in name:
            dataset, _, column = name.partition(".")
            columns.add((dataset, column))
            reason = _unknown_dataset(dataset, catalogue)
            if catalogue is not None and not reason:
                reason = _declared(dataset, column, catalogue)[1]
        if reason is not None:
            top.refuse(reason, "deny", str(index))
    narrowed = [
        item
        for name, text in top.choices("narrow")
        if (item := _narrowed(top, name, text, catalogue)) is not None
    ]
    narrowed.sort(key=lambda item: (item.dataset, item.column))
    consents = dict(_consents(top, catalogue))
    default = consents.pop(_DEFAULT, None)
    return Restriction(
        frozenset(purposes),
        frozenset(datasets),
        frozenset(columns),
        tuple(narrowed),
        _discovery(top),
        _events(top),
        tuple(sorted(consents.items())),
        default,
        _UPDATES in (denied or ()),
    )


def _consents(top: Table, catalogue: Catalogue | None) -> Iterator[tuple[str, Consent]]:
    """Yield what [diagnostics] says of each diagnostic, and of `default`."""
    for name, text in top.choices("diagnostics"):
        declared = None if catalogue is None else catalogue.datasets.get(name)
        known = declared is not None and declared.diagnostic is not None
        if name != _DEFAULT and catalogue is not None and not known:
            reason = f"unknown diagnostic {shown(name)}; docs/datasets.md lists them"
            top.refuse(reason, "diagnostics", name)
        elif text not in _CONSENTS:
            reason = f"{shown(text)}: write {', '.join(Consent)}"
            top.refuse(reason, "diagnostics", name)
        else:
            yield name, Consent(text)


def _discovery(top: Table) -> tuple[str, ...] | None:
    """Return the networks of [discovery]; None where there is no such table."""
    found = _allowed(top, "discovery", read_network)
    return None if found is None else canonical(found)


def _events(top: Table) -> tuple[str, ...] | None:
    """Return the events of [events]; None where there is no such table."""
    found = _allowed(top, "events", read_events)
    return None if found is None else canonical(found)


def _allowed(top: Table, key: str, read: Callable[[str], T]) -> list[T] | None:
    """Return what a table allows; nothing of one that is refused, None without one."""
    if key not in top.entries:
        return None
    table = top.table(key)
    if table is None:
        return []
    table.only("allow")
    found: list[T] = []
    for index, text in enumerate(table.texts("allow") or ()):
        try:
            found.append(read(text))
        except PolicyError as error:
            table.refuse(f"{shown(text)}: {error}", "allow", str(index))
    return found


def _unknown_dataset(name: str, catalogue: Catalogue | None) -> str | None:
    if catalogue is None or name in catalogue.datasets:
        return None
    return f"unknown dataset {shown(name)}; docs/datasets.md lists them"


def _declared(
    dataset: str, column: str, catalogue: Catalogue
) -> tuple[Column | None, str | None]:
    """Return the declared column, or why there is none."""
    table = catalogue.datasets.get(dataset)
    if table is None:
        return None, _unknown_dataset(dataset, catalogue)
    found = table.column(column)
    return found, None if found else (
        f"{dataset} has no column {shown(column)}; see docs/datasets.md"
    )


def _narrowed(
    top: Table, name: str, text: str, catalogue: Catalogue | None
) -> NarrowedColumn | None:
    """Return one entry of [narrow]; None when it is refused."""
    dataset, dot, column = name.partition(".")
    if not dot:
        top.refuse(f"{shown(name)}: write DATASET.COLUMN", "narrow", name)
        return None
    try:
        call = parse_call(text)
        if catalogue is None:
            _check_name(call)
        else:
            declared, reason = _declared(dataset, column, catalogue)
            if declared is None:
                top.refuse(reason or "", "narrow", name)
                return None
            check_call(call, declared)
    except TransformError as error:
        top.refuse(str(error), "narrow", name)
        return None
    return NarrowedColumn(dataset, column, call)


def _check_name(call: Call) -> None:
    """Refuse a transform that does not exist, where there is no column to fit.

    Raises:
        TransformError: when there is no such transform.
    """
    if call.name not in transforms():
        msg = f"no such transform; use one of {', '.join(transforms())}"
        raise TransformError(msg)
