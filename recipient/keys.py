# SPDX-License-Identifier: Apache-2.0
"""The recipient's two keys: one opens what is sealed to it, by the other it signs.

Rules: the file is for its owner only, and locked where a passphrase is given; the
public file is what the provider registers.
Not here: what is opened and signed (`releases.py`).
"""

from dataclasses import dataclass
from pathlib import Path

from recipient import files
from recipient.errors import TRUST, USAGE, RecipientError
from wire import limits
from wire.codec import Field, Message, Text, fixed
from wire.crypto.opening import OpeningKey
from wire.crypto.passphrase import lock, unlock
from wire.crypto.signing import SigningKey
from wire.errors import WireError
from wire.papers.recipient import fingerprint, read_keys, sign_keys

LOG_N = 17
"""scrypt takes 128 MiB and about a second: to guess a passphrase is dear."""
PASSPHRASE_CHARS = 12
"""Fewer are guessed in spite of scrypt."""
KEY_BYTES = 1_024
"""Of the file: two seeds and a name, locked or not, are below 400."""
_USE = b"recipient"
_OPENING_BYTES, _SIGNING_BYTES = 96, 32


@dataclass(frozen=True, slots=True)
class Secret:
    """What the file has: the recipient's name and the seeds of its keys."""

    name: str
    opening: bytes
    signing: bytes


SECRET = Message(
    "recipient-secret",
    Secret,
    (
        Field(1, "name", Text(limits.NAME_CHARS, 1)),
        Field(2, "opening", fixed(_OPENING_BYTES)),
        Field(3, "signing", fixed(_SIGNING_BYTES)),
    ),
)


@dataclass(frozen=True, slots=True)
class Keys:
    """Keys that are ready for use."""

    opening: OpeningKey
    signing: SigningKey


def make(path: Path, name: str, passphrase: bytes | None, log_n: int = LOG_N) -> str:
    """Write new keys to a file, and their public halves beside it.

    Args:
        path: must not exist; the public file has `.public` after its name.
        name: what the recipient calls itself.
        passphrase: locks the file; None leaves it to the file's permissions.
        log_n: base-2 logarithm of scrypt's cost.

    Returns:
        The fingerprint, which the provider asks for by another way.

    Raises:
        RecipientError: the passphrase is too short, or a file cannot be written.
        SchemaError: the name is too long.
    """
    if passphrase is not None and len(passphrase) < PASSPHRASE_CHARS:
        msg = f"the passphrase is shorter than {PASSPHRASE_CHARS} characters"
        raise RecipientError(USAGE, msg)
    opening, signing = OpeningKey.generate(), SigningKey.generate()
    octets = SECRET.encode(Secret(name, opening.seed(), signing.seed()))
    if passphrase is not None:
        octets = lock(octets, passphrase, _USE, log_n)
    public = sign_keys(name, opening.public, signing)
    files.write_new(path, octets)
    files.write_new(path.with_name(f"{path.name}.public"), public)
    return fingerprint(read_keys(public))


def read(path: Path, passphrase: bytes | None) -> Keys:
    """Return the keys in a file.

    Raises:
        RecipientError: it cannot be read, or does not open with this passphrase.
    """
    octets = files.read(path, KEY_BYTES)
    try:
        plain = octets if passphrase is None else unlock(octets, passphrase, _USE)
        secret = SECRET.decode(plain)
    except WireError:
        msg = (
            f"{path} is no key, or is locked by another passphrase: give the one it "
            "was made with by --passphrase-file"
        )
        raise RecipientError(TRUST, msg) from None
    return Keys(OpeningKey(secret.opening), SigningKey(secret.signing))
