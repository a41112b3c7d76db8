# SPDX-License-Identifier: Apache-2.0
"""Applies the calls of one purpose to raw rows: the only maker of records.

Rules: a column without a call is absent; an undeclared column, an unknown transform,
a wrong type, an exception or a time-out withholds the value and is counted; what the
purpose may not hold is withheld even when the plan asks for it.
Not here: how a plan is made (`agent/plan.py`), what a text hides (`text.py`).
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeGuard

from agent.redaction import bounds
from agent.redaction.fitting import fit_values
from agent.rows import Row
from wire.catalogue import Column, Dataset, Sensitivity, ValueType
from wire.errors import TransformError
from wire.mint import mint_record
from wire.policy_check import refuse_column, refuse_dataset
from wire.purposes import Purpose
from wire.record import Record
from wire.transforms import apply_call, check_call, transforms
from wire.transforms.call import DROP, KEEP, Call
from wire.transforms.transform import TransformContext
from wire.values import Value, Withheld

if TYPE_CHECKING:  # a pass without texts does not load it
    from agent.redaction.text import Scrubber

UNDECLARED = ""
"""Column named by the note about undeclared columns: their names may be data."""

_TEXTS = frozenset({Call("scrub"), Call("scrub_prefix")})
"""Transforms of texts, which cost least for many at once."""
_Cells = list[Value | Withheld]
_Refusals = Mapping[str, Withheld]


@dataclass(frozen=True, slots=True)
class BoundDataset:
    """One dataset, for one purpose, with the call of each column that leaves."""

    dataset: Dataset
    purpose: Purpose
    calls: Mapping[str, Call]


@dataclass(frozen=True, slots=True)
class Withholding:
    """How often a column's value was withheld, and why."""

    dataset: str
    column: str
    reason: Withheld
    count: int


@dataclass(frozen=True, slots=True)
class Redacted:
    """Records that may be sealed, and what was withheld from them."""

    records: list[Record]
    withheld: list[Withholding]


@dataclass(frozen=True, slots=True)
class Cell:
    """One column of one row, before and after; shown to a terminal only.

    Attributes:
        column: declared name.
        raw: the value as read; in memory only.
        redacted: what would leave; None where nothing does.
        reason: why nothing leaves; None where something does.
    """

    column: str
    raw: Value = field(repr=False)
    redacted: Value = field(repr=False)
    reason: Withheld | None


