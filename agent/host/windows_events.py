# SPDX-License-Identifier: Apache-2.0
# mypy: disable-error-code="unreachable"
# (all below the guard, seen from linux)
"""The event logs of this Windows machine.

Rules: read forwards from a place, or the newest ones; messages are made only where they
are asked for; nothing is subscribed to, for the reasons of `windows_follow.py`; no
bookmark is made before a query was answered, for Wine ends a process that makes one.
Not here: which logs (`windows_interface.py`), which events (`windows_queries.py`), what
becomes of a mark (`windows_follow.py`), what an event tells (collectors).
"""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pywintypes
import win32api
import win32evtlog

from agent.host.windows_follow import follow, host_error
from agent.host.windows_interface import EventFacts
from agent.host.windows_marks import Place

if sys.platform != "win32":
    reason = "agent.host.windows_events is for Windows"
    raise ImportError(reason)

_MILLISECONDS = 5_000


def read(
    channel: str, query: str, after: Place | None, most: int, *, messages: bool
) -> Sequence[EventFacts]:
    """Return events of a log, oldest first, the last with its bookmark.

    Args:
        channel: its name, of the fixed list.
        query: which events, in XPath.
        after: where to go on; None for the newest.
        most: how many at most.
        messages: whether their messages are wanted.

    Raises:
        HostError: the log is not there, not ours, its mark is gone, or there are no
            logs at all.
    """
    results = _Results(channel, query, newest=after is None)
    return follow(results, after, most, messages=messages)


@contextmanager
def _calling() -> Iterator[None]:
    """Turn an error of Windows into ours."""
    try:
        win32api.SetLastError(0)  # Wine sets none when it fails: an old one counted
        yield
    except pywintypes.error as error:
        raise host_error(int(error.winerror or 0)) from None  # it may hold a path


class _Results:
    """What a query found."""

    def __init__(self, channel: str, query: str, *, newest: bool) -> None:
        flags = win32evtlog.EvtQueryChannelPath
        if newest:
            flags |= win32evtlog.EvtQueryReverseDirection
        else:
            flags |= win32evtlog.EvtQueryForwardDirection
        self._publishers: dict[str, object] = {}
        with _calling():
            self._found = win32evtlog.EvtQuery(channel, flags, query)

    def seek(self, bookmark: str) -> None:
        """Go to the marked event itself, strictly."""
        flags = win32evtlog.EvtSeekRelativeToBookmark | win32evtlog.EvtSeekStrict
        with _calling():
            mark = win32evtlog.EvtCreateBookmark(bookmark)
            win32evtlog.EvtSeek(self._found, 0, flags, mark)

    def following(self, most: int) -> Sequence[object]:
        """Return the next events; none at the end."""
        with _calling():
            return tuple(win32evtlog.EvtNext(self._found, most, _MILLISECONDS, 0))

    def xml(self, event: object) -> str:
        """Return an event as Windows writes it."""
        with _calling():
            return str(win32evtlog.EvtRender(event, win32evtlog.EvtRenderEventXml))

    def words(self, event: object, xml: str) -> str:
        """Return an event in words; empty where its publisher has gone."""
        quote = "'" if "Provider Name='" in xml else '"'
        name = xml.partition(f"Provider Name={quote}")[2].partition(quote)[0]
        try:
            if name not in self._publishers:
                self._publishers[name] = win32evtlog.EvtOpenPublisherMetadata(name)
            return str(
                win32evtlog.EvtFormatMessage(
                    self._publishers[name], event, win32evtlog.EvtFormatMessageEvent
                )
            )
        except pywintypes.error:
            return ""

    def bookmark(self, event: object) -> str:
        """Return Windows' bookmark of an event; empty where it makes none."""
        try:
            mark = win32evtlog.EvtCreateBookmark(None)
            win32evtlog.EvtUpdateBookmark(mark, event)
            return str(win32evtlog.EvtRender(mark, win32evtlog.EvtRenderBookmark))
        except pywintypes.error:
            return ""
