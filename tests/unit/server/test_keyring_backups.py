# SPDX-License-Identifier: Apache-2.0
"""Promises of keyring backups: what they open is known, and ends.

Rules: real files; a passphrase costs as little as is allowed, but for the commands.
Not here: the layers of keys (`test_keyring.py`).
"""

import json
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.__main__ import main
from server.errors import StateError, TrustError
from server.install import init
from server.keyring import Keyring, Tombstone, open_keyring
from server.keyring.backups import Backup, pending_until
from server.keyring.restoring import read_backup, restore
from server.layout import Layout
from server.ledger import SqliteLedger
from tests.unit.server.keyring_room import (
    DAY,
    NOW,
    OTHER,
    TENANT,
    Room,
    epoch,
    opening,
)
from wire.crypto.sealing import key_id

WORDS = b"seven words"


@pytest.fixture
def room(tmp_path: Path) -> Room:
    """Return an empty place."""
    return Room(tmp_path)


@pytest.fixture
def keyring(room: Room) -> Iterator[Keyring]:
    """Return a fresh keyring."""
    made = room.create()
    yield made
    made.close()


def back_up(keyring: Keyring, now: int = NOW) -> bytes:
    """Return a backup that is kept for thirty days."""
    return keyring.copies.octets(
        keyring.copies.register(now + 30 * DAY, now), WORDS, 14
    )


def put_back(room: Room, octets: bytes) -> Keyring:
    """Restore a backup where the keyring was lost, and open it."""
    shutil.rmtree(room.directory)
    restore(room.directory, room.master, read_backup(octets, WORDS, TENANT), NOW)
    return room.open()


def test_a_backup_brings_back_what_was_lost(room: Room, keyring: Keyring) -> None:
    """A lost keyring opens all that it had, under a master key that no backup has."""
    kept, role = epoch(keyring, 1), keyring.store_role_key().public
    octets = back_up(keyring)
    restored = put_back(room, octets)
    assert opening(restored, kept) is not None
    assert restored.store_role_key().public == role
    assert list(room.directory.glob("*.key")) == []
    assert [path.name for path in room.master.directory.glob("*.key")] == [
        "master-00000002.key"
    ]


def test_a_restored_keyring_buries_what_died(room: Room, keyring: Keyring) -> None:
    """A backup from before a death brings the key back to nobody."""
    gone, kept = epoch(keyring, 1), epoch(keyring, 2)
    octets = back_up(keyring)
    dead = keyring.destroy([key_id(gone)], "maximum-age", NOW + DAY)
    restored = put_back(room, octets)
    assert opening(restored, gone) is None
    assert restored.tombstones() == dead
    assert opening(restored, kept) is not None


def test_a_restored_keyring_knows_later_backups(room: Room, keyring: Keyring) -> None:
    """What was registered and what ended after the backup was made stays known."""
    octets = back_up(keyring)
    later = keyring.copies.register(NOW + 90 * DAY, NOW + 2 * DAY)
    (first, _) = keyring.copies.every()
    assert keyring.copies.end(first.id, NOW + 3 * DAY)
    found = put_back(room, octets).copies.every()
    assert [(one.id, one.ended) for one in found] == [
        (first.id, NOW + 3 * DAY),
        (later.id, None),
    ]


def test_a_machine_that_was_lost_whole(room: Room, keyring: Keyring) -> None:
    """With neither keyring nor master directory the backup alone is enough."""
    kept = epoch(keyring, 1)
    octets = back_up(keyring)
    other = Room(room.folder / "new")
    other.folder.mkdir()
    restore(other.directory, other.master, read_backup(octets, WORDS, TENANT), NOW)
    assert opening(other.open(), kept) is not None


def test_a_keyring_is_never_overwritten(room: Room, keyring: Keyring) -> None:
    """Where there is a keyring, restoring is refused and changes nothing."""
    octets = back_up(keyring)
    before = room.database.read_bytes()
    with pytest.raises(StateError, match="move it away first"):
        restore(room.directory, room.master, read_backup(octets, WORDS, TENANT), NOW)
    assert room.database.read_bytes() == before


