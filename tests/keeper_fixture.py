# SPDX-License-Identifier: Apache-2.0
"""A keeper at work on a real installation, in this process or as one of its own.

Rules: everything is what ships; only where time comes from is the test's.
Not here: the installation (`reader_fixture.py`).
"""

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from installation_fixture import standard
from reader_fixture import Site, make_site, running_part, table

from server.keeper import certifying
from server.keeper.clock import RetentionClock, Sources
from server.keeper.desk import Desk
from server.keeper.process import opened
from server.keeper.rounds import retention
from server.keyring import LiveKey, open_keyring
from server.layout import Layout
from server.register import certificates
from server.register.database import Register
from server.store.sqlite import open_store
from wire.keys import epoch_at
from wire.limits import CLOCK_SKEW_SECONDS
from wire.papers.certificate import Certificate
from wire.purposes import Purpose


@dataclass
class Machine:
    """A machine's clocks, which a test moves."""

    system: int
    since_boot: int = 1_000
    boot: str = "first"

    @property
    def sources(self) -> Sources:
        """Return where its keeper takes the time from."""
        return Sources(lambda: self.system, lambda: self.since_boot, lambda: self.boot)

    def clock(self, register: Register) -> RetentionClock:
        """Return the clock of a keeper that starts now."""
        return RetentionClock(register, self.sources)

    def passes(self, seconds: int) -> None:
        """Let time go by."""
        self.system += seconds
        self.since_boot += seconds

    def is_off(self, seconds: int, boot: str) -> None:
        """Let the machine be off for a time, and boot."""
        self.system += seconds
        self.since_boot, self.boot = 10, boot


running_keeper = partial(running_part, part="keeper")


def copied(layout: Layout, folder: Path) -> Layout:
    """Copy an installation and its master directory; returns where it is now."""
    before = layout.directory
    shutil.copytree(before.parent, folder, ignore=shutil.ignore_patterns("*.sock"))
    copy = Layout(folder / before.name)
    text = copy.configuration.read_text()
    copy.configuration.write_text(text.replace(str(before.parent), str(folder)))
    return copy


def within_an_epoch() -> int:
    """Return now, or a moment before where support's next key is at hand.

    By as much as clocks may be ahead before its time something is sealed to that one,
    too; most tests count what one key has.
    """
    now, margin = int(time.time()), 2 * CLOCK_SKEW_SECONDS
    (age,) = (
        item.maximum_age
        for rules in standard().purposes
        if rules.purpose is Purpose.SUPPORT
        for item in rules.retention
    )
    _, _, end = epoch_at(now, age)
    return now if end - now > margin else now - margin


class Room:
    """An installation with two devices' data, and a machine to keep it on."""

    def __init__(self, directory: Path, address: str | None = None) -> None:
        """Install it and store three envelopes for support, one for security.

        Its store is a file, or in PostgreSQL at an address.
        """
        self.site = make_site(directory / "collector", address, within_an_epoch())
        self.machine = Machine(self.site.now)
        for label in ("Desk", "Shed"):
            speaker = self.site.enrol(label)
            self.site.say(speaker, [table("event_logs", [{"message": label}] * 2)])
        self.site.say(speaker, [table("event_logs", [{"message": "again"}])])
        security = [table("event_logs", [{"message": "s"}], Purpose.SECURITY)]
        self.site.say(speaker, security, Purpose.SECURITY)

    def copied(self, folder: Path) -> "Room":
        """Return a copy of the whole machine's files, as a backup has them."""
        layout = copied(self.site.layout, folder)
        site = Site(
            layout,
            self.site.tenant,
            self.site.now,
            open_store(layout.store),
            open_keyring(layout),
        )
        copy = Room.__new__(Room)
        copy.site, copy.machine = site, replace(self.machine)
        return copy

    def close(self) -> None:
        """Release all files."""
        self.site.store.close()
        self.site.keyring.close()

    @contextmanager
    def keeper(self) -> Iterator[Desk]:
        """Open the keeper's desk, as a keeper that starts now."""
        with opened(self.site.layout, self.machine.sources) as desk:
            desk.clock.now()
            yield desk

    def live(self, purpose: Purpose = Purpose.SUPPORT) -> LiveKey:
        """Return what the keyring knows of the key that all was sealed to."""
        number = self.site.key(purpose).id
        every = self.site.keyring.live(self.site.tenant)
        return next(key for key in every if key.key_id == number)

    def turn(self, desk: Desk) -> None:
        """Take one turn of retention."""
        retention.turn(desk, self.machine.system)

    def until_due(self, desk: Desk, before: int = 0) -> LiveKey:
        """Let time go by until so long before support's key is due."""
        key = self.live()
        desk.clock.now()
        self.machine.passes(key.until - before - self.machine.system)
        return key

    def say(self, words: str) -> None:
        """Have config.toml say something else of whole-machine backups."""
        path = self.site.layout.configuration
        path.write_text(path.read_text().replace('machine = "35d"', words))

    def acts(self, job: bytes) -> list[str]:
        """Return the ledger's acts of a job."""
        return [
            one.act for one in self.site.acts() if (one.body or {}).get("job") == job
        ]


def signed(desk: Desk) -> list[Certificate]:
    """Return all certificates, their signatures checked."""
    with desk.register.view() as connection:
        held = certificates.every(connection)
    return [certifying.read(desk, one) for one in held]
