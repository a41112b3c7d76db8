# SPDX-License-Identifier: Apache-2.0
"""What the keyring must not forget when it is restored: deaths and backups.

Rules: lines are only added, beside the master key and so in no backup of the keyring,
and are durable before what they tell is done; a line that a crash cut off tells of
nothing that was done, and is passed over.
Not here: acting on it (`keyring.py`).
Source: docs/spec/keyring.md.
"""

import base64
import binascii
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from server.errors import StateError
from server.key_files import mode_of_new, sync_directory
from server.keyring.backups import BACKUP, Backup
from wire.codec import Field, Message
from wire.errors import WireError
from wire.papers.tombstone import TOMBSTONE, Tombstone


@dataclass(frozen=True, slots=True)
class Line:
    """A line: a tombstone, or a backup as it is from now on."""

    tombstone: Tombstone | None = None
    backup: Backup | None = None


LINE = Message(
    "keyring-line",
    Line,
    (
        Field(1, "tombstone", TOMBSTONE, optional=True),
        Field(2, "backup", BACKUP, optional=True),
    ),
)


@dataclass(frozen=True, slots=True)
class Journal:
    """A file of lines.

    Attributes:
        path: where it is; absent until the first line.
    """

    path: Path

    def size(self) -> int:
        """Return its octets; 0 where there is none."""
        try:
            return self.path.stat().st_size
        except OSError:
            return 0

    def add(self, added: Sequence[Line]) -> int:
        """Add lines durably; returns its octets.

        Raises:
            StateError: it cannot be written.
        """
        lines = b"".join(base64.b64encode(LINE.encode(one)) + b"\n" for one in added)
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0)
        try:
            with os.fdopen(
                os.open(self.path, flags, mode_of_new(self.path)), "ab"
            ) as file:
                file.write(b"\n" + lines)  # ends a line that a crash cut off
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            msg = f"cannot write {self.path}: {error.strerror}"
            raise StateError(msg) from None
        sync_directory(self.path.parent)
        return self.size()

    def lines(self) -> list[Line]:
        """Return all that it tells, in order.

        Raises:
            StateError: it cannot be read.
        """
        try:
            lines = self.path.read_bytes().splitlines()
        except FileNotFoundError:
            return []
        except OSError as error:
            msg = f"cannot read {self.path}: {error.strerror}"
            raise StateError(msg) from None
        return [found for line in lines if (found := _read(line)) is not None]


def _read(line: bytes) -> Line | None:
    try:
        return LINE.decode(base64.b64decode(line, validate=True))
    except (binascii.Error, WireError):
        return None
