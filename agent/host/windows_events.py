# SPDX-License-Identifier: Apache-2.0
# mypy: disable-error-code="unreachable"
# (all below the guard, seen from linux)
"""The event logs of this Windows machine.

Rules: read forwards from a record's number, or the newest ones; messages are made only
where they are asked for; nothing is subscribed to, so no thread of Windows calls back.
Not here: which logs (`windows_interface.py`), which events (`windows_queries.py`), what
an event tells (collectors).
"""

import sys
from collections.abc import Sequence

import pywintypes
import win32api
import win32evtlog

from agent.errors import DeniedError, HostError, NotFoundError, UnsupportedError
from agent.host.windows_interface import EventFacts

if sys.platform != "win32":
    reason = "agent.host.windows_events is for Windows"
    raise ImportError(reason)

_BATCH = 64
"""Events of one call: each holds memory of the event log's service."""
_MISSING = frozenset({0, 50, 120})
"""No error, not supported, not implemented: what Wine answers."""
_DENIED = 5
_NO_CHANNEL = frozenset({2, 15007})
"""ERROR_FILE_NOT_FOUND and ERROR_EVT_CHANNEL_NOT_FOUND."""
_MILLISECONDS = 5_000


def read(
    channel: str, query: str, most: int, *, newest: bool, messages: bool
) -> Sequence[EventFacts]:
    """Return events of a log, oldest first.

    Args:
        channel: its name, of the fixed list.
        query: which events, in XPath.
        most: how many at most.
        newest: whether the newest of them are wanted, else the oldest.
        messages: whether their messages are wanted.

    Raises:
        HostError: the log is not there, not ours, or there are none at all.
    """
    flags = win32evtlog.EvtQueryChannelPath
    if newest:
        flags |= win32evtlog.EvtQueryReverseDirection
    else:
        flags |= win32evtlog.EvtQueryForwardDirection
    try:
        win32api.SetLastError(0)  # Wine sets none when it fails: an old one counted
        results = win32evtlog.EvtQuery(channel, flags, query)
        found = _take(results, most, messages=messages)
    except pywintypes.error as error:
        raise _host_error(int(error.winerror or 0)) from None  # it may hold a path
    return found[::-1] if newest else found


def _take(results: object, most: int, *, messages: bool) -> list[EventFacts]:
    found: list[EventFacts] = []
    publishers: dict[str, object] = {}
    while len(found) < most:
        batch = win32evtlog.EvtNext(
            results, min(_BATCH, most - len(found)), _MILLISECONDS, 0
        )
        if not batch:
            break
        for event in batch:
            xml = str(win32evtlog.EvtRender(event, win32evtlog.EvtRenderEventXml))
            words = _message(event, xml, publishers) if messages else ""
            found.append(EventFacts(xml, words))
    return found


def _message(event: object, xml: str, publishers: dict[str, object]) -> str:
    """Return an event in words; empty where its publisher has gone."""
    quote = "'" if "Provider Name='" in xml else '"'
    name = xml.partition(f"Provider Name={quote}")[2].partition(quote)[0]
    try:
        if name not in publishers:
            publishers[name] = win32evtlog.EvtOpenPublisherMetadata(name)
        return str(
            win32evtlog.EvtFormatMessage(
                publishers[name], event, win32evtlog.EvtFormatMessageEvent
            )
        )
    except pywintypes.error:
        return ""


def _host_error(code: int) -> HostError:
    if code in _MISSING:
        return UnsupportedError("no-event-log")
    if code in _NO_CHANNEL:
        return NotFoundError("not-found")
    if code == _DENIED:
        return DeniedError("access-denied")
    return HostError("read-failed")
