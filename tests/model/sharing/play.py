# SPDX-License-Identifier: Apache-2.0
"""Gives a drawn grant its rows by the product, and compares with the reference.

Rules: tables are encoded and decoded as envelopes hold them; a cell must be the very
stand-in that the column's class asks for, and a row stand where its number is.
Not here: drawing (`draws.py`), what should be (`reference.py`).
"""

import datetime as dt
from collections import Counter

from server.keeper.extracting import chosen
from server.keeper.sharing.permitted import Permission, permitted
from server.keeper.sharing.projection import narrowed, shape, shared
from server.keeper.sharing.standins import StandInKeys, restand
from server.reader.marked import Marked
from server.reader.remainders import Place, whole
from tests.model.sharing.draws import COLUMNS, NOW, RECORDS, Drawn, draw
from tests.model.sharing.reference import Cell, expected, is_allowed
from tests.reader_fixture import CATALOGUE, table
from wire import body
from wire.body import OpenTable
from wire.catalogue import Storage, storage
from wire.values import Value

KEYS = StandInKeys(bytes([1]) * 32, bytes([2]) * 32)
KINDS = {
    name: {
        column.name: "text" if storage(column.type) is Storage.UTF8 else "number"
        for column in CATALOGUE.datasets[name].columns
    }
    for name in COLUMNS
}
Found = list[tuple[str, tuple[tuple[str, Value], ...]]]


def play(number: int, *, widened: bool = False) -> Counter[str]:
    """Return what was wrong with one drawn grant, and what it gave.

    Args:
        number: the seed.
        widened: let each grant name every column, which must be found.
    """
    drawn = draw(number, KINDS)
    found = permitted(
        drawn.grant,
        drawn.registered,
        drawn.policy,
        drawn.countries,
        NOW,
        revoked=drawn.revoked,
    )
    rows, cells = expected(drawn)
    if widened and found.columns:
        columns = {name: frozenset(COLUMNS[name]) for name in found.columns}
        found = Permission(columns)
    released = Counter(_released(drawn, found))
    wanted = Counter(_wanted(rows, cells))
    extra = released - wanted
    missing = wanted - released
    named = {(name, column) for name, _, column, _ in cells}
    shown = {(name, column) for name, row in released for column, _ in row}
    return Counter(
        pairs=RECORDS,
        columns=len(shown - named),
        rows=extra.total(),
        missing=missing.total(),
        given=released.total(),
        refused=not is_allowed(drawn),
        slugs=bool(found.refused) is bool(found.columns),
    )


def _released(drawn: Drawn, permission: Permission) -> Found:
    """Return the rows that the product gives, without what is null."""
    scope = narrowed(drawn.grant.scope, permission.columns)
    if not scope.datasets:
        return []
    tables = _tables(drawn)
    place = Place(
        *(drawn.device, drawn.grant.purpose, "short", bytes(16), bytes(16), 1),
        drawn.created,
    )
    picked = chosen(map(whole, tables), scope)
    found: Found = []
    for row in shared(place, picked, permission.columns, KEYS, CATALOGUE, Marked()):
        names = shape(row.dataset, permission.columns, CATALOGUE)
        pairs = zip(names, row.cells, strict=True)
        filled = tuple((name, value) for name, value in pairs if value is not None)
        found.append((row.dataset, filled))
    return found


def _tables(drawn: Drawn) -> tuple[OpenTable, ...]:
    parts = []
    for name, rows in drawn.tables.items():
        ops = drawn.ops.get(name, ())
        changes = [(op, at + 1) for at, op in enumerate(ops)]
        named = [{} if row is None else row for row in rows]
        parts.append(table(name, named, drawn.grant.purpose, drawn.mode, changes))
    octets = body.encode(parts, [], drawn.grant.purpose.value)
    return body.decode(octets).tables


def _wanted(rows: set[tuple[str, int]], cells: set[Cell]) -> Found:
    """Return the rows that should leave, as a recipient would see them."""
    found: Found = []
    for dataset, number in sorted(rows):
        held = {
            name: value for n, at, name, value in cells if (n, at) == (dataset, number)
        }
        order = ["device", "observed", *KINDS[dataset]]
        filled = tuple(
            (name, _shown(dataset, name, held[name])) for name in order if name in held
        )
        found.append((dataset, filled))
    return found


def _shown(dataset: str, name: str, value: Value) -> Value:
    if name in {"observed", "timestamp"} and isinstance(value, int):
        return dt.datetime.fromtimestamp(value, dt.UTC).isoformat()
    declared = CATALOGUE.datasets[dataset].column(name)
    identity = "device" if declared is None else declared.identity
    return restand(value, KEYS, identity) if isinstance(value, str) else value
