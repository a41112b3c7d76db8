# SPDX-License-Identifier: Apache-2.0
"""Shows what the certificate of an erasure claims while a copy could still open it.

Rules: the store was copied and the keyring backed up before the erasure; with each
certificate what it says is beside what a copy really opens, with the keyring of now and
with the backup and its passphrase; it is final when no copy that was told of is left.
Not here: looking for the person (`erased.py`), the form of a certificate
(`wire/papers/certificate.py`).
"""

import datetime as dt
import shutil
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from server.keeper.rounds import pending, retention
from server.keyring import Keyring, MasterFiles
from server.keyring.restoring import read_backup, restore
from server.store.sqlite import open_store
from tests.deletion.erased import WORD, Proof
from tests.keeper_fixture import signed
from wire.papers.certificate import Certificate, State

DAY = 86_400
KEPT = 60 * DAY
"""So long the keyring's backup outlives the key."""
PASSPHRASE, WORK = b"seven words", 14


@dataclass(frozen=True)
class Stage:
    """What a certificate says, and what is so.

    Attributes:
        name: for people.
        certificate: the newest.
        today: envelopes of the store's copy with the person's word that the keyring of
            now opens.
        backup: those that the keyring's backup opens.
    """

    name: str
    certificate: Certificate
    today: int
    backup: int

    @property
    def true(self) -> bool:
        """Tell whether it claims no more, and no less, than a copy opens."""
        pending_ = self.certificate.state is State.PENDING
        return pending_ is bool(self.today or self.backup)


@dataclass
class Copies:
    """What was copied before the erasure.

    Attributes:
        folder: where it lies.
        made: when, in seconds since the epoch.
    """

    folder: Path
    made: int

    @property
    def store(self) -> Path:
        """Return the store's."""
        return self.folder / "store"

    @property
    def keyring(self) -> Path:
        """Return the keyring's, under its passphrase."""
        return self.folder / "keyring"

    @classmethod
    def of(cls, room: Proof, folder: Path) -> "Copies":
        """Copy a room's store, and back its keyring up for longer than a key lives."""
        folder.mkdir()
        copies = cls(folder, room.machine.system)
        room.site.store.snapshot(copies.store)
        known = room.site.keyring.copies
        registered = known.register(room.live().until + KEPT, copies.made)
        copies.keyring.write_bytes(known.octets(registered, PASSPHRASE, WORK))
        return copies

    def opened_by_backup(self, room: Proof) -> int:
        """Return how many envelopes with the word the backup opens; 0 without it."""
        if not self.keyring.exists():
            return 0
        content = read_backup(self.keyring.read_bytes(), PASSPHRASE, room.site.tenant)
        scratch = self.folder / "scratch"
        masters = MasterFiles(scratch / "master")
        scratch.mkdir()
        restore(scratch / "keyring", masters, content, self.made)
        with closing(Keyring(scratch / "keyring", masters)) as keyring:
            found = self.opened(room, keyring)
        shutil.rmtree(scratch)
        return found

    def opened(self, room: Proof, keyring: Keyring) -> int:
        """Return how many of the store's envelopes with the word a keyring opens."""
        with closing(open_store(self.store)) as store:
            return room.singing(store, keyring)


def played(folder: Path) -> list[Stage]:
    """Play it in an empty folder; returns the certificates and what was so."""
    room = Proof(folder / "room")
    room.say('machine = "none"')
    room.fill()
    copies, stages = Copies.of(room, folder / "copies"), list[Stage]()

    def seen(name: str) -> None:
        with room.keeper() as desk:
            newest = [one for one in signed(desk) if one.job == case][-1]
        mine = copies.opened(room, room.site.keyring)
        stages.append(Stage(name, newest, mine, copies.opened_by_backup(room)))

    with room.keeper() as desk:
        case = room.erase(desk, WORD).case
    seen("erased")
    with room.keeper() as desk:
        room.until_due(desk)
        retention.turn(desk, room.machine.system)
        pending.turn(desk, room.machine.system)
    seen("the key ended")
    with room.keeper() as desk:
        desk.clock.now()
        room.machine.passes(KEPT + DAY)
        copies.keyring.unlink()
        pending.turn(desk, room.machine.system)
    seen("the backup ended")
    room.close()
    return stages


def told(folder: Path) -> bool:
    """Play it, print what was seen, and tell whether all was as it has to be."""
    stages = played(folder)
    for one in stages:
        said = one.certificate
        until = "" if said.until is None else f" until {_day(said.until)}"
        copies = ", ".join(copy.kind.value for copy in said.copies) or "none"
        sys.stdout.write(
            f"{one.name}: certificate {said.number}: {said.method.value}, "
            f"{said.state.value}{until}, copies: {copies}; of the store's copy the "
            f"keyring of now opens {one.today} with the person's word, its backup "
            f"{one.backup}\n"
        )
    return holds(stages)


def holds(stages: list[Stage]) -> bool:
    """Tell whether each certificate is true, and the last one final."""
    states = [one.certificate.state for one in stages]
    whole = states == [State.PENDING, State.PENDING, State.FINAL]
    return whole and all(one.true for one in stages)


def _day(moment: int) -> str:
    return dt.datetime.fromtimestamp(moment, dt.UTC).date().isoformat()
