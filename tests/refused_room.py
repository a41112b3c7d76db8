# SPDX-License-Identifier: Apache-2.0
"""A device whose spool lies on a disk that can refuse sectors for ever.

Rules: a real spool with envelopes of known place, count and octets; a quarter of an
hour is as many tries, made at once, each as by an agent that was just started.
Not here: the disk (`refusing_disk.py`), any expectation
(`tests/fault/test_refused_pages.py`, `tests/fault/test_refused_kills.py`).
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from installation_fixture import Installation
from spool_fixture import PURPOSE, Queue, queue

from agent.device import at_work
from agent.errors import StateError
from agent.spool import doubt, unread
from agent.spool.change import SpoolClass
from agent.spool.log import PAGE_BYTES
from agent.spool.spool import Spool, open_spool
from tests.kills.scene import ended
from tests.refusing_disk import RefusingDisk
from wire.envelope import Header, read

ENVELOPES = 6
"""How many wait, each of as many records as its number says."""
SIZE = 20_000
SOURCE, CURSOR = "logins", b"cursor"
Place = tuple[bytes, int]


@dataclass
class Sick:
    """A device and its disk.

    Attributes:
        disk: it.
        held: the device; its spool is closed.
        sealed: what waits there, by place.
    """

    disk: RefusingDisk
    held: Queue
    sealed: dict[Place, bytes]

    @property
    def path(self) -> Path:
        """Return the spool's database."""
        return self.held.state.spool

    def refuse(self, *pages: int, ending: str = "") -> None:
        """Refuse pages of the spool, or of its log, the first being 1."""
        path = self.path.with_name(self.path.name + ending)
        parts = [range((one - 1) * PAGE_BYTES, one * PAGE_BYTES) for one in pages]
        self.disk.refuse(path, parts)

    def inside(self, number: int) -> int:
        """Return a page that is wholly of one envelope's octets."""
        octets = {place[1]: one for place, one in self.sealed.items()}[number]
        start = octets[2 * PAGE_BYTES :][:64]
        return self.path.read_bytes().index(start) // PAGE_BYTES + 1

    def first_of(self, name: str) -> int:
        """Return the first page of a table."""
        with closing(sqlite3.connect(self.path)) as database:
            (page,) = database.execute(
                "SELECT rootpage FROM sqlite_master WHERE name = ?", (name,)
            ).fetchone()
        return int(page)

    def works(self, times: int) -> int:
        """Be at work, as an agent that is started so often; return how often it was."""
        done = 0
        for _ in range(times):
            try:
                with at_work(self.held.state, self.held.who):
                    done += 1
            except StateError:
                continue
        return done

    def aside(self) -> int:
        """Return how many databases were set aside."""
        return len([*self.path.parent.glob("spool.sqlite.*-*")])

    def opened(self) -> Spool:
        """Return the spool, open."""
        return open_spool(self.path, self.held.now)

    def sends(self) -> dict[Place, bytes]:
        """Mend what has to be, and return all that is sent, by place."""
        with closing(self.opened()) as spool:
            spool.waiting(100, 2**40)
            self.held.voids.mend(spool)
            found = [item.octets for item in spool.waiting(100, 2**40)]
        assert len({place_of(octets) for octets in found}) == len(found)
        return {place_of(octets): octets for octets in found}

    def leave_in_log(self, count: int, told: Path) -> None:
        """Queue more, and die before the log is moved into the database.

        Args:
            count: envelopes.
            told: a directory for what is told of them.
        """
        pid = os.fork()
        if not pid:
            spool = self.held.spool = open_spool(self.path, self.held.now)
            spool._settle_log = lambda: None  # type: ignore[method-assign]
            spool._database.execute("PRAGMA wal_autocheckpoint = 0")
            for number in range(count):
                octets = self.held.put(SpoolClass.EVENT, records=1, size=SIZE)
                (told / str(number)).write_bytes(octets)
            os._exit(0)
        assert ended(pid) == 0
        for number in range(count):
            octets = (told / str(number)).read_bytes()
            self.sealed[place_of(octets)] = octets


@contextmanager
def sick(disk: RefusingDisk, name: str, installation: Installation) -> Iterator[Sick]:
    """Enrol a device on a disk that gives all so far.

    Args:
        disk: it.
        name: of the device's directory.
        installation: the collector's keys and bundle.
    """
    with queue(disk.at / name, installation) as held:
        for number in range(1, ENVELOPES + 1):
            held.put(SpoolClass.EVENT, records=number, size=SIZE)
        with held.spool.transaction() as change:
            change.set_cursor(PURPOSE.value, SOURCE, CURSOR)
            change.set_pass(PURPOSE.value, SOURCE, held.now)
        sealed = {place_of(octets): octets for octets in held.waiting()}
        held.spool.close()
        yield Sick(disk, held, sealed)


def let_hours_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a quarter of an hour over at once, and looks cost nothing."""
    monkeypatch.setattr(unread, "UNREAD_SECONDS", 0)
    monkeypatch.setattr(doubt, "UNREAD_SECONDS", 0)
    monkeypatch.setattr(doubt, "LOOK_SHARE", 1e9)


def header_of(octets: bytes) -> Header:
    """Return what an envelope says of itself."""
    return read(octets)[1]


def place_of(octets: bytes) -> Place:
    """Return an envelope's place in its chain."""
    header = header_of(octets)
    return header.incarnation, header.sequence
