# SPDX-License-Identifier: Apache-2.0
"""Promises of destroyed keys: nothing brings them back, and all is known of them.

Rules: real files; crashes are what they leave on the disk.
Not here: a process that is killed (`tests/kills`).
"""

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.errors import StateError, TrustError
from server.keyring import Keyring, MasterFiles, Tombstone
from tests.unit.server.keyring_room import (
    AGE,
    DAY,
    NOW,
    SECOND,
    TENANT,
    Room,
    epoch,
    first_version,
    opening,
    why,
)
from wire.crypto.sealing import key_id, seal
from wire.purposes import Purpose


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


def destroy(keyring: Keyring, *publics: bytes) -> list[Tombstone]:
    """Destroy keys because their time is over."""
    return keyring.destroy([key_id(one) for one in publics], "maximum-age", NOW)


def test_destroyed_key_is_gone(keyring: Keyring) -> None:
    """A destroyed key opens nothing and is remembered; the others still open."""
    gone, kept = epoch(keyring, 1), epoch(keyring, 2)
    destroy(keyring, gone)
    assert opening(keyring, gone) is None
    assert why(keyring, gone) == "key-destroyed"
    survivor = opening(keyring, kept)
    assert survivor is not None
    assert survivor.open(seal(b"frame", kept, b""), b"") == b"frame"
    assert [key.start for key in keyring.pseudonym_keys(TENANT, list(Purpose), 0)] == [
        2 * DAY
    ]
    assert destroy(keyring, gone) == []


def test_a_tombstone_says_what_died(room: Room, keyring: Keyring) -> None:
    """What a key was for, when and why it died outlives it and a restart."""
    gone = epoch(keyring, 3)
    expected = Tombstone(
        *(key_id(gone), NOW, "maximum-age", 1, NOW, TENANT),
        *(Purpose.SUPPORT, "tickets", 3, 3 * DAY, 4 * DAY),
    )
    assert destroy(keyring, gone) == [expected]
    assert room.open().tombstones() == [expected]


def test_many_die_in_one_generation(room: Room, keyring: Keyring) -> None:
    """However many keys die at once, the rest is wrapped anew once."""
    assert len(destroy(keyring, *(epoch(keyring, one) for one in range(9)))) == 9
    assert keyring.generation() == 2
    assert [path.name for path in room.master.directory.glob("*.key")] == [
        "master-00000002.key"
    ]


def test_an_ended_epoch_is_never_made_anew(room: Room, keyring: Keyring) -> None:
    """Whatever the clock says and whoever asks, an epoch that died gets no new key."""
    destroy(keyring, epoch(keyring, 1), epoch(keyring, 2, "other"))
    for asked in (keyring, room.open()):
        for now in (0, NOW, 9 * NOW):
            assert (
                asked.add_epoch(
                    *(TENANT, Purpose.SUPPORT, "tickets", 1, DAY, 2 * DAY),
                    maximum_age=DAY,
                    now=now,
                )
                is None
            )
    assert keyring.public_keys(TENANT) == []
    assert epoch(keyring, 2) is not None


def test_a_copy_of_the_keyring_opens_nothing(room: Room, keyring: Keyring) -> None:
    """A copy of the directory from before is useless without the master directory."""
    gone = epoch(keyring, 1)
    copy = room.copy("copy", "keyring")
    destroy(keyring, gone)
    shutil.copytree(room.master.directory, copy.master.directory)
    with pytest.raises(StateError, match=r"master-00000001\.key"):
        copy.open()


def test_an_older_database_opens_nothing(room: Room, keyring: Keyring) -> None:
    """An older copy of the database under a later name of its generation is refused."""
    gone = epoch(keyring, 1)
    copy = room.copy("copy", "keyring")
    destroy(keyring, gone)
    with sqlite3.connect(copy.database) as connection:
        connection.execute("UPDATE master SET generation = 2")
    connection.close()
    shutil.copytree(room.master.directory, copy.master.directory)
    with pytest.raises(TrustError, match="does not open with its master key"):
        copy.open()


def test_rotated_copies_open_nothing(room: Room, keyring: Keyring) -> None:
    """After a rotation all keys open, and no older copy of the directory does."""
    kept = epoch(keyring, 1)
    copy = room.copy("copy", "keyring")
    assert keyring.rotate(NOW) == 2
    assert opening(keyring, kept) is not None
    assert opening(room.open(), kept) is not None
    shutil.copytree(room.master.directory, copy.master.directory)
    with pytest.raises(StateError, match=r"master-00000001\.key"):
        copy.open()


def test_destroy_is_seen_by_others(room: Room, keyring: Keyring) -> None:
    """A process that has the keyring open goes on after another one destroyed a key."""
    gone, kept = epoch(keyring, 1), epoch(keyring, 2)
    other = room.open().scoped(TENANT, Purpose.SUPPORT, NOW)
    assert other.opening_key(key_id(gone)) is not None
    destroy(keyring, gone)
    assert other.opening_key(key_id(gone)) is None
    assert other.opening_key(key_id(kept)) is not None


def test_crash_while_destroying(room: Room, keyring: Keyring) -> None:
    """A master key left by a crash before the commit is replaced, not believed."""
    first, second = epoch(keyring, 1), epoch(keyring, 2)
    room.secret(2).write_text("no key\n")
    destroy(keyring, first)
    assert opening(keyring, second) is not None


def test_crash_after_destroying(room: Room, keyring: Keyring) -> None:
    """An old master key left by a crash after the commit goes at the next opening."""
    old = room.secret(1).read_bytes()
    destroy(keyring, epoch(keyring, 1))
    room.secret(1).write_bytes(old)
    room.secret(1).chmod(0o600)
    room.open().close()
    assert not room.secret(1).exists()


