# SPDX-License-Identifier: Apache-2.0
"""An event log that behaves as the documents of the Windows Event Log say.

Rules: a query finds in the order of its flags and ends; a strict seek to a bookmark
whose number is in no event fails with ERROR_NOT_FOUND or, as machines do, with
ERROR_EVT_QUERY_RESULT_STALE; a bookmark holds the channel and a number, no more.
Not here: real Windows, which has run none of it (Wine has no event log).
Sources: EvtSeek, EVT_SEEK_FLAGS, EvtNext, "Bookmarking Events"; the form of a bookmark
from cea-sec/openwec#291, the second error from vectordotdev/vector#26115.
"""

import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import dataclass, field

from agent.host.windows_follow import follow, host_error
from agent.host.windows_interface import EventFacts
from agent.host.windows_marks import Place, record_in

NOT_FOUND = 1168
STALE = 15011
INVALID_DATA = 13
NAME = "System"


def event(record: int, second: int = 0) -> str:
    """Return an event of the log, of a second of its own unless another is named."""
    at = f"2026-11-24T05:{second // 60:02}:{second % 60:02}.1234567Z"
    return (
        "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>"
        f"<Provider Name='P'/><EventID>1</EventID><TimeCreated SystemTime='{at}'/>"
        f"<EventRecordID>{record}</EventRecordID><Channel>{NAME}</Channel></System>"
        "</Event>"
    )


@dataclass
class SimulatedChannel:
    """A log, what it was asked, and the error of a seek to what is not there.

    Attributes:
        events: as Windows writes them, oldest first.
        missing: the error of a strict seek that finds none.
        refuses: the error for any bookmark; 0 for none.
        stale_at: the call of EvtNext that says the log was cleared; 0 for none.
        bookmarks: whether it makes any.
        asked: the places from which was read.
    """

    events: list[str]
    missing: int = NOT_FOUND
    refuses: int = 0
    stale_at: int = 0
    bookmarks: bool = True
    asked: list[Place | None] = field(default_factory=list)

    def ask(self, after: Place | None, most: int) -> Sequence[EventFacts]:
        """Ask as the host does: by number with a query, by mark with a seek."""
        self.asked.append(after)
        found = [
            xml
            for xml in self.events
            if not isinstance(after, int) or (record_in(xml) or 0) > after
        ]
        results = _Found(self, found[::-1] if after is None else found)
        return follow(results, after, most, messages=False)


@dataclass
class _Found:
    channel: SimulatedChannel
    found: list[str]
    at: int = 0
    calls: int = 0

    def seek(self, bookmark: str) -> None:
        if self.channel.refuses:
            raise host_error(self.channel.refuses)
        record = int(ET.fromstring(bookmark)[0].attrib["RecordId"])  # noqa: S314 - ours
        places = [at for at, xml in enumerate(self.found) if record_in(xml) == record]
        if not places:
            raise host_error(self.channel.missing)
        self.at = places[0]

    def following(self, most: int) -> Sequence[object]:
        self.calls += 1
        if self.calls == self.channel.stale_at:
            raise host_error(STALE)
        taken = self.found[self.at : self.at + most]
        self.at += len(taken)
        return taken

    def xml(self, event: object) -> str:
        return str(event)

    def words(self, event: object, xml: str) -> str:
        return f"{event}{xml}"

    def bookmark(self, event: object) -> str:
        if not self.channel.bookmarks:
            return ""
        record = record_in(str(event))
        return (
            f"<BookmarkList>\r\n  <Bookmark Channel='{NAME}' RecordId='{record}'"
            " IsCurrent='true'/>\r\n</BookmarkList>"
        )
