# SPDX-License-Identifier: Apache-2.0
"""Charts as geometry: lines over time and bars, each with its text alternative.

Rules: pure; where nothing was measured there is a gap and no line; times are UTC; a
chart says in a table what it shows, gaps included; how it looks is the style sheet's.
Not here: markup (`templates/charts.html`), what is measured (`measured.py`).
"""

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

WIDTH, HEIGHT = 440, 200
LEFT, RIGHT, TOP, BOTTOM = 72, 20, 10, 24
"""Room for the axes' labels, in the units of the picture."""
BAR_WIDTH, BAR_ROOM, BAR_STEP = 360, 90, 40
"""Of a picture of bars, which is narrow, so that its words are legible on a phone; room
for what stands beside a bar; from one bar to the next, whose name stands above it."""
NAME_CHARS = 52
"""Of a name in the picture; it stands whole in the table."""
TICKS = 4
"""Lines across, about: more are a grid that hides the data."""
SLOTS = 24
"""Rows of the table: each a stretch of the same length."""
GAP_STEPS = 2.5
"""Times the usual distance of two points; one that is missed is no gap yet."""
_STEPS = (300, 900, 3_600, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800)
_DAY = 86_400
_DIGITS = 1_000
"""From here on three digits are fewer than the whole number has."""
_PREFIXES = ("", "k", "M", "G", "T", "P")
_BINARY = {"B", "B/s"}
_PREFIXED = _BINARY | {""}
"""Units that take a prefix: nobody says "kilopercent"."""
_KIBI = 1024
Points = Sequence[tuple[int, float | None]]
"""Time, seconds since the epoch, and value; None where there is none."""


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark of an axis: where it is and what stands there."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Line:
    """A series.

    Attributes:
        name: of the series.
        path: of SVG; empty where nothing was measured.
        dots: of points that stand alone, between two gaps.
    """

    name: str
    path: str
    dots: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar: what it counts, how long it is, where, and its value in words."""

    name: str
    length: float
    top: float
    label: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart, ready for its markup.

    Attributes:
        title: what it shows.
        unit: of its values; empty for a count.
        lines: series over time.
        bars: counts by name.
        across: marks of the values' axis.
        along: marks of the time's axis.
        names: of the table's columns, after the first.
        rows: of the table: a time or a name, a text for each series; None: a gap.
        height: of the picture.
        width: of the picture.
    """

    title: str
    unit: str
    lines: tuple[Line, ...] = ()
    bars: tuple[Bar, ...] = ()
    across: tuple[Tick, ...] = ()
    along: tuple[Tick, ...] = ()
    names: tuple[str, ...] = ()
    rows: tuple[tuple[str, tuple[str | None, ...]], ...] = ()
    height: int = HEIGHT
    width: int = WIDTH

    @property
    def empty(self) -> bool:
        """Tell whether there is nothing to show."""
        return not self.bars and not any(line.path or line.dots for line in self.lines)


def over_time(
    title: str,
    unit: str,
    series: Mapping[str, Points],
    start: int,
    end: int,
    most: float = 0,
) -> Chart:
    """Return a chart of series over time.

    Args:
        title: what it shows.
        unit: of the values, such as "%" or "B/s".
        series: points by name, the oldest first.
        start: first second.
        end: first second after it.
        most: value that the axis reaches at least; 0 for what the values need.
    """
    inside = {
        name: [point for point in points if start <= point[0] < end]
        for name, points in series.items()
    }
    values = [value for points in inside.values() for _, value in points if value]
    ticks = scale(max([most, *values]), unit)
    top = ticks[-1] or 1.0

    def place(time: int, value: float) -> tuple[float, float]:
        share = (time - start) / max(1, end - start)
        left = LEFT + share * (WIDTH - LEFT - RIGHT)
        return round(left, 1), round(_height(value / top), 1)

    lines = []
    for name, points in inside.items():
        runs = [[place(*point) for point in run] for run in stretches(points)]
        path = "".join(_path(run) for run in runs if len(run) > 1)
        lines.append(Line(name, path, tuple(run[0] for run in runs if len(run) == 1)))
    return Chart(
        *(title, unit, tuple(lines)),
        across=tuple(Tick(_height(one / top), short(one, unit)) for one in ticks),
        along=tuple(
            Tick(place(time, 0)[0], label) for time, label in moments(start, end)
        ),
        names=tuple(inside),
        rows=_slots(inside, unit, start, end),
    )