def test_what_the_journal_says_is_dead_dies(room: Room, keyring: Keyring) -> None:
    """A whole machine set back has its keys again only until the journal is read."""
    gone, kept = epoch(keyring, 1), epoch(keyring, 2)
    copy = room.copy("copy", "keyring", "master")
    dead = destroy(keyring, gone)
    shutil.copy(room.master.directory / "journal", copy.master.directory / "journal")
    restored = copy.open()
    assert opening(restored, gone) is None
    assert restored.tombstones() == dead
    assert opening(restored, kept) is not None
    assert not copy.secret(1).exists()


def test_a_cut_line_of_the_journal_is_passed_over(room: Room, keyring: Keyring) -> None:
    """A crash that cut off a line hides no line before or after it."""
    first, second = epoch(keyring, 1), epoch(keyring, 2)
    copy = room.copy("copy", "keyring", "master")
    journal = room.master.directory / "journal"
    destroy(keyring, first)
    with journal.open("ab") as file:
        file.write(b"\nomFrogC")
    destroy(keyring, second)
    shutil.copy(journal, copy.master.directory / "journal")
    restored = copy.open()
    assert [opening(restored, one) for one in (first, second)] == [None, None]


def test_each_purpose_opens_its_own(keyring: Keyring) -> None:
    """Of eight purposes by eight, a reading opens the keys of its own purpose alone."""
    made = {one: epoch(keyring, 1, purpose=one) for one in Purpose}
    for reading in Purpose:
        opened = {
            one for one in Purpose if opening(keyring, made[one], reading) is not None
        }
        assert opened == {reading}
    assert why(keyring, made[Purpose.SECURITY]) == "other-purpose"


@pytest.mark.parametrize("what", ["label", "row"])
def test_other_purposes_do_not_decrypt(room: Room, keyring: Keyring, what: str) -> None:
    """A key that is relabelled as support's does not open in a reading of support."""
    other = epoch(keyring, 1, purpose=Purpose.SECURITY)
    epoch(keyring, 2)
    with sqlite3.connect(room.database) as connection:
        connection.execute(
            "UPDATE epochs SET purpose = 'support' WHERE purpose = 'security'"
        )
        if what == "row":
            connection.execute(
                "UPDATE secrets SET scope = ? WHERE context = ?",
                (
                    f"{TENANT.hex()}/support",
                    b"discreet/1/keyring/epoch\x00" + key_id(other),
                ),
            )
    connection.close()
    with pytest.raises((StateError, TrustError), match=r"altered|damaged"):
        opening(keyring, other)


def test_the_first_version_comes_up(room: Room) -> None:
    """A keyring of the first release opens all it had, under a master in its place."""
    made = first_version(room)
    keyring = room.open()
    for purpose, key in made.keys.items():
        found = opening(keyring, key.public, purpose)
        assert found is not None
        assert found.seed() == key.seed()
        assert opening(keyring, key.public, Purpose.COMPLIANCE) is None
    assert keyring.store_role_key().public == made.role.public
    (pseudonym,) = keyring.pseudonym_keys(TENANT, [Purpose.SUPPORT], 0)
    assert pseudonym.key == made.pseudonym
    assert keyring.tombstones() == [Tombstone(made.gone, 0, "unknown", 3, 0)]
    assert list(room.directory.glob("*.key")) == []
    assert keyring.generation() == 4
    assert [key.until for key in keyring.live(TENANT)] == [100 * DAY, 410 * DAY]


def test_an_unknown_age_is_learned_once(room: Room) -> None:
    """A key of the first release ends when its class said, once that is known."""
    first_version(room)
    keyring = room.open()
    security = keyring.live(TENANT)[1]
    for age in (30 * DAY, 20 * DAY, 40 * DAY):
        keyring.know_age(security.key_id, age)
    assert keyring.live(TENANT)[0].until == 40 * DAY
    assert keyring.live(TENANT)[0].maximum_age == 20 * DAY


def test_the_first_version_without_its_master(room: Room) -> None:
    """Without its master key the first version is left as it is, in one sentence."""
    first_version(room)
    (room.directory / "master-00000003.key").unlink()
    before = room.database.read_bytes()
    with pytest.raises(StateError, match=r"master-00000003\.key"):
        room.open()
    assert room.database.read_bytes() == before


def test_a_master_beside_the_keyring_is_left_behind(room: Room) -> None:
    """Once another place is named for it, the master key there is a new one."""
    beside = Keyring.create(room.directory, MasterFiles(room.directory), NOW)
    kept = epoch(beside, 1)
    beside.close()
    keyring = room.open()
    assert opening(keyring, kept) is not None
    assert list(room.directory.glob("*.key")) == []
    assert room.secret(2).exists()


def test_a_keyring_without_tickets_is_brought_up(room: Room) -> None:
    """One of the second version opens all it did, and has keys of tickets from then."""
    before = room.create()
    kept, gone = epoch(before, 3), epoch(before, 4)
    (dead,) = before.destroy([key_id(gone)], "contract", NOW)
    before.close()
    with sqlite3.connect(room.database) as connection:
        connection.executescript(SECOND)
    connection.close()
    keyring = room.open()
    assert opening(keyring, kept) is not None
    assert keyring.tombstones() == [dead]
    place = TENANT, b"d" * 16, Purpose.SUPPORT, "tickets", 3 * DAY, 4 * DAY
    made = keyring.tickets.add(*place, maximum_age=AGE, now=NOW)
    assert made is not None
    assert opening(keyring, made.public) is not None
    assert epoch(keyring, 3) == kept
