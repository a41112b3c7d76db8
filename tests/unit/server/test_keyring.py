# SPDX-License-Identifier: Apache-2.0
"""Promises of the keyring, on real files.

Rules: times are passed in; damage is done to the files themselves.
Not here: which epochs there are (`test_authority.py`).
"""

import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.errors import StateError, TrustError
from server.keyring import Keyring
from tests.unit.server.keyring_room import (
    DAY,
    NOW,
    OTHER,
    TENANT,
    Room,
    epoch,
    opening,
    why,
)
from wire.crypto.sealing import key_id, seal
from wire.crypto.signing import verify
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


def test_opens_what_was_sealed(room: Room, keyring: Keyring) -> None:
    """What is sealed to an epoch's public key opens, also after a restart."""
    public = epoch(keyring, 1)
    sealed = seal(b"frame", public, b"header")
    keyring.close()
    again = room.open()
    key = opening(again, public)
    assert key is not None
    assert key.open(sealed, b"header") == b"frame"


def test_add_epoch_is_idempotent(room: Room, keyring: Keyring) -> None:
    """Two processes that add the same epoch get the same key."""
    other = room.open()
    assert epoch(keyring, 1) == epoch(other, 1)
    assert len(keyring.public_keys(TENANT)) == 1


def test_unknown_key(keyring: Keyring) -> None:
    """A key that never was is None and not called destroyed."""
    scoped = keyring.scoped(TENANT, Purpose.SUPPORT, NOW)
    assert scoped.opening_key(b"x" * 16) is None
    assert scoped.why(b"x" * 16) == "unknown-key"


def test_public_keys_are_the_tenants(keyring: Keyring) -> None:
    """A tenant sees its own keys only, with their epochs."""
    public = epoch(keyring, 3)
    assert keyring.public_keys(OTHER) == []
    (key,) = keyring.public_keys(TENANT)
    assert (key.purpose, key.retention, key.epoch) == (Purpose.SUPPORT, "tickets", 3)
    assert (key.start, key.end, key.public) == (3 * DAY, 4 * DAY, public)


def test_pseudonym_keys(keyring: Keyring) -> None:
    """Each purpose and time has a pseudonym key of its own, until it ends."""
    for number in (1, 2, 3):
        epoch(keyring, number)
    keys = keyring.pseudonym_keys(TENANT, [Purpose.SUPPORT], 2 * DAY)
    assert [key.start for key in keys] == [2 * DAY, 3 * DAY]
    assert len({key.key for key in keys}) == 2
    assert keyring.pseudonym_keys(TENANT, [Purpose.SECURITY], 0) == []
    assert keyring.pseudonym_keys(OTHER, [Purpose.SUPPORT], 0) == []


def test_classes_of_one_length_share_pseudonyms(keyring: Keyring) -> None:
    """Two retention classes with the same epoch have one pseudonym key."""
    epoch(keyring, 1, "first")
    epoch(keyring, 1, "second")
    assert len(keyring.public_keys(TENANT)) == 2
    assert len(keyring.pseudonym_keys(TENANT, [Purpose.SUPPORT], 0)) == 1


def test_store_role_key(room: Room, keyring: Keyring) -> None:
    """The store role's key is the same after a restart."""
    public = keyring.store_role_key().public
    verify(public, room.open().store_role_key().sign(b"mark"), b"mark")


def test_modes(room: Room, keyring: Keyring) -> None:
    """Nobody but the owner may read the keyring."""
    assert keyring.public_keys(TENANT) == []
    assert stat.S_IMODE(room.directory.stat().st_mode) == 0o700
    for path in room.directory.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path


def test_no_secret_on_disk_in_clear(room: Room, keyring: Keyring) -> None:
    """Neither an opening seed nor a pseudonym key stands in the file in clear."""
    key = opening(keyring, epoch(keyring, 1))
    assert key is not None
    (pseudonym,) = keyring.pseudonym_keys(TENANT, [Purpose.SUPPORT], 0)
    octets = room.database.read_bytes()
    assert key.seed() not in octets
    assert pseudonym.key not in octets


def test_create_twice(room: Room, keyring: Keyring) -> None:
    """A keyring is never overwritten."""
    epoch(keyring, 1)
    with pytest.raises(StateError):
        room.create()
    assert len(keyring.public_keys(TENANT)) == 1


def test_absent(room: Room) -> None:
    """An absent keyring is one sentence."""
    with pytest.raises(StateError, match="is missing: restore"):
        room.open()


