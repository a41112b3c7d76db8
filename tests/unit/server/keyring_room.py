# SPDX-License-Identifier: Apache-2.0
"""Keyrings for tests, and what is asked of them again and again.

Rules: real files, real keys; times are passed in.
Not here: the promises (`test_keyring*.py`).
"""

import shutil
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from server.keyring import Keyring, MasterFiles
from wire.crypto.opening import OpeningKey, wrap
from wire.crypto.sealing import key_id
from wire.crypto.signing import SigningKey
from wire.purposes import Purpose

TENANT = b"t" * 16
OTHER = b"o" * 16
DAY = 86_400
AGE = 30 * DAY
NOW = 10 * DAY


@dataclass(frozen=True)
class Room:
    """Where a keyring and its master key lie."""

    folder: Path

    @property
    def directory(self) -> Path:
        """Return the keyring's directory."""
        return self.folder / "keyring"

    @property
    def database(self) -> Path:
        """Return the keyring's database."""
        return self.directory / "keyring.sqlite"

    @property
    def master(self) -> MasterFiles:
        """Return the place of the master key."""
        return MasterFiles(self.folder / "master")

    def secret(self, generation: int) -> Path:
        """Return the file of a generation's secret."""
        return self.master.directory / f"master-{generation:08d}.key"

    def create(self) -> Keyring:
        """Make the keyring."""
        return Keyring.create(self.directory, self.master, NOW)

    def open(self) -> Keyring:
        """Open the keyring, as another process would."""
        return Keyring(self.directory, self.master)

    def copy(self, name: str, *parts: str) -> "Room":
        """Return a room with copies of `keyring`, `master`, or both."""
        other = Room(self.folder / name)
        for part in parts:
            shutil.copytree(self.folder / part, other.folder / part)
        return other


def epoch(
    keyring: Keyring,
    number: int,
    retention: str = "tickets",
    purpose: Purpose = Purpose.SUPPORT,
    age: int = AGE,
) -> bytes:
    """Return the public key of a day, made now if need be."""
    start = number * DAY
    public = keyring.add_epoch(
        *(TENANT, purpose, retention, number, start, start + DAY),
        maximum_age=age,
        now=NOW,
    )
    assert public is not None
    return public


def opening(
    keyring: Keyring, public: bytes, purpose: Purpose = Purpose.SUPPORT, now: int = NOW
) -> OpeningKey | None:
    """Return the private half, as a reading for a purpose gets it."""
    return keyring.scoped(TENANT, purpose, now).opening_key(key_id(public))


def why(keyring: Keyring, public: bytes, now: int = NOW) -> str:
    """Return why a reading for support does not get a private half."""
    return keyring.scoped(TENANT, Purpose.SUPPORT, now).why(key_id(public))


FIRST = """
CREATE TABLE master (generation INTEGER NOT NULL) STRICT;
CREATE TABLE secrets (
    context BLOB PRIMARY KEY, nonce BLOB NOT NULL, wrapped BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE epochs (
    key_id BLOB PRIMARY KEY, tenant BLOB NOT NULL, purpose TEXT NOT NULL,
    retention TEXT NOT NULL, epoch INTEGER NOT NULL, start INTEGER NOT NULL,
    end INTEGER NOT NULL, public BLOB NOT NULL,
    UNIQUE (tenant, purpose, retention, start, end)
) STRICT, WITHOUT ROWID;
CREATE TABLE pseudonyms (
    tenant BLOB NOT NULL, purpose TEXT NOT NULL, start INTEGER NOT NULL,
    end INTEGER NOT NULL, PRIMARY KEY (tenant, purpose, start, end)
) STRICT, WITHOUT ROWID;
CREATE TABLE destroyed (key_id BLOB PRIMARY KEY) STRICT, WITHOUT ROWID;
INSERT INTO master VALUES (3);
"""
"""The tables of the first version, as its release made them."""


SECOND = """
ALTER TABLE epochs RENAME TO now;
CREATE TABLE epochs (
    key_id BLOB PRIMARY KEY, tenant BLOB NOT NULL, purpose TEXT NOT NULL,
    retention TEXT NOT NULL, epoch INTEGER NOT NULL, start INTEGER NOT NULL,
    end INTEGER NOT NULL, public BLOB NOT NULL, created INTEGER NOT NULL,
    maximum_age INTEGER NOT NULL, until INTEGER NOT NULL,
    UNIQUE (tenant, purpose, retention, start, end)
) STRICT, WITHOUT ROWID;
INSERT INTO epochs SELECT key_id, tenant, purpose, retention, epoch, start, end,
    public, created, maximum_age, until FROM now;
DROP TABLE now;
ALTER TABLE tombstones DROP COLUMN ticket;
PRAGMA user_version = 2;
"""
"""Makes the tables of the second version of those of the third."""


@dataclass(frozen=True)
class First:
    """A keyring of the first version: two purposes, and one key that died."""

    keys: dict[Purpose, OpeningKey]
    role: SigningKey
    pseudonym: bytes
    gone: bytes


def first_version(room: Room) -> First:
    """Make a keyring as the first release did, the master key beside the database."""
    made = First(
        {one: OpeningKey.generate() for one in (Purpose.SUPPORT, Purpose.SECURITY)},
        SigningKey.generate(),
        b"p" * 32,
        b"g" * 16,
    )
    room.directory.mkdir(mode=0o700)
    master = b"m" * 32
    path = room.directory / "master-00000003.key"
    path.write_text(master.hex() + "\n")
    path.chmod(0o600)
    prefix = b"discreet/1/keyring/"
    found = {prefix + b"store-role\x00": made.role.seed()}
    with sqlite3.connect(room.database) as connection:
        connection.executescript(FIRST)
        for purpose, key in made.keys.items():
            number = key_id(key.public)
            found[prefix + b"epoch\x00" + number] = key.seed()
            connection.execute(
                "INSERT INTO epochs VALUES (?, ?, ?, 'tickets', 9, ?, ?, ?)",
                (number, TENANT, purpose.value, 9 * DAY, 10 * DAY, key.public),
            )
        spot = f"support/{9 * DAY}/{10 * DAY}".encode()
        found[prefix + b"pseudonym\x00" + TENANT + spot] = made.pseudonym
        connection.execute(
            "INSERT INTO pseudonyms VALUES (?, 'support', ?, ?)",
            (TENANT, 9 * DAY, 10 * DAY),
        )
        connection.execute("INSERT INTO destroyed VALUES (?)", (made.gone,))
        for number, (context, secret) in enumerate(found.items()):
            nonce = number.to_bytes(12, "big")
            connection.execute(
                "INSERT INTO secrets VALUES (?, ?, ?)",
                (context, nonce, wrap(master, nonce, secret, context)),
            )
    connection.close()
    room.database.chmod(0o600)
    return made
