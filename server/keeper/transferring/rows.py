# SPDX-License-Identifier: Apache-2.0
"""Rows as an acquirer gets them: as the store has them, with what they need to be used.

Rules: a column that the policy in force does not keep is not there, nor a row that was
erased, or of somebody whose data is restricted; stand-ins go as they are, so what was
one thing within a purpose and an epoch stays one, and no key goes with them.
Not here: which envelopes (`portions.py`), files (`server/keeper/sharing/writing.py`).
Source: docs/adr/0032-a-transfer-waits-for-the-client.md.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from policies import catalogue
from server.formats.tables import DEVICE, OBSERVED
from server.keeper.extracting import Source
from server.keeper.rights.about import moment
from server.keeper.sharing.projection import cells_of
from server.keeper.sharing.releasing import transforms_of, word_of
from server.keyring import LiveKey
from server.reader.marked import Marked
from wire.body_head import Mode
from wire.body_rows import Projected
from wire.catalogue import Dataset
from wire.papers.release import ReleasedColumn
from wire.papers.scope import DatasetScope
from wire.policy import Policy
from wire.purposes import Purpose
from wire.values import Value

_TIME = "TIMESTAMP_S"
OWN = {
    "purpose": "VARCHAR",
    "epoch": _TIME,
    "until": _TIME,
    DEVICE: "VARCHAR",
    OBSERVED: _TIME,
    "sequence": "BIGINT",
    "change": "VARCHAR",
    "row": "BIGINT",
}
"""Ours, in front of each table: for what and until when a row may be kept, within which
time its stand-ins compare, whose it is, and how it changes a state."""
STATE = "state"
"""A row of a whole state; a change names the operation, and an event has neither."""
_DROP = "drop"
_KEPT = "keep"


def scopes(policy: Policy, purpose: Purpose) -> tuple[DatasetScope, ...]:
    """Return what a policy keeps for a purpose: datasets and their columns."""
    rules = policy.rules(purpose)
    names = {rule.dataset for rule in rules.datasets} if rules else set()
    found = [
        DatasetScope(name, tuple(_kept(policy, purpose, declared)))
        for name in sorted(names)
        if (declared := catalogue().datasets.get(name)) is not None
    ]
    return tuple(one for one in found if one.columns)


def columns(
    policy: Policy, purpose: Purpose, scope: DatasetScope
) -> tuple[ReleasedColumn, ...]:
    """Return the columns of a table, and what was done to the values of each."""
    done = transforms_of(policy, purpose, scope.name)
    declared = catalogue().datasets[scope.name].columns
    return (
        *(ReleasedColumn(name, word, _KEPT) for name, word in OWN.items()),
        *(
            ReleasedColumn(one.name, word_of(scope.name, one.name), done[one.name])
            for one in declared
            if one.name in done
        ),
    )


@dataclass(frozen=True, slots=True)
class Table:
    """What of one table of an envelope may go.

    Attributes:
        item: the table, and its columns in the scope.
        declared: its dataset.
        rows: those that may go.
        hidden: how many are of somebody whose data is restricted.
    """

    item: Projected
    declared: Dataset
    rows: tuple[int, ...]
    hidden: int


def tables(source: Source, marked: Marked) -> Iterator[Table]:
    """Yield what of an envelope may go, table by table.

    Args:
        source: the opened envelope; erased rows are not among those it chose.
        marked: restrictions in force.

    Raises:
        BodyError: a column is malformed.
    """
    for item in source.chosen:
        declared = catalogue().datasets[item.table.dataset]
        hidden = marked.hidden(source.place.device, item.table, declared)
        rows = tuple(row for row in item.rows if row not in hidden)
        yield Table(item, declared, rows, len(item.rows) - len(rows))


def cells(
    source: Source, table: Table, key: LiveKey, names: tuple[str, ...]
) -> Iterator[tuple[Value, ...]]:
    """Yield the cells of a table's rows, in the order of `columns`.

    Args:
        source: the envelope.
        table: of it.
        key: to which it is sealed.
        names: of the columns.

    Raises:
        BodyError: a column is malformed.
    """
    place, rows = source.place, table.rows
    found: dict[str, list[Value]] = {
        "purpose": [place.purpose.value] * len(rows),
        "epoch": [moment(key.start)] * len(rows),
        "until": [moment(key.until)] * len(rows),
        DEVICE: [place.device.hex()] * len(rows),
        OBSERVED: [moment(place.created)] * len(rows),
        "sequence": [place.sequence] * len(rows),
        **_changes(table),
        **cells_of(table.item, rows, table.declared, names, None),
    }
    blank: list[Value] = [None] * len(rows)
    yield from zip(*(found.get(name, blank) for name in names), strict=True)


def _changes(table: Table) -> Mapping[str, list[Value]]:
    """Return what each row does to a state, and to which row; nothing for events."""
    opened = table.item.table
    match opened.mode:
        case Mode.APPEND:
            return {}
        case Mode.FULL:
            return {"change": [STATE] * len(table.rows), "row": [*table.rows]}
        case Mode.DELTA:
            return {
                "change": [opened.ops[row].name.lower() for row in table.rows],
                "row": [opened.numbers[row] for row in table.rows],
            }


def _kept(policy: Policy, purpose: Purpose, declared: Dataset) -> Iterator[str]:
    done = transforms_of(policy, purpose, declared.name)
    for column in declared.columns:
        if done.get(column.name, _DROP) != _DROP:
            yield column.name
