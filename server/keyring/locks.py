# SPDX-License-Identifier: Apache-2.0
"""What locks the secrets of generations in their files: nothing, words, a credential.

Rules: a lock turns a secret of 32 bytes into a file's octets and back, and nothing else
of the keyring knows which lock it is; a file says what locks it, so that one of another
lock is a sentence and not a damaged key.
Not here: the files (`master.py`), the lock in hardware (`token.py`).
Source: docs/spec/keyring.md, "Master key".
"""

import os
import secrets
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Protocol

from server.errors import StateError, TrustError, UsageError
from server.key_files import read_secret
from wire.codec import Choice, Field, Message, Octets, Uint, fixed
from wire.crypto.derived import derived
from wire.crypto.opening import NONCE_BYTES, WRAP_KEY_BYTES, unwrap, wrap
from wire.crypto.passphrase import lock, unlock
from wire.errors import OpenError, WireError

LOG_N = 15
"""scrypt's cost: 32 MiB and a tenth of a second, for a file that a round opens."""
CREDENTIAL_BYTES = 32
"""A credential is not stretched: shorter ones might be words."""
SALT_BYTES = 32
_USE = b"master"
_CREDENTIAL = b"discreet/1/keyring/credential"
_DIRECTORY = "CREDENTIALS_DIRECTORY"
"""Where systemd puts a service's credentials."""


class LockedBy(Enum):
    """What locks a file that neither lies open nor is locked by a passphrase."""

    CREDENTIAL = "credential"
    TOKEN = "token"  # noqa: S105 - a kind of lock


@dataclass(frozen=True, slots=True)
class LockedFile:
    """A locked secret.

    Attributes:
        version: of this form.
        by: what locks it.
        salt: of a credential 32 random bytes, of a token the key's own id.
        nonce: of a credential 12 bytes, of a token the 16 of its first block.
        octets: the secret, locked.
    """

    version: int
    by: LockedBy
    salt: bytes
    nonce: bytes
    octets: bytes


LOCKED_FILE = Message(
    "locked-file",
    LockedFile,
    (
        Field(1, "version", Uint(1, 1)),
        Field(2, "by", Choice(LockedBy)),
        Field(3, "salt", Octets(16, SALT_BYTES)),
        Field(4, "nonce", Octets(NONCE_BYTES, 16)),
        Field(5, "octets", fixed(WRAP_KEY_BYTES + 16)),
    ),
)


class Lock(Protocol):
    """Locks a secret into a file's octets."""

    def close(self, secret: bytes) -> bytes:
        """Return a file's octets.

        Raises:
            StateError: what locks it is not here.
        """

    def open(self, octets: bytes) -> bytes:
        """Return the secret.

        Raises:
            StateError: what locks it is not here.
            TrustError: something else locked it.
        """

    def end(self, octets: bytes) -> None:
        """End what nothing but this file needs; the file itself is removed by others.

        Raises:
            StateError: it cannot be ended.
        """


class Open:
    """No lock: whoever reads the file has the secret."""

    def close(self, secret: bytes) -> bytes:
        """Return the secret as it is."""
        return secret

    def open(self, octets: bytes) -> bytes:
        """Return what was never locked."""
        return opened(octets)

    def end(self, octets: bytes) -> None:
        """Leave all to whoever removes the file."""


@dataclass(frozen=True, slots=True, repr=False)
class Passphrase:
    """Words in a file on another medium."""

    words: bytes

    def close(self, secret: bytes) -> bytes:
        """Return the secret, locked by the words."""
        return lock(secret, self.words, _USE, LOG_N)

    def open(self, octets: bytes) -> bytes:
        """Return what the words lock, or what was never locked."""
        if len(octets) == WRAP_KEY_BYTES or kind_of(octets) is not None:
            return opened(octets)
        try:
            return unlock(octets, self.words, _USE)
        except OpenError:
            msg = (
                "it is locked by another passphrase: name its file as "
                "`passphrase_file` under [keyring] in config.toml"
            )
            raise TrustError(msg) from None

    def end(self, octets: bytes) -> None:
        """Leave all to whoever removes the file."""


@dataclass(frozen=True, slots=True)
class Credential:
    """A secret that systemd gives to the service alone."""

    name: str

    def close(self, secret: bytes) -> bytes:
        """Return the secret, locked by the credential and a fresh salt."""
        salt, nonce = secrets.token_bytes(SALT_BYTES), os.urandom(NONCE_BYTES)
        sealed = wrap(self._key(salt), nonce, secret, _CREDENTIAL)
        found = LockedFile(1, LockedBy.CREDENTIAL, salt, nonce, sealed)
        return LOCKED_FILE.encode(found)

    def open(self, octets: bytes) -> bytes:
        """Return what the credential locks, or what was never locked."""
        if kind_of(octets) is not LockedBy.CREDENTIAL:
            return opened(octets)
        found = LOCKED_FILE.decode(octets)
        try:
            key = self._key(found.salt)
            return unwrap(key, found.nonce, found.octets, _CREDENTIAL)
        except OpenError:
            msg = (
                f"it is locked by another credential than {self.name}: give the "
                "service the one that it was made with"
            )
            raise TrustError(msg) from None

    def end(self, octets: bytes) -> None:
        """Leave all to whoever removes the file: without its salt there is no key."""

    def _key(self, salt: bytes) -> bytes:
        return derived(self._secret(), salt, _CREDENTIAL)

    def _secret(self) -> bytes:
        directory = os.environ.get(_DIRECTORY)
        if not directory:
            msg = (
                f"the credential {self.name} is given to the service alone: let its "
                f"unit have LoadCredentialEncrypted={self.name}, and run this command "
                "by systemd-run with the same property"
            )
            raise StateError(msg)
        path = Path(directory) / self.name
        secret = read_secret(path)
        if len(secret) < CREDENTIAL_BYTES:
            msg = f"{path} is short: make it of {CREDENTIAL_BYTES} random bytes"
            raise UsageError(msg)
        return secret


def kind_of(octets: bytes) -> LockedBy | None:
    """Return what locks a file; None where it is open or a passphrase does."""
    try:
        return LOCKED_FILE.decode(octets).by
    except WireError:
        return None


def opened(octets: bytes) -> bytes:
    """Return a secret that nothing locks.

    Raises:
        TrustError: something does.
    """
    if len(octets) == WRAP_KEY_BYTES:
        return octets
    kind = kind_of(octets)
    named = "passphrase" if kind is None else kind.value
    msg = f"it is locked by a {named}, which [keyring] in config.toml does not name"
    raise TrustError(msg)
