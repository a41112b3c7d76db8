# SPDX-License-Identifier: Apache-2.0
"""Reads the rows of a damaged database page by page, without SQLite.

Rules: nothing is believed but a page's own cells: no header, no schema, no inner page
of a tree, so that a damaged one of these hides no row; a page or row that cannot be
read is left out; what is returned may be damaged as well, and is checked by who asks.
Not here: which rows are sound, and what becomes of them (`salvage.py`).
Source: https://www.sqlite.org/fileformat2.html, sections 1.5, 1.6 and 2.1.
"""

import os
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import BinaryIO

from agent.spool.disk import read_at
from agent.spool.log import PAGE_BYTES, Piece

Value = int | float | str | bytes | None
_HEADER_BYTES = 100
"""Of the database, at the start of its first page."""
_TABLE, _INDEX, _INNER_INDEX = 13, 10, 2
_ONE_BIT_OFF = {
    kind: frozenset({kind, *(kind ^ 1 << bit for bit in range(8))})
    for kind in (_TABLE, _INDEX)
}
"""Kinds of a page, and what one flipped bit makes of them; the two have none alike."""
_CELLS_AT, _INNER_CELLS_AT = 8, 12
_COUNT_AT = 3
_POINTER_BYTES, _NEXT_BYTES = 2, 4
_SIZES = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}
"""Bytes of an integer, by its serial type."""
_REAL, _ZERO, _ONE, BLOB = 7, 8, 9, 12
_VARINT_BYTES = 9
_SIGN = 63
"""The bit of a row's number that makes it negative."""


class DamageError(ValueError):
    """A row that cannot be read."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A row as it lies in a leaf.

    Attributes:
        indexed: it is of a tree without row numbers.
        number: of the row; 0 where the tree has none.
        size: bytes of its record.
        page: that holds the record's start.
        start: of the record in the page.
    """

    indexed: bool
    number: int
    size: int
    page: int
    start: int


class Pages:
    """The pages of a database file, with those of its log in their place."""

    def __init__(
        self,
        file: BinaryIO,
        log: Mapping[int, bytes],
        lost: frozenset[Piece] = frozenset(),
    ) -> None:
        """Use the pages of a database.

        Args:
            file: that reads no more than is asked.
            log: the pages of `read_log`.
            lost: pages that are given up: the disk, which may try for long, is not
                asked for them.
        """
        self._file = file
        self._log = log
        self._lost = lost
        self._held = 0, b""
        self._count = file.seek(0, os.SEEK_END) // PAGE_BYTES
        self._beyond = sorted(number for number in log if number > self._count)
        """Pages that the log alone has: a damaged number may be any of thousands of
        millions, so they are taken as they are and not counted up to."""

    def page(self, number: int) -> bytes:
        """Return a page, the first being 1; empty where the disk gives none."""
        if number == self._held[0]:
            return self._held[1]
        octets = self._read(number)
        self._held = number, octets
        return octets

    def _read(self, number: int) -> bytes:
        if number in self._log:
            return self._log[number]
        if not 1 <= number <= self._count or ("", number) in self._lost:
            return b""
        try:
            return read_at(self._file, (number - 1) * PAGE_BYTES, PAGE_BYTES)
        except OSError:
            return b""

    def cells(self) -> Iterator[Cell]:
        """Yield the rows of every page that may be a leaf."""
        for number in chain(range(1, self._count + 1), self._beyond):
            octets = self.page(number)
            start = _HEADER_BYTES if number == 1 else 0
            if len(octets) != PAGE_BYTES:
                continue
            if octets[start] in _ONE_BIT_OFF[_TABLE]:
                yield from _cells(octets, number, start + _CELLS_AT, indexed=False)
            elif octets[start] in _ONE_BIT_OFF[_INDEX]:
                yield from _cells(octets, number, start + _CELLS_AT, indexed=True)
                if octets[start] == _INNER_INDEX:  # its own rows, behind a pointer
                    after = start + _INNER_CELLS_AT
                    yield from _cells(octets, number, after, indexed=True, skip=4)

    def types(self, cell: Cell) -> list[int]:
        """Return the serial types of a row's columns.

        Raises:
            DamageError: they cannot be read.
        """
        return _types(self.page(cell.page), cell.start)[0]

    def row(self, cell: Cell) -> tuple[Value, ...]:
        """Return the columns of a row.

        Raises:
            DamageError: they cannot be read.
        """
        octets = self._record(cell)
        types, at = _types(octets, 0)
        values: list[Value] = []
        for kind in types:
            value, at = _value(octets, at, kind)
            values.append(value)
        return tuple(values)

    def _record(self, cell: Cell) -> bytes:
        """Return a record with what of it lies in other pages."""
        local = _local(cell.size, indexed=cell.indexed)
        octets = self.page(cell.page)
        found = [octets[cell.start : cell.start + local]]
        left = cell.size - local
        if left > (self._count + len(self._beyond)) * PAGE_BYTES:
            msg = "a record is larger than its file"
            raise DamageError(msg)
        at = cell.start + local
        while left > 0:
            number = int.from_bytes(octets[at : at + _NEXT_BYTES], "big")
            octets, at = self.page(number), 0
            if not octets:
                msg = "a record's next page is not there"
                raise DamageError(msg)
            found.append(octets[_NEXT_BYTES : _NEXT_BYTES + left])
            left -= PAGE_BYTES - _NEXT_BYTES
        return b"".join(found)


