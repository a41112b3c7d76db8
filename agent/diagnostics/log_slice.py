# SPDX-License-Identifier: Apache-2.0
"""Log slice: what one log says around a moment.

Rules: the policy names the events whose text may be read, as for the passes; texts are
scrubbed as there; some minutes at most, of one log of a fixed list.
Not here: reading the logs (`_shared/log_window.py`), numbers alone (`event_totals.py`).
"""

from collections.abc import Mapping

from agent.budget import JOURNAL_ROWS
from agent.collectors import event_logs
from agent.collectors._shared.log_rows import LogRows
from agent.diagnostics import Reader
from agent.diagnostics._shared.again import columns_of
from agent.diagnostics._shared.declare import asked_for, choice, moment, whole
from agent.diagnostics._shared.log_window import LOGS, Event, Log, Window, events_of
from agent.host.interface import Host
from agent.rows import Reading, Want
from wire.catalogue import System
from wire.diagnostics import Checked, Consent

DATASET = asked_for(
    "log_slice",
    "What one log says around a moment.",
    columns_of(
        event_logs.DATASET,
        "timestamp",
        "log.source",
        "service.name",
        "severity_number",
        "severity_text",
        "event.id",
        "process.pid",
        "message",
        "count",
    ),
    moment("around", "The moment; now is when it runs."),
    choice("log", "Which log.", LOGS, "system"),
    choice("least", "From which severity on.", ("all", "warning", "error"), "all"),
    whole("minutes", "How far to look, before and after.", 1, 60, 5),
    consent=Consent.ASK,
)

_LEAST = {"all": 0, "warning": 13, "error": 17}
"""Severity numbers of OpenTelemetry."""


def read(host: Host, want: Want, given: Checked) -> Reading:
    """Read one row for each event."""
    if not want.columns:
        return Reading([])
    middle = given.number("around") or int(want.now)
    reach = 60 * given.number("minutes")
    log = Log(given.text("log"))
    window = Window(log, middle - reach, middle + reach, JOURNAL_ROWS)
    least = _LEAST[given.text("least")]
    kept = LogRows(want)
    over = 0

    def take(event: Event) -> None:
        nonlocal over
        values, names = event
        severity = values.get("severity_number")
        if least and not (isinstance(severity, int) and severity >= least):
            return
        if len(kept) < want.rows:
            kept.take(values, names)
        else:
            over += 1

    more = events_of(host, want, window, take)
    rows = kept.rows()[: want.rows]
    return Reading(rows, skipped=kept.uncounted, truncated=more or bool(over))


READERS: Mapping[System, Reader] = {System.LINUX: read, System.WINDOWS: read}
