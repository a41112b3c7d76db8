# SPDX-License-Identifier: Apache-2.0
"""Promises of the keyring, on real files.

Rules: times are passed in; damage is done to the files themselves.
Not here: which epochs there are (`test_authority.py`).
"""

import shutil
import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.errors import StateError, TrustError
from server.keyring import Keyring, open_keyring
from server.layout import Layout
from wire.crypto.sealing import key_id, seal
from wire.crypto.signing import verify
from wire.purposes import Purpose

TENANT = b"t" * 16
OTHER = b"o" * 16
DAY = 86_400


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """Return the layout of an empty directory."""
    return Layout(tmp_path)


@pytest.fixture
def keyring(layout: Layout) -> Iterator[Keyring]:
    """Return a fresh keyring."""
    made = Keyring.create(layout)
    yield made
    made.close()


def epoch(keyring: Keyring, number: int, retention: str = "tickets") -> bytes:
    """Add a day's key and return its public half."""
    start = number * DAY
    return keyring.add_epoch(
        TENANT, Purpose.SUPPORT, retention, number, start, start + DAY
    )


def test_opens_what_was_sealed(layout: Layout, keyring: Keyring) -> None:
    """What is sealed to an epoch's public key opens, also after a restart."""
    public = epoch(keyring, 1)
    sealed = seal(b"frame", public, b"header")
    keyring.close()
    again = open_keyring(layout)
    key = again.opening_key(key_id(public))
    assert key is not None
    assert key.open(sealed, b"header") == b"frame"


def test_add_epoch_is_idempotent(layout: Layout, keyring: Keyring) -> None:
    """Two processes that add the same epoch get the same key."""
    other = open_keyring(layout)
    assert epoch(keyring, 1) == epoch(other, 1)
    assert len(keyring.public_keys(TENANT)) == 1


def test_unknown_key(keyring: Keyring) -> None:
    """A key that never was is None and not called destroyed."""
    assert keyring.opening_key(b"x" * 16) is None
    assert not keyring.is_destroyed(b"x" * 16)


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


def test_destroyed_key_is_gone(keyring: Keyring) -> None:
    """A destroyed key opens nothing and is remembered; the others still open."""
    gone, kept = epoch(keyring, 1), epoch(keyring, 2)
    assert keyring.destroy(key_id(gone))
    assert keyring.opening_key(key_id(gone)) is None
    assert keyring.is_destroyed(key_id(gone))
    survivor = keyring.opening_key(key_id(kept))
    assert survivor is not None
    assert survivor.open(seal(b"frame", kept, b""), b"") == b"frame"
    assert [key.start for key in keyring.pseudonym_keys(TENANT, list(Purpose), 0)] == [
        2 * DAY
    ]
    assert not keyring.destroy(key_id(gone))


def test_destroy_reaches_older_copies(layout: Layout, keyring: Keyring) -> None:
    """An older copy of the database does not open with what is left of the masters."""
    gone = epoch(keyring, 1)
    copy = layout.directory / "copy.sqlite"
    shutil.copy(layout.keyring / "keyring.sqlite", copy)
    keyring.destroy(key_id(gone))
    keyring.close()
    shutil.copy(copy, layout.keyring / "keyring.sqlite")
    with pytest.raises((StateError, TrustError)):
        open_keyring(layout)
    assert len(list(layout.keyring.glob("master-*.key"))) == 1


def test_destroy_is_seen_by_others(layout: Layout, keyring: Keyring) -> None:
    """A process that has the keyring open goes on after another one destroyed a key."""
    gone, kept = epoch(keyring, 1), epoch(keyring, 2)
    other = open_keyring(layout)
    assert other.opening_key(key_id(gone)) is not None
    keyring.destroy(key_id(gone))
    assert other.opening_key(key_id(gone)) is None
    assert other.opening_key(key_id(kept)) is not None


def test_crash_while_destroying(layout: Layout, keyring: Keyring) -> None:
    """A master key left by a crash before the commit is replaced, not believed."""
    first, second = epoch(keyring, 1), epoch(keyring, 2)
    (layout.keyring / "master-00000002.key").write_text("no key\n")
    assert keyring.destroy(key_id(first))
    assert keyring.opening_key(key_id(second)) is not None