class Redactor:
    """Makes records; holds the key and the scrubber of one pass."""

    def __init__(
        self,
        pseudonym_key: bytes | None,
        scrubber: "Scrubber | None",
        make: "Callable[[], Scrubber] | None" = None,
    ) -> None:
        """Keep the key of (tenant, purpose, epoch) and the scrubber, or neither.

        Args:
            pseudonym_key: None for none.
            scrubber: None for none, or for one that is made when a text asks for it.
            make: makes that one: most passes over logs find no text at all.
        """
        self._key = pseudonym_key
        self._scrubber = scrubber
        self._make = make
        self._keeping: Scrubber | None = None

    def __repr__(self) -> str:
        """Show no key."""
        return "<Redactor>"

    def redact(self, bound: BoundDataset, rows: Iterable[Row]) -> Redacted:
        """Turn raw rows into records.

        Args:
            bound: dataset, purpose and the call of each column.
            rows: rows as a reader gave them.

        Returns:
            One record a row, in order, and the counted withholdings.
        """
        counts: Counter[tuple[str, Withheld]] = Counter()
        records: list[Record] = []
        refused = _refusals(bound)
        listed = rows if isinstance(rows, list) else list(rows)
        for start in range(0, len(listed), bounds.LEARN_ROWS):
            chunk = listed[start : start + bounds.LEARN_ROWS]
            records += self._redact_chunk(bound, chunk, refused, counts)
        withheld = [
            Withholding(bound.dataset.name, column, reason, count)
            for (column, reason), count in sorted(
                counts.items(), key=lambda item: (item[0][0], item[0][1].value)
            )
        ]
        return Redacted(records, withheld)

    def _redact_chunk(
        self,
        bound: BoundDataset,
        rows: list[Row],
        refused: _Refusals,
        counts: Counter[tuple[str, Withheld]],
    ) -> list[Record]:
        names: list[str] = []
        columns: list[list[Value]] = []
        learned = self._learned(bound, rows)
        for name in bound.calls:
            if bound.calls[name] == DROP:
                continue
            if name in refused:
                values: _Cells = [refused[name]] * len(rows)
            else:
                values = self._column(bound, name, rows, learned)
            shown = name if bound.dataset.column(name) else UNDECLARED
            if not _all_leave(values):
                withheld = [cell for cell in values if isinstance(cell, Withheld)]
                for reason, count in Counter(withheld).items():
                    counts[shown, reason] += count
                kept = [None if isinstance(cell, Withheld) else cell for cell in values]
            else:
                kept = values
            if shown:
                names.append(name)
                columns.append(kept)
        declared = frozenset(column.name for column in bound.dataset.columns)
        for row in rows:
            if not declared.issuperset(row.columns()):
                undeclared = sum(name not in declared for name in row.columns())
                counts[UNDECLARED, Withheld.UNKNOWN_COLUMN] += undeclared
        dataset, purpose = bound.dataset.name, bound.purpose.value
        if not columns:
            return [mint_record(dataset, purpose, {}) for _ in rows]
        return [
            mint_record(dataset, purpose, dict(zip(names, values, strict=True)))
            for values in zip(*columns, strict=True)
        ]

    def _column(
        self,
        bound: BoundDataset,
        name: str,
        rows: Sequence[Row],
        learned: Sequence[tuple[str, str]],
    ) -> _Cells:
        """Return the redacted values of one column, row by row."""
        column = bound.dataset.column(name)
        if column is None:  # `_refusals` has it
            return [Withheld.UNKNOWN_COLUMN] * len(rows)
        call = bound.calls[name]
        cells = fit_values([row.value(name) for row in rows], column.type)
        if call == KEEP:
            return cells
        if call in _TEXTS:
            if not any(isinstance(cell, str) for cell in cells):
                return cells  # nobody needs a scrubber for that
            return _scrubbed(cells, learned, self._scrubber_of(call))
        apply = self._applied(column, call, learned)
        return fit_values(
            [cell if isinstance(cell, Withheld) else apply(cell) for cell in cells],
            column.type,
        )

    def _scrubbing(self) -> "Scrubber | None":
        """Return what scrubs, made now if it has not been; None where nothing does."""
        if self._scrubber is None and self._make is not None:
            self._scrubber = self._make()
        return self._scrubber

    def _scrubber_of(self, call: Call) -> "Scrubber | None":
        """Return what scrubs as the call says; one that keeps prefixes where asked."""
        scrubber = self._scrubbing()
        if call.name != "scrub_prefix" or scrubber is None:
            return scrubber
        if self._keeping is None:
            from wire.stand_ins import PREFIXED  # noqa: PLC0415 - where texts leave

            self._keeping = scrubber.keeping(PREFIXED)
        return self._keeping

    def _applied(
        self, column: Column, call: Call, learned: Sequence[tuple[str, str]]
    ) -> Callable[[Value], Value | Withheld]:
        """Return the function that redacts one value of a column."""

        def scrub(text: str) -> str | Withheld:
            scrubber = self._scrubbing()
            if scrubber is None:
                return Withheld.TRANSFORM_FAILED
            return scrubber.scrub(text, learned)

        context = TransformContext(column, self._key, scrub)

        def apply(value: Value) -> Value | Withheld:
            try:
                return apply_call(call, value, context)
            except Exception:  # noqa: BLE001 - boundary: a transform that fails withholds, and it is counted
                return Withheld.TRANSFORM_FAILED

        return apply

    def _learned(
        self, bound: BoundDataset, rows: Sequence[Row]
    ) -> Sequence[tuple[str, str]]:
        """Return the typed identities of the rows, when a text will be scrubbed.

        Beside those of the columns these are the names in fields that are no columns.
        """
        free = (
            column.name in bound.calls and column.sensitivity is Sensitivity.FREE_TEXT
            for column in bound.dataset.columns
        )
        nothing = self._scrubber is None and self._make is None
        if nothing or not any(free):
            return ()
        found: set[tuple[str, str]] = set()
        for column in bound.dataset.columns:
            if column.identity and column.type is ValueType.TEXT:
                values = {row.value(column.name) for row in rows}
                found |= {(column.identity, v) for v in values if isinstance(v, str)}
        for row in rows:
            found.update(row.names)
        return sorted(found)

    def explain(self, bound: BoundDataset, row: Row) -> list[Cell]:
        """Show one row before and after, column by column, for a preview.

        Args:
            bound: dataset, purpose and the call of each column.
            row: one raw row.

        Returns:
            One cell for each declared column, in declared order.
        """
        learned = self._learned(bound, [row])
        refused = _refusals(bound)
        cells: list[Cell] = []
        for column in bound.dataset.columns:
            raw = row.value(column.name)
            call = bound.calls.get(column.name, DROP)
            got: Value | Withheld = Withheld.BY_POLICY
            if column.name in refused:
                got = refused[column.name]
            elif call != DROP:
                got = self._column(bound, column.name, [row], learned)[0]
            if isinstance(got, Withheld):
                cells.append(Cell(column.name, raw, None, got))
            else:
                cells.append(Cell(column.name, raw, got, None))
        return cells


def _scrubbed(
    cells: _Cells, learned: Sequence[tuple[str, str]], scrubber: "Scrubber | None"
) -> _Cells:
    """Scrub a whole column at once: blocks of texts cost far less than texts."""
    where = [index for index, cell in enumerate(cells) if isinstance(cell, str)]
    if scrubber is None:
        for index in where:
            cells[index] = Withheld.TRANSFORM_FAILED
        return cells
    texts = [str(cells[index]) for index in where]
    for index, text in zip(where, scrubber.scrub_many(texts, learned), strict=True):
        cells[index] = text
    return cells


def _all_leave(cells: _Cells) -> TypeGuard[list[Value]]:
    """Tell, in one pass of C, whether no cell is withheld."""
    return Withheld not in set(map(type, cells))


def _refusals(bound: BoundDataset) -> _Refusals:
    """Return the columns that are withheld whole, asked for all the same."""
    found: dict[str, Withheld] = {}
    for name, call in bound.calls.items():
        column = bound.dataset.column(name)
        if call == DROP:
            continue
        refusal = Withheld.UNKNOWN_COLUMN
        if column is not None:
            refused = _refusal(bound.purpose, bound.dataset, column, call)
            if refused is None:
                continue
            refusal = refused
        found[name] = refusal
    return found


def _refusal(
    purpose: Purpose, dataset: Dataset, column: Column, call: Call
) -> Withheld | None:
    """Say why a whole column is withheld; None when its call may be applied.

    The compiler has asked the same; a policy that was signed all the same is not
    obeyed in what the product forbids.
    """
    if call.name not in transforms():
        return Withheld.UNKNOWN_TRANSFORM
    try:
        check_call(call, column)
    except TransformError:
        return Withheld.TRANSFORM_FAILED
    if refuse_dataset(purpose, dataset) or refuse_column(
        purpose, dataset, column, call
    ):
        return Withheld.BY_POLICY
    return None