def _cells(
    octets: bytes, page: int, after: int, *, indexed: bool, skip: int = 0
) -> Iterator[Cell]:
    """Yield the cells that a page's pointers lead to, as far as they can be read."""
    head = after - (_INNER_CELLS_AT if skip else _CELLS_AT)
    at = head + _COUNT_AT
    count = int.from_bytes(octets[at : at + _POINTER_BYTES], "big")
    end = min(after + count * _POINTER_BYTES, PAGE_BYTES)
    for pointer in range(after, end, _POINTER_BYTES):
        start = int.from_bytes(octets[pointer : pointer + _POINTER_BYTES], "big")
        if start <= pointer:
            continue
        try:
            size, start = _varint(octets, start + skip)
            number = 0
            if not indexed:
                number, start = _varint(octets, start)
                number -= (number >> _SIGN) << _SIGN + 1
        except DamageError:
            continue
        if size:
            yield Cell(indexed, number, size, page, start)


def _local(size: int, *, indexed: bool) -> int:
    """Return how many bytes of a record lie in its leaf; the format's own formula."""
    least = (PAGE_BYTES - 12) * 32 // 255 - 23
    most = (PAGE_BYTES - 12) * 64 // 255 - 23 if indexed else PAGE_BYTES - 35
    if size <= most:
        return size
    kept = least + (size - least) % (PAGE_BYTES - _NEXT_BYTES)
    return kept if kept <= most else least


def _varint(octets: bytes, at: int) -> tuple[int, int]:
    """Return a number of up to nine bytes, and where what follows begins."""
    if octets[at : at + 1] < b"\x80" and at < len(octets):  # nearly all are of one
        return octets[at], at + 1
    value = 0
    for place, octet in enumerate(octets[at : at + _VARINT_BYTES]):
        if place == _VARINT_BYTES - 1:
            return value << 8 | octet, at + _VARINT_BYTES
        value = value << 7 | octet & 0x7F
        if octet < 0x80:  # noqa: PLR2004 - the bit that says that more follows
            return value, at + place + 1
    msg = "a number is cut off"
    raise DamageError(msg)


def _types(octets: bytes, start: int) -> tuple[list[int], int]:
    """Return the serial types at the start of a record, and where its values are."""
    size, at = _varint(octets, start)
    end = start + size
    if end > len(octets):
        msg = "a record's head is cut off"
        raise DamageError(msg)
    types = []
    while at < end:
        kind, at = _varint(octets, at)
        types.append(kind)
    return types, end


def _value(octets: bytes, at: int, kind: int) -> tuple[Value, int]:
    """Return the value of a serial type, and where the next one begins."""
    if kind == 0:
        return None, at
    if kind in {_ZERO, _ONE}:
        return kind - _ZERO, at
    size = _SIZES.get(kind, 8 if kind == _REAL else (kind - BLOB) // 2)
    found = octets[at : at + size]
    if size < 0 or len(found) != size:
        msg = "a value is cut off"
        raise DamageError(msg)
    if kind in _SIZES:
        return int.from_bytes(found, "big", signed=True), at + size
    if kind == _REAL:
        return float(struct.unpack(">d", found)[0]), at + size
    if kind % 2 == 0:
        return found, at + size
    try:
        return found.decode(), at + size
    except UnicodeDecodeError as problem:
        msg = "a text is damaged"
        raise DamageError(msg) from problem
