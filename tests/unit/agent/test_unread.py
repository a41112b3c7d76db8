# SPDX-License-Identifier: Apache-2.0
"""When what a disk refuses of a spool is given up, and what is said of it.

Rules: what the disk gives is handed in, and so are both clocks.
Not here: a disk that really refuses (`tests/fault/test_refused_pages.py`).
"""

import errno
import io
import sqlite3
from collections.abc import Iterable
from pathlib import Path

import pytest

from agent.disk_budget import UNREAD_PAGES, UNREAD_SECONDS, UNREAD_TIMES
from agent.errors import StateError
from agent.spool import salvage, sectors, unread
from agent.spool.doubt import Doubt, is_ill
from agent.spool.log import LOG, PAGE_BYTES, Piece, unread_of
from agent.spool.sectors import Asked, SlowError

PAGES = 100
ONE, OTHER, LOGGED = ("", 3), ("", 70), (LOG, 3)
NOON = 1_700_000_000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where a database lies."""
    found = tmp_path / "spool.sqlite"
    found.write_bytes(bytes(PAGES * PAGE_BYTES))
    return found


def refuses(*pieces: Piece, of: int = PAGES) -> Asked:
    """Return what a disk was asked for."""
    return Asked(of, frozenset(pieces))


def waits(
    path: Path, asked: Asked | Exception, times: int, start: int = NOON
) -> frozenset[Piece]:
    """Ask so often, a quarter of an hour after each other; return what is given up."""
    lost: frozenset[Piece] = frozenset()

    def asking(_: Path) -> Asked:
        if isinstance(asked, Exception):
            raise asked
        return asked

    for number in range(times):
        now = start + number * UNREAD_SECONDS
        lost = unread.wait(path, now, early=False, asking=asking)
    return lost


@pytest.mark.parametrize("pieces", [(ONE,), (LOGGED,), (ONE, OTHER, LOGGED)])
def test_it_is_given_up_after_its_times(path: Path, pieces: tuple[Piece, ...]) -> None:
    """Not one time earlier; each time may be another process."""
    assert waits(path, refuses(*pieces), UNREAD_TIMES - 1) == frozenset()
    later = NOON + UNREAD_TIMES * UNREAD_SECONDS
    assert waits(path, refuses(*pieces), 1, later) == {*pieces}


def test_one_that_was_given_once_counts_anew(path: Path) -> None:
    """It is not the same one that is refused each time."""
    waits(path, refuses(ONE), UNREAD_TIMES - 1)
    waits(path, refuses(OTHER), 1, NOON + 10**6)
    assert waits(path, refuses(ONE), UNREAD_TIMES - 1, NOON + 2 * 10**6) == frozenset()
    waits(path, refuses(), 1, NOON + 3 * 10**6)
    assert not unread_of(path).exists()


def test_of_a_disk_that_dies_all_is_given_up_after_twice_the_times(path: Path) -> None:
    """What is refused anew each hour keeps the first from being told for no longer."""
    lost: frozenset[Piece] = frozenset()
    for time in range(2 * UNREAD_TIMES):
        assert not lost
        pieces = [("", 1 + number) for number in range(1 + time // 4)]
        lost = waits(path, refuses(*pieces), 1, NOON + time * UNREAD_SECONDS)
    assert lost == {*pieces}


@pytest.mark.parametrize(
    "asked",
    [
        refuses(*(("", 1 + number) for number in range(PAGES // 2 + 1))),
        refuses(*(("", 1 + number) for number in range(UNREAD_PAGES + 1)), of=10**5),
        SlowError("it takes too long"),
        PermissionError(errno.EACCES, "not this user's"),
    ],
)
def test_what_is_no_sector_is_not_given_up(
    path: Path, asked: Asked | Exception
) -> None:
    """A disk that is away, or dies as a whole, or is too slow to be asked."""
    assert waits(path, asked, 3 * UNREAD_TIMES) == frozenset()


def test_a_disk_that_takes_nothing_gives_nothing_up(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What cannot be written down was not seen."""
    waits(path, refuses(ONE), UNREAD_TIMES - 1)

    def full(_: Path, __: bytes) -> None:
        msg = "the disk is full"
        raise StateError(msg)

    monkeypatch.setattr(unread, "write", full)
    later = NOON + 10**6
    assert waits(path, refuses(ONE), 3 * UNREAD_TIMES, later) == frozenset()


@pytest.mark.parametrize("ahead", [-(10**9), -1, 0, 1, UNREAD_SECONDS - 1])
def test_a_time_comes_a_quarter_of_an_hour_after_the_last(
    path: Path, ahead: int
) -> None:
    """Neither a restart nor a clock that was set makes many times of one moment.

    A clock that was set back keeps nothing from being counted either.
    """
    waits(path, refuses(ONE), 1)
    waits(path, refuses(ONE), 1, NOON + ahead)
    expected = 2 if ahead < 0 else 1
    assert unread.recall(path).times == {ONE: expected}


def test_a_process_asks_again_after_a_quarter_of_an_hour() -> None:
    """By the clock that nobody sets."""
    doubt = Doubt()
    moments = [0.0, 1.0, UNREAD_SECONDS - 1, UNREAD_SECONDS, UNREAD_SECONDS + 1]
    assert [doubt.asks(moment) for moment in moments] == [
        True,
        False,
        False,
        True,
        False,
    ]


