# SPDX-License-Identifier: Apache-2.0
"""wtmpdb's database of sign-ins, which took wtmp's place on newer Linux.

Rules: the file is read whole within a bound and opened in memory, so nothing of it is
locked, changed or followed on disk; a sign-in is told by its number, a sign-out by its
time; what is no such database is an error of the Host's tree.
Not here: what a row becomes (`logins.py`).
Source: wtmpdb 0.73, lib/sqlite.c and wtmpdb(8).
"""

import sqlite3
import struct
from typing import NamedTuple

from agent.budget import SIGN_INS_FIRST, TEXT_BYTES, WTMPDB_BYTES
from agent.errors import HostError, UnsupportedError
from agent.host.interface import Host
from agent.rows import Want
from wire.limits import SEQUENCE

DATABASE = "/var/lib/wtmpdb/wtmp.db"
BOOT, USER = 1, 3
"""Types of an entry: a boot, a person's session."""
_STEPS = 100_000
"""Steps of SQLite between two looks at the clock: about a millisecond."""
_HEADER = struct.Struct(">16sHBB8xI")
"""Magic, bytes of a page, two versions, pages: the start of SQLite's header."""
_MAGIC = b"SQLite format 3\0"
_TWO_FILES = 2
"""A version that says that part of the database is in a second file."""
_LARGEST_PAGE = 65_536
"""Stands in the header as 1."""
_COLUMNS = "ID, Type, User, TTY, RemoteHost, Service, Login, Logout"
_SOUND = "PRAGMA quick_check(1)"
_PLAIN = "SELECT count(*) FROM sqlite_schema WHERE name = 'wtmp' AND type = 'table'"
"""A view in the table's place could make rows without end of a small file."""
_NEWEST = "SELECT max(ID), max(Logout) FROM wtmp"
_FIRST = "SELECT Login FROM wtmp WHERE ID > ? ORDER BY ID LIMIT 1"
_CAME = f"SELECT {_COLUMNS} FROM wtmp WHERE ID > ? ORDER BY ID LIMIT ?"  # noqa: S608 - constants
_WENT = f"SELECT {_COLUMNS} FROM wtmp WHERE Logout > ? ORDER BY Logout, ID LIMIT ?"  # noqa: S608 - constants

Entry = tuple[object, ...]
"""Values of the columns, in their order, of any type."""


class Place(NamedTuple):
    """How far the database has been read: the last number, the last sign-out's time."""

    number: int = 0
    left: int = 0


class Entries(NamedTuple):
    """What is new in the database.

    Attributes:
        came: entries that were added, by number.
        went: entries that were ended, by time.
        place: where to go on.
        lost: 1 where the database is another than the one last read.
        more: true where the number of rows stopped the pass.
    """

    came: list[Entry]
    went: list[Entry]
    place: Place
    lost: int = 0
    more: bool = False


def read_entries(host: Host, want: Want, known: Place | None, most: int) -> Entries:
    """Return what was added and ended since a place.

    Args:
        host: the machine.
        want: for the time that is left.
        known: where the last pass stopped; None at the first.
        most: most entries to return.

    Raises:
        HostError: it is not there, not ours, too large or damaged.
    """
    data = host.read(DATABASE, WTMPDB_BYTES)
    if not data:
        return Entries([], [], known or Place())
    _check(data)
    connection = sqlite3.connect(":memory:")
    try:
        connection.deserialize(data)
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, TEXT_BYTES)
        connection.set_progress_handler(lambda: _late(want), _STEPS)
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.text_factory = _text
        return _read(connection, known, most)
    except (sqlite3.Error, OverflowError, ValueError):
        want.check()
        reason = "database-damaged"
        raise HostError(reason) from None  # the cause may hold a value
    finally:
        connection.close()


def _check(data: bytes) -> None:
    """Refuse what is no whole database: SQLite takes missing pages for empty ones."""
    try:
        magic, page, *versions, pages = _HEADER.unpack_from(data)
    except struct.error:
        magic, page, versions, pages = b"", 0, [], 0
    if magic != _MAGIC or len(data) < (_LARGEST_PAGE if page == 1 else page) * pages:
        reason = "database-damaged"
        raise HostError(reason)
    if _TWO_FILES in versions:
        reason = "database-in-two-files"
        raise UnsupportedError(reason)


def _late(want: Want) -> int:
    """Stop SQLite once the reader's time is over; what it raises would be lost."""
    try:
        want.check()
    except HostError:
        return 1
    return 0


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


def _read(connection: sqlite3.Connection, known: Place | None, most: int) -> Entries:
    (sound,) = connection.execute(_SOUND).fetchone()
    (plain,) = connection.execute(_PLAIN).fetchone()
    if sound != "ok" or not plain:
        reason = "database-damaged"
        raise HostError(reason)
    top, last = connection.execute(_NEWEST).fetchone()
    number, left = _whole(top), _whole(last)
    lost = 0
    if known is None:
        start = max(0, number - min(SIGN_INS_FIRST, most))
        first = connection.execute(_FIRST, (start,)).fetchone()
        known = Place(start, max(0, _whole(first[0]) - 1) if first else left)
    elif number < known.number:  # a new database: its numbers begin again
        known, lost = Place(0, known.left), 1
    came = connection.execute(_CAME, (known.number, most)).fetchall()
    went = connection.execute(_WENT, (known.left, max(0, most - len(came)))).fetchall()
    place = Place(
        _whole(came[-1][0]) if came else known.number,
        _whole(went[-1][-1]) if went else known.left,
    )
    more = (place.number, place.left) != (number, max(left, known.left))
    return Entries(came, went, place, lost, more)


def _whole(value: object) -> int:
    """Return a whole number of the database; 0 for anything else."""
    return value if isinstance(value, int) and 0 <= value <= SEQUENCE else 0
