# SPDX-License-Identifier: Apache-2.0
"""Event counts: how many events of each kind there were, and no text of any.

Rules: counts of an hour may come in several rows, which add up; the same logs as for
`event_logs` are read, each event once, without their text; a flood costs a pass only
the reading, for all of it is one row.
Not here: the events themselves (`event_logs.py`), reading logs (`_linux/logs.py`,
`_windows/logs.py`).
"""

from collections.abc import Mapping

from agent.budget import COUNT_ENTRIES, COUNT_RUNS, JOURNAL_ROWS, ROWS
from agent.collectors._examples import event_counts as event_counts_examples
from agent.collectors._linux.logs import LinuxLogs
from agent.collectors._shared.declare import free_text, harmless
from agent.collectors._shared.folds import Folds
from agent.collectors._windows.logs import WindowsLogs
from agent.host.interface import Host
from agent.host.windows_interface import Channel
from agent.rows import Names, Reader, Reading, Want
from wire.catalogue import Dataset, Kind, System, ValueType
from wire.values import Value

TEXT = ValueType.TEXT

DATASET = Dataset(
    "event_counts",
    Kind.EVENT,
    "How many events of each kind there were in an hour, without any text.",
    (),
    (
        harmless("timestamp", ValueType.TIMESTAMP, "Says in which hour; its start."),
        harmless("log.source", TEXT, "Says which log it is from."),
        free_text("service.name", "Says which program reported it."),
        harmless("event.id", TEXT, "Names the kind of event."),
        harmless("severity_number", ValueType.COUNT, "Sorts errors from notices."),
        harmless("count", ValueType.COUNT, "Shows what is more than usual."),
    ),
)

_HOUR = 3_600
_ALIKE = (
    "timestamp",
    "log.source",
    "service.name",
    "event.id",
    "severity_number",
)


class _Counts:
    """The counts of one pass."""

    def __init__(self, want: Want) -> None:
        self._found = Folds(want, _ALIKE, "count", always=True)
        self.lost = 0

    def take(self, values: Mapping[str, Value], names: Names) -> None:
        """Count an event; where there is no room for its kind, count it as lost."""
        del names
        at = values.get("timestamp")
        hour = at - at % _HOUR if isinstance(at, int) else None
        if not self._found.add({**values, "timestamp": hour}):
            self.lost += 1

    def reading(self, cursor: bytes, skipped: int, *, truncated: bool) -> Reading:
        """Return the counts."""
        return Reading(self._found.rows(), cursor, skipped + self.lost, truncated)


def read_linux(host: Host, want: Want) -> Reading:
    """Count the new entries of the journal, or else the new lines of log files."""
    if not want.columns:
        return Reading([], want.cursor)
    counts = _Counts(want)
    logs = LinuxLogs(host, want, counts.take)
    journal, paths = logs.sources()
    more = False
    for _ in range(COUNT_RUNS if journal else 0):
        more = logs.read_journal(COUNT_ENTRIES)
        if not more:
            break
    for _ in range(COUNT_RUNS):
        if not logs.read_files(paths, ROWS):
            break
    else:
        more = True
    return counts.reading(logs.cursor(), logs.skipped, truncated=more)


def read_windows(host: Host, want: Want) -> Reading:
    """Count the new events of each log."""
    if not want.columns:
        return Reading([], want.cursor)
    counts = _Counts(want)
    logs = WindowsLogs(host, want, counts.take)
    more = False
    for channel in Channel:
        for _ in range(COUNT_RUNS):
            if not logs.read(channel, JOURNAL_ROWS):
                break
        else:
            more = True
    return counts.reading(logs.cursor(), logs.skipped, truncated=more)


READERS: Mapping[System, Reader] = {
    System.LINUX: read_linux,
    System.WINDOWS: read_windows,
}

EXAMPLES = event_counts_examples.EXAMPLES
