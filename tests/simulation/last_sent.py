# SPDX-License-Identifier: Apache-2.0
"""The file of what has left a machine, on its simulated disk.

Rules: as of SQLite's files there is an empty one with its name, whose bytes the disk
has; what the disk refuses the agent hears as from a real one.
Not here: what is in it (`agent/spool/last_sent.py`), the disk (`disk.py`).
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from agent.errors import StateError
from agent.spool.last_sent import LastSentFile, last_sent_of
from agent.state import State
from simulation.dice import dice
from simulation.disk import Content, Refused
from simulation.files import Mount


def content_of(mount: Mount) -> Content | None:
    """Return what the file of what has left holds; None where there is none."""
    path = path_in(mount)
    return mount.disk.contents.get(path.stat().st_ino) if path.exists() else None


def path_in(mount: Mount) -> Path:
    """Return where it is."""
    return last_sent_of(State(Path(mount.directory)).spool)


class SimulatedLastSent(LastSentFile):
    """The file, on a disk that fails."""

    def __init__(self, mount: Mount) -> None:
        """Use a machine's disk."""
        super().__init__(path_in(mount))
        self._mount = mount

    def octets(self) -> bytes:
        """Return what is there; nothing where no file is."""
        held = content_of(self._mount)
        if held is None:
            return b""
        disk = self._mount.disk
        own = dice(disk.steps, "last sent")  # a kept seed keeps the disk's throws
        with _refusing():
            return disk.read(held, 0, len(held.now), own)

    def make(self, octets: bytes) -> None:
        """Make it anew: another takes its name when it is whole."""
        disk, made = self._mount.disk, Content()
        with _refusing():
            disk.entry()
            disk.write(made, 0, octets)
            disk.flush(made)
            disk.entry()
        partial = self._path.with_suffix(".new")
        os.close(os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        former = content_of(self._mount) and self._path.stat().st_ino
        disk.contents[partial.stat().st_ino] = made
        partial.replace(self._path)
        if former:
            del disk.contents[former]

    def overwrite(self, at: int, octets: bytes) -> None:
        """Write over a part of it."""
        held = content_of(self._mount)
        assert held is not None
        with _refusing():
            self._mount.disk.write(held, at, octets)
            self._mount.disk.flush(held)


@contextmanager
def _refusing() -> Iterator[None]:
    try:
        yield
    except Refused as refusal:
        raise StateError(refusal.why.value) from refusal
