# SPDX-License-Identifier: Apache-2.0
"""Event templates: how often each message came, without anything that varies in it.

Rules: a message is reduced to words of a shipped list as it is read, and only that is
kept of it; counts of an hour may come in several rows, which add up; only events that
the policy names are read.
Not here: how a template is made (`agent/redaction/templates.py`), counts of all events
without their text (`event_counts.py`).
"""

from collections.abc import Mapping
from dataclasses import replace

from agent.budget import JOURNAL_ROWS
from agent.collectors._linux.logs import LinuxLogs
from agent.collectors._shared.declare import harmless
from agent.collectors._shared.hours import Hours
from agent.host.interface import Host
from agent.redaction.templates import template, template_id
from agent.rows import Names, Reader, Reading, Want
from wire.catalogue import Dataset, Kind, System, ValueType
from wire.values import Value

TEXT = ValueType.TEXT

DATASET = Dataset(
    "event_templates",
    Kind.EVENT,
    "How often each message came in an hour, without anything that varies in it.",
    (),
    (
        harmless("timestamp", ValueType.TIMESTAMP, "Says in which hour; its start."),
        harmless("log.source", TEXT, "Says which log it is from."),
        harmless("template.id", TEXT, "Compares a message across machines."),
        harmless("template", TEXT, "Says what happened, in words of a fixed list."),
        harmless("severity_number", ValueType.COUNT, "Sorts errors from notices."),
        harmless("count", ValueType.COUNT, "Shows what is more than usual."),
    ),
)

_ALIKE = ("timestamp", "log.source", "template.id", "template", "severity_number")
_MESSAGE = "message"
_OF_MESSAGES = frozenset({"template.id", "template"})


class _Templates:
    """Counts events by their template."""

    def __init__(self, want: Want) -> None:
        self.counts = Hours(want, _ALIKE)
        self._words = want.any(*_OF_MESSAGES)

    def asked(self, want: Want) -> Want:
        """Return what the logs are asked for: messages in place of templates."""
        message = {_MESSAGE} if self._words else frozenset()
        return replace(want, columns=want.columns - _OF_MESSAGES | message)

    def take(self, values: Mapping[str, Value], names: Names = ()) -> None:
        """Count an event; of its message only the template is kept."""
        del names  # hidden in texts, and here is none
        message = values.get(_MESSAGE)
        form = template(message) if isinstance(message, str) else ""
        made = {"template": form, "template.id": template_id(form)} if form else {}
        self.counts.take({**values, _MESSAGE: None, **made})


def read_linux(host: Host, want: Want) -> Reading:
    """Count the new entries of the journal, or else the new lines of log files."""
    if not want.columns:
        return Reading([], want.cursor)
    found = _Templates(want)
    logs = LinuxLogs(host, found.asked(want), found.take)
    more = logs.read_runs(JOURNAL_ROWS)
    return found.counts.reading(logs.cursor(), logs.skipped, truncated=more)


def read_windows(host: Host, want: Want) -> Reading:
    """Count the new events of each log."""
    from agent.collectors._windows.logs import WindowsLogs  # noqa: PLC0415 - Linux has no use of it

    if not want.columns:
        return Reading([], want.cursor)
    found = _Templates(want)
    logs = WindowsLogs(host, found.asked(want), found.take)
    more = logs.read_runs(JOURNAL_ROWS)
    return found.counts.reading(logs.cursor(), logs.skipped, truncated=more)


READERS: Mapping[System, Reader] = {
    System.LINUX: read_linux,
    System.WINDOWS: read_windows,
}
