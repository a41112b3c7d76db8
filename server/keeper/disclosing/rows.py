# SPDX-License-Identifier: Apache-2.0
"""The rows of a disclosure as they are handed over: our columns, then the scope's.

Rules: a column that the scope does not name has no place; what a device did not send
is empty.
Not here: which records (`records.py`), files (`production.py`, `sealing.py`).
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from server.keeper.disclosing.records import Piece
from server.keeper.rights import about
from wire.body import values_of
from wire.catalogue import ValueType
from wire.papers.scope import DatasetScope

if TYPE_CHECKING:
    from wire.values import Value

OWN = ("purpose", "device", "sent", "change")
"""Columns of ours, in front of each table."""


def rows_of(piece: Piece, dataset: DatasetScope) -> Iterator[list[object]]:
    """Yield rows with our columns first and a place for each column of the scope."""
    table, chosen = piece.chosen.table, piece.chosen
    cells: dict[str, list[Value]] = {}
    for column in table.columns:
        if column.name in chosen.columns:
            values = values_of(column, table.rows)
            if column.type is ValueType.TIMESTAMP:
                values = [about.moment(value) for value in values]
            cells[column.name] = values
    blank: list[Value] = [None] * table.rows
    wanted = [cells.get(name, blank) for name in dataset.columns]
    sent = about.moment(piece.created)
    for row in chosen.rows:
        change = piece.ops[row].name.lower() if piece.ops else ""
        own = [piece.purpose, piece.device.hex(), sent, change]
        yield [*own, *(values[row] for values in wanted)]
