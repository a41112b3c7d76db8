# SPDX-License-Identifier: Apache-2.0
"""What is drawn of what a diagnostic found: a line for each that is worth a picture.

Rules: pure; the table of what was found has all of it, whatever is drawn; nothing is
drawn of columns that the policy withholds.
Not here: geometry (`charts.py`), reading (`diagnostic.py`).
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from server.console.bounds import BARS
from server.console.charts import SLOTS, Chart, by_name, over_time
from server.console.reading import Table, seconds

Row = Mapping[str, object]
Text = Callable[..., str]
MILLI, PERCENT = 1_000.0, 100.0
_STEPS = (10, 60, 300, 900, 3_600, 21_600, 86_400)
"""Seconds of one point of events over time."""
_POINTS = SLOTS - 2
"""Steps between the first and the last: each point is a row of the chart's table."""


@dataclass(frozen=True, slots=True)
class Bars:
    """A bar for each name.

    Attributes:
        title: name of its text.
        names: columns that make a bar's name.
        value: column that makes its length; empty to count rows.
        unit: of the length.
        times: by which the column's value is multiplied.
        where: column and value of the rows that count; empty for all.
        instead: column that says why there is no value; empty for none.
        ranked: whether the longest come first; else the rows' own order.
        most: whether of rows with one name the largest counts, and not their sum.
    """

    title: str
    names: tuple[str, ...]
    value: str = ""
    unit: str = ""
    times: float = 1
    where: tuple[str, object] = ("", None)
    instead: str = ""
    ranked: bool = True
    most: bool = False


@dataclass(frozen=True, slots=True)
class Times:
    """Rows over time.

    Attributes:
        title: name of its text.
        time: column of the time.
        count: column that says for how many a row stands; empty for one.
    """

    title: str
    time: str
    count: str = ""


_PHASES, _SERVICES = ("kind", "phase"), ("kind", "service")
_PEER, _TAKEN = "network.peer.address", "duration"
_SLOW = Bars("took", (_PEER,), _TAKEN, "ms", MILLI, instead="outcome", most=True)
DRAWN: Mapping[str, tuple[Bars | Times, ...]] = {
    "agent_check": (Bars("checks", ("outcome",)),),
    "boot_times": (
        Bars("phases", ("name",), _TAKEN, "s", where=_PHASES, ranked=False),
        Bars("services", ("name",), _TAKEN, "s", where=_SERVICES),
    ),
    "certificate_expiry": (Bars("days-left", ("subject",), "days_left", ranked=False),),
    "crash_summary": (Bars("crashes", ("program",), "count"),),
    "disk_state": (
        Bars(
            "worn",
            ("system.device",),
            "hw.physical_disk.endurance_utilization",
            *("%", PERCENT),
        ),
        Bars("warm", ("system.device",), "hw.temperature", "°C"),
    ),
    "dns_lookup": (
        Bars(
            *("took", ("source", "server.address"), _TAKEN, "ms", MILLI),
            instead="outcome",
            most=True,
        ),
    ),
    "event_totals": (Bars("events", ("service.name", "log.source"), "count"),),
    "folder_sizes": (Bars("folders", ("file.path",), "file.size", "B", most=True),),
    "log_slice": (
        Times("log", "timestamp", "count"),
        Bars("severities", ("severity_text",), "count"),
    ),
    "packet_headers": (
        Bars("packets", ("type", "protocol", "network.transport")),
        Bars("senders", ("source.address",), "length", "B"),
    ),
    "pending_updates": (Bars("updates", ("package_manager", "severity")),),
    "ping": (
        Bars(
            *("answers", ("sequence",), _TAKEN, "ms", MILLI),
            instead="outcome",
            ranked=False,
        ),
    ),
    "service_state": (Times("log", "timestamp"),),
    "socket_owners": (Bars("ports", ("process.executable.name",)),),
    "tcp_connect": (_SLOW,),
    "tls_certificate": (_SLOW,),
    "top_processes": (
        Bars("processors", ("process.executable.name",), "process.cpu.utilization"),
        Bars("memory", ("process.executable.name",), "process.memory.usage", "B"),
    ),
    "traceroute": (
        Bars(
            *("hops", ("hop", _PEER), _TAKEN, "ms", MILLI),
            instead="outcome",
            ranked=False,
        ),
    ),
}
"""A diagnostic without a line is a table alone: states (`interface_state`) and single
numbers (`path_mtu`, `time_sync`) are better read than looked at."""


def charts(diagnostic: str, table: Table, text: Text) -> list[Chart]:
    """Return the charts of what a diagnostic found.

    Args:
        diagnostic: its name.
        table: what was found.
        text: returns a text by name, with what is put into it.
    """
    rows = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
    made = [
        _bars(one, rows, text) if isinstance(one, Bars) else _times(one, rows, text)
        for one in DRAWN.get(diagnostic, ())
    ]
    return [chart for chart in made if chart is not None and not chart.empty]


def _bars(one: Bars, rows: Sequence[Row], text: Text) -> Chart | None:
    lengths: dict[str, float | None] = {}
    words: dict[str, str] = {}
    for row in rows:
        column, wanted = one.where
        if column and row.get(column) != wanted:
            continue
        value = _number(row.get(one.value)) if one.value else 1.0
        if name := _name(row, one.names):
            lengths[name] = _joined(lengths.get(name), value, most=one.most)
            words.setdefault(name, str(row.get(one.instead) or ""))
    if all(length is None for length in lengths.values()):
        return None
    order = list(lengths)
    if one.ranked:
        order.sort(key=lambda name: -(lengths[name] or 0.0))
    title = text(f"diagnostic.chart.{one.title}")
    if len(order) > BARS:
        title = text("diagnostic.chart.first", title=title, count=BARS, of=len(order))
    shown = {name: _scaled(lengths[name], one.times) for name in order[:BARS]}
    return by_name(title, shown, one.unit, words)


def _times(one: Times, rows: Sequence[Row], text: Text) -> Chart | None:
    counts: Counter[int] = Counter()
    for row in rows:
        if at := seconds(row.get(one.time)):
            known = _number(row.get(one.count)) if one.count else None
            counts[at] += 1 if known is None else int(known)
    if not counts:
        return None
    first, last = min(counts), max(counts)
    step = next((s for s in _STEPS if (last - first) / s <= _POINTS), _STEPS[-1])
    start, end = first - first % step, last - last % step + step
    steps: Counter[int] = Counter()
    for at, count in counts.items():
        steps[at - at % step] += count
    # where no event was, there were none: a point on the ground, and no gap
    points = [(at, float(steps[at])) for at in range(start, end, step)]
    title = text(f"diagnostic.chart.{one.title}")
    return over_time(title, "", {"": points}, start, end)


def _name(row: Row, columns: Sequence[str]) -> str:
    return " ".join(_known(row, columns))


def _known(row: Row, columns: Sequence[str]) -> Iterator[str]:
    for column in columns:
        value = row.get(column)
        if value is not None and value != "":
            yield str(value)


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value)


def _joined(held: float | None, more: float | None, *, most: bool) -> float | None:
    if held is None or more is None:
        return more if held is None else held
    return max(held, more) if most else held + more


def _scaled(value: float | None, times: float) -> float | None:
    return None if value is None else value * times
