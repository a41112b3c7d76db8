# SPDX-License-Identifier: Apache-2.0
"""Reading an event log on from a mark, in one pass that ends.

Why EvtQuery with EvtSeek, and not EvtSubscribe: a pass is a short process that must
know when there is nothing more. The result of a query ends; a subscription never does,
and without its callback "none" and "none yet" look alike (a new pull subscription
answers so, or ERROR_INVALID_OPERATION, on a healthy log: vectordotdev/vector#26118;
pywin32 tells both as nothing found).
A subscription begins *after* its bookmark and holds a number to be the event, so a log
that was cleared and has grown past that number is read from its middle, unnoticed;
a query seeks *to* the marked event, which is then compared.

Rules: the seek is strict; the marked event is looked at and not told again; where it is
not there, the mark is gone, whether the log was cleared, wrapped round or restored; a
bookmark that Windows does not take is unusable, and the number is still known.
Not here: calling Windows (`windows_events.py`), what is done then (`_windows/log.py`).
Sources: EvtSeek, EVT_SEEK_FLAGS, "Windows Event Log Error Constants".
"""

from collections.abc import Sequence
from typing import Protocol

from agent.errors import DeniedError, HostError, NotFoundError, UnsupportedError
from agent.host.windows_interface import EventFacts, GoneError, UnusableError
from agent.host.windows_marks import Mark, Place, is_marked

_BATCH = 64
"""Events of one call: each holds memory of the event log's service."""
_MISSING = frozenset({0, 50, 120})
"""No error, not supported, not implemented: what Wine answers."""
_DENIED = 5
_NO_CHANNEL = frozenset({2, 15007})
"""ERROR_FILE_NOT_FOUND and ERROR_EVT_CHANNEL_NOT_FOUND."""
_GONE = frozenset({259, 1168, 15011, 15012})
"""ERROR_NO_MORE_ITEMS, ERROR_NOT_FOUND, ERROR_EVT_QUERY_RESULT_STALE and
ERROR_EVT_QUERY_RESULT_INVALID_POSITION: the documents say the second of a strict
seek, and machines answer the third as well (vectordotdev/vector#26115)."""


class Results(Protocol):
    """What a query found, each call as Windows has it; each may raise a HostError."""

    def seek(self, bookmark: str) -> None:
        """Go to the marked event itself, strictly."""

    def following(self, most: int) -> Sequence[object]:
        """Return the next events; none at the end."""

    def xml(self, event: object) -> str:
        """Return an event as Windows writes it."""

    def words(self, event: object, xml: str) -> str:
        """Return an event in words; empty where its publisher has gone."""

    def bookmark(self, event: object) -> str:
        """Return Windows' bookmark of an event; empty where it makes none."""


def host_error(code: int) -> HostError:
    """Return what an error of Windows means."""
    if code in _MISSING:
        return UnsupportedError("no-event-log")
    if code in _NO_CHANNEL:
        return NotFoundError("not-found")
    if code == _DENIED:
        return DeniedError("access-denied")
    if code in _GONE:
        return GoneError("event-gone")
    return HostError("read-failed")


def follow(
    results: Results,
    after: Place | None,
    most: int,
    *,
    messages: bool,
) -> list[EventFacts]:
    """Return events, oldest first, the last with its bookmark.

    Args:
        results: what the query found; the newest first where there is no place.
        after: where to go on.
        most: how many at most.
        messages: whether their messages are wanted.

    Raises:
        HostError: the log cannot be read, or the marked event is gone.
    """
    if isinstance(after, Mark):
        _to(results, after)
    found: list[EventFacts] = []
    last: object | None = None
    while len(found) < most:
        batch = results.following(min(_BATCH, most - len(found)))
        if not batch:
            break
        for event in batch:
            xml = results.xml(event)
            words = results.words(event, xml) if messages else ""
            found.append(EventFacts(xml, words))
        last = batch[0] if after is None and last is None else last
        last = batch[-1] if after is not None else last
    if after is None:
        found.reverse()
    if last is not None:
        newest = found[-1]
        found[-1] = EventFacts(newest.xml, newest.message, results.bookmark(last))
    return found


def _to(results: Results, mark: Mark) -> None:
    """Go behind the marked event, or say why not."""
    try:
        results.seek(mark.bookmark)
        marked = results.following(1)
    except HostError as problem:
        if type(problem) is HostError:
            reason = "bookmark-refused"
            raise UnusableError(reason) from None
        raise
    if not marked or not is_marked(mark, results.xml(marked[0])):
        reason = "event-gone"
        raise GoneError(reason)
