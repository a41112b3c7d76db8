# SPDX-License-Identifier: Apache-2.0
"""Reads a write-ahead log, and tells a flipped bit in it from a cut-off end.

Rules: SQLite believes a log up to the first frame that does not fit, as after a power
cut, and forgets what was committed behind it; here a frame that does not fit is damage
where a whole transaction follows the one it is in, for that one was durable before the
next was begun. Frames of the last transaction that do not fit stay a power cut's,
unless the database has the rest of the log already; whoever knows better has them too.
What the disk does not give is left out, and said, where it is given up.
Not here: what is in the pages (`pages.py`), what is done about it (`opening.py`).
Source: https://www.sqlite.org/fileformat2.html, section 4.
"""

import os
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from functools import cache, partial
from itertools import pairwise
from operator import eq
from pathlib import Path
from typing import BinaryIO

from agent.spool.disk import read_at

PAGE_BYTES = 4_096
"""Of each page of a spool: SQLite's default, and the spool asks for no other."""
LOG = "-wal"
"""How the name of a log ends, behind its database's."""
Piece = tuple[str, int]
"""A page of the database or so many bytes of its log: how the file's name ends, and the
number of the page, the first being 1."""
_FRAME_HEAD, _LOG_HEAD = 24, 32
_STEP = _FRAME_HEAD + PAGE_BYTES
_PLACE = 8
"""Bytes of a frame's head that its checksum covers: page and size after a commit."""
_WORD_BYTES, _WORDS = 4, 1 << 32
"""Of what is summed up: bytes, and how many there are."""
_MAGIC = 0x377F0682
Sums = tuple[int, int]


class Verdict(Enum):
    """What a log is.

    Values:
        SOUND: as it was written, but for an end that was cut off.
        MOVED: a frame does not fit, and the database has all the others.
        DAMAGED: a frame does not fit in front of what was committed later.
    """

    SOUND = "sound"
    MOVED = "moved"
    DAMAGED = "damaged"


@dataclass(frozen=True, slots=True)
class _Frame:
    """A page as it was written.

    Attributes:
        number: of the page, the first being 1.
        commits: it is the last of its transaction.
        page: its octets.
        whole: these are what its checksum says.
        fits: SQLite believes it, if it believes all before it.
    """

    number: int
    commits: bool
    page: bytes
    whole: bool
    fits: bool


_UNKNOWN = _Frame(0, commits=False, page=b"", whole=False, fits=False)
"""A frame of which nothing can be told."""


@dataclass(frozen=True, slots=True)
class Log:
    """A write-ahead log.

    Attributes:
        verdict: what it is.
        pages: what was committed, by number of the page; of a damaged log also pages
            that are not what was written.
        torn: the same with a last transaction that does not fit, which is damage where
            what was in it has left already.
        gaps: a part of what was torn is not known: pages of the database may be older
            than others.
    """

    verdict: Verdict
    pages: dict[int, bytes]
    torn: dict[int, bytes]
    gaps: bool = False


def log_of(path: Path) -> Path:
    """Return where a database's log is."""
    return path.with_name(path.name + LOG)


def made_anew(path: Path) -> Path:
    """Return where a salvaged spool lies until it takes the place of one."""
    return path.with_name(f"{path.name}.salvaged")


def unread_of(path: Path) -> Path:
    """Return where it is remembered what the disk refuses of a database."""
    return path.with_name("spool.unread")


def read_log(path: Path, lost: frozenset[Piece] = frozenset()) -> Log:
    """Return the log of a database that nobody has open.

    Args:
        path: of the database.
        lost: pieces that are given up, as the disk refuses them.
    """
    gaps = frozenset(number for ending, number in lost if ending == LOG)
    try:
        octets = _octets(log_of(path), gaps)
    except OSError:
        return Log(Verdict.SOUND, {}, {})
    with path.open("rb", buffering=0) as file:
        frames = list(_frames(octets, partial(_page, file), gaps))
        bad = next((at for at, one in enumerate(frames) if not one.fits), None)
        if bad is not None and _is_moved(file, frames):
            return Log(Verdict.MOVED, {}, {}, bool(gaps))
    torn, unknown = _committed(frames), _UNKNOWN in frames
    if gaps:
        return Log(Verdict.DAMAGED, torn, torn, gaps=True)
    if bad is None:
        return Log(Verdict.SOUND, torn, torn)
    if _goes_on(frames, bad):
        return Log(Verdict.DAMAGED, torn, torn, unknown)
    return Log(Verdict.SOUND, _committed(frames[:bad]), torn, unknown)