def test_crash_after_destroying(layout: Layout, keyring: Keyring) -> None:
    """An old master key left by a crash after the commit goes at the next opening."""
    old = (layout.keyring / "master-00000001.key").read_bytes()
    keyring.destroy(key_id(epoch(keyring, 1)))
    left = layout.keyring / "master-00000001.key"
    left.write_bytes(old)
    left.chmod(0o600)
    open_keyring(layout).close()
    assert not left.exists()


def test_store_role_key(layout: Layout, keyring: Keyring) -> None:
    """The store role's key is the same after a restart."""
    public = keyring.store_role_key().public
    verify(public, open_keyring(layout).store_role_key().sign(b"mark"), b"mark")


def test_modes(layout: Layout, keyring: Keyring) -> None:
    """Nobody but the owner may read the keyring."""
    assert keyring.public_keys(TENANT) == []
    assert stat.S_IMODE(layout.keyring.stat().st_mode) == 0o700
    for path in layout.keyring.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path


def test_no_secret_on_disk_in_clear(layout: Layout, keyring: Keyring) -> None:
    """Neither an opening seed nor a pseudonym key stands in the file in clear."""
    key = keyring.opening_key(key_id(epoch(keyring, 1)))
    assert key is not None
    (pseudonym,) = keyring.pseudonym_keys(TENANT, [Purpose.SUPPORT], 0)
    octets = (layout.keyring / "keyring.sqlite").read_bytes()
    assert key.seed() not in octets
    assert pseudonym.key not in octets


def test_create_twice(layout: Layout, keyring: Keyring) -> None:
    """A keyring is never overwritten."""
    epoch(keyring, 1)
    with pytest.raises(StateError):
        Keyring.create(layout)
    assert len(keyring.public_keys(TENANT)) == 1


def test_absent(layout: Layout) -> None:
    """An absent keyring is one sentence."""
    with pytest.raises(StateError, match="is missing: restore"):
        open_keyring(layout)


def test_wrong_master(layout: Layout, keyring: Keyring) -> None:
    """A master key of another installation is refused at the opening."""
    keyring.close()
    (layout.keyring / "master-00000001.key").write_text("00" * 32 + "\n")
    with pytest.raises(TrustError, match="restore both from the same backup"):
        open_keyring(layout)


def test_missing_master(layout: Layout, keyring: Keyring) -> None:
    """A missing master key is one sentence that names the file."""
    keyring.close()
    (layout.keyring / "master-00000001.key").unlink()
    with pytest.raises(StateError, match=r"master-00000001\.key"):
        open_keyring(layout)


def test_readable_master(layout: Layout, keyring: Keyring) -> None:
    """A master key that others may read is refused."""
    keyring.close()
    (layout.keyring / "master-00000001.key").chmod(0o644)
    with pytest.raises(StateError, match="others may read"):
        open_keyring(layout)


@pytest.mark.parametrize("octets", [b"", b"nonsense" * 2000])
def test_damaged_file(layout: Layout, keyring: Keyring, octets: bytes) -> None:
    """A damaged database is one sentence, whatever stands in it."""
    keyring.close()
    (layout.keyring / "keyring.sqlite").write_bytes(octets)
    with pytest.raises(StateError, match="restore the keyring"):
        open_keyring(layout)


def test_exchanged_secrets(layout: Layout, keyring: Keyring) -> None:
    """A wrapped key that was moved to another epoch's place does not open there."""
    first, second = epoch(keyring, 1), epoch(keyring, 2)
    keyring.close()
    with sqlite3.connect(layout.keyring / "keyring.sqlite") as connection:
        prefix = b"discreet/1/keyring/epoch\x00"
        rows = [
            connection.execute(
                "SELECT nonce, wrapped FROM secrets WHERE context = ?",
                (prefix + key_id(public),),
            ).fetchone()
            for public in (first, second)
        ]
        connection.execute(
            "UPDATE secrets SET nonce = ?, wrapped = ? WHERE context = ?",
            (*rows[0], prefix + key_id(second)),
        )
    with pytest.raises(TrustError):
        open_keyring(layout).opening_key(key_id(second))


def test_repr_is_silent(keyring: Keyring) -> None:
    """A keyring shows no secret in its repr."""
    epoch(keyring, 1)
    assert keyring._master[1].hex() not in repr(keyring)
