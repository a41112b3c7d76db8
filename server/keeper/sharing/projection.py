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
from dataclasses import dataclass, field, replace

from server.formats.tables import DEVICE, OBSERVED
from server.keeper.rights.about import moment
from server.keeper.sharing.standins import StandInKeys, meant, restand
from server.reader.marked import Marked
from server.reader.remainders import Place
from wire.body import values_of
from wire.body_head import Op
from wire.body_rows import Projected
from wire.catalogue import Catalogue, Column, Dataset, ValueType
from wire.papers.scope import Scope
from wire.values import Value

Columns = Mapping[str, frozenset[str]]
"""Dataset > names of its columns, and of ours."""
OWN = (DEVICE, OBSERVED)
"""Columns of ours that can be granted; a device's name for people cannot."""


@dataclass(frozen=True, slots=True)
class SharedRow:
    """One row of a release: dataset, and the cells of `shape`'s columns."""

    dataset: str
    cells: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Meant:
    """What stand-ins that a recipient asks about stand for, as far as it was found.

    Attributes:
        asked: the stand-ins.
        found: what those that were found stand for.
    """

    asked: frozenset[str]
    found: dict[str, str] = field(default_factory=dict)

    def note(self, shown: str, value: str) -> None:
        """Keep what a stand-in stands for, where it is asked for."""
        if shown in self.asked:
            self.found.setdefault(shown, value)


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


def shared(  # noqa: PLR0913 - what one envelope's rows are made with
    place: Place,
    chosen: Iterable[Projected],
    allowed: Columns,
    keys: StandInKeys,
    catalogue: Catalogue,
    marked: Marked,
    *,
    meaning: Meant | None = None,
) -> Iterator[SharedRow]:
    """Yield the rows of an envelope as a recipient gets them.

    Args:
        place: of the envelope.
        chosen: its rows and columns, by the narrowed scope.
        allowed: columns that are permitted, by dataset.
        keys: of the recipient and the grant.
        catalogue: declares the columns.
        marked: restrictions in force.
        meaning: takes what stand-ins of these very cells stand for; None for nothing.

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
        cells = cells_of(item, rows, declared, wanted, keys, meaning)
        blank: list[Value] = [None] * len(rows)
        lists = [
            [own[one]] * len(rows) if one in own else cells.get(one, blank)
            for one in wanted
        ]
        if meaning is not None and DEVICE in wanted and rows:
            meaning.note(str(own[DEVICE]), device.hex())
        for found in zip(*lists, strict=True):
            yield SharedRow(name, found)


def cells_of(
    item: Projected,
    rows: Sequence[int],
    declared: Dataset,
    wanted: Container[str],
    keys: StandInKeys | None,
    meaning: Meant | None = None,
) -> dict[str, list[Value]]:
    """Return the cells of some rows, by column.

    Args:
        item: rows and columns of a table.
        rows: which of its rows.
        declared: the dataset; a column that it does not declare so is left out.
        wanted: names of the columns that are permitted.
        keys: of the recipient and the grant; None leaves values as they are.
        meaning: takes what stand-ins of these very cells stand for; None for nothing.

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
            if meaning is not None and keys is not None:
                _note(meaning, (values[row] for row in rows), known, keys)
    return found


def _note(
    meaning: Meant, values: Iterable[Value], column: Column, keys: StandInKeys
) -> None:
    for value in values:
        if isinstance(value, str):
            for shown, stands_for in meant(value, keys, column.identity):
                meaning.note(shown, stands_for)


def _is_there(item: Projected, row: int) -> bool:
    """Tell whether a row has values: one that a change removes has none."""
    return not item.table.ops or item.table.ops[row] is not Op.REMOVE


def _shown(value: Value, column: Column, keys: StandInKeys | None) -> Value:
    if column.type is ValueType.TIMESTAMP:
        return moment(value)
    if keys is None or not isinstance(value, str):
        return value
    return restand(value, keys, column.identity)
