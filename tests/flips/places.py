# SPDX-License-Identifier: Apache-2.0
"""What lies at each byte of a sound database, and what one flipped bit of it may cost.

Rules: asked of SQLite itself (`dbstat`) before anything is damaged; what may be lost is
the envelopes whose octets lie in the page, and nothing anywhere else.
Not here: flipping (`__main__.py`), what came of it (`damage.py`).
"""

import shutil
import sqlite3
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

_HEADER_BYTES = 100
_LOG_HEAD, _FRAME_HEAD = 32, 24


@dataclass(frozen=True, slots=True)
class Spot:
    """What lies at a byte.

    Attributes:
        name: of the table or index, and the kind of its page.
        envelopes: how many have octets in this page.
    """

    name: str
    envelopes: int


class Where(Protocol):
    """Tells what lies at a byte of a file."""

    def at(self, octet: int) -> Spot:
        """Return what lies there."""

    def page(self, octet: int) -> int:
        """Return the number of the page or frame that it is in."""


@dataclass(frozen=True, slots=True)
class Spots:
    """What lies in each page of a database."""

    size: int
    pages: dict[int, Spot]

    def at(self, octet: int) -> Spot:
        """Return what lies at a byte."""
        if octet < _HEADER_BYTES:
            return Spot("the file's header", 0)
        return self.pages.get(self.page(octet), Spot("free page", 0))

    def page(self, octet: int) -> int:
        """Return the number of the page that a byte is in."""
        return octet // self.size + 1


def spots_of(path: Path, table: str) -> Spots:
    """Look at a sound database.

    Args:
        path: its file.
        table: that holds octets.
    """
    database = sqlite3.connect(path)
    try:
        (size,) = database.execute("PRAGMA page_size").fetchone()
        pages = {}
        for name, page, kind, cells in database.execute(
            "SELECT name, pageno, pagetype, ncell FROM dbstat"
        ):
            envelopes = {"leaf": cells, "overflow": 1}.get(kind, 0)
            held = envelopes if name == table else 0
            pages[page] = Spot(f"{name} ({kind})", held)
        return Spots(size, pages)
    finally:
        database.close()


@dataclass(frozen=True, slots=True)
class LogSpots:
    """What lies in each frame of a database's log."""

    frames: list[Spot]
    size: int

    def at(self, octet: int) -> Spot:
        """Return what lies at a byte."""
        if octet < _LOG_HEAD:
            return Spot("log's head", 0)
        if (octet - _LOG_HEAD) % (_FRAME_HEAD + self.size) < _FRAME_HEAD:
            return Spot("frame's head", 0)
        return self.frames[self.page(octet)]

    def page(self, octet: int) -> int:
        """Return the number of the frame that a byte is in."""
        return (octet - _LOG_HEAD) // (_FRAME_HEAD + self.size)


def log_spots_of(path: Path, log: Path, table: str) -> LogSpots:
    """Look at a sound database and its log, which stay as they are.

    Args:
        path: the database's file.
        log: its log.
        table: that holds octets.
    """
    octets = log.read_bytes()
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        for one in (path, log):
            shutil.copy2(one, folder)
        spots = spots_of(Path(folder, path.name), table)
    step, frames = _FRAME_HEAD + spots.size, []
    for at in range(_LOG_HEAD, len(octets), step):
        page = int.from_bytes(octets[at : at + 4], "big")
        spot = spots.pages.get(page, Spot("free page", 0))
        frames.append(Spot(f"log: {spot.name}", spot.envelopes))
    return LogSpots(frames, spots.size)