def by_name(
    title: str,
    values: Mapping[str, float | None],
    unit: str = "",
    instead: Mapping[str, str] | None = None,
) -> Chart:
    """Return a chart with a bar for each name, in their order.

    Args:
        title: what it shows.
        values: by name; None where there is none.
        unit: of the values; empty for a count.
        instead: what to say of a name without a value.
    """
    known = {n: None if v is None else short(v, unit) for n, v in values.items()}
    said = {n: text or (instead or {}).get(n) or None for n, text in known.items()}
    most = max([1e-9, *(value for value in values.values() if value)])
    bars = tuple(
        Bar(
            _cut(name),
            round((BAR_WIDTH - BAR_ROOM) * max(0.0, value or 0.0) / most, 1),
            float(TOP + BAR_STEP * row),
            said[name] or "",
        )
        for row, (name, value) in enumerate(values.items())
    )
    rows = tuple((name, (text,)) for name, text in said.items())
    height = 2 * TOP + BAR_STEP * len(bars)
    return Chart(title, unit, (), bars, rows=rows, height=height, width=BAR_WIDTH)


def scale(most: float, unit: str = "") -> tuple[float, ...]:
    """Return round values from 0 to what holds the largest one, in its unit."""
    if most <= 0 or not math.isfinite(most):
        return (0.0, 1.0)
    if unit in _BINARY and most >= _KIBI:
        return tuple(_KIBI * one for one in scale(most / _KIBI, unit))
    rough = most / TICKS
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(one * power for one in (1, 2, 2.5, 5, 10) if one * power >= rough)
    return tuple(step * number for number in range(math.ceil(most / step - 1e-9) + 1))


def moments(start: int, end: int) -> list[tuple[int, str]]:
    """Return the marks of a stretch of time, in UTC: the day where a day begins."""
    step = next((one for one in _STEPS if (end - start) / one <= TICKS * 2), _STEPS[-1])
    first = -(-start // step) * step
    return [
        (time, f"{_at(time):%m-%d}" if time % _DAY == 0 else f"{_at(time):%H:%M}")
        for time in range(first, end, step)
    ]


def stretches(points: Points) -> list[list[tuple[int, float]]]:
    """Return the points between two gaps, together."""
    found: list[list[tuple[int, float]]] = []
    widest = GAP_STEPS * usual(points)
    last: int | None = None
    for time, value in points:
        if value is None or not math.isfinite(value):
            last = None
            continue
        if last is None or time - last > widest:
            found.append([])
        found[-1].append((time, value))
        last = time
    return found


def usual(points: Points) -> float:
    """Return the usual distance of two points, in seconds; 0 for fewer than two."""
    steps = [later[0] - earlier[0] for earlier, later in pairwise(points)]
    return median(steps) if steps else 0.0


def short(value: float, unit: str) -> str:
    """Return a value for an axis or a table, with its unit."""
    base, number = (_KIBI if unit in _BINARY else 1000), 0
    while unit in _PREFIXED and abs(value) >= base and number + 1 < len(_PREFIXES):
        value, number = value / base, number + 1
    prefix = _PREFIXES[number]
    if prefix and base == _KIBI:
        prefix = prefix.upper() + "i"
    digits = f"{value:.3g}" if abs(value) < _DIGITS else f"{value:.0f}"
    return f"{digits} {prefix}{unit}".rstrip() if unit or prefix else digits


def _slots(
    series: Mapping[str, Points], unit: str, start: int, end: int
) -> tuple[tuple[str, tuple[str | None, ...]], ...]:
    """Return the mean of each series in stretches of time; None for a gap."""
    distances = [int(usual(points)) for points in series.values()]
    length = max(1, -(-(end - start) // SLOTS), *distances)
    sums: dict[str, dict[int, list[float]]] = {name: {} for name in series}
    for name, points in series.items():
        for time, value in points:
            if value is not None and math.isfinite(value):
                sums[name].setdefault((time - start) // length, []).append(value)
    rows = []
    for number in range(-(-(end - start) // length)):
        held = [sums[name].get(number) for name in series]
        cells = tuple(short(sum(one) / len(one), unit) if one else None for one in held)
        rows.append((f"{_at(start + number * length):%Y-%m-%d %H:%M}", cells))
    return tuple(rows)


def _path(run: Sequence[tuple[float, float]]) -> str:
    (left, top), *rest = run
    return f"M{left} {top}" + "".join(f"L{x} {y}" for x, y in rest)


def _cut(name: str) -> str:
    if len(name) <= NAME_CHARS:
        return name
    return f"{name[: NAME_CHARS // 2]}…{name[-NAME_CHARS // 2 + 1 :]}"


def _height(share: float) -> float:
    return round(HEIGHT - BOTTOM - min(1.0, share) * (HEIGHT - TOP - BOTTOM), 1)


def _at(seconds: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(seconds, dt.UTC)
