# SPDX-License-Identifier: Apache-2.0
"""Cuts what a release holds into sealed parts while it is written.

Rules: nothing of it is ever on the disk but sealed; no more than one part is in memory;
not one octet beyond the cap is taken.
Not here: what is written (`writing.py`), the seal (`wire/papers/release.py`).
"""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from server.errors import LimitError
from server.key_files import write_new
from wire.papers.release import PART_BYTES, Part, seal_part


class Parts:
    """A file that only takes bytes; formats write to it."""

    closed = False

    def __init__(self, directory: Path, release: bytes, key: bytes, cap: int) -> None:
        """Begin the first part.

        Args:
            directory: takes the parts; nobody else writes there.
            release: its id, 16 bytes.
            key: its data key, 32 bytes.
            cap: how many octets there may be in all.
        """
        self._directory, self._release, self._key = directory, release, key
        self._cap = cap
        self._held = bytearray()
        self.octets = 0
        self.parts: list[Part] = []

    def write(self, octets: bytes) -> int:
        """Take octets.

        Raises:
            LimitError: they are more than the cap allows.
            StateError: the disk refuses.
        """
        taken = memoryview(octets).nbytes
        if self.octets + taken > self._cap:
            msg = (
                f"the release would have more than the {self._cap:,} bytes that are "
                "allowed: narrow its rows or columns, or ask for more"
            )
            raise LimitError(msg)
        self.octets += taken
        self._held += octets
        while len(self._held) > PART_BYTES:
            self._seal(PART_BYTES, last=False)
        return taken

    def writelines(self, lines: Iterable[bytes]) -> None:
        """Take octets, line by line."""
        for line in lines:
            self.write(line)

    def tell(self) -> int:
        """Return how many octets were taken."""
        return self.octets

    def flush(self) -> None:
        """Do nothing: a part is written when it is full."""

    def finish(self) -> None:
        """Seal what is left as the last part."""
        self._seal(len(self._held), last=True)

    def _seal(self, count: int, *, last: bool) -> None:
        piece = bytes(self._held[:count])
        del self._held[:count]
        number = len(self.parts)
        sealed = seal_part(self._key, self._release, number, piece, last=last)
        write_new(self._directory / part_name(number), sealed)
        self.parts.append(Part(hashlib.sha256(sealed).digest(), len(sealed)))


def part_name(number: int) -> str:
    """Return the name of a part's file, by its number from 0."""
    return f"part-{number + 1:04}"
