# SPDX-License-Identifier: Apache-2.0
"""Asks the disk for each page of a spool, and tells which it refuses.

Rules: only an error of a read counts, of one page while others are given; SQLite says
of such a page that the database is damaged, so the disk itself is asked; a page whose
newest state is in the log is not missed; nobody of this process may have the spool
open, for closing a file lets go of SQLite's locks on it.
Not here: when a page is given up (`unread.py`), what is made of the rest
(`salvage.py`).
"""

import sqlite3
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from agent.disk_budget import UNREAD_ASK_SECONDS
from agent.spool.disk import REFUSALS, read_at
from agent.spool.log import LOG, PAGE_BYTES, Piece, read_log
from agent.spool.quotas import READS

_FILES = ("", LOG)
"""How the names of the database and of its log end."""
_STRETCH_BYTES = 64 * PAGE_BYTES
"""Asked for at once, as long as the disk gives it."""


class SlowError(OSError):
    """The disk took too long over what it refuses."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a disk was asked for.

    Attributes:
        pages: how many, of the database and of its log.
        refused: those that it did not give.
    """

    pages: int
    refused: frozenset[Piece]


def is_refusal(problem: BaseException | None) -> bool:
    """Tell whether an error, or what led to it, is of a page that was not given."""
    while problem is not None:
        if isinstance(problem, OSError) and problem.errno in REFUSALS:
            return True
        if getattr(problem, "sqlite_errorcode", 0) in READS:
            return True
        problem = problem.__cause__
    return False


def refusal() -> sqlite3.OperationalError:
    """Return the error of a page that was not given, in SQLite's own words."""
    problem = sqlite3.OperationalError("disk I/O error")
    problem.sqlite_errorcode = sqlite3.SQLITE_IOERR_READ
    return problem


def ask(
    path: Path,
    seconds: float = UNREAD_ASK_SECONDS,
    monotonic: Callable[[], float] = time.monotonic,
) -> Asked:
    """Ask for all of a spool.

    Args:
        path: of the database.
        seconds: most that it may take.
        monotonic: a clock that only grows.

    Raises:
        SlowError: it takes longer.
        OSError: there is no such file, or it cannot be read at all.
    """
    until, pages = monotonic() + seconds, 0
    refused: set[Piece] = set()
    for piece, given in _pieces(path):
        pages += 1
        if not given:
            refused.add(piece)
        if monotonic() > until:
            msg = "the disk takes too long"
            raise SlowError(msg)
    return Asked(pages, frozenset(_missed(path, refused)))


def gives_all(path: Path) -> bool:
    """Tell whether the disk gives all of a spool; false at the first that it does not.

    Args:
        path: of the database; nothing is missed where it is not there.
    """
    try:
        for piece, given in _pieces(path):
            if not given and _missed(path, {piece}):
                return False
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True


def _missed(path: Path, refused: set[Piece]) -> set[Piece]:
    """Return of what was refused that which the log has not."""
    if not refused:
        return refused
    newer = read_log(path).pages
    return {one for one in refused if one[0] or one[1] not in newer}


def _pieces(path: Path) -> Iterator[tuple[Piece, bool]]:
    for ending in _FILES:
        try:
            file = path.with_name(path.name + ending).open("rb", buffering=0)
        except FileNotFoundError:
            if not ending:
                raise
            continue
        with file:
            for number, given in _pages(file):
                yield (ending, number), given


def _pages(file: BinaryIO) -> Iterator[tuple[int, bool]]:
    """Yield the number of each page of a file, and whether it was given."""
    at, size, until = 0, _STRETCH_BYTES, 0
    while True:
        number = at // PAGE_BYTES + 1
        try:
            alone = size == PAGE_BYTES
            octets = len(read_at(file, at, size)) if alone else _stretch(file, at)
        except OSError as problem:
            if problem.errno not in REFUSALS:
                raise
            if size > PAGE_BYTES:  # one of them: each by itself up to that one
                size, until = PAGE_BYTES, at + _STRETCH_BYTES
                continue
            yield number, False
            at, size = at + PAGE_BYTES, _STRETCH_BYTES
            continue
        if not octets:
            return
        for one in range(number, (at + octets - 1) // PAGE_BYTES + 2):
            yield one, True
        at += octets
        size = PAGE_BYTES if at < until and size == PAGE_BYTES else _STRETCH_BYTES


def _stretch(file: BinaryIO, at: int) -> int:
    """Return how many bytes of a stretch there are from a place on."""
    file.seek(at)
    found = 0
    while octets := file.read(_STRETCH_BYTES - found):
        found += len(octets)
    return found
