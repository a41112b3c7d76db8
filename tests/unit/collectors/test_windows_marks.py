# SPDX-License-Identifier: Apache-2.0
"""Event logs of Windows, read on from a bookmark.

Rules: a log that behaves as documented (`tests/channel_fixture.py`); positions pass
through their written form between passes.
Not here: what events mean (`test_windows.py`), real calls (`tests/wine`).
"""

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.collectors._windows import events
from agent.collectors._windows.log import (
    NewEvents,
    new_events,
    parse_cursor,
    write_cursor,
)
from agent.collectors.event_counts import read_windows as read_counts
from agent.errors import DeniedError, HostError, NotFoundError, UnsupportedError
from agent.host.windows_follow import host_error
from agent.host.windows_interface import Channel, EventFacts, GoneError
from agent.host.windows_marks import Mark, Place, checked_mark, record_in
from agent.host.windows_queries import (
    EventKind,
    SignInLog,
    events_query,
    sign_ins_query,
)
from agent.rows import Reader, Want
from tests.channel_fixture import (
    INVALID_DATA,
    NAME,
    NOT_FOUND,
    STALE,
    SimulatedChannel,
    event,
)
from tests.windows_fixture import RecordedWindows

BOOKMARK = "<BookmarkList><Bookmark Channel='System' RecordId='7' IsCurrent='true'/>"
BOOKMARK += "</BookmarkList>"
SECOND = "2026-11-24T05:00:07"
MARK = Mark(7, SECOND, BOOKMARK)
GONE = [NOT_FOUND, STALE, 259, 15012]


def log(*records: int, start: int = 0) -> list[str]:
    """Return events, each of its own second from a start on."""
    return [event(record, start + record) for record in records]


def read(channel: SimulatedChannel, cursor: bytes | None, most: int = 100) -> NewEvents:
    """Read on from a written position."""
    place = parse_cursor(cursor, [NAME]).get(NAME)
    return new_events(NAME, channel.ask, place, most)


def written(new: NewEvents) -> bytes:
    """Return the position after a pass."""
    return write_cursor({NAME: new.place})


def numbers(new: NewEvents) -> list[int | None]:
    """Return which events a pass found."""
    return [record_in(found.xml) for found in new.found]


def test_a_bookmark_is_the_position() -> None:
    """The mark of the last event is kept, whole and within its bound."""
    new = read(SimulatedChannel(log(5, 6, 7)), None)
    assert written(new) == (
        b'{"channels":{"System":{"bookmark":"<BookmarkList>\\r\\n  <Bookmark '
        b"Channel='System' RecordId='7' IsCurrent='true'/>\\r\\n</BookmarkList>\","
        b'"record":7,"second":"2026-11-24T05:00:07"}}}'
    )


@pytest.mark.parametrize("most", [1, 2, 3, 65, 200])
def test_each_event_once(most: int) -> None:
    """Passes of any size tell each event once, the marked one not again."""
    channel = SimulatedChannel(log(1))
    cursor = written(read(channel, None))
    channel.events += log(*range(2, 140))
    told: list[int | None] = []
    more = True
    while more:
        new = read(channel, cursor, most)
        told += numbers(new)
        assert new.lost == 0
        cursor, more = written(new), bool(new.found)
    assert told == list(range(2, 140))


@pytest.mark.parametrize("error", GONE)
def test_a_log_that_wrapped_round_is_a_gap(error: int) -> None:
    """Where the marked event was written over, the rest is told, and one gap."""
    channel = SimulatedChannel(log(5, 6, 7))
    cursor = written(read(channel, None))
    channel.events, channel.missing = log(20, 21), error
    new = read(channel, cursor)
    assert (numbers(new), new.lost) == ([20, 21], 1)
    assert read(channel, written(new)).lost == 0


@pytest.mark.parametrize("records", [(1, 2), (1, 2, 7), tuple(range(1, 12))])
def test_a_cleared_log_starts_over_and_is_counted(records: tuple[int, ...]) -> None:
    """Numbers that start again are noticed, also when they have passed the mark."""
    channel = SimulatedChannel(log(5, 6, 7))
    cursor = written(read(channel, None))
    channel.events = log(*records, start=600)
    new = read(channel, cursor)
    assert (numbers(new), new.lost) == (list(records), 1)


