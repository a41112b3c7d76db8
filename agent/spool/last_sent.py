# SPDX-License-Identifier: Apache-2.0
"""Remembers beside the spool how far of its chain has left this machine.

Rules: flushed before anything leaves; two places are written in turn, each with its
digest, so that a write that is torn leaves the one before; written where it lies, for
that needs no space on a full disk; what is lost, torn or of another chain says nothing,
and what cannot be read is not written over.
Not here: when something leaves (`agent/delivery/receipts.py`), what becomes of a spool
that knows less (`opening.py`, `salvage.py`).
Source: docs/adr/0065-what-has-left-is-remembered.md.
"""

import hashlib
import os
import struct
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from agent.errors import StateError
from agent.remedy import Advised
from agent.spool.log import PAGE_BYTES
from agent.state import write
from wire import limits

_NAME = "spool.sent"
_READ = "run as its owner, or see in the system's own log whether its disk is ill"
NAMES = limits.SHIPMENT_ENVELOPES
"""Of so many envelopes the names are kept: a mark may be of any of them."""
KEPT = "left/"
"""How the numbers of a spool begin that remember such a name of a former chain."""
_HEAD = struct.Struct(">Q16sQB")
_NAME_BYTES = _DIGEST_BYTES = 32
_SHORT_BYTES = 7
"""Of a name, as a number that the database can hold."""
_LABEL = b"discreet/1/last-sent\0"
PLACES = 2
PLACE_BYTES = PAGE_BYTES
"""A disk that is without power in the middle of a write spoils no more than a page."""
_BYTES = PLACES * PLACE_BYTES


@dataclass(frozen=True, slots=True)
class LastSent:
    """How far of a chain has left.

    Attributes:
        incarnation: of the chain.
        sequence: of the last envelope that has left, or was about to.
        names: of it and of those before it, as far as they are kept, in order; a mark
            that has trimmed an envelope takes no name away.
    """

    incarnation: bytes
    sequence: int
    names: tuple[bytes, ...]

    def is_behind(self, incarnation: bytes, sequence: int) -> bool:
        """Tell whether a chain that ends at a sequence has forgotten what has left."""
        return incarnation == self.incarnation and sequence < self.sequence

    def with_names_of(self, known: "LastSent") -> "LastSent":
        """Return it with the names before its own that were known of its chain."""
        before = self.sequence - len(self.names)
        missed = known.sequence - before
        if known.incarnation != self.incarnation or missed < 0:
            return self
        former = known.names[: max(0, len(known.names) - missed)]
        return replace(self, names=(*former, *self.names)[-NAMES:])

    def behind(self, sequence: int) -> dict[str, int]:
        """Return the names that are known behind a sequence, as a spool keeps them."""
        known = enumerate(self.names, self.sequence - len(self.names) + 1)
        return {
            kept_as(self.incarnation, at): short(name)
            for at, name in known
            if at > sequence
        }


def kept_as(incarnation: bytes, sequence: int) -> str:
    """Return how the number is called that remembers a name."""
    return f"{KEPT}{incarnation.hex()}/{sequence}"


def short(name: bytes) -> int:
    """Return a name as a number: it is compared with what the store has signed."""
    return int.from_bytes(name[:_SHORT_BYTES])


def last_sent_of(spool: Path) -> Path:
    """Return where it is remembered how far of a spool's chain has left."""
    return spool.with_name(_NAME)


class LastSentFile:
    """The file of it; a simulated disk has its own `octets`, `make` and `overwrite`."""

    def __init__(self, path: Path) -> None:
        """Use a path, at which there may be nothing yet."""
        self._path = path

    def newest(self) -> LastSent | None:
        """Return what was remembered last; None where nothing sound is."""
        with suppress(StateError):
            return _newest(self.octets())[1]
        return None

    def put(self, last: LastSent) -> None:
        """Remember how far a chain has left; never less than is remembered of it.

        It is written also where it is there already: a flush may have failed.

        Raises:
            StateError: the disk refuses: what is there may be more than this.
        """
        octets = self.octets()
        count, known = _newest(octets)
        if known is not None and known.is_behind(last.incarnation, last.sequence):
            last = known
        elif known is not None:
            last = last.with_names_of(known)
        at = (count + 1) % PLACES * PLACE_BYTES
        place = _encode(count + 1, last)
        if len(octets) == _BYTES:
            self.overwrite(at, place)
            return
        whole = bytearray(octets[:_BYTES].ljust(_BYTES, b"\0"))
        whole[at : at + len(place)] = place
        self.make(bytes(whole))

    def octets(self) -> bytes:
        """Return what is there, of what is too long its beginning; nothing for no file.

        Raises:
            StateError: it cannot be read.
        """
        try:
            with self._path.open("rb") as file:
                return file.read(_BYTES + 1)
        except FileNotFoundError:
            return b""
        except OSError as problem:
            msg = f"{_NAME} cannot be read: {_READ}"
            raise StateError(msg) from problem

    def make(self, octets: bytes) -> None:
        """Make the file anew, flushed.

        Raises:
            StateError: the disk refuses.
        """
        write(self._path, octets)

    def overwrite(self, at: int, octets: bytes) -> None:
        """Write over a part of the file, flushed.

        Raises:
            StateError: the disk refuses.
        """
        flush = getattr(os, "fdatasync", os.fsync)
        try:
            with self._path.open("r+b") as file:
                file.seek(at)
                file.write(octets)
                file.flush()
                flush(file.fileno())
        except OSError as problem:
            advised = Advised(f"{_NAME} cannot be written", self._path.parent)
            raise StateError(advised) from problem


def _encode(count: int, last: LastSent) -> bytes:
    names = last.names[-NAMES:]
    head = _HEAD.pack(count, last.incarnation, last.sequence, len(names))
    octets = head + b"".join(names)
    return (octets + _digest(octets)).ljust(PLACE_BYTES, b"\0")


def _newest(octets: bytes) -> tuple[int, LastSent | None]:
    """Return how often was written, and what last, as far as that is sound."""
    places = (octets[at : at + PLACE_BYTES] for at in range(0, _BYTES, PLACE_BYTES))
    found = [one for one in map(_decode, places) if one is not None]
    return max(found, key=lambda one: one[0], default=(0, None))


def _decode(place: bytes) -> tuple[int, LastSent] | None:
    if len(place) < _HEAD.size:
        return None
    count, incarnation, sequence, names = _HEAD.unpack_from(place)
    end = _HEAD.size + names * _NAME_BYTES
    if place[end : end + _DIGEST_BYTES] != _digest(place[:end]):
        return None
    kept = range(_HEAD.size, end, _NAME_BYTES)
    told = tuple(place[at : at + _NAME_BYTES] for at in kept)
    return count, LastSent(incarnation, sequence, told)


def _digest(octets: bytes) -> bytes:
    return hashlib.sha256(_LABEL + octets).digest()
