# SPDX-License-Identifier: Apache-2.0
"""Event counts: how many events of each kind there were, and no text of any.

Rules: counts of an hour may come in several rows, which add up; the same logs as for
`event_logs` are read, each event once, without their text; a flood costs a pass only
the reading, for all of it is one row.
Not here: the events themselves (`event_logs.py`), reading logs (`_linux/logs.py`,
`_windows/logs.py`).
"""

from collections.abc import Mapping

from agent.budget import COUNT_ENTRIES, JOURNAL_ROWS
from agent.collectors._linux.logs import LinuxLogs
from agent.collectors._shared.declare import free_text, harmless
from agent.collectors._shared.hours import Hours
from agent.host.interface import Host
from agent.rows import Reader, Reading, Want
from wire.catalogue import Dataset, Kind, System, ValueType

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

_ALIKE = (
    "timestamp",
    "log.source",
    "service.name",
    "event.id",
    "severity_number",
)


def read_linux(host: Host, want: Want) -> Reading:
    """Count the new entries of the journal, or else the new lines of log files."""
    if not want.columns:
        return Reading([], want.cursor)
    counts = Hours(want, _ALIKE)
    logs = LinuxLogs(host, want, counts.take)
    more = logs.read_runs(COUNT_ENTRIES)
    return counts.reading(logs.cursor(), logs.skipped, truncated=more)


def read_windows(host: Host, want: Want) -> Reading:
    """Count the new events of each log."""
    from agent.collectors._windows.logs import WindowsLogs  # noqa: PLC0415 - Linux has no use of it

    if not want.columns:
        return Reading([], want.cursor)
    counts = Hours(want, _ALIKE)
    logs = WindowsLogs(host, want, counts.take)
    more = logs.read_runs(JOURNAL_ROWS)
    return counts.reading(logs.cursor(), logs.skipped, truncated=more)


READERS: Mapping[System, Reader] = {
    System.LINUX: read_linux,
    System.WINDOWS: read_windows,
}
