# SPDX-License-Identifier: Apache-2.0
"""Remembers how often the disk has refused which pages of a spool, and gives them up.

Rules: a page is given up where it was refused each time that it was asked for, many
times over hours, and most of the spool was given; one that is given once counts anew;
a time counts only if the disk takes its being written down, so a disk that is away,
full or read-only gives nothing up; what is known outlives a restart, and no clock is
believed alone.
Not here: asking (`sectors.py`), what becomes of the rest (`salvage.py`), when a spool
is looked at (`doubt.py`).
Source: docs/adr/0086-a-page-that-is-refused-for-hours-is-given-up.md.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from agent.disk_budget import UNREAD_BYTES, UNREAD_PAGES, UNREAD_SECONDS, UNREAD_TIMES
from agent.errors import StateError
from agent.spool import salvage
from agent.spool.log import LOG, Piece, unread_of
from agent.spool.sectors import Asked, ask
from agent.state import read, write
from wire import cbor, limits
from wire.errors import WireError

_FILES = {"database": "", "log": LOG}
"""What a spool's files are called here, and how their names end."""
_LOOKING_SECONDS = 10.0
"""For which a person who looks may wait until a disk was asked."""
_DISK = "look at the state directory's disk"
_MINUTES = 60


@dataclass(frozen=True, slots=True)
class Unread:
    """What the disk has refused of one file of a spool.

    Attributes:
        times: how often in a row, by page.
        pages: how many there are.
        last: when it was asked last, by the system's clock.
    """

    times: Mapping[Piece, int] = field(default_factory=dict)
    pages: int = 0
    last: int = 0

    def lost(self) -> frozenset[Piece]:
        """Return what is given up: all that is refused, or nothing.

        A disk of which more and more is refused is waited for twice as long.
        """
        counts = self.times.values()
        over = bool(counts) and (
            min(counts) >= UNREAD_TIMES or max(counts) >= 2 * UNREAD_TIMES
        )
        return frozenset(self.times if over else ())

    def left(self) -> int:
        """Return how many times are left until it is given up; one at least."""
        counts = self.times.values()
        left = UNREAD_TIMES - min(counts), 2 * UNREAD_TIMES - max(counts)
        return max(min(left), 1)

    def is_recent(self, now: int) -> bool:
        """Tell whether it is too early for another time; a clock may be set back."""
        return self.last <= now < self.last + UNREAD_SECONDS

    def after(self, asked: Asked, now: int) -> "Unread":
        """Return what is known after one more time."""
        times = {piece: self.times.get(piece, 0) + 1 for piece in asked.refused}
        return Unread(times, asked.pages, now)


def recall(path: Path) -> Unread:
    """Return what is remembered of the file that is a spool's database now."""
    with suppress(StateError, WireError, ValueError, KeyError, OSError):
        octets = read(unread_of(path), UNREAD_BYTES)
        if octets is not None:
            return _decoded(octets, _file(path))
    return Unread()


def wait(
    path: Path, now: int, *, early: bool, asking: Callable[[Path], Asked] = ask
) -> frozenset[Piece]:
    """Ask the disk once more where it is time; return what is given up.

    Nobody of this process may have the spool open.

    Args:
        path: of the database.
        now: seconds since the epoch, by the system's clock.
        early: whether this process has asked too short a time ago.
        asking: asks for all of it.
    """
    known = recall(path)
    if early or known.is_recent(now):
        return known.lost()
    try:
        asked = asking(path)
        if not asked.refused:
            unread_of(path).unlink(missing_ok=True)
            return frozenset()
        if not _is_of_sectors(asked):
            return frozenset()
        known = known.after(asked, now)
        write(unread_of(path), _encoded(known, _file(path)))
    except (OSError, StateError):  # that says nothing of single pages
        return frozenset()
    return known.lost()


def told(path: Path, asking: Callable[[Path, float], Asked] = ask) -> str:
    """Return in a sentence what the disk refuses of a spool, and what comes of it.

    Nobody of this process may have it open.

    Args:
        path: of the database.
        asking: asks for all of it, for so many seconds.

    Returns:
        The sentence; empty where all is given.
    """
    known = recall(path)
    if not known.times:
        try:
            asked = asking(path, _LOOKING_SECONDS)
        except OSError:
            return f"the disk does not give the spool: nothing is given up; {_DISK}"
        if not asked.refused:
            return ""
        if not _is_of_sectors(asked):
            what = _what(len(asked.refused), asked.pages)
            return f"{what}, too many for bad sectors: nothing is given up; {_DISK}"
        known = Unread(dict.fromkeys(asked.refused, 0), asked.pages)
    what = _what(len(known.times), known.pages)
    return f"{what}: what is there waits, and what is behind it; {_comes(path, known)}"


def _is_of_sectors(asked: Asked) -> bool:
    """Tell whether so little is refused that the disk itself is not ill or away."""
    count = len(asked.refused)
    return count <= UNREAD_PAGES and 2 * count <= asked.pages


def _what(refused: int, pages: int) -> str:
    return f"the disk does not give {refused} of the spool's {pages} pages"


def _comes(path: Path, known: Unread) -> str:
    made = "the agent makes a new spool of all that is given"
    if not known.lost():
        left = known.left()
        minutes = left * UNREAD_SECONDS // _MINUTES
        hours = f"{minutes // _MINUTES} h {minutes % _MINUTES:02} min"
        return f"if it is refused {left} times more, {hours} at least, {made}; {_DISK}"
    with suppress(OSError):
        lacking = salvage.lacking(path)
        if lacking:
            more = lacking // limits.MIB + 1
            return f"{made} once {more} MiB more are free: free some space there"
    return f"{made} as soon as it looks at it again"


def _file(path: Path) -> str:
    """Return which file it is: pages of another one are others."""
    return str(path.stat().st_ino)


def _encoded(known: Unread, file: str) -> bytes:
    times: dict[int | str, cbor.Plain] = {}
    for name, ending in _FILES.items():
        mine = [piece for piece in known.times if piece[0] == ending]
        times[name] = {number: known.times[ending, number] for _, number in mine}
    told: dict[int | str, cbor.Plain] = {"file": file, "last": known.last}
    return cbor.encode({**told, "pages": known.pages, "times": times})


def _decoded(octets: bytes, file: str) -> Unread:
    """Return what is remembered of a file.

    Raises:
        WireError: it is damaged.
        ValueError: it is of another file, or not of this form.
        KeyError: a part is missing.
    """
    found = cbor.decode(octets, UNREAD_BYTES)
    held = found if isinstance(found, dict) else {}
    pages, last, parts = held.get("pages"), held.get("last"), held.get("times")
    if not isinstance(pages, int) or not isinstance(last, int) or held["file"] != file:
        msg = "this is of another file"
        raise ValueError(msg)
    times: dict[Piece, int] = {}
    for name, counts in parts.items() if isinstance(parts, dict) else ():
        for number, count in counts.items() if isinstance(counts, dict) else ():
            if isinstance(number, int) and isinstance(count, int):
                times[_FILES[str(name)], number] = count
    return Unread(times, pages, last)
