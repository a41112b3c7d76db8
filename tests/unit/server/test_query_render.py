# SPDX-License-Identifier: Apache-2.0
"""A result on a terminal, in a file, in a spreadsheet: it shows and never acts."""

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.commands.reading_options import tell
from server.query import render

NAMES = ["a", "b"]
HOSTILE = st.text(max_size=30) | st.sampled_from(
    [
        "=1+1",
        "\x1b[2J",
        "\u202egnp",
        "a\rb",
        "a\nb",
        "\uff57\uff49\uff44\uff45",
        "=cmd|'/c'!A1",
        "x" * 500,
    ]
)
CELL = (
    st.none() | st.booleans() | st.integers() | HOSTILE | st.lists(HOSTILE, max_size=2)
)
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001 - full width


@given(st.lists(st.tuples(CELL, CELL), max_size=5), st.integers(1, 200))
def test_a_table_cannot_drive_a_terminal(
    rows: list[tuple[object, object]], width: int
) -> None:
    """Every line is printable and there is one for each row and the names."""
    lines = list(render.table(NAMES, rows, width))
    assert len(lines) == len(rows) + 1
    assert all(line.isprintable() for line in lines)


@given(st.lists(st.tuples(CELL, CELL), min_size=1, max_size=5))
def test_a_csv_has_no_formula_and_no_control_character(
    rows: list[tuple[object, object]],
) -> None:
    """A spreadsheet finds texts and numbers, as many as there are, none that runs."""
    text = "".join(line + "\r\n" for line in render.csv(NAMES, rows))
    found = list(csv.reader(io.StringIO(text, newline="")))
    assert [len(row) for row in found] == [2] * (len(rows) + 1)
    for shown, row in zip(found[1:], rows, strict=True):
        for cell, value in zip(shown, row, strict=True):
            assert all(char.isprintable() or char in "\n\t" for char in cell)
            if not isinstance(value, int):
                assert not cell.startswith(FORMULA)


@given(st.lists(st.tuples(CELL, CELL), max_size=5))
def test_json_is_whole_and_ascii(rows: list[tuple[object, object]]) -> None:
    """Programs get every value as it is."""
    lines = list(render.json_lines(NAMES, rows))
    assert all(line.isascii() and line.isprintable() for line in lines)
    assert [list(json.loads(line).values()) for line in lines] == [
        list(row) for row in rows
    ]


def test_two_columns_of_one_name_are_both_there() -> None:
    """`SELECT name, name` loses nothing in JSON."""
    (line,) = render.json_lines(["n", "n", "n"], [[1, 2, 3]])
    assert json.loads(line) == {"n": 1, "n_2": 2, "n_3": 3}


@pytest.mark.parametrize("width", [20, 150, 1_000])
def test_what_is_cut_off_says_so(width: int) -> None:
    """A cell that does not fit ends with an ellipsis, whatever the terminal's width."""
    _, line = render.table(["a"], [["x" * 900]], width)
    assert len(line) <= width
    assert line.endswith("x…")


def test_an_empty_result_has_its_names() -> None:
    """Without rows a person still sees what was asked for."""
    assert list(render.table(NAMES, [], 80)) == ["a  b"]
    assert list(render.csv(NAMES, [])) == ["a,b"]


def test_a_name_of_a_column_is_guarded_too() -> None:
    """An alias is not a way to write a formula."""
    assert next(iter(render.csv(["=1"], []))) == "'=1"


def test_one_of_a_thing_is_told_in_the_singular(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What stands beside a result reads like a sentence."""
    end = {"rows": 1, "envelopes": 2, "devices": 1, "missing": {"spool-full": 1}}
    found = {"unheard": {"revoked": 1}, "uncounted": {"spool-corrupt": 1}, "asked": 1}
    tell({**end, **found})
    assert capsys.readouterr().err.splitlines() == [
        "1 row from 2 envelopes of 1 device",
        "heard no more: 1 device (revoked)",
        "asked for again: 1 whole inventory state",
        "lost before it was sent: 1 record (spool-full)",
        "lost before it was sent: 1 x an unknown number of records (spool-corrupt)",
    ]


def test_a_reason_cannot_drive_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """Reasons that a device wrote are printed without control characters."""
    tell({"rows": 0, "missing": {"\x1b[2J": 1}, "capped": "rows"})
    assert "\x1b" not in capsys.readouterr().err