def test_wrong_master(room: Room, keyring: Keyring) -> None:
    """A master key of another installation is refused at the opening."""
    keyring.close()
    room.secret(1).write_text("00" * 32 + "\n")
    with pytest.raises(TrustError, match="does not open with its master key"):
        room.open()


def test_missing_master(room: Room, keyring: Keyring) -> None:
    """A missing master key is one sentence that names the file."""
    keyring.close()
    room.secret(1).unlink()
    with pytest.raises(StateError, match=r"master-00000001\.key"):
        room.open()


def test_readable_master(room: Room, keyring: Keyring) -> None:
    """A master key that others may read is refused."""
    keyring.close()
    room.secret(1).chmod(0o644)
    with pytest.raises(StateError, match="others may read"):
        room.open()


@pytest.mark.parametrize("octets", [b"", b"nonsense" * 2000])
def test_damaged_file(room: Room, keyring: Keyring, octets: bytes) -> None:
    """A damaged database is one sentence, whatever stands in it."""
    keyring.close()
    room.database.write_bytes(octets)
    with pytest.raises(StateError, match="restore the keyring"):
        room.open()


def test_exchanged_secrets(room: Room, keyring: Keyring) -> None:
    """A wrapped key that was moved to another epoch's place does not open there."""
    first, second = epoch(keyring, 1), epoch(keyring, 2)
    prefix = b"discreet/1/keyring/epoch\x00"
    with sqlite3.connect(room.database) as connection:
        connection.execute(
            "UPDATE secrets SET (nonce, wrapped) ="
            " (SELECT nonce, wrapped FROM secrets WHERE context = ?)"
            " WHERE context = ?",
            (prefix + key_id(first), prefix + key_id(second)),
        )
    connection.close()
    with pytest.raises(TrustError, match="was altered"):
        opening(keyring, second)


def test_later_release(room: Room, keyring: Keyring) -> None:
    """A keyring of a later release is not touched."""
    keyring.close()
    with sqlite3.connect(room.database) as connection:
        connection.execute("PRAGMA user_version = 4")
    connection.close()
    with pytest.raises(StateError, match="later release"):
        room.open()


def test_repr_is_silent(keyring: Keyring) -> None:
    """A keyring and what it hands out show no secret in their repr."""
    public = epoch(keyring, 1)
    scoped = keyring.scoped(TENANT, Purpose.SUPPORT, NOW)
    key = scoped.opening_key(key_id(public))
    assert key is not None
    shown = repr(keyring) + repr(scoped) + repr(keyring._wrapping) + repr(key)
    for secret in (key.seed(), scoped._key[1], keyring._wrapping._held[1]):
        assert len(secret) >= 32
        assert secret.hex() not in shown
        assert repr(secret) not in shown


def test_a_key_opens_until_its_last_second(keyring: Keyring) -> None:
    """Past its epoch's end and maximum age a key is refused, destroyed or not."""
    public, last = epoch(keyring, 1, age=7 * DAY), 9 * DAY
    assert opening(keyring, public, now=last - 1) is not None
    assert opening(keyring, public, now=last) is None
    assert why(keyring, public, last) == "key-overdue"


def test_a_longer_class_moves_no_key(keyring: Keyring) -> None:
    """A policy that keeps a class for longer does not reach keys that there are."""
    public = epoch(keyring, 1, age=2 * DAY)
    assert epoch(keyring, 1, age=9 * DAY) == public
    (key,) = keyring.live(TENANT)
    assert (key.created, key.maximum_age, key.until) == (NOW, 2 * DAY, 4 * DAY)


def test_a_known_age_is_only_shortened(keyring: Keyring) -> None:
    """What a policy says later is remembered when shorter; the last second stays."""
    number = key_id(epoch(keyring, 1, age=5 * DAY))
    for age, known in ((9 * DAY, 5 * DAY), (3 * DAY, 3 * DAY), (4 * DAY, 3 * DAY)):
        keyring.know_age(number, age)
        (key,) = keyring.live(TENANT)
        assert (key.maximum_age, key.until) == (known, 7 * DAY)


def test_the_last_second_is_lowered_only(keyring: Keyring) -> None:
    """A key can end sooner than it was made for, never later."""
    number = key_id(epoch(keyring, 1, age=5 * DAY))
    for wish, until in ((8 * DAY, 7 * DAY), (3 * DAY, 3 * DAY), (5 * DAY, 3 * DAY)):
        keyring.lower(number, wish)
        assert keyring.live(TENANT)[0].until == until