def _octets(log: Path, gaps: frozenset[int]) -> bytes:
    """Return a log with zeros for what is given up of it."""
    if not gaps:
        return log.read_bytes()
    with log.open("rb", buffering=0) as file:
        found = bytearray(file.seek(0, os.SEEK_END))
        for at in range(0, len(found), PAGE_BYTES):
            if at // PAGE_BYTES + 1 not in gaps:
                octets = read_at(file, at, PAGE_BYTES)
                found[at : at + len(octets)] = octets
    return bytes(found)


def _committed(frames: list[_Frame]) -> dict[int, bytes]:
    last = max((at for at, one in enumerate(frames) if one.commits), default=-1)
    return {one.number: one.page for one in frames[: last + 1]}


def _goes_on(frames: list[_Frame], bad: int) -> bool:
    """Tell whether a whole transaction follows the one that a bad frame is in."""
    ends = [at for at, one in enumerate(frames) if one.commits and at >= bad]
    return any(
        all(one.whole for one in frames[end + 1 : after + 1])
        for end, after in pairwise(ends)
    )


def _is_moved(file: BinaryIO, frames: list[_Frame]) -> bool:
    """Tell whether a database has all pages of its log, but those that do not fit.

    SQLite would take the older ones of the log in front of the newer ones of the
    database, and so mix two states.
    """
    doubtful = {one.number for one in frames if not one.whole}
    newest = {one.number: one.page for one in frames if one.number not in doubtful}
    if not newest:
        return False
    if any(_page(file, number) != page for number, page in newest.items()):
        return False
    os.fsync(file.fileno())  # it may be durable in the log alone
    return True


def _page(file: BinaryIO, number: int) -> bytes:
    """Return a page of the database; empty where there or on the disk is none."""
    if number < 1:
        return b""
    try:
        return read_at(file, (number - 1) * PAGE_BYTES, PAGE_BYTES)
    except OSError:
        return b""


def _frames(
    octets: bytes, former: Callable[[int], bytes], gaps: frozenset[int] = frozenset()
) -> Iterator[_Frame]:
    """Yield the frames since the log was begun, also behind one that does not fit.

    Args:
        octets: of the log.
        former: returns a page of the database.
        gaps: the pieces of the log that are zeros, for they are given up.
    """
    places = range(_LOG_HEAD, len(octets) - _STEP + 1, _STEP)
    first = next((at for at in places if gaps.isdisjoint(_pieces(at))), None)
    if first is None:
        return
    sound, order, sums = _begin(octets, first)
    salts = octets[16:24]
    if not sound:
        order, salts = _round(octets, places, order, _salts(octets, first))
    last = max((at for at in places if _salts(octets, at) == salts), default=0)
    seen: dict[int, bytes] = {}
    for at in places:
        place, page = octets[at : at + _PLACE], octets[at + _FRAME_HEAD : at + _STEP]
        told, salted = _told(octets, at), _salts(octets, at)
        number, size = struct.unpack(">II", place)
        hidden, same = not gaps.isdisjoint(_pieces(at)), salted == salts
        found = told if hidden else _sum(place, page, sums, order)
        whole = found == told and not hidden
        if not same and not whole:
            if at > last and (any(salted) or not hidden):  # of an earlier round
                return
            sums = told
            yield _UNKNOWN
            continue
        fits = whole and same and sound
        if not whole and not hidden:
            other = _other_number(place, found, told, order)
            known = [seen.get(one) or former(one) for one in (number, other)]
            if _alike(page, known[1]) > _alike(page, known[0]):
                number, whole = other, True
            if _follows(octets, at + _STEP, found, order):  # the checksum is wrong
                told = found
        sums = told
        if not hidden:
            seen[number] = page
        yield _Frame(number, size > 0, page, whole, fits)


