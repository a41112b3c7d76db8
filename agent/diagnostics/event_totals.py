# SPDX-License-Identifier: Apache-2.0
"""Event totals: how many events of each kind one log has of the last hours.

Rules: numbers without any text; no message is asked for.
Not here: reading the logs (`_shared/log_window.py`), texts (`log_slice.py`).
"""

from collections import Counter
from collections.abc import Mapping

from agent.budget import COUNT_ENTRIES
from agent.collectors import event_counts
from agent.collectors._shared.gather import take
from agent.diagnostics import Reader
from agent.diagnostics._shared.again import columns_of
from agent.diagnostics._shared.declare import asked_for, choice, whole
from agent.diagnostics._shared.log_window import LOGS, Event, Log, Window, events_of
from agent.host.interface import Host
from agent.rows import Reading, Want
from wire.catalogue import System
from wire.diagnostics import Checked
from wire.values import Value

_KIND = ("log.source", "service.name", "event.id", "severity_number")

DATASET = asked_for(
    "event_totals",
    "How many events of each kind there were in the last hours, without any text.",
    columns_of(event_counts.DATASET, *_KIND, "count"),
    whole("hours", "How many hours to look back.", 1, 72, 24),
    choice("log", "Which log.", LOGS, "system"),
)

_HOUR = 3_600
_Kind = tuple[Value, ...]


def read(host: Host, want: Want, given: Checked) -> Reading:
    """Read one row for each kind, the most frequent first."""
    if not want.columns:
        return Reading([])
    now = int(want.now)
    start = now - given.number("hours") * _HOUR
    counts: Counter[_Kind] = Counter()

    def add(event: Event) -> None:
        counts[tuple(event[0].get(name) for name in _KIND)] += 1

    window = Window(Log(given.text("log")), start, now, COUNT_ENTRIES)
    more = events_of(host, want, window, add)
    kinds = (
        {**dict(zip(_KIND, kind, strict=True)), "count": number}
        for kind, number in counts.most_common()
    )
    found = take(want, kinds)
    return Reading(found.rows, truncated=found.truncated or more)


READERS: Mapping[System, Reader] = {System.LINUX: read, System.WINDOWS: read}
