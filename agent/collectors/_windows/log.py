# SPDX-License-Identifier: Apache-2.0
"""A log of Windows: its new events since a place, and the parts of an event.

Rules: a first pass starts near the end; a log that was cleared, and one whose marked
event is gone, is read from its start, and counted; an event with a declaration is none,
so nothing in it expands.
Stated limit: where only some kinds are listed and a log wraps round past the last of
them, that is counted too: whether others of them were written over is not known.
Not here: what events mean (each collector's own file), how Windows is asked
(`agent/host`).
Source: the schema of events (win:System, win:EventData, win:UserData).
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from agent.budget import LOG_CURSOR_BYTES
from agent.collectors._shared.gather import number
from agent.host.windows_interface import EventFacts, GoneError, UnusableError
from agent.host.windows_marks import (
    Mark,
    Place,
    checked_mark,
    number_of,
    record_in,
    second_of,
)

if TYPE_CHECKING:  # trees are made on Windows alone
    from xml.etree.ElementTree import Element

SPACE = "{http://schemas.microsoft.com/win/2004/08/events/event}"
_DECLARATION = "<!"
"""Windows writes none; an event with one would be somebody's attempt."""
_FIRST_LETTERS = 19
"""A time to the second; Windows writes nanoseconds, of which Python takes six."""

Ask = Callable[[Place | None, int], Sequence[EventFacts]]
"""Asks for at most so many events after a place; None for the newest."""


@dataclass(frozen=True, slots=True)
class NewEvents:
    """What is new in a log.

    Attributes:
        found: the events, oldest first.
        place: where the next pass goes on.
        lost: 1 where the log was cleared since, or what was marked is gone.
        more: true where their number stopped the pass.
    """

    found: Sequence[EventFacts]
    place: Place
    lost: int = 0
    more: bool = False


def new_events(log: str, ask: Ask, after: Place | None, most: int) -> NewEvents:
    """Return the events after a record.

    Args:
        log: its name.
        ask: asks the log.
        after: where the last pass stopped; None at the first.
        most: how many at most.
    """
    found, lost = _asked(ask, after, most)
    if not found and isinstance(after, int):
        newest = ask(None, 1)
        record = record_in(newest[0].xml) if newest else None
        if record is not None and record < after:  # it was cleared
            found, lost = ask(0, most), 1
    stay = 0 if lost else after or 0
    return NewEvents(found, _place(log, found, stay), lost, len(found) >= most)


def _asked(
    ask: Ask, after: Place | None, most: int
) -> tuple[Sequence[EventFacts], int]:
    """Return the events after a place, and 1 where what it marks is gone.

    A log whose marked event is gone is read from its start: after a clearing, and
    where it wrapped round, all of it is new.
    """
    try:
        return ask(after, most), 0
    except GoneError:
        if not isinstance(after, Mark):  # it goes while it is read: the next pass
            raise
        return ask(0, most), 1
    except UnusableError:
        return ask(number_of(after or 0), most), 0


def _place(log: str, found: Sequence[EventFacts], stay: Place) -> Place:
    """Return where the next pass goes on."""
    if not found:
        return stay
    last = found[-1]
    record = record_in(last.xml)
    mark = checked_mark(log, record, second_of(last.xml), last.bookmark)
    if mark is not None:
        return mark
    numbers = [record_in(event.xml) for event in found]
    return next((item for item in reversed(numbers) if item is not None), stay)


def root_of(found: EventFacts) -> "Element | None":
    """Return an event's tree; None for another form."""
    if _DECLARATION in found.xml:
        return None
    from xml.etree import ElementTree as ET  # noqa: PLC0415 - on Windows alone

    try:
        root = ET.fromstring(found.xml)  # noqa: S314 - without a declaration nothing expands
    except (ET.ParseError, ValueError):
        return None
    return root if root.find(f"{SPACE}System") is not None else None


def event_id(root: "Element") -> int | None:
    """Return which event it is."""
    return number(root.findtext(f"{SPACE}System/{SPACE}EventID"))


def system_attribute(root: "Element", name: str, attribute: str) -> str | None:
    """Return an attribute of a part of System."""
    part = root.find(f"{SPACE}System/{SPACE}{name}")
    return None if part is None else part.get(attribute)


def seconds_of(root: "Element") -> int | None:
    """Return when it happened."""
    stamp = system_attribute(root, "TimeCreated", "SystemTime") or ""
    try:
        moment = datetime.fromisoformat(f"{stamp[:_FIRST_LETTERS]}+00:00")
        return int(moment.timestamp())
    except (ValueError, OverflowError):
        return None


def data_of(root: "Element") -> Sequence[tuple[str, str]]:
    """Return the event's own data: each name, empty where it has none, and value."""
    return [
        (part.get("Name") or "", part.text or "")
        for part in root.iterfind(f"{SPACE}EventData/{SPACE}Data")
    ]


def user_data_of(root: "Element") -> Mapping[str, str]:
    """Return the data of an event that has a form of its own."""
    return {
        part.tag.rpartition("}")[2]: part.text or ""
        for part in root.iterfind(f"{SPACE}UserData/*/*")
    }


def parse_cursor(cursor: bytes | None, logs: Iterable[str]) -> dict[str, Place]:
    """Return where each log goes on; empty where unreadable.

    A number alone is of an older release, or of an event without a bookmark.
    """
    try:
        found: object = json.loads((cursor or b"{}")[:LOG_CURSOR_BYTES])
    except (ValueError, RecursionError):
        return {}
    known: object = found.get("channels") if isinstance(found, dict) else None
    if not isinstance(known, dict):
        return {}
    return {
        log: place
        for log in logs
        if (place := _parsed_place(log, known.get(log))) is not None
    }


def _parsed_place(log: str, found: object) -> Place | None:
    if not isinstance(found, dict):
        return number(str(found))
    record = number(str(found.get("record")))
    mark = checked_mark(log, record, found.get("second"), found.get("bookmark"))
    return record if mark is None else mark


def write_cursor(known: Mapping[str, Place]) -> bytes:
    """Return where to go on, as `parse_cursor` reads it."""
    found = {
        "channels": {
            log: asdict(place) if isinstance(place, Mark) else place
            for log, place in known.items()
        }
    }
    return json.dumps(found, separators=(",", ":"), sort_keys=True).encode()
