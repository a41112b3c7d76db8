# SPDX-License-Identifier: Apache-2.0
"""What a hold takes out of a body, against a reference that knows nothing of it.

Rules: 0 rows and columns more than the scope names, 0 fewer; what is sealed and opened
again is what was chosen.
Not here: when it is taken out (`tests/unit/server/test_holding.py`).
"""

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.keeper.extracting import chosen
from server.reader.remainders import whole
from tests.vectors import world
from wire import body
from wire.body import Mode, OpenBody, Table
from wire.body_rows import Projected
from wire.crypto import sealing
from wire.papers import extract
from wire.papers.extract import ExtractHeader
from wire.papers.scope import Comparison, DatasetScope, Rule, Scope
from wire.purposes import Purpose
from wire.values import Value

NAMES = [column.name for column in world.SOFTWARE.columns]
CELLS = {
    "package.name": st.sampled_from(["", "a", "b", "true", "1", "2.0"]),
    "package.size": st.sampled_from([-1, 0, 1, 2, 2**40]),
    "package.signed": st.booleans(),
    "package.share": st.sampled_from([0.0, 1.0, 2.0, 0.25]),
}
TEXTS = ["", "a", "b", "true", "false", "1", "2", "0.25", "2.0"]
NUMBERS = ["-1", "0", "1", "2", "0.25", "2.0", "99"]
Row = Mapping[str, Value]


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    """Draw a rule that a scope may have, also on a column that no dataset has."""
    column = draw(st.sampled_from([*NAMES, "colour"]))
    test = draw(st.sampled_from(Comparison))
    if test is Comparison.AMONG:
        return Rule(
            column, test, tuple(draw(st.lists(st.sampled_from(TEXTS), min_size=1)))
        )
    numeric = test in {Comparison.AT_LEAST, Comparison.BELOW}
    return Rule(column, test, (draw(st.sampled_from(NUMBERS if numeric else TEXTS)),))


def passes(row: Row, rule: Rule) -> bool:
    """Tell, in other words than the product's, whether a row passes a rule."""
    cell = row.get(rule.column)
    if cell is None:
        return False
    if rule.test.value in {"equal", "among"}:
        written = (
            {True: "true", False: "false"}[cell]
            if cell is True or cell is False
            else str(cell)
        )
        return written in rule.values
    if isinstance(cell, bool | str):
        return False
    limit = float(rule.values[0])
    return cell >= limit if rule.test.value == "at-least" else cell < limit


ROWS = st.lists(
    st.fixed_dictionaries({name: st.none() | cell for name, cell in CELLS.items()}),
    max_size=6,
)


def opened(rows: Sequence[Row]) -> OpenBody:
    """Return a body of these packages and of a metric that no scope here names."""
    records = [world.record(world.SOFTWARE, row) for row in rows]
    table = Table(world.SOFTWARE, world.SOFTWARE.columns, records, Mode.APPEND)
    return body.decode(body.encode([world.load(2), table], [], "support"))


def again(found: Sequence[Projected], records: int) -> list[dict[str, Value]]:
    """Seal what was chosen and return the rows that the hold's key opens."""
    key, keeper = world.opening("hold"), world.signing("keeper")
    head = ExtractHeader(
        *(1, sealing.SUITE_XWING, world.TENANT, world.octets("case", 16)),
        *(sealing.key_id(key.public), world.octets("device", 16), Purpose.SUPPORT),
        *("short", world.octets("key", 16), world.INCARNATION, 1),
        *(world.octets("source", 32), 1, 2, records, 0),
    )
    octets = extract.seal(head, extract.content_of(found), key.public, keeper)
    read, header = extract.read(octets, keeper.public)
    (one,) = extract.unseal(read, header, key)
    values = {c.name: body.values_of(c, one.table.rows) for c in one.table.columns}
    return [
        {name: column[row] for name, column in values.items()}
        for row in range(one.table.rows)
    ]


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(
    ROWS,
    st.lists(st.sampled_from([*NAMES, "colour"]), min_size=1, unique=True),
    st.lists(rules(), max_size=3),
)
def test_nothing_more_and_nothing_less(
    rows: list[Row], columns: list[str], filters: list[Rule]
) -> None:
    """Exactly the rows that pass every rule, of them exactly the columns named."""
    dataset = DatasetScope("software", tuple(columns), tuple(filters))
    scope = Scope((Purpose.SUPPORT,), (), (dataset,), 0, 1)
    found = chosen(map(whole, opened(rows).tables), scope)
    held = [name for name in NAMES if name in columns]
    wanted = [
        {name: row[name] for name in held}
        for row in rows
        if all(passes(row, rule) for rule in filters)
    ]
    if not held or not wanted:
        assert found == ()
        return
    assert again(found, len(wanted)) == wanted
