# SPDX-License-Identifier: Apache-2.0
"""Rows as a recipient gets them: permitted columns, chosen rows, its own stand-ins.

Rules: a column that is not permitted is not read for a cell, nor is a row that the
grant's rules do not choose, one that was erased or removed, or one of a person whose
data is restricted; who a device is, and when it spoke, are columns like any other: they
leave where they are granted.
Not here: what is permitted (`permitted.py`), opening (`server/keeper/extracting.py`),
files (`server/formats`).
"""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from server.formats.tables import DEVICE, OBSERVED
from server.keeper.rights.about import moment
from server.keeper.sharing.standins import StandInKeys, restand
from server.reader.marked import Marked
from server.reader.remainders import Place
from wire import limits
from wire.body import values_of
from wire.body_head import Op
from wire.body_rows import Projected
from wire.catalogue import Catalogue, Column, Dataset, Storage, ValueType, storage
from wire.papers.release import ReleasedColumn
from wire.papers.scope import Scope
from wire.policy import Policy
from wire.purposes import Purpose
from wire.values import Value

Columns = Mapping[str, frozenset[str]]
"""Dataset > names of its columns, and of ours."""
OWN = (DEVICE, OBSERVED)
"""Columns of ours that can be granted; a device's name for people cannot."""
TIME = "TIMESTAMP_S"
"""DuckDB's word for a time."""
_WORDS = {
    Storage.UTF8: "VARCHAR",
    Storage.BOOL: "BOOLEAN",
    Storage.INT64: "BIGINT",
    Storage.FLOAT64: "DOUBLE",
}


@dataclass(frozen=True, slots=True)
class SharedRow:
    """One row of a release: dataset, and the cells of `shape`'s columns."""

    dataset: str
    cells: tuple[Value, ...]


def narrowed(scope: Scope, allowed: Columns) -> Scope:
    """Return a scope with the columns that are permitted, and no others."""
    return replace(
        scope,
        datasets=tuple(
            replace(
                dataset,
                columns=tuple(
                    name for name in dataset.columns if name in allowed[dataset.name]
                ),
            )
            for dataset in scope.datasets
            if allowed.get(dataset.name)
        ),
    )


def shape(dataset: str, allowed: Columns, catalogue: Catalogue) -> tuple[str, ...]:
    """Return the columns of a release's table, ours first, then in declared order."""
    names = allowed.get(dataset, frozenset())
    declared = catalogue.datasets[dataset].columns
    return tuple(
        name for name in (*OWN, *(column.name for column in declared)) if name in names
    )


def shared(
    place: Place,
    chosen: Iterable[Projected],
    allowed: Columns,
    keys: StandInKeys,
    catalogue: Catalogue,
    marked: Marked,
) -> Iterator[SharedRow]:
    """Yield the rows of an envelope as a recipient gets them.

    Args:
        place: of the envelope.
        chosen: its rows and columns, by the narrowed scope.
        allowed: columns that are permitted, by dataset.
        keys: of the recipient and the grant.
        catalogue: declares the columns.
        marked: restrictions in force.

    Raises:
        BodyError: a column is malformed.
    """
    device = place.device
    own: dict[str, Value] = {
        DEVICE: restand(device.hex(), keys, DEVICE),
        OBSERVED: moment(place.created),
    }
    for item in chosen:
        name = item.table.dataset
        declared = catalogue.datasets.get(name)
        if declared is None:
            continue
        hidden = marked.hidden(device, item.table, declared)
        rows = [row for row in item.rows if row not in hidden and _is_there(item, row)]
        wanted = shape(name, allowed, catalogue)
        cells = cells_of(item, rows, declared, wanted, keys)
        blank: list[Value] = [None] * len(rows)
        lists = [
            [own[one]] * len(rows) if one in own else cells.get(one, blank)
            for one in wanted
        ]
        for found in zip(*lists, strict=True):
            yield SharedRow(name, found)


def cells_of(
    item: Projected,
    rows: Sequence[int],
    declared: Dataset,
    wanted: Container[str],
    keys: StandInKeys | None,
) -> dict[str, list[Value]]:
    """Return the cells of some rows, by column.

    Args:
        item: rows and columns of a table.
        rows: which of its rows.
        declared: the dataset; a column that it does not declare so is left out.
        wanted: names of the columns that are permitted.
        keys: of the recipient and the grant; None leaves values as they are.

    Raises:
        BodyError: a column is malformed.
    """
    found: dict[str, list[Value]] = {}
    for column in item.table.columns:
        known = declared.column(column.name)
        if known is None or known.type is not column.type:
            continue
        if column.name in item.columns and column.name in wanted:
            values = values_of(column, item.table.rows)
            found[column.name] = [_shown(values[row], known, keys) for row in rows]
    return found


def released(column: Column, done: str) -> ReleasedColumn:
    """Return what a head says of a declared column.

    Args:
        column: the declaration.
        done: what was done to its values.
    """
    timed = column.type is ValueType.TIMESTAMP
    kind = TIME if timed else _WORDS[storage(column.type)]
    return ReleasedColumn(column.name, kind, done[: limits.NAME_CHARS])


def transforms(policy: Policy, purpose: Purpose, dataset: str) -> dict[str, str]:
    """Return what a policy does to each column of a dataset that it keeps."""
    rules = policy.rules(purpose)
    return {
        column.column: column.transform
        for rule in (rules.datasets if rules else ())
        if rule.dataset == dataset
        for column in rule.columns
    }


def _is_there(item: Projected, row: int) -> bool:
    """Tell whether a row has values: one that a change removes has none."""
    return not item.table.ops or item.table.ops[row] is not Op.REMOVE


def _shown(value: Value, column: Column, keys: StandInKeys | None) -> Value:
    if column.type is ValueType.TIMESTAMP:
        return moment(value)
    if keys is None or not isinstance(value, str):
        return value
    return restand(value, keys, column.identity)
