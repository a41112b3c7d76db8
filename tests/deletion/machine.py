# SPDX-License-Identifier: Apache-2.0
"""A collector that a real agent has filled with canaries, and what was copied of it.

Rules: the programs that ship, TLS on loopback, a recorded machine on which every value
is a canary; copies are made as operators make them.
Not here: what comes after (`story.py`).
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from canary_whole import whole_canary_machine
from collector_process import collector, run
from reader_fixture import say_of_tickets

from server import configuration
from server.keyring import Keyring, LiveKey, open_keyring
from server.layout import Layout
from server.store.interface import StoredEnvelope
from server.store.sqlite import open_store
from tests.canary_words import Canaries
from tests.deletion import handed as handing
from tests.deletion.handed import READING, Handed
from wire.body import values_of
from wire.envelope import EnvelopeKind
from wire.errors import WireError
from wire.unsealing import unseal

TESTS = Path(__file__).resolve().parents[1]
PASSPHRASE = "a passphrase that a person knows"
FIRST, LATER = "first", "later"
PARTS = "collector", "collector-master"
"""Folders of all that a collector has."""
DAY = 86_400
FIRST_KEEP = "120d"
"""How long the first keyring backup is said to be kept."""


@dataclass(frozen=True)
class Backup:
    """What operators copy of a collector in use, and where it lies."""

    folder: Path

    @property
    def store(self) -> Path:
        """Return the copy of the store."""
        return self.folder / "store.sqlite"

    @property
    def keyring(self) -> Path:
        """Return the locked backup of the keyring."""
        return self.folder / "keyring.backup"

    def make(self, ask: Callable[..., str], words: Path, keep: str) -> None:
        """Make it by the commands that ship.

        Args:
            ask: runs one.
            words: file of the passphrase.
            keep: for how long the keyring's is said to be kept.
        """
        self.folder.mkdir()
        ask("backup", str(self.store))
        ask(
            *("keyring", "backup", str(self.keyring), "--keep", keep),
            *("--passphrase-file", str(words)),
        )


@dataclass
class Machine:
    """The collector's machine, after an agent's full pass and its backups.

    Attributes:
        folder: everything, the agent's files among it.
        canaries: values that occur nowhere else.
        tenant: 16 bytes.
        keys: that lived when the copies were made.
        envelopes: all data that was stored by then.
        public: the device's key.
        now: when the first copies were made, in seconds since the epoch.
        handed: what people were given of it by then.
        ended: ids of the keys that end in the time that the story is about.
    """

    folder: Path
    canaries: Canaries
    tenant: bytes
    keys: list[LiveKey]
    envelopes: list[StoredEnvelope]
    public: bytes
    now: int
    handed: Handed
    ended: set[bytes] = field(default_factory=set)

    @property
    def layout(self) -> Layout:
        """Return the installation."""
        return Layout(self.folder / "collector")

    @property
    def backups(self) -> dict[str, Backup]:
        """Return the backups that were made, by when."""
        folder = self.folder / "backups"
        return {name: Backup(folder / name) for name in (FIRST, LATER)}

    @property
    def copy(self) -> Layout:
        """Return the copy of the whole machine."""
        return Layout(self.folder / "backups" / "machine" / "collector")

    @property
    def temporary(self) -> Path:
        """Return where the programs have their temporary files."""
        return self.folder / "tmp"

    def ending(self, days: int) -> set[bytes]:
        """Return the ids of the keys that end within so many days."""
        until = self.now + days * DAY
        return {key.key_id for key in self.keys if key.until <= until}

    def dead(self) -> list[StoredEnvelope]:
        """Return the envelopes whose keys have ended."""
        return [one for one in self.envelopes if one.key_id in self.ended]


def opened(
    machine: Machine, keyring: Keyring, envelopes: list[StoredEnvelope]
) -> tuple[int, set[str]]:
    """Try to open envelopes; returns how many opened, and the canaries in them."""
    count, texts = 0, []
    for envelope in envelopes:
        key = keyring.for_ending(envelope.key_id)
        if key is None:
            continue
        try:
            _, body = unseal(envelope.octets, key, machine.public)
        except WireError:
            continue
        count += 1
        texts += [
            str(value)
            for table in body.tables
            for column in table.columns
            for value in values_of(column, table.rows)
        ]
    return count, machine.canaries.found_in("\n".join(texts).encode())


def copied(source: Path, target: Path) -> None:
    """Copy a part of a machine, as a whole."""
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("*.sock"))


def fill(folder: Path) -> Machine:
    """Install a collector, fill it with a real agent, and copy it; nothing runs on."""
    (folder / "backups").mkdir(parents=True)
    (folder / "tmp").mkdir()
    os.environ["TMPDIR"] = str(folder / "tmp")
    with collector(folder / "collector") as made:
        say_of_tickets(Layout(made.folder), 'tickets = "off"')  # none is open for years
        handed = handing.prepared(made, folder / "handed")
        machine = whole_canary_machine(folder / "machine")
        run("discreet-agent", "enrol", made.token(), state=folder / "agent")
        agent = TESTS / "privacy" / "canary_agent.py"
        path = os.pathsep.join([str(TESTS), str(TESTS.parent)])
        subprocess.run(
            [sys.executable, agent, folder / "machine", folder / "agent"],
            env={**os.environ, "PYTHONPATH": path},
            capture_output=True,
            timeout=300,
            check=True,
        )
        made.ask("fold")
        made.ask("query", *READING, "FROM event_logs")
        handing.out(made, handed, machine.users[0])
        words = folder / "passphrase"
        words.write_text(PASSPHRASE)
        words.chmod(0o600)
        Backup(folder / "backups" / FIRST).make(made.ask, words, FIRST_KEEP)
    for name in PARTS:
        copied(folder / name, folder / "backups" / "machine" / name)
    return _known(folder, machine.canaries, handed)


def _known(folder: Path, canaries: Canaries, handed: Handed) -> Machine:
    layout = Layout(folder / "collector")
    keyring, store = open_keyring(layout), open_store(layout.store)
    try:
        tenant = configuration.read(layout).tenant
        (device,) = store.devices(tenant)
        data = EnvelopeKind.DATA.value
        envelopes = [one for one in store.envelopes(tenant) if one.kind == data]
        keys = keyring.live(tenant)
        return Machine(
            folder,
            canaries,
            tenant,
            keys,
            envelopes,
            device.public,
            int(time.time()),
            handed,
        )
    finally:
        keyring.close()
        store.close()
