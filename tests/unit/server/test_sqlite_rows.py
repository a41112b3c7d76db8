# SPDX-License-Identifier: Apache-2.0
"""Many rows by a few statements, whatever their number.

Rules: a database in memory.
Not here: what the store writes with them (`tests/contract/test_store.py`).
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from server.store.sqlite_rows import ROWS, asked, written

SUM = "ON CONFLICT (name) DO UPDATE SET octets = octets + excluded.octets"
NONE = "ON CONFLICT DO NOTHING"
COUNTS = [0, 1, 2, 3, 7, 8, 9, 23, ROWS - 1, ROWS, ROWS + 1, 2 * ROWS + 5]


@pytest.fixture
def database() -> Iterator[sqlite3.Connection]:
    """Return a database with one table."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as made:
        made.execute("CREATE TABLE kept (name INTEGER PRIMARY KEY, octets INTEGER)")
        yield made


@pytest.mark.parametrize("count", COUNTS)
def test_each_row_is_there_once(database: sqlite3.Connection, count: int) -> None:
    """However many rows there are, each is written, and found again."""
    rows = [(number, number * number) for number in range(count)]
    written(database, "INSERT INTO kept", rows, NONE)
    assert database.execute("SELECT * FROM kept ORDER BY name").fetchall() == rows
    query = "SELECT k.name, k.octets FROM a CROSS JOIN kept k ON k.name = a.column1"
    found = set(asked(database, query, [(number,) for number, _ in rows]))
    assert found == set(rows)


def test_what_is_there_already_is_added_to(database: sqlite3.Connection) -> None:
    """The end of the statement says what becomes of a row that is there."""
    rows = [(number, 1) for number in range(ROWS + 3)]
    written(database, "INSERT INTO kept", rows, NONE)
    written(database, "INSERT INTO kept", [(name, 5) for name, _ in rows], SUM)
    assert set(database.execute("SELECT octets FROM kept")) == {(6,)}


def test_few_statements_write_many_rows(database: sqlite3.Connection) -> None:
    """A statement for each row would hand over the interpreter's lock as often."""
    said: list[str] = []
    database.set_trace_callback(said.append)
    rows = [(at, 0) for at in range(2 * ROWS + 5)]
    written(database, "INSERT INTO kept", rows, NONE)
    assert [text.count("(") for text in said] == [ROWS, ROWS, 4, 1]


def test_one_statement_asks_for_many_rows(database: sqlite3.Connection) -> None:
    """Whatever their number there are few statements, so that each is prepared once."""
    said: set[str] = set()
    for count in range(1, ROWS + 1):
        asked_for: list[str] = []
        database.set_trace_callback(asked_for.append)
        list(asked(database, "SELECT a.column1 FROM a", [(7,)] * count))
        assert len(asked_for) == 1
        said.update(asked_for)
    assert len(said) <= 4 + ROWS // 8