def test_an_empty_log_is_one_gap() -> None:
    """A log that was cleared and is empty is counted once, and read from its start."""
    channel = SimulatedChannel(log(5, 6, 7))
    cursor = written(read(channel, None))
    channel.events = []
    new = read(channel, cursor)
    assert (new.lost, written(new)) == (1, b'{"channels":{"System":0}}')
    channel.events = log(1, start=600)
    later = read(channel, written(new))
    assert (numbers(later), later.lost) == ([1], 0)


def test_nothing_new_stays_where_it_is() -> None:
    """Without new events the position is the same, and nothing is lost."""
    channel = SimulatedChannel(log(5, 6, 7))
    cursor = written(read(channel, None))
    new = read(channel, cursor)
    assert (numbers(new), new.lost, written(new)) == ([], 0, cursor)


def test_a_position_of_an_older_release_goes_on() -> None:
    """A record's number alone is read on from, and is a bookmark afterwards."""
    channel = SimulatedChannel(log(5, 6, 7, 8))
    new = read(channel, b'{"channels":{"System":6}}')
    assert (numbers(new), new.lost) == ([7, 8], 0)
    assert isinstance(new.place, Mark)
    still = read(channel, b'{"channels":{"System":8}}')
    assert (numbers(still), still.lost, still.place) == ([], 0, 8)


def test_an_older_position_of_a_cleared_log() -> None:
    """By its number alone a cleared log is noticed as before."""
    new = read(SimulatedChannel(log(1, 2)), b'{"channels":{"System":900}}')
    assert (numbers(new), new.lost) == ([1, 2], 1)


def test_a_bookmark_that_windows_refuses() -> None:
    """With a bookmark that Windows does not take, the number goes on without loss."""
    channel = SimulatedChannel(log(5, 6, 7))
    cursor = written(read(channel, None))
    channel.events += log(8)
    channel.refuses = INVALID_DATA
    new = read(channel, cursor)
    assert (numbers(new), new.lost) == ([8], 0)


def test_a_system_without_bookmarks() -> None:
    """Where Windows makes no bookmark, the number is the position."""
    new = read(SimulatedChannel(log(5, 6), bookmarks=False), None)
    assert written(new) == b'{"channels":{"System":6}}'


def test_a_log_cleared_while_it_is_read() -> None:
    """A query that goes stale ends the pass with a reason, and the position stays."""
    channel = SimulatedChannel(log(*range(1, 200)), stale_at=2)
    with pytest.raises(GoneError, match="event-gone"):
        read(channel, b'{"channels":{"System":0}}')


@pytest.mark.parametrize(
    ("code", "expected", "slug"),
    [
        (0, UnsupportedError, "no-event-log"),
        (50, UnsupportedError, "no-event-log"),
        (120, UnsupportedError, "no-event-log"),
        (2, NotFoundError, "not-found"),
        (15007, NotFoundError, "not-found"),
        (5, DeniedError, "access-denied"),
        *((code, GoneError, "event-gone") for code in GONE),
        (87, HostError, "read-failed"),
        (1460, HostError, "read-failed"),
    ],
)
def test_errors_of_windows(code: int, expected: type[HostError], slug: str) -> None:
    """Each error is one outcome with a reason."""
    found = host_error(code)
    assert (type(found), found.reason) == (expected, slug)


@pytest.mark.parametrize("refused", [5, 15007, 50])
def test_what_refuses_is_no_gap(refused: int) -> None:
    """Denied, absent and unsupported are told as such, and nothing is lost."""
    channel = SimulatedChannel(log(7), refuses=refused)
    with pytest.raises(HostError) as caught:
        new_events(NAME, channel.ask, MARK, 9)
    assert type(caught.value) is type(host_error(refused))
    assert channel.asked == [MARK]


@pytest.mark.parametrize(
    "bookmark",
    [
        "",
        "<",
        "<Bookmark/>",
        BOOKMARK.replace("System", "Security"),
        BOOKMARK.replace("'7'", "'8'"),
        BOOKMARK.replace("BookmarkList>", "BookmarkList >").replace("<Book", "<Look"),
        BOOKMARK.replace("<BookmarkList>", "<BookmarkList Direction='backward'>"),
        BOOKMARK.replace("/>", "/><Bookmark/>"),
        "<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///c:/x'>]>" + BOOKMARK,
        BOOKMARK + " " * 1024,
        BOOKMARK.replace("'true'", "'true' Extra='1'"),
        "\ud800",
    ],
)
def test_a_forged_bookmark_is_none(bookmark: str) -> None:
    """What is no bookmark of this log and record never reaches Windows."""
    assert checked_mark(NAME, 7, SECOND, bookmark) is None
    assert checked_mark(NAME, 7, SECOND, BOOKMARK) == MARK
    assert checked_mark(NAME, "7", SECOND, BOOKMARK) is None
    assert checked_mark(NAME, 7, SECOND + "Z", BOOKMARK) is None


