# SPDX-License-Identifier: Apache-2.0
"""Tests of charts: gaps stay gaps, axes are round, the table says the same."""

import pytest

from server.console import charts, measured
from server.console.charts import by_name, moments, over_time, scale, short, stretches

HOUR, START = 3_600, 1_800_000_000 - 1_800_000_000 % 86_400


def test_a_gap_is_no_line() -> None:
    """Points that were missed part the line, and a lone point is a dot."""
    times = [0, 60, 120, 900, 2_000, 2_060]
    points = [(START + time, 1.0) for time in times]
    made = over_time("t", "", {"a": points}, START, START + HOUR)
    (line,) = made.lines
    assert line.path.count("M") == 2
    assert len(line.dots) == 1


def test_what_is_no_number_is_a_gap() -> None:
    """A missing, infinite or undefined value draws nothing."""
    points = [(0, 1.0), (60, None), (120, float("nan")), (180, float("inf")), (240, 2)]
    assert stretches(points) == [[(0, 1.0)], [(240, 2)]]


def test_the_table_says_gaps_and_means() -> None:
    """Each stretch of time has its mean, and says where nothing was measured."""
    points = [(START, 10.0), (START + 10, 20.0), (START + 2 * HOUR, 40.0)]
    made = over_time("t", "%", {"a": points}, START, START + 24 * HOUR)
    assert made.rows[0][1] == ("15 %",)
    assert made.rows[1][1] == (None,)
    assert made.rows[2][1] == ("40 %",)
    assert len(made.rows) == charts.SLOTS


@pytest.mark.parametrize(
    ("most", "expected"),
    [
        (0, (0.0, 1.0)),
        (100, (0.0, 25.0, 50.0, 75.0, 100.0)),
        (7, (0.0, 2.0, 4.0, 6.0, 8.0)),
        (float("inf"), (0.0, 1.0)),
    ],
)
def test_axes_have_round_values(most: float, expected: tuple[float, ...]) -> None:
    """The marks are round, begin at nought and hold the largest value."""
    assert scale(most) == pytest.approx(expected)


def test_times_are_utc_and_say_the_day() -> None:
    """Marks of time are hours of UTC, and the day where one begins."""
    found = moments(START - 12 * HOUR, START + 12 * HOUR)
    assert (START, "01-15") in found
    assert (START + 3 * HOUR, "03:00") in found


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (1536, "B/s", "1.5 KiB/s"),
        (1500, "", "1.5 k"),
        (0, "%", "0 %"),
        (12.34, "%", "12.3 %"),
    ],
)
def test_values_are_short(value: float, unit: str, expected: str) -> None:
    """Octets go by 1024, all else by 1000, with three digits."""
    assert short(value, unit) == expected


def test_bars_are_as_long_as_their_counts() -> None:
    """The longest bar fills the room, the others are in proportion, none is lost."""
    made = by_name("t", {"ok": 4, "failed": 1, "none": 0})
    longest, shorter, nothing = (bar.length for bar in made.bars)
    assert (shorter, nothing) == (pytest.approx(longest / 4, abs=0.1), 0)
    assert [row[0] for row in made.rows] == ["ok", "failed", "none"]


def test_a_counter_that_begins_anew_is_a_gap() -> None:
    """After a restart there is no rate, and none that is negative."""
    rows = [{"at": at, "c": value} for at, value in ((0, 0), (10, 50), (20, 5))]
    assert measured.rate(rows, "c") == [(10, 5.0), (20, None)]


def test_the_share_of_work_is_of_all_time() -> None:
    """Three quarters idle is a quarter at work."""
    idle, user = "system.cpu.time.idle", "system.cpu.time.user"
    rows = [{"at": 0, idle: 0, user: 0}, {"at": 60, idle: 45.0, user: 15.0}]
    assert measured.busy(rows) == [(60, 25.0)]


def test_what_the_policy_withholds_is_no_chart() -> None:
    """Columns that nobody gave draw no empty chart."""
    rows = [{"at": START, "load1": 1.0}, {"at": START + 60, "load1": 2.0}]
    made = measured.charts(rows, START, START + HOUR, str)
    assert [chart.title for chart in made] == ["chart.load"]
    assert [line.name for line in made[0].lines if line.path] == ["1 min"]
