# SPDX-License-Identifier: Apache-2.0
"""A technician's keys: an Ed25519 key in a locked file, or a passkey's public half.

Rules: a signing key is never without its lock; what is given to the provider is the
public file, which says whose key it is and what holds it, and no more.
Not here: signing (`orders.py`), making a passkey in a browser (`making.py`).
"""

from dataclasses import dataclass
from pathlib import Path

from technician import files
from technician.errors import TRUST, USAGE, TechnicianError
from wire import limits
from wire.codec import Field, Message, Octets
from wire.crypto.signing import SigningKey
from wire.errors import WireError
from wire.locked_key import (
    LOG_N,
    PASSPHRASE_CHARS,
    is_short,
    locked,
    unlocked,
)
from wire.locked_key import (
    TECHNICIAN as USE,
)
from wire.order_words import grouped
from wire.technicians import TECHNICIAN, KeyKind, May, Technician

RP_ID = "localhost"
CREDENTIAL_BYTES = 1_023
"""Longest id of a credential (Web Authentication Level 3, 4)."""
_FILE_BYTES = 4 * limits.KIB
"""Of a key's or a passkey's file: both are below 2 kB."""


@dataclass(frozen=True, slots=True)
class Passkey:
    """What a passkey's own file has: which credential it is, and its public half."""

    credential: bytes
    technician: Technician


PASSKEY = Message(
    "passkey",
    Passkey,
    (
        Field(1, "credential", Octets(1, CREDENTIAL_BYTES)),
        Field(2, "technician", TECHNICIAN),
    ),
)


def make_key(path: Path, name: str, passphrase: bytes, log_n: int = LOG_N) -> str:
    """Write a new key to a file, and its public half beside it.

    Args:
        path: must not exist; the public file has `.public` after its name.
        name: of the technician.
        passphrase: locks the file.
        log_n: base-2 logarithm of scrypt's cost.

    Returns:
        The fingerprint, which the provider asks for by another way.

    Raises:
        TechnicianError: the passphrase is too short, or a file cannot be written.
    """
    if is_short(passphrase):
        msg = f"the passphrase is shorter than {PASSPHRASE_CHARS} characters"
        raise TechnicianError(USAGE, msg)
    key = SigningKey.generate()
    one = Technician(check_name(name), key.public, KeyKind.KEY_FILE, May.BOTH)
    files.write_new(path, locked(key, passphrase, USE, log_n))
    return write_public(path, one)


def read_key(path: Path, passphrase: bytes) -> SigningKey:
    """Return the key in a file.

    Raises:
        TechnicianError: it cannot be read, or does not open with this passphrase.
    """
    octets = files.read(path, _FILE_BYTES, secret=True)
    try:
        return unlocked(octets, passphrase, USE)
    except WireError:
        msg = f"{path} does not open with this passphrase, or is no technician's key"
        raise TechnicianError(TRUST, msg) from None


def write_passkey(path: Path, passkey: Passkey) -> str:
    """Write what is known of a passkey, and its public half; return its fingerprint.

    Raises:
        TechnicianError: a file cannot be written.
    """
    files.write_new(path, PASSKEY.encode(passkey))
    return write_public(path, passkey.technician)


def read_passkey(path: Path) -> Passkey:
    """Return what is known of a passkey.

    Raises:
        TechnicianError: the file cannot be read, or is another.
    """
    try:
        return PASSKEY.decode(files.read(path, _FILE_BYTES))
    except WireError:
        msg = f"{path} is no passkey's file: it is what passkey new wrote"
        raise TechnicianError(TRUST, msg) from None


def write_public(path: Path, one: Technician) -> str:
    """Write what the provider gets, beside a file; return the key's fingerprint."""
    public = path.with_name(f"{path.name}.public")
    files.write_new(public, TECHNICIAN.encode(one))
    return grouped(one.identity)


def check_name(name: str) -> str:
    """Return a name that a root can have and a person can read.

    Raises:
        TechnicianError: it cannot be.
    """
    if not name.isprintable() or not name.strip() or len(name) > limits.NAME_CHARS:
        msg = f"a name has 1 to {limits.NAME_CHARS} printable characters"
        raise TechnicianError(USAGE, msg)
    return name
