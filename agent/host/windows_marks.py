# SPDX-License-Identifier: Apache-2.0
"""Where reading of an event log goes on: after a record's number, or at a mark.

Rules: Windows' bookmark holds the channel and a number and no more, so the time of the
marked event is kept with it: the same number at another time is another log; a mark
that comes from a position is bounded, checked and never trusted.
Not here: reading from a mark on (`windows_follow.py`), positions (collectors).
Sources: "Bookmarking Events" of the Windows Event Log; bookmarks recorded in
cea-sec/openwec#291.
"""

import re
from dataclasses import dataclass

from agent.budget import BOOKMARK_BYTES

_SECOND = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\Z")
"""To the second: releases of Windows write further digits or none."""
_LETTERS = 19
_NUMBER = re.compile(r"\d{1,20}\Z")
"""The digits of 64 bits."""


@dataclass(frozen=True, slots=True)
class Mark:
    """The event that was read last.

    Attributes:
        record: its number.
        second: when it happened, as Windows writes it.
        bookmark: Windows' own text of its place.
    """

    record: int
    second: str
    bookmark: str


Place = int | Mark
"""A record's number alone is where older releases stopped, and the start of a log."""


def number_of(place: Place) -> int:
    """Return the number of the record at a place."""
    return place.record if isinstance(place, Mark) else place


def second_of(xml: str) -> str:
    """Return when an event happened; its own data is escaped and comes later."""
    _, _, rest = xml.partition("<TimeCreated SystemTime=")
    return rest[1 : _LETTERS + 1]


def record_in(xml: str) -> int | None:
    """Return an event's number; its own data is escaped and comes later."""
    _, _, rest = xml.partition("<EventRecordID>")
    found = rest.partition("<")[0]
    return int(found) if found.isascii() and _NUMBER.match(found) else None


def is_marked(mark: Mark, xml: str) -> bool:
    """Return whether an event is the marked one, and no other with its number."""
    return record_in(xml) == mark.record and second_of(xml) == mark.second


def checked_mark(
    log: str, record: object, second: object, bookmark: object
) -> Mark | None:
    """Return a mark of a log; None where it is of another form, or of another log.

    Without a declaration nothing in the bookmark expands, so one with it is none. One
    of a reading backwards is none: it would turn the direction of the next.
    """
    if type(record) is not int or not isinstance(second, str):
        return None
    if (
        not isinstance(bookmark, str)
        or len(bookmark.encode("utf-8", "replace")) > BOOKMARK_BYTES
    ):
        return None
    if "<!" in bookmark or not _SECOND.match(second):
        return None
    from xml.etree import ElementTree as ET  # noqa: PLC0415 - on Windows alone

    try:
        root = ET.fromstring(bookmark)  # noqa: S314 - without a declaration nothing expands
    except (ET.ParseError, ValueError):
        return None
    expected = {"Channel": log, "RecordId": str(record), "IsCurrent": "true"}
    plain = root.tag == "BookmarkList" and root.get("Direction") != "backward"
    parts = [(part.tag, part.attrib) for part in root]
    same = parts == [("Bookmark", expected)]
    return Mark(record, second, bookmark) if plain and same else None