def test_refused_backups(keyring: Keyring) -> None:
    """Another passphrase, another installation and other bytes are a sentence each."""
    epoch(keyring, 1)
    octets = back_up(keyring)
    for given, words, tenant, sentence in (
        (octets, b"other words", TENANT, "does not open with this passphrase"),
        (octets[:-1], WORDS, TENANT, "does not open with this passphrase"),
        (b"", WORDS, TENANT, "does not open with this passphrase"),
        (octets, WORDS, OTHER, "another installation"),
    ):
        with pytest.raises(TrustError, match=sentence):
            read_backup(given, words, tenant)


def test_no_secret_in_clear_in_a_backup(keyring: Keyring) -> None:
    """A backup shows neither a key nor the tables that it has."""
    key = opening(keyring, epoch(keyring, 1))
    assert key is not None
    octets = back_up(keyring)
    for found in (key.seed(), keyring._wrapping._held[1], b"SQLite", b"support"):
        assert found not in octets


ALIVE = Backup(b"a" * 16, 20, 90, 1)


@pytest.mark.parametrize(
    ("backups", "machine", "until"),
    [
        ([], None, 0),
        ([], 7, 57),
        ([ALIVE], None, 90),
        ([ALIVE], 50, 100),
        ([Backup(b"b" * 16, 9, 90, 1)], None, 0),
        ([Backup(b"b" * 16, 10, 60, 1)], None, 60),
        ([Backup(b"b" * 16, 51, 90, 1)], None, 0),
        ([Backup(b"b" * 16, 20, 90, 1, 40)], None, 0),
        ([ALIVE, Backup(b"b" * 16, 30, 70, 1)], 7, 90),
    ],
)
def test_pending(backups: list[Backup], machine: int | None, until: int) -> None:
    """A death is pending until the last backup has ended that was made in its life."""
    dead = Tombstone(b"k" * 16, 50, "maximum-age", 1, 10)
    assert pending_until(dead, backups, machine) == until


@pytest.mark.slow
def test_commands(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Back up, lose, restore, rotate and forget: each is done and in the ledger."""
    layout = init(
        *(tmp_path / "collector", "Acme", "https://127.0.0.1:8443", [], None),
        1_800_000_000,
    )
    words, file = tmp_path / "words", tmp_path / "keyring.backup"
    words.write_bytes(WORDS)
    words.chmod(0o600)
    given = ("--passphrase-file", str(words))
    assert run(layout, "backup", str(file), "--keep", "9d", *given) == 0
    assert file.stat().st_mode & 0o777 == 0o600
    assert run(layout, "backup", str(file), *given) == 2
    shutil.rmtree(layout.keyring)
    assert run(layout, "list") == 7
    assert run(layout, "restore", str(file), *given) == 0
    assert run(layout, "restore", str(file), *given) == 7
    assert run(layout, "rotate") == 0
    capsys.readouterr()
    assert run(layout, "list", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    (backup,) = told["backups"]
    assert backup["counts"]
    assert (told["generation"], told["machine_days"], told["destroyed"]) == (3, 35, 0)
    assert run(layout, "forget-backup", "") == 2
    assert run(layout, "forget-backup", backup["id"][:8]) == 0
    assert run(layout, "list") == 0
    assert f"{backup['id'][:8]}" in capsys.readouterr().out
    ledger = SqliteLedger(layout.ledger)
    assert [entry.act for entry in ledger.entries()][5:] == [
        *("backup-made", "keyring-refused", "keyring-restored"),
        *("keyring-rotated", "backup-ended"),
    ]
    ledger.close()


def run(layout: Layout, *words: str) -> int:
    """Run `discreet-server keyring`."""
    return main(["--directory", str(layout.directory), "keyring", *words])


def test_a_backup_that_cannot_be_written_does_not_count(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a ledger or a disk there is no backup, and none that counts."""
    layout = init(
        *(tmp_path / "collector", "Acme", "https://127.0.0.1:8443", [], None),
        1_800_000_000,
    )
    words = tmp_path / "words"
    words.write_bytes(WORDS)
    words.chmod(0o600)
    file = tmp_path / "keyring.backup"
    with sqlite3.connect(layout.ledger) as connection:
        connection.execute("DROP TABLE head")
    connection.close()
    assert run(layout, "backup", str(file), "--passphrase-file", str(words)) == 7
    assert capsys.readouterr().out == ""
    assert not file.exists()
    keyring = open_keyring(layout)
    assert [one.ended is not None for one in keyring.copies.every()] == [True]
    keyring.close()
