# SPDX-License-Identifier: Apache-2.0
"""Writes down what is about to be read, so that a kill can be laid at its door.

Rules: one write of a fixed size into a file that has its room already, so that it works
on a full disk and is whole after any kill; no flush, for a power cut is nobody's fault;
a disk that refuses costs nobody a pass.
Not here: what a kill leads to (`strikes.py`), telling a kill from an end (`blame.py`).
Source: osquery's dirty bit of a query, and what it missed (osquery#7476, #8541).
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

_OCTETS = 128
"""A dataset's name has 18, a boot's number 36; the rest is room."""
_FLAGS = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0)
_OWN = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)


@dataclass(frozen=True, slots=True)
class Intent:
    """What was about to be read.

    Attributes:
        dataset: its name.
        boot: the machine's start in which it was; empty where none is known.
    """

    dataset: str
    boot: str


class Intents:
    """The file that holds the intent of the pass under way, if any."""

    def __init__(self, path: Path, boot: str) -> None:
        """Use a file.

        Args:
            path: of the file, in the state directory.
            boot: tells one start of the machine from another; empty for unknown.
        """
        self._path = path
        self._boot = boot
        self._now = ""

    def begin(self, dataset: str) -> str:
        """Write down that a dataset is read from now on; return what was, or nothing.

        Args:
            dataset: its name; empty for nothing.
        """
        before, self._now = self._now, dataset
        self._write(f"{dataset} {self._boot}" if dataset else "")
        return before

    def done(self) -> None:
        """Write down that nothing is read any more."""
        self.begin("")

    def left(self) -> Intent | None:
        """Return what was being read when the pass ended; None where nothing was."""
        try:
            told = self._path.read_bytes()[:_OCTETS].decode("ascii")
        except (OSError, UnicodeDecodeError):
            return None
        dataset, _, boot = told.strip().partition(" ")
        return Intent(dataset, boot) if dataset else None

    def _write(self, text: str) -> None:
        octets = text.encode("ascii", "replace")[: _OCTETS - 1].ljust(_OCTETS - 1)
        with suppress(OSError):
            descriptor = os.open(self._path, _FLAGS | _OWN, 0o600)
            try:
                os.write(descriptor, octets + b"\n")
            finally:
                os.close(descriptor)


@dataclass(frozen=True, slots=True)
class Watch:
    """What a pass writes down, and what it may not read.

    Attributes:
        struck: datasets that are struck out.
        intents: where it writes; None where nobody is to blame, as in a preview.
    """

    struck: frozenset[str] = field(default_factory=frozenset)
    intents: Intents | None = None

    @contextmanager
    def over(self, dataset: str) -> Iterator[None]:
        """Have an intent written down while a dataset is read and redacted.

        Another may be read meanwhile: afterwards the first one's stands there again.
        """
        before = self.intents.begin(dataset) if self.intents is not None else ""
        try:
            yield
        finally:
            if self.intents is not None:
                self.intents.begin(before)


UNWATCHED = Watch()
"""Nothing is struck out and nothing is written down."""
