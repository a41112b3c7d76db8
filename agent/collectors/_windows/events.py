# SPDX-License-Identifier: Apache-2.0
"""Events of Windows, for `event_logs`.

Rules: each log gets what is left of the rows.
Not here: the declaration (`event_logs.py`), reading the logs (`_windows/logs.py`).
"""

from collections.abc import Mapping

from agent.budget import JOURNAL_ROWS
from agent.collectors._shared.log_rows import LogRows
from agent.collectors._windows.logs import WindowsLogs
from agent.host.interface import Host
from agent.host.windows_interface import Channel
from agent.rows import Example, Reading, Want
from wire.catalogue import System
from wire.values import Value


def read_windows(host: Host, want: Want) -> Reading:
    """Read the new events of each log."""
    if not want.columns:
        return Reading([], want.cursor)
    kept = LogRows(want)
    logs = WindowsLogs(host, want, kept.take)
    for channel in Channel:
        left = want.rows - len(kept)
        if left < 1:
            logs.truncated = True
            break
        logs.read(channel, min(left, JOURNAL_ROWS))
    skipped = logs.skipped + kept.uncounted
    return Reading(kept.rows(), logs.cursor(), skipped, logs.truncated)


def _event(
    record: str, provider: str, identifier: str, level: str, channel: str, data: str
) -> str:
    return (
        "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>"
        f"<Provider Name='{provider}'/><EventID Qualifiers='16384'>{identifier}"
        f"</EventID><Level>{level}</Level>"
        "<TimeCreated SystemTime='2026-11-24T05:14:58.1234567Z'/>"
        f"<EventRecordID>{record}</EventRecordID><Execution ProcessID='712'/>"
        f"<Channel>{channel}</Channel><Computer>PC1.example.test</Computer></System>"
        f"<EventData>{data}</EventData></Event>"
    )


_STARTED = _event(
    "101",
    "Service Control Manager",
    "7036",
    "4",
    "System",
    "<Data Name='param1'>x</Data>",
)
_BROKEN = _event(
    "7",
    "Application Error",
    "1000",
    "2",
    "Application",
    "<Data>excel.exe</Data><Data/>",
)
_WHERE: Mapping[str, Value] = {
    "timestamp": 1795497298,
    "host.name": "PC1.example.test",
    "process.pid": 712,
}
_CRASH: Mapping[str, Value] = {
    **_WHERE,
    "log.source": "Application",
    "service.name": "Application Error",
    "event.id": "1000",
    "message": "excel.exe",
    "severity_number": 17,
    "severity_text": "err",
}

EXAMPLES = (
    Example(
        System.WINDOWS,
        "A first pass: a crash whose publisher is gone, and a service's start.",
        rows=(
            _CRASH,
            {
                **_WHERE,
                "log.source": "System",
                "service.name": "Service Control Manager",
                "event.id": "7036",
                "message": "The Print Spooler service entered the running state.",
                "severity_number": 9,
                "severity_text": "info",
            },
        ),
        facts={
            "events": {
                "Application": ((7, _BROKEN, ""),),
                "System": (
                    (
                        101,
                        _STARTED,
                        "The Print Spooler service entered the running state.",
                    ),
                ),
            }
        },
    ),
    Example(
        System.WINDOWS,
        "A later pass over a log that was cleared; a declaration is refused.",
        rows=(_CRASH,),
        facts={
            "events": {
                "Application": ((7, _BROKEN, ""),),
                "System": ((101, "<!DOCTYPE x><Event/>", ""),),
                "Setup": (),
            }
        },
        cursor=b'{"channels":{"Application":900,"System":100}}',
    ),
)
