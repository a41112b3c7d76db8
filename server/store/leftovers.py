# SPDX-License-Identifier: Apache-2.0
"""Finds what deleted rows left in the free parts of an SQLite database's pages.

SQLite overwrites a row that it deletes (secure_delete), and a page that it frees. But
when it moves rows from a page that became too full or too empty to one beside it, what
it moved stays in the free part of the former page, and nothing overwrites it when the
row is deleted at its new place (ADR 23). The format: sqlite.org/fileformat2.html, 1.6.

Rules: files are read in a process of its own, as `traces.py` says why; what is found is
a hint, for pages may change meanwhile: whoever wipes goes by SQL and looks again.
Not here: wiping (`sqlite_wiping.py`).
"""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import BinaryIO, NamedTuple

from server.errors import StateError

COMMAND = (sys.executable, "-I", "-m", "server.store.leftovers")
_INTERIOR, _LEAF = 5, 13
_INTERIOR_HEAD, _LEAF_HEAD = 12, 8
_TINY = 32
"""Octets behind the pointers to a page's rows that are not looked at: growing a row may
not reach the first of them, and SQLite's own lengths stay there."""
_CLOSE = 8
"""Octets that a row which grows may leave: fewer than are not looked at."""
_VARINT_MOST = 9
_BLOB = 12
"""What is added to twice the octets of a blob to tell its type and length."""


@dataclass(frozen=True, slots=True)
class Leftover:
    """A page with something in its free part, by one of its rows.

    Attributes:
        table: whose page it is.
        row: number of the row.
        growth: octets by which the row has to grow until it fills the page.
    """

    table: str
    row: int
    growth: int


def leftovers(path: Path, roots: Mapping[str, int]) -> list[Leftover]:
    """Return the pages of some tables that have something in their free parts.

    Args:
        path: of the database, whose log is empty.
        roots: number of the first page of each table.

    Raises:
        StateError: it cannot be read.
    """
    done = subprocess.run(  # noqa: S603 - our own module, fixed arguments
        COMMAND,
        input=json.dumps([str(path.absolute()), dict(roots)]),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        msg = f"cannot look through the pages of {path}: let this user read it"
        raise StateError(msg)
    return [Leftover(*found) for found in json.loads(done.stdout)]


def main() -> int:
    """Answer one question from standard input; returns 1 where it is not read."""
    path, roots = json.load(sys.stdin)
    try:
        with Path(path).open("rb") as file:
            pages = _Pages(file)
            found = [
                astuple(one)
                for table, root in roots.items()
                for one in pages.leftovers(table, root)
            ]
    except OSError:
        return 1
    json.dump(found, sys.stdout)
    return 0


class _Pages:
    """The pages of a database file."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        head = file.read(100)
        size = int.from_bytes(head[16:18], "big")
        self._size = 65_536 if size == 1 else size
        self._usable = self._size - head[20]

    def leftovers(self, table: str, root: int) -> Iterator[Leftover]:
        """Yield what the leaves of a table have left."""
        waiting, seen = [root], set()
        while waiting:
            number = waiting.pop()
            if number in seen:
                continue  # pages changed while they were read
            seen.add(number)
            page = self._page(number)
            if page[:1] == bytes([_INTERIOR]):
                waiting += self._children(page)
            elif page[:1] == bytes([_LEAF]) and (found := self._left(table, page)):
                yield found

    def _page(self, number: int) -> bytes:
        self._file.seek((number - 1) * self._size)
        return self._file.read(self._size)

    def _children(self, page: bytes) -> Iterator[int]:
        yield _number(page, 8, 4)
        for at in _cells(page, _INTERIOR_HEAD):
            yield _number(page, at, 4)

    def _left(self, table: str, page: bytes) -> Leftover | None:
        cells = _cells(page, _LEAF_HEAD)
        free, dirty = self._free(page, _LEAF_HEAD + 2 * len(cells))
        if not dirty or not cells:
            return None
        found = []
        for row in sorted(_row(page, at) for at in cells):
            unfilled, growth = self._growth(row, free)
            found.append((unfilled, growth, row.number))
            if unfilled <= _CLOSE:
                break  # a small row is written sooner than one that fits still better
        _, growth, number = min(found)
        return Leftover(table, number, growth)

    def _free(self, page: bytes, first: int) -> tuple[int, bool]:
        """Return how many octets of a page are free, and whether they have anything."""
        gap = page[first : _number(page, 5, 2) or 65_536]
        free, dirty = len(gap) + page[7], any(gap[_TINY:])
        block = _number(page, 1, 2)
        while 0 < block < self._usable:
            following, size = _number(page, block, 2), _number(page, block + 2, 2)
            dirty = dirty or any(page[block + 4 : block + size])
            free += size
            if following <= block:
                break
            block = following
        return free, dirty

    def _growth(self, row: "_Row", free: int) -> tuple[int, int]:
        """Return what of a page's free part is left when a row grows; and how much.

        What of a row lies in its page does not grow evenly: once a row is too large for
        it, a part of it goes to pages of its own.
        """
        most = self._stored(row, 0) + free
        return min(
            (most - size, growth)
            for growth in range(self._size)
            if (size := self._stored(row, growth)) <= most
        )

    def _stored(self, row: "_Row", growth: int) -> int:
        """Return how many octets a row takes in its page when it has so many more."""
        kind = 2 * row.octets + _BLOB
        lengths = _length(kind + 2 * growth) - _length(kind)
        payload = row.payload + growth + lengths
        most, least = self._usable - 35, (self._usable - 12) * 32 // 255 - 23
        inside, pointer = payload, 0
        if payload > most:
            inside = least + (payload - least) % (self._usable - 4)
            inside, pointer = inside if inside <= most else least, 4
        return _length(payload) + _length(row.number) + inside + pointer


class _Row(NamedTuple):
    """A row of a leaf: its octets, its number, and those of its largest column."""

    payload: int
    number: int
    octets: int


def _row(page: bytes, at: int) -> _Row:
    payload, at = _varint(page, at)
    number, at = _varint(page, at)
    length, following = _varint(page, at)
    end, largest = at + length, 0
    while following < end:
        kind, following = _varint(page, following)
        largest = max(largest, kind)
    return _Row(payload, number, max(0, largest - _BLOB) // 2)


def _cells(page: bytes, head: int) -> list[int]:
    """Return where the cells of a page are."""
    ends = range(head, head + 2 * _number(page, 3, 2), 2)
    return [_number(page, at, 2) for at in ends]


def _number(page: bytes, at: int, length: int) -> int:
    return int.from_bytes(page[at : at + length], "big")


def _varint(page: bytes, at: int) -> tuple[int, int]:
    """Return a number of variable length, and where it ends."""
    value = 0
    for place, octet in enumerate(page[at : at + _VARINT_MOST], 1):
        if place == _VARINT_MOST:
            return value << 8 | octet, at + place
        value = value << 7 | octet & 0x7F
        if octet < 0x80:  # noqa: PLR2004 - the format's: no more follow
            return value, at + place
    return value, at + 1


def _length(value: int) -> int:
    """Return how many octets a number of variable length takes."""
    return min(_VARINT_MOST, max(1, -(-value.bit_length() // 7)))


if __name__ == "__main__":
    sys.exit(main())
