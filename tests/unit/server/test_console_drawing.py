# SPDX-License-Identifier: Apache-2.0
"""Tests of what is drawn of diagnostics: what is declared and there, nothing else."""

from itertools import chain

import pytest

from policies import catalogue
from server.console import drawing
from server.console.bounds import BARS
from server.console.charts import Chart
from server.console.drawing import DRAWN, Bars
from server.console.reading import Table
from server.console.words import words
from wire.catalogue import Dataset, ValueType

NUMBERS = frozenset(ValueType) - {
    ValueType.TEXT,
    ValueType.BOOLEAN,
    ValueType.TIMESTAMP,
}
START = "2026-01-02T03:"


def declared() -> dict[str, Dataset]:
    """Return all diagnostics."""
    every = catalogue().datasets
    return {name: one for name, one in every.items() if one.diagnostic}


def drawn(diagnostic: str, *rows: dict[str, object]) -> list[Chart]:
    """Return the charts of rows, with the names of their texts as titles."""
    columns = list(dict.fromkeys(chain(*rows)))
    cells = [[row.get(column) for column in columns] for row in rows]
    table = Table(diagnostic, columns, 500, cells, len(cells))
    return drawing.charts(diagnostic, table, lambda name, **_: name)


def test_no_picture_is_of_what_there_is_not() -> None:
    """Each line is of a diagnostic that the catalogue has."""
    assert declared().keys() >= DRAWN.keys()


@pytest.mark.parametrize("name", sorted(DRAWN))
def test_what_is_drawn_is_declared(name: str) -> None:
    """Each chart names columns of its diagnostic, with numbers for lengths."""
    types = {column.name: column.type for column in declared()[name].columns}
    for one in DRAWN[name]:
        if isinstance(one, Bars):
            named = {*one.names, *filter(None, (one.instead, one.where[0]))}
            lengths = one.value
        else:
            named, lengths = {one.time}, one.count
            assert types[one.time] is ValueType.TIMESTAMP
        assert named <= types.keys()
        assert not lengths or types[lengths] in NUMBERS
        for language in words().values():
            assert f"diagnostic.chart.{one.title}" in language


def test_rows_of_one_name_are_one_bar() -> None:
    """Copies of a program are added up; the largest comes first."""
    share = "process.cpu.utilization"
    rows = [
        {"process.executable.name": name, share: taken}
        for name, taken in (("a", 0.5), ("b", 0.75), ("a", 0.5), ("c", None))
    ]
    (made,) = drawn("top_processes", *rows)
    assert [row[0] for row in made.rows] == ["a", "b", "c"]
    assert made.rows[0][1] == ("1",)
    assert made.rows[2][1] == (None,)


def test_a_question_without_an_answer_says_why() -> None:
    """A ping that was lost keeps its place, without a bar and with its reason."""
    answered = {"sequence": 1, "duration": 0.00025, "outcome": "answered"}
    (made,) = drawn("ping", answered, {"sequence": 2, "outcome": "timed-out"})
    assert [(bar.name, bar.label) for bar in made.bars] == [
        ("1", "0.25 ms"),
        ("2", "timed-out"),
    ]
    assert made.bars[1].length == 0


def test_of_many_the_first_are_drawn() -> None:
    """A chart shows what is seen at a glance, and says that it is not all."""
    rows = [{"file.path": f"/{n}", "file.size": n} for n in range(BARS + 5)]
    (made,) = drawn("folder_sizes", *rows)
    assert len(made.bars) == BARS
    assert made.bars[0].name == f"/{BARS + 4}"
    assert made.title == "diagnostic.chart.first"


def test_events_are_counted_over_time() -> None:
    """Between two events there were none: the line lies on the ground."""
    rows = [
        {"timestamp": f"{START}{minute}:00", "severity_text": "error", "count": count}
        for minute, count in (("04", 3), ("04", None), ("09", 2))
    ]
    lines, bars = drawn("log_slice", *rows)
    values = [cells[0] for _, cells in lines.rows]
    assert (values[0], values[-1]) == ("4", "2")
    assert None not in values
    assert lines.lines[0].path.count("M") == 1
    assert bars.rows == (("error", ("5",)),)


def test_what_is_withheld_is_not_drawn() -> None:
    """Without the column of its lengths, and without a row, there is no chart."""
    assert drawn("folder_sizes", {"file.path": "/var"}) == []
    assert drawn("folder_sizes") == []
    assert drawn("time_sync", {"offset": 0.5}) == []
