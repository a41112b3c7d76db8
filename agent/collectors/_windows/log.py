# SPDX-License-Identifier: Apache-2.0
"""A log of Windows: its new events since a record, and the parts of an event.

Rules: a first pass starts near the end; a log that was cleared is read from its start,
and counted; an event with a declaration is none, so nothing in it expands.
Not here: what events mean (each collector's own file), how Windows is asked
(`agent/host`).
Source: the schema of events (win:System, win:EventData, win:UserData).
"""

import json
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from agent.budget import LOG_CURSOR_BYTES
from agent.collectors._shared.gather import number
from agent.host.windows_interface import EventFacts

SPACE = "{http://schemas.microsoft.com/win/2004/08/events/event}"
_DECLARATION = "<!"
"""Windows writes none; an event with one would be somebody's attempt."""
_FIRST_LETTERS = 19
"""A time to the second; Windows writes nanoseconds, of which Python takes six."""

Ask = Callable[[int | None, int], Sequence[EventFacts]]
"""Asks for at most so many events after a record; None for the newest."""


@dataclass(frozen=True, slots=True)
class NewEvents:
    """What is new in a log.

    Attributes:
        found: the events, oldest first.
        place: number of the last record.
        lost: 1 where the log was cleared since.
        more: true where their number stopped the pass.
    """

    found: Sequence[EventFacts]
    place: int
    lost: int = 0
    more: bool = False


def new_events(ask: Ask, after: int | None, most: int) -> NewEvents:
    """Return the events after a record.

    Args:
        ask: the log.
        after: the last record of the last pass; None at the first.
        most: how many at most.
    """
    found, lost = ask(after, most), 0
    if not found and after is not None:
        newest = ask(None, 1)
        record = record_of(newest[0]) if newest else None
        if record is not None and record < after:  # it was cleared
            found, lost = ask(0, most), 1
    records = [record for event in found if (record := record_of(event)) is not None]
    place = records[-1] if records else after or 0
    return NewEvents(found, place, lost, len(found) >= most)


def record_of(found: EventFacts) -> int | None:
    """Return an event's number; its own data is escaped and comes later."""
    _, _, rest = found.xml.partition("<EventRecordID>")
    return number(rest.partition("<")[0])


def root_of(found: EventFacts) -> ET.Element | None:
    """Return an event's tree; None for another form."""
    if _DECLARATION in found.xml:
        return None
    try:
        root = ET.fromstring(found.xml)  # noqa: S314 - without a declaration nothing expands
    except (ET.ParseError, ValueError):
        return None
    return root if root.find(f"{SPACE}System") is not None else None


def event_id(root: ET.Element) -> int | None:
    """Return which event it is."""
    return number(root.findtext(f"{SPACE}System/{SPACE}EventID"))


def system_attribute(root: ET.Element, name: str, attribute: str) -> str | None:
    """Return an attribute of a part of System."""
    part = root.find(f"{SPACE}System/{SPACE}{name}")
    return None if part is None else part.get(attribute)


def seconds_of(root: ET.Element) -> int | None:
    """Return when it happened."""
    stamp = system_attribute(root, "TimeCreated", "SystemTime") or ""
    try:
        moment = datetime.fromisoformat(f"{stamp[:_FIRST_LETTERS]}+00:00")
        return int(moment.timestamp())
    except (ValueError, OverflowError):
        return None


def data_of(root: ET.Element) -> Sequence[tuple[str, str]]:
    """Return the event's own data: each name, empty where it has none, and value."""
    return [
        (part.get("Name") or "", part.text or "")
        for part in root.iterfind(f"{SPACE}EventData/{SPACE}Data")
    ]


def user_data_of(root: ET.Element) -> Mapping[str, str]:
    """Return the data of an event that has a form of its own."""
    return {
        part.tag.rpartition("}")[2]: part.text or ""
        for part in root.iterfind(f"{SPACE}UserData/*/*")
    }


def parse_cursor(cursor: bytes | None, logs: Iterable[str]) -> dict[str, int]:
    """Return the last record of each log; empty where unreadable."""
    try:
        found: object = json.loads((cursor or b"{}")[:LOG_CURSOR_BYTES])
    except (ValueError, RecursionError):
        return {}
    known: object = found.get("channels") if isinstance(found, dict) else None
    if not isinstance(known, dict):
        return {}
    return {
        log: record
        for log in logs
        if (record := number(str(known.get(log)))) is not None
    }


def write_cursor(known: Mapping[str, int]) -> bytes:
    """Return where to go on, as `parse_cursor` reads it."""
    found = {"channels": known}
    return json.dumps(found, separators=(",", ":"), sort_keys=True).encode()
