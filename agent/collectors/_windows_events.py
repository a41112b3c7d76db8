# SPDX-License-Identifier: Apache-2.0
"""Event logs of Windows: new events of each log since the last time.

Rules: a first pass starts near the end; the log of sign-ins is not read; the message is
not even made where it is not wanted, and without one the event's own data stands for
it; a log that was cleared is read from its start, and counted.
Not here: the declaration (`event_logs.py`), how Windows is asked (`agent/host`).
Sources: the schema of events (win:System), EvtRender, EvtFormatMessage.
"""

import json
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from agent.budget import JOURNAL_ROWS, LOG_CURSOR_BYTES
from agent.collectors._entries import message, severity
from agent.collectors._gather import number, pick
from agent.collectors._windows import words
from agent.errors import DeniedError, HostError, NotFoundError
from agent.host.interface import Host
from agent.host.windows_interface import Channel, EventFacts, WindowsHost, windows
from agent.rows import Example, Reading, Row, Want
from wire.catalogue import System
from wire.values import Value

_SPACE = "{http://schemas.microsoft.com/win/2004/08/events/event}"
_LEVELS = {0: 6, 1: 2, 2: 3, 3: 4, 4: 6, 5: 7}
"""Level of an event -> syslog's: always, critical, error, warning, info, verbose."""
_DECLARATION = "<!"
"""Windows writes none; an event with one would be somebody's attempt."""


def record_of(found: EventFacts) -> int | None:
    """Return an event's number; its own data is escaped and comes later."""
    _, _, rest = found.xml.partition("<EventRecordID>")
    return number(rest.partition("<")[0])


def parse_event(found: EventFacts) -> dict[str, Value] | None:
    """Return what an event tells; None for another form."""
    if _DECLARATION in found.xml:
        return None
    try:
        root = ET.fromstring(found.xml)  # noqa: S314 - without a declaration nothing expands
    except (ET.ParseError, ValueError):
        return None
    system = root.find(f"{_SPACE}System")
    if system is None:
        return None
    level = number(system.findtext(f"{_SPACE}Level"))
    identifier = number(system.findtext(f"{_SPACE}EventID"))
    text = words(found.message) or _told(root)
    return {
        "timestamp": _seconds(_attribute(system, "TimeCreated", "SystemTime")),
        "log.source": words(system.findtext(f"{_SPACE}Channel")),
        "service.name": words(_attribute(system, "Provider", "Name")),
        "event.id": None if identifier is None else str(identifier),
        "host.name": words(system.findtext(f"{_SPACE}Computer")),
        "process.pid": number(_attribute(system, "Execution", "ProcessID")),
        "message": text,
        **severity(_LEVELS.get(level) if level is not None else None),
    }


def _attribute(system: ET.Element, name: str, attribute: str) -> str | None:
    part = system.find(f"{_SPACE}{name}")
    return None if part is None else part.get(attribute)


def _told(root: ET.Element) -> str | None:
    """Return the event's own data, a line for each value."""
    lines = []
    for part in root.iterfind(f"{_SPACE}EventData/{_SPACE}Data"):
        name, value = part.get("Name"), part.text or ""
        lines.append(f"{name}: {value}" if name else value)
    return message("\n".join(lines).encode("utf-8", "replace")).strip() or None


def _seconds(stamp: str | None) -> int | None:
    """Return a time of at most nanoseconds, of which Python takes six digits."""
    try:
        moment = datetime.fromisoformat(f"{(stamp or '')[:19]}+00:00")
        return int(moment.timestamp())
    except (ValueError, OverflowError):
        return None


def parse_cursor(cursor: bytes | None) -> dict[str, int]:
    """Return the last record of each log; empty where unreadable."""
    try:
        found: object = json.loads((cursor or b"{}")[:LOG_CURSOR_BYTES])
    except (ValueError, RecursionError):
        return {}
    known: object = found.get("channels") if isinstance(found, dict) else None
    if not isinstance(known, dict):
        return {}
    return {
        channel.value: record
        for channel in Channel
        if (record := number(str(known.get(channel.value)))) is not None
    }


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
        after = self.known.get(channel.value)
        try:
            found = self._ask(channel, after, most)
            if not found and after is not None:
                newest = self._ask(channel, None, 1)
                record = record_of(newest[0]) if newest else None
                if record is not None and record < after:  # it was cleared
                    self.skipped += 1
                    found = self._ask(channel, 0, most)
        except (NotFoundError, DeniedError) as problem:
            self.refused.append(problem)
            return
        self.truncated |= len(found) >= most
        self.known.setdefault(channel.value, 0)
        for event in found:
            self.want.check()
            record, values = record_of(event), parse_event(event)
            if record is not None:
                self.known[channel.value] = record
            if values is None:
                self.skipped += 1
            else:
                self.rows.append(pick(self.want, values))

    def _ask(
        self, channel: Channel, after: int | None, most: int
    ) -> tuple[EventFacts, ...]:
        messages = "message" in self.want
        return tuple(self.host.events(channel, after, most, messages=messages))


def read_windows(host: Host, want: Want) -> Reading:
    """Read the new events of each log."""
    if not want.columns:
        return Reading([], want.cursor)
    this = _Pass(windows(host), want, parse_cursor(want.cursor))
    for channel in Channel:
        left = want.rows - len(this.rows)
        if left < 1:
            this.truncated = True
            break
        this.read(channel, min(left, JOURNAL_ROWS))
    if len(this.refused) == len(Channel):
        raise this.refused[0]
    cursor = json.dumps({"channels": this.known}, separators=(",", ":"), sort_keys=True)
    return Reading(this.rows, cursor.encode(), this.skipped, this.truncated)


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
