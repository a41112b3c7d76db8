# SPDX-License-Identifier: Apache-2.0
"""Purpose keys and their epochs.

Rules: a key belongs to one (tenant, purpose, retention class, epoch); an epoch is at
most max(1 day, maximum age / 12) long; epoch n is [n * length, (n + 1) * length).
Not here: private keys, and how they end (`server/keyring`).
"""

from dataclasses import dataclass

from wire import limits
from wire.codec import Choice, Field, ListOf, Message, Octets, Text, Uint, fixed
from wire.crypto.sealing import PUBLIC_BYTES, key_id
from wire.purposes import Purpose


@dataclass(frozen=True, slots=True)
class PurposeKey:
    """A public sealing key of one epoch.

    Attributes:
        purpose: for which purpose.
        retention: retention class within the purpose.
        epoch: number of the epoch.
        start: first second of the epoch.
        end: first second after it.
        public: 1216 bytes.
    """

    purpose: Purpose
    retention: str
    epoch: int
    start: int
    end: int
    public: bytes

    @property
    def id(self) -> bytes:
        """Return the key's 16-byte id."""
        return key_id(self.public)


@dataclass(frozen=True, slots=True)
class KeyStatement:
    """The payload that the key role signs: the keys to seal to, now and next."""

    tenant: bytes
    version: int
    issued: int
    not_after: int
    keys: tuple[PurposeKey, ...]


@dataclass(frozen=True, slots=True)
class PseudonymKey:
    """The key of pseudonyms of one (tenant, purpose, epoch), 32 bytes."""

    purpose: Purpose
    start: int
    end: int
    key: bytes


@dataclass(frozen=True, slots=True)
class PseudonymKeys:
    """Plaintext of what is sealed to a device: its pseudonym keys."""

    keys: tuple[PseudonymKey, ...]

    def __repr__(self) -> str:
        """Show nothing of the keys."""
        return f"<PseudonymKeys {len(self.keys)}>"


@dataclass(frozen=True, slots=True)
class PseudonymStatement:
    """Pseudonym keys for one device, sealed to its own key, signed by the store."""

    tenant: bytes
    device: bytes
    issued: int
    sealed: bytes


_NAME = Text(limits.NAME_CHARS, 1)
PURPOSE_KEY = Message(
    "purpose-key",
    PurposeKey,
    (
        Field(1, "purpose", Choice(Purpose)),
        Field(2, "retention", _NAME),
        Field(3, "epoch", Uint()),
        Field(4, "start", Uint()),
        Field(5, "end", Uint()),
        Field(6, "public", fixed(PUBLIC_BYTES)),
    ),
)
KEY_STATEMENT = Message(
    "key-statement",
    KeyStatement,
    (
        Field(1, "tenant", fixed(16)),
        Field(2, "version", Uint(minimum=1)),
        Field(3, "issued", Uint()),
        Field(4, "not_after", Uint()),
        Field(5, "keys", ListOf(PURPOSE_KEY, limits.KEYS)),
    ),
)
PSEUDONYM_KEY = Message(
    "pseudonym-key",
    PseudonymKey,
    (
        Field(1, "purpose", Choice(Purpose)),
        Field(2, "start", Uint()),
        Field(3, "end", Uint()),
        Field(4, "key", fixed(32)),
    ),
)
PSEUDONYM_KEYS = Message(
    "pseudonym-keys",
    PseudonymKeys,
    (Field(1, "keys", ListOf(PSEUDONYM_KEY, limits.KEYS)),),
)
PSEUDONYM_STATEMENT = Message(
    "pseudonym-statement",
    PseudonymStatement,
    (
        Field(1, "tenant", fixed(16)),
        Field(2, "device", fixed(16)),
        Field(3, "issued", Uint()),
        Field(4, "sealed", Octets(1, 64 * limits.KIB)),
    ),
)


def epoch_length(maximum_age: int) -> int:
    """Return the length of an epoch in seconds for a maximum age in seconds."""
    return max(limits.EPOCH_SECONDS_MINIMUM, maximum_age // limits.EPOCHS_PER_AGE)


def epoch_at(moment: int, maximum_age: int) -> tuple[int, int, int]:
    """Return (number, start, end) of the epoch that a moment falls into."""
    length = epoch_length(maximum_age)
    number = moment // length
    return number, number * length, (number + 1) * length


def pseudonym_info(tenant: bytes, device: bytes) -> bytes:
    """Return HPKE's `info` for pseudonym keys sealed to a device."""
    return b"discreet/1/pseudonyms\x00" + tenant + device