def _pieces(at: int) -> range:
    """Return the pieces of a log that the frame at a place lies in."""
    return range(at // PAGE_BYTES + 1, (at + _STEP - 1) // PAGE_BYTES + 2)


def _alike(page: bytes, other: bytes) -> int:
    """Return how many octets of two pages are the same."""
    return sum(map(eq, page, other))


def _begin(octets: bytes, first: int) -> tuple[bool, str, Sums]:
    """Return whether a log's head is sound, its order of bytes, and its checksum.

    Args:
        octets: of the log.
        first: where the first frame is of which no part is given up.
    """
    magic = int.from_bytes(octets[:4], "big")
    told: Sums = struct.unpack(">II", octets[_LOG_HEAD - 8 : _LOG_HEAD])
    orders = (">", "<") if magic & 1 else ("<", ">")
    if first > _LOG_HEAD and not magic:
        after, known = first + _STEP, _told(octets, first)
        fits = (one for one in orders if _follows(octets, after, known, one))
        return False, next(fits, orders[0]), told
    for order in orders:
        found = _checksum(octets[: _LOG_HEAD - 8], (0, 0), order)
        if found == told and magic & ~1 == _MAGIC:
            return True, order, told
    for order in orders:
        for sums in (told, _checksum(octets[: _LOG_HEAD - 8], (0, 0), order)):
            if _follows(octets, _LOG_HEAD, sums, order):
                return False, order, sums
    return False, orders[0], told


def _round(octets: bytes, places: range, order: str, salts: bytes) -> tuple[str, bytes]:
    """Return the order of bytes and the salts of a log whose head is damaged.

    Args:
        octets: of the log.
        places: of its frames; those of this round come before all others.
        order: that its head says.
        salts: of a frame, which is damaged where none follows another.
    """
    for at in places:
        for one in dict.fromkeys((order, "<", ">")):
            told = _told(octets, at)
            if any(told) and _follows(octets, at + _STEP, told, one):
                return one, _salts(octets, at)
    return order, salts


def _salts(octets: bytes, at: int) -> bytes:
    """Return which round of the log a frame is of."""
    return octets[at + 8 : at + 16]


def _told(octets: bytes, at: int) -> Sums:
    first, second = struct.unpack(">II", octets[at + 16 : at + _FRAME_HEAD])
    return first, second


def _follows(octets: bytes, at: int, sums: Sums, order: str) -> bool:
    """Tell whether the frame at a place fits a checksum before it."""
    place, page = octets[at : at + _PLACE], octets[at + _FRAME_HEAD : at + _STEP]
    return len(page) == PAGE_BYTES and _sum(place, page, sums, order) == _told(
        octets, at
    )


def _other_number(place: bytes, found: Sums, told: Sums, order: str) -> int:
    """Return the page's number with the one bit flipped that makes a frame fit, or 0.

    A checksum takes high bits of the page for those of the number: what is returned
    may be wrong, and the page be damaged.

    Args:
        place: as it is written.
        found: what the frame sums up to.
        told: what it should.
        order: of the bytes of a word that is summed up.
    """
    number = place[:_WORD_BYTES]
    (held,) = struct.unpack(f"{order}I", number)
    for bit in range(_WORD_BYTES * 8):
        tried = int.from_bytes(number, "big") ^ 1 << bit
        (other,) = struct.unpack(f"{order}I", tried.to_bytes(_WORD_BYTES, "big"))
        sums = zip(found, _spread(), told, strict=True)
        if all((one + (other - held) * by - to) % _WORDS == 0 for one, by, to in sums):
            return tried
    return 0


@cache
def _spread() -> Sums:
    """Return how much a frame sums up to more where its page's number is one more.

    The sums are linear in each word, and the number stands in front of the page.
    """
    return _checksum(bytes(PAGE_BYTES), (1, 1), "<")


def _sum(place: bytes, page: bytes, sums: Sums, order: str) -> Sums:
    return _checksum(page, _checksum(place, sums, order), order)


def _checksum(octets: bytes, sums: Sums, order: str) -> Sums:
    first, second = sums
    words = struct.unpack(f"{order}{len(octets) // 4}I", octets)
    for even, odd in zip(words[::2], words[1::2], strict=True):
        first = first + even + second & 0xFFFFFFFF
        second = second + odd + first & 0xFFFFFFFF
    return first, second
