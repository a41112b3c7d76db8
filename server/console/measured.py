# SPDX-License-Identifier: Apache-2.0
"""What a device measured, as charts: shares and rates, from counters and gauges.

Rules: pure; a counter that went back was begun anew, which is a gap; what the policy
does not give is no chart.
Not here: geometry (`charts.py`), asking the reader (`reading.py`).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from server.console.charts import Chart, Points, over_time

Row = Mapping[str, object]
"""A row by column; "at" is its time, seconds since the epoch."""
_WORK = ("user", "nice", "system", "iowait", "interrupt", "softirq", "steal")
_CPU, _IDLE = "system.cpu.time.", "system.cpu.time.idle"


def charts(
    rows: Sequence[Row], start: int, end: int, text: Callable[[str], str]
) -> list[Chart]:
    """Return the charts of a machine's load.

    Args:
        rows: of `host_metrics`, the oldest first, of one run of the agent or several.
        start: first second.
        end: first second after it.
        text: returns a text by name.
    """
    made = [
        over_time(text("chart.cpu"), "%", {"CPU": busy(rows)}, start, end, 100),
        *(
            over_time(text(f"chart.{name}"), unit, series, start, end, most)
            for name, unit, most, series in _others(rows, text)
        ),
    ]
    return [chart for chart in made if not chart.empty]


def _others(
    rows: Sequence[Row], text: Callable[[str], str]
) -> Iterator[tuple[str, str, float, dict[str, Points]]]:
    memory = gauge(rows, "system.memory.utilization")
    yield "memory", "%", 100, {text("chart.used"): memory}
    disk = gauge(rows, "system.filesystem.utilization")
    yield "room", "%", 100, {text("chart.used"): disk}
    yield (
        "load",
        "",
        0,
        {"1 min": gauge(rows, "load1"), "15 min": gauge(rows, "load15")},
    )
    for name, one, other in (
        ("disk", "disk.io.read", "disk.io.write"),
        ("network", "network.io.receive", "network.io.transmit"),
    ):
        series = {
            text(f"chart.{word.rpartition('.')[2]}"): rate(rows, f"system.{word}")
            for word in (one, other)
        }
        yield name, "B/s", 0, series


def gauge(rows: Iterable[Row], column: str) -> Points:
    """Return what a column says, over time."""
    return [(_time(row), _number(row, column)) for row in rows]


def rate(rows: Sequence[Row], column: str) -> Points:
    """Return by how much a counter grew each second."""
    found: list[tuple[int, float | None]] = []
    for earlier, later in pairwise(rows):
        before, after = _number(earlier, column), _number(later, column)
        passed = _time(later) - _time(earlier)
        known = before is not None and after is not None and passed > 0
        grown = (after or 0) - (before or 0)
        found.append((_time(later), grown / passed if known and grown >= 0 else None))
    return found


def busy(rows: Sequence[Row]) -> Points:
    """Return which share of the processors' time was work, in percent."""
    found: list[tuple[int, float | None]] = []
    for earlier, later in pairwise(rows):
        work = [_grown(earlier, later, _CPU + name) for name in _WORK]
        idle, worked = _grown(earlier, later, _IDLE), sum(one or 0 for one in work)
        whole = (idle or 0) + worked
        broken = idle is None or idle < 0 or worked < 0 or whole <= 0
        found.append((_time(later), None if broken else 100 * worked / whole))
    return found


def _grown(earlier: Row, later: Row, column: str) -> float | None:
    before, after = _number(earlier, column), _number(later, column)
    return None if before is None or after is None else after - before


def _time(row: Row) -> int:
    found = row.get("at")
    return found if isinstance(found, int) else 0


def _number(row: Row, column: str) -> float | None:
    found = row.get(column)
    if isinstance(found, bool) or not isinstance(found, (int, float)):
        return None
    return float(found)