def test_too_early_only_what_is_known_is_returned(path: Path) -> None:
    """The disk is not asked."""
    waits(path, refuses(ONE), UNREAD_TIMES)
    assert unread.wait(path, NOON + 10**6, early=True, asking=_never) == {ONE}


def _never(_: Path) -> Asked:
    raise AssertionError


def test_what_is_known_is_of_one_file(path: Path) -> None:
    """Page 3 of a copy is another page 3."""
    waits(path, refuses(ONE), UNREAD_TIMES)
    copy = path.with_name("copy")
    copy.write_bytes(path.read_bytes())
    copy.replace(path)
    assert unread.recall(path).times == {}


@pytest.mark.parametrize(
    "octets", [b"", b"\xff", b"\xa0", b"\xa1\x61a\x01", b"\x80", bytes(100)]
)
def test_what_is_damaged_is_not_known(path: Path, octets: bytes) -> None:
    """It counts anew."""
    unread_of(path).write_bytes(octets)
    assert unread.recall(path).times == {}
    assert waits(path, refuses(ONE), UNREAD_TIMES) == {ONE}


def test_it_says_when(path: Path) -> None:
    """Before it was asked, after some times, and at the end."""
    told = unread.told(path, lambda _, __: refuses(ONE, OTHER))
    assert "does not give 2 of the spool's 100 pages" in told
    assert "16 times more, 4 h 00 min at least" in told
    waits(path, refuses(ONE), 5)
    assert "11 times more, 2 h 45 min at least" in unread.told(path)
    waits(path, refuses(ONE), UNREAD_TIMES, NOON + 10**6)
    assert unread.told(path).endswith("as soon as it looks at it again")


def test_it_says_what_is_lacking(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without room for a second spool a person has to make some."""
    waits(path, refuses(ONE), UNREAD_TIMES)
    monkeypatch.setattr(salvage, "lacking", lambda _: 5 * 2**20)
    assert "once 6 MiB more are free: free some space" in unread.told(path)


def test_it_says_nothing_of_what_is_given(path: Path) -> None:
    """And of a disk that gives nothing that it is the disk."""
    assert unread.told(path, lambda _, __: refuses()) == ""
    most = [("", 1 + number) for number in range(PAGES)]
    told = unread.told(path, lambda _, __: refuses(*most))
    assert "too many for bad sectors: nothing is given up" in told

    def away(_: Path, __: float) -> Asked:
        raise OSError(errno.ENODEV, "no such device")

    assert "nothing is given up" in unread.told(path, away)


class Scratched(io.FileIO):
    """A file of which the disk refuses some pages."""

    refused: frozenset[int] = frozenset()
    tries = 0

    def read(self, size: int | None = -1, /) -> bytes:
        """Return what is before the next page that is refused."""
        number = self.tell() // PAGE_BYTES + 1
        left = size or 0
        for one in range(number, number + -(-left // PAGE_BYTES)):
            if one in self.refused and one == number:
                type(self).tries += 1
                raise OSError(errno.EIO, "Input/output error")
            if one in self.refused:
                left = (one - number) * PAGE_BYTES
                break
        return super().read(left)


@pytest.fixture
def scratch(monkeypatch: pytest.MonkeyPatch) -> type[Scratched]:
    """Have databases lie on a disk that refuses some pages."""

    def opened(path: Path, *_: object, **__: object) -> io.FileIO:
        return Scratched(path)

    monkeypatch.setattr(Path, "open", opened)
    monkeypatch.setattr("agent.spool.disk._DIRECT", 0)
    monkeypatch.setattr(Scratched, "tries", 0)
    return Scratched


@pytest.mark.parametrize(
    "refused", [{1}, {PAGES}, {63, 64, 65}, {2, 50}, {*range(1, PAGES, 2)}, set()]
)
def test_each_page_is_asked_for(
    path: Path,
    scratch: type[Scratched],
    monkeypatch: pytest.MonkeyPatch,
    refused: Iterable[int],
) -> None:
    """Those that are refused are told from all others, by few tries of each."""
    monkeypatch.setattr(scratch, "refused", frozenset(refused))
    assert sectors.ask(path) == refuses(*(("", one) for one in refused))
    assert scratch.tries <= 2 * len(frozenset(refused))
    assert sectors.gives_all(path) is (not refused)


def test_a_disk_that_takes_too_long_is_not_asked_on(path: Path) -> None:
    """A person, or a watchdog, waits."""
    moments = iter([0.0, 1.0, 2.0, 61.0])
    with pytest.raises(SlowError):
        sectors.ask(path, 60.0, lambda: next(moments))


@pytest.mark.parametrize(
    ("code", "ill"),
    [
        (sqlite3.SQLITE_IOERR_READ, True),
        (sqlite3.SQLITE_IOERR_CORRUPTFS, True),
        (sqlite3.SQLITE_CORRUPT, False),
        (sqlite3.SQLITE_FULL, False),
    ],
)
def test_an_error_of_the_disk_is_known(code: int, ill: bool) -> None:  # noqa: FBT001 - a case of two
    """Also where it is SQLite's word for a refused read of an open file."""
    problem = StateError("the spool cannot be opened")
    problem.__cause__ = sqlite3.OperationalError("so it is")
    problem.__cause__.sqlite_errorcode = code
    assert is_ill(problem) is ill


def test_a_refused_header_is_of_an_ill_disk() -> None:
    """It is read without SQLite."""
    problem = StateError("the spool cannot be opened")
    problem.__cause__ = OSError(errno.EIO, "Input/output error")
    assert is_ill(problem)
