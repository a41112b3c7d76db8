# SPDX-License-Identifier: Apache-2.0
"""A disk that can be cut off, fill up, fail and forget, decided by a seed.

Rules: what was flushed survives everything; of what was not, a power cut leaves any
sectors and loses any others; a flush that failed may have written any part and is not
made good by the next; whoever is dead changes nothing more.
Not here: SQLite's side of it (`vfs.py`), when what fails (`faults.py`).
Source: Linux marks pages clean after a failed fsync (LWN 752063, "PostgreSQL's fsync
surprise"); SQLite's own assumptions (sqlite.org/atomiccommit.html).
"""

import hashlib
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum

SECTOR = 512
"""A sector is written whole or not at all; SQLite assumes no more."""


class Refused(Exception):  # noqa: N818 - it is the disk that refuses
    """The disk does not do what was asked."""

    def __init__(self, why: "Why") -> None:
        """Take the reason."""
        super().__init__(why.value)
        self.why = why


class Why(Enum):
    """Why an operation was not done."""

    DEAD = "dead"
    FULL = "full"
    BROKEN = "broken"
    READ_ONLY = "read-only"


@dataclass(slots=True)
class Content:
    """What one file holds now and what of it is certain.

    Attributes:
        now: what a read returns.
        durable: what is there after a power cut, whatever else is.
        pending: changes since the last flush: (offset, octets), or (length, None)
            for a truncation.
    """

    now: bytearray = field(default_factory=bytearray)
    durable: bytearray = field(default_factory=bytearray)
    pending: list[tuple[int, bytes | None]] = field(default_factory=list)

    def flush(self) -> None:
        """Make all that was written certain."""
        for offset, octets in self.pending:
            _apply(self.durable, offset, octets)
        self.pending.clear()

    def settle(self, dice: random.Random) -> None:
        """Let any part of what is not certain have reached the disk."""
        for offset, octets in self.pending:
            if octets is None:
                if dice.random() < 0.5:
                    _apply(self.durable, offset, None)
                continue
            for start, part in _sectors(offset, octets):
                if dice.random() < 0.5:
                    _apply(self.durable, start, part)
        self.pending.clear()


def _apply(content: bytearray, offset: int, octets: bytes | None) -> None:
    if octets is None:
        del content[offset:]
        content.extend(bytes(max(offset - len(content), 0)))
        return
    if offset > len(content):
        content.extend(bytes(offset - len(content)))
    content[offset : offset + len(octets)] = octets


def _sectors(offset: int, octets: bytes) -> Iterator[tuple[int, bytes]]:
    start = offset
    while start < offset + len(octets):
        end = min(start - start % SECTOR + SECTOR, offset + len(octets))
        yield start, octets[start - offset : end - offset]
        start = end


@dataclass(slots=True)
class Disk:
    """One machine's disk.

    Attributes:
        dice: decides what survives.
        capacity: most bytes of all files; None for any.
        read_only: nothing can be changed.
        broken: chance that a change or a flush fails.
        blind: chance that a read fails.
        dies_at: number of the step that is not done any more, nor any after it.
        dead: it is off: nothing changes until it is started again.
        steps: changes and flushes up to here.
        flushes: whether a flush does anything; false only where a bug is planted.
        written: digest of all that was ever asked to be written, in order.
        contents: files by a number that outlives renaming.
        beside: bytes of files that SQLite knows nothing of.
    """

    dice: random.Random
    capacity: int | None = None
    read_only: bool = False
    broken: float = 0.0
    blind: float = 0.0
    dies_at: int | None = None
    dead: bool = False
    steps: int = 0
    flushes: bool = True
    written: "hashlib._Hash" = field(default_factory=hashlib.sha256)
    contents: dict[int, Content] = field(default_factory=dict)
    beside: Callable[[], int] = int

    def heal(self) -> None:
        """Let nothing more go wrong; who is dead stays so until started."""
        self.capacity, self.read_only, self.dies_at = None, False, None
        self.broken = self.blind = 0.0

    def used(self) -> int:
        """Return how many bytes all files hold."""
        held = sum(len(content.now) for content in self.contents.values())
        return held + self.beside()

    def read(
        self,
        content: Content,
        offset: int,
        length: int,
        dice: random.Random | None = None,
    ) -> bytes:
        """Return what is there; less where the file ends.

        Args:
            content: of which file.
            offset: from where on.
            length: most octets.
            dice: decide whether it fails; None for the disk's own.
        """
        self._alive()
        throws = dice or self.dice
        if self.blind and throws.random() < self.blind:
            raise Refused(Why.BROKEN)
        return bytes(content.now[offset : offset + length])

    def write(self, content: Content, offset: int, octets: bytes) -> None:
        """Change a file; not certain before a flush."""
        self._step(b"write", offset, octets)
        grown = offset + len(octets) - len(content.now)
        most = self.capacity
        if most is not None and grown > 0 and self.used() + grown > most:
            raise Refused(Why.FULL)
        _apply(content.now, offset, octets)
        content.pending.append((offset, octets))

    def truncate(self, content: Content, length: int) -> None:
        """Cut a file; not certain before a flush."""
        self._step(b"truncate", length, b"")
        _apply(content.now, length, None)
        content.pending.append((length, None))

    def flush(self, content: Content) -> None:
        """Make a file certain."""
        try:
            self._step(b"flush", 0, b"")
        except Refused as refusal:
            if refusal.why is Why.BROKEN:
                content.settle(self.dice)
            raise
        if self.flushes:
            content.flush()

    def entry(self) -> None:
        """Change a directory; certain at once."""
        self._step(b"entry", 0, b"")

    def remove(self, number: int) -> None:
        """Forget a file; who has it open keeps it."""
        self.entry()
        self.contents.pop(number, None)

    def start(self, *, power: bool) -> None:
        """Come up again.

        Args:
            power: it was without power, so that what was not flushed is in doubt.
                False where a process was killed and the system went on.
        """
        self.dead, self.dies_at = False, None
        if not power:
            return
        for content in self.contents.values():  # as they were made: inodes differ
            content.settle(self.dice)
            content.now = bytearray(content.durable)

    def _alive(self) -> None:
        if self.dead:
            raise Refused(Why.DEAD)

    def _step(self, what: bytes, where: int, octets: bytes) -> None:
        self._alive()
        self.steps += 1
        if self.dies_at is not None and self.steps >= self.dies_at:
            self.dead = True
            raise Refused(Why.DEAD)
        self.written.update(b"%s %d %d %s" % (what, where, len(octets), octets))
        if self.read_only:
            raise Refused(Why.READ_ONLY)
        if self.broken and self.dice.random() < self.broken:
            raise Refused(Why.BROKEN)
