# SPDX-License-Identifier: Apache-2.0
"""Event logs of Windows: new events of each log since the last time.

Rules: a first pass starts near the end; the log of sign-ins is not read; the message is
not even made where it is not wanted, and without one the event's own data stands for
it; a log that was cleared is read from its start, and counted.
Not here: the declaration (`event_logs.py`), how Windows is asked (`agent/host`).
Sources: the schema of events (win:System), EvtRender, EvtFormatMessage.
"""

import xml.etree.ElementTree as ET
from collections.abc import Mapping
from dataclasses import dataclass, field

from agent.budget import JOURNAL_ROWS
from agent.collectors._entries import message, severity
from agent.collectors._gather import number, pick
from agent.collectors._windows import words
from agent.collectors._windows_log import (
    SPACE,
    data_of,
    event_id,
    new_events,
    parse_cursor,
    root_of,
    seconds_of,
    system_attribute,
    write_cursor,
)
from agent.errors import DeniedError, HostError, NotFoundError
from agent.host.interface import Host
from agent.host.windows_interface import Channel, EventFacts, WindowsHost, windows
from agent.rows import Example, Reading, Row, Want
from wire.catalogue import System
from wire.values import Value

_LEVELS = {0: 6, 1: 2, 2: 3, 3: 4, 4: 6, 5: 7}
"""Level of an event -> syslog's: always, critical, error, warning, info, verbose."""


def parse_event(found: EventFacts) -> dict[str, Value] | None:
    """Return what an event tells; None for another form."""
    root = root_of(found)
    if root is None:
        return None
    return {**_head(root), "message": words(found.message) or _told(root)}


def _head(root: ET.Element) -> dict[str, Value]:
    """Return what an event tells without its text."""
    system = f"{SPACE}System/{SPACE}"
    level = number(root.findtext(f"{system}Level"))
    identifier = event_id(root)
    return {
        "timestamp": seconds_of(root),
        "log.source": words(root.findtext(f"{system}Channel")),
        "service.name": words(system_attribute(root, "Provider", "Name")),
        "event.id": None if identifier is None else str(identifier),
        "host.name": words(root.findtext(f"{system}Computer")),
        "process.pid": number(system_attribute(root, "Execution", "ProcessID")),
        **severity(_LEVELS.get(level) if level is not None else None),
    }


def _told(root: ET.Element) -> str | None:
    """Return the event's own data, a line for each value."""
    lines = [f"{name}: {value}" if name else value for name, value in data_of(root)]
    return message("\n".join(lines).encode("utf-8", "replace")).strip() or None


@dataclass
class _Pass:
    """One pass over the logs: its rows and where the next one starts."""

    host: WindowsHost
    want: Want
    known: dict[str, int]
    rows: list[Row] = field(default_factory=list)
    skipped: int = 0
    truncated: bool = False
    refused: list[HostError] = field(default_factory=list)

    def read(self, channel: Channel, most: int) -> None:
        """Take the next events of a log."""
        messages = "message" in self.want
        try:
            new = new_events(
                lambda after, many: self.host.events(
                    channel, after, many, messages=messages
                ),
                self.known.get(channel.value),
                most,
            )
        except (NotFoundError, DeniedError) as problem:
            self.refused.append(problem)
            return
        self.skipped += new.lost
        self.truncated |= new.more
        self.known[channel.value] = new.place
        for event in new.found:
            self.want.check()
            values = parse_event(event)
            if values is None:
                self.skipped += 1
            else:
                self.rows.append(pick(self.want, values))


def read_windows(host: Host, want: Want) -> Reading:
    """Read the new events of each log."""
    if not want.columns:
        return Reading([], want.cursor)
    logs = [channel.value for channel in Channel]
    this = _Pass(windows(host), want, parse_cursor(want.cursor, logs))
    for channel in Channel:
        left = want.rows - len(this.rows)
        if left < 1:
            this.truncated = True
            break
        this.read(channel, min(left, JOURNAL_ROWS))
    if len(this.refused) == len(Channel):
        raise this.refused[0]
    cursor = write_cursor(this.known)
    return Reading(this.rows, cursor, this.skipped, this.truncated)


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