def test_a_damaged_mark_leaves_its_number() -> None:
    """Of a position whose bookmark is none the number is still good."""
    cursor = b'{"channels":{"System":{"record":7,"second":"x","bookmark":"<a/>"}}}'
    assert parse_cursor(cursor, [NAME]) == {NAME: 7}


_ANY = st.one_of(st.text(max_size=90), st.integers(), st.none(), st.just(BOOKMARK))


@given(_ANY, _ANY, _ANY)
def test_any_mark(record: object, second: object, bookmark: object) -> None:
    """Whatever a position holds is a mark of its log or none, never an exception."""
    found = checked_mark(NAME, record, second, bookmark)
    assert found is None or found == Mark(7, second, BOOKMARK)  # type: ignore[arg-type]  # any


def test_the_marked_event_is_asked_for() -> None:
    """A query of kinds holds the marked event, also one listed no more."""
    kinds = [EventKind("", 6008), EventKind("disk")]
    assert events_query(MARK, kinds) == (
        "*[System[((EventRecordID=7) or (EventID=6008) or (Provider[@Name='disk']))]]"
    )
    assert events_query(MARK) == "*"
    assert sign_ins_query(SignInLog.TERMINALS, MARK) == (
        "*[System[EventRecordID=7] or System[(EventID=21 or EventID=22 or EventID=23"
        " or EventID=24 or EventID=25)]]"
    )


_CHANGES = st.lists(
    st.tuples(st.sampled_from(("add", "wrap", "clear", "read")), st.integers(1, 9)),
    max_size=40,
)


@given(_CHANGES, st.sampled_from(GONE))
def test_nothing_is_lost_in_silence(
    changes: list[tuple[str, int]], missing: int
) -> None:
    """Whatever befalls a log, each event is told once, or a gap is counted."""
    channel = SimulatedChannel([event(1, 1)], missing=missing)
    made, gaps = 1, 0
    new = read(channel, None)
    told = [found.xml for found in new.found]
    unread: set[str] = set()
    for change, count in [*changes, ("read", 100)]:
        if change == "read":
            new = read(channel, written(new), count)
            told += [found.xml for found in new.found]
            unread -= set(told)
            overwritten = unread - set(channel.events)
            gaps += new.lost
            assert not overwritten or new.lost
            unread -= overwritten
            continue
        if change == "clear":
            channel.events = []
        last = record_in(channel.events[-1]) or 0 if channel.events else 0
        added = [event(last + at, made + at) for at in range(1, count + 1)]
        made += count
        unread |= set(added)
        kept = channel.events if change != "wrap" else channel.events[len(added) :]
        channel.events = [*kept, *added]
    assert len(told) == len(set(told))
    assert gaps <= sum(change in {"wrap", "clear"} for change, _ in changes)


class _Machine(RecordedWindows):
    """A machine whose log of the system is simulated, and which has no other."""

    def __init__(self, channel: SimulatedChannel) -> None:
        super().__init__(Path("/nowhere"), {})
        self.channel = channel

    def events(
        self,
        channel: Channel,
        after: Place | None,
        most: int,
        *,
        messages: bool,
        only: Sequence[EventKind] = (),
    ) -> Sequence[EventFacts]:
        """Read the simulated log."""
        del messages, only
        if channel is not Channel.SYSTEM:
            raise host_error(15007)
        return self.channel.ask(after, most)


@pytest.mark.parametrize("read_windows", [events.read_windows, read_counts])
def test_a_gap_is_told_by_the_readers(read_windows: Reader) -> None:
    """What is gone is counted as skipped, and the written position goes on."""
    channel = SimulatedChannel(log(5, 6, 7))
    columns = frozenset({"event.id", "count"})
    first = read_windows(_Machine(channel), Want(columns))
    channel.events = log(1, 2, 7, 8, start=600)
    second = read_windows(_Machine(channel), Want(columns, cursor=first.cursor))
    third = read_windows(_Machine(channel), Want(columns, cursor=second.cursor))
    assert (first.skipped, second.skipped, third.skipped) == (0, 1, 0)
    assert third.rows == []
    assert third.cursor == second.cursor
