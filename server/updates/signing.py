# SPDX-License-Identifier: Apache-2.0
"""Keys of the update repository: what signs, and which file of them is in use.

Rules: keys that can have code run on machines, of root and of releases, are brought for
a signature and never lie with the collector; only what says how fresh and which state
is newest does; the next key of a role waits beside the one in use, until a root names
it.
Not here: what is signed (`repository.py`).
"""

from collections.abc import Mapping
from pathlib import Path

from securesystemslib.signer import Key, Signature, Signer, SSlibKey

from server.errors import TrustError
from server.key_files import (
    read_signing_key,
    scrub,
    sync_directory,
    write_hexadecimal,
)
from wire.crypto.signing import SigningKey

ONLINE = ("snapshot", "timestamp")
"""Roles whose keys the collector holds."""


class RoleSigner(Signer):
    """Signs metadata with one of our keys."""

    def __init__(self, key: SigningKey) -> None:
        """Take the key."""
        self._key = key
        self._public = public_key(key.public)

    @property
    def public_key(self) -> Key:
        """Return the public half, as metadata names it."""
        return self._public

    @classmethod
    def from_priv_key_uri(
        cls, priv_key_uri: str, public_key: Key, secrets_handler: object = None
    ) -> "RoleSigner":
        """Refuse: keys are read from files of our own form.

        Raises:
            TrustError: always.
        """
        del priv_key_uri, public_key, secrets_handler
        msg = "a key of updates is read from its own file: give it with --key"
        raise TrustError(msg)

    def sign(self, payload: bytes) -> Signature:
        """Return a signature over the payload."""
        return Signature(self._public.keyid, self._key.sign(payload).hex())


def public_key(public: bytes) -> SSlibKey:
    """Return a public key as metadata names it; its id is its own digits."""
    return SSlibKey(public.hex(), "ed25519", "ed25519", {"public": public.hex()})


def make_key(place: Path) -> RoleSigner:
    """Make a key in a new file.

    Raises:
        StateError: it cannot be written.
    """
    key = SigningKey.generate()
    write_hexadecimal(place, key.seed())
    return RoleSigner(key)


def read_key(place: Path) -> RoleSigner:
    """Return the key of a file.

    Raises:
        StateError: it cannot be read.
        TrustError: it holds no key.
    """
    return RoleSigner(read_signing_key(place))


def make_next(folder: Path, role: str) -> RoleSigner:
    """Make the next key of a role that the collector holds, beside the one in use."""
    beside = folder / f"{role}.key.new"
    scrub(beside)
    return make_key(beside)


def held_key(folder: Path, role: str, named: Mapping[str, Key]) -> RoleSigner:
    """Return the key of a role that the newest root names, and put it into use.

    Raises:
        StateError: it cannot be read.
        TrustError: what is there is another key.
    """
    place, beside = folder / f"{role}.key", folder / f"{role}.key.new"
    if beside.exists() and _is(beside, named):
        scrub(place)
        beside.rename(place)
        sync_directory(folder)
    found = read_key(place)
    if found.public_key.keyid not in named:
        msg = f"{place} is not the key that the root of updates names: restore it"
        raise TrustError(msg)
    return found


def _is(place: Path, named: Mapping[str, Key]) -> bool:
    """Tell whether a file has one of the named keys; a crash may have left a part."""
    try:
        return read_key(place).public_key.keyid in named
    except TrustError:
        return False
