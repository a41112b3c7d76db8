# SPDX-License-Identifier: Apache-2.0
"""Who may get data from the collector, as the keeper registered it, and its keys.

Rules: a recipient's two keys come together, the one signing the other, and are held
against a fingerprint that came by another way; an entry is replaced, never changed.
Not here: what a recipient may get (`grant.py`), which countries are allowed
(`server/keeper/acts/recipient.py`).
Source: docs/spec/keeper.md, "Recipient".
"""

import hashlib
import re
from dataclasses import dataclass
from enum import Enum

from wire import limits, signed
from wire.codec import Choice, Field, ListOf, Message, Text, Uint, fixed
from wire.crypto import sealing
from wire.crypto.signing import PUBLIC_BYTES, SigningKey, identity
from wire.errors import SchemaError
from wire.purposes import Purpose
from wire.signed import SignedKind

_COUNTRY = re.compile("[A-Z]{2}")
_FINGERPRINT = b"discreet/1/recipient-keys\x00"


class RecipientRole(Enum):
    """What a recipient is to the provider, in the words of the privacy statement."""

    VENDOR = "vendor"
    CLOUD = "cloud"
    MONITORING = "monitoring"
    BACKUP = "backup"
    PAYMENT = "payment"
    SUPPORT = "support"
    ACQUIRER = "acquirer"
    AUTHORITY = "authority"
    CLIENT = "client"


class ChannelKind(Enum):
    """How records are pushed to a recipient."""

    OTLP = "otlp"
    SYSLOG = "syslog"


@dataclass(frozen=True, slots=True)
class Channel:
    """Where records are pushed to.

    Attributes:
        kind: by which protocol.
        host: name or address.
        port: TCP port.
        authority: SHA-256 of the PEM file that signs its certificate.
        path: below which the receiver has OTLP, with a slash first; None for nothing.
    """

    kind: ChannelKind
    host: str
    port: int
    authority: bytes
    path: str | None = None


@dataclass(frozen=True, slots=True)
class RecipientKeys:
    """The keys of a recipient, as it made them.

    Attributes:
        name: what the recipient calls itself.
        sealing: HPKE public key, 1,216 bytes; what is sealed to it, it alone opens.
        signing: Ed25519 public key; requests and receipts are signed by it.
    """

    name: str
    sealing: bytes
    signing: bytes


@dataclass(frozen=True, slots=True)
class Recipient:
    """An entry of the register.

    Attributes:
        tenant: 16 bytes.
        name: how the collector's people call it, as a slug.
        version: goes up with each entry of the name.
        role: what it is to the provider.
        agreement: reference of the agreement with it.
        agreement_until: when that ends, in seconds since the epoch.
        purposes: for which it may get data at all.
        country: where it holds data, by ISO 3166-1.
        transfer_tool: what makes a transfer to that country lawful; None within.
        contact: whom to write to.
        sealing: HPKE public key.
        signing: Ed25519 public key.
        channel: where records are pushed to; None where it opens files.
    """

    tenant: bytes
    name: str
    version: int
    role: RecipientRole
    agreement: str
    agreement_until: int
    purposes: tuple[Purpose, ...]
    country: str
    transfer_tool: str | None
    contact: str
    sealing: bytes
    signing: bytes
    channel: Channel | None = None


_NAME = Text(limits.NAME_CHARS, 1)
_TEXT = Text(limits.TEXT_CHARS, 1)
CHANNEL = Message(
    "channel",
    Channel,
    (
        Field(1, "kind", Choice(ChannelKind)),
        Field(2, "host", Text(limits.HOST_CHARS, 1)),
        Field(3, "port", Uint(65_535, 1)),
        Field(4, "authority", fixed(32)),
        Field(5, "path", Text(limits.RECEIVER_PATH_CHARS, 1), optional=True),
    ),
)
RECIPIENT_KEYS = Message(
    "recipient-keys",
    RecipientKeys,
    (
        Field(1, "name", _NAME),
        Field(2, "sealing", fixed(sealing.PUBLIC_BYTES)),
        Field(3, "signing", fixed(PUBLIC_BYTES)),
    ),
)
RECIPIENT = Message(
    "recipient",
    Recipient,
    (
        Field(1, "tenant", fixed(16)),
        Field(2, "name", _NAME),
        Field(3, "version", Uint(minimum=1)),
        Field(4, "role", Choice(RecipientRole)),
        Field(5, "agreement", _TEXT),
        Field(6, "agreement_until", Uint()),
        Field(7, "purposes", ListOf(Choice(Purpose), limits.PURPOSES, 1)),
        Field(8, "country", Text(limits.COUNTRY_CHARS, limits.COUNTRY_CHARS)),
        Field(9, "transfer_tool", _TEXT, optional=True),
        Field(10, "contact", _TEXT),
        Field(11, "sealing", fixed(sealing.PUBLIC_BYTES)),
        Field(12, "signing", fixed(PUBLIC_BYTES)),
        Field(13, "channel", CHANNEL, optional=True),
    ),
)


def sign_keys(name: str, sealing_key: bytes, key: SigningKey) -> bytes:
    """Return a recipient's keys, signed by the one that signs."""
    payload = RECIPIENT_KEYS.encode(RecipientKeys(name, sealing_key, key.public))
    return signed.sign(SignedKind.RECIPIENT_KEYS, payload, [key])


def read_keys(octets: bytes) -> RecipientKeys:
    """Return keys of which one signed the other.

    Raises:
        DecodeError: not a recipient's keys.
        SignatureError: altered, or put together from two recipients.
    """
    message = signed.read(octets, SignedKind.RECIPIENT_KEYS)
    keys = RECIPIENT_KEYS.decode(message.payload)
    signed.check(message, {identity(keys.signing): keys.signing})
    return keys


def fingerprint(keys: RecipientKeys) -> str:
    """Return what two people compare by another way: 64 hexadecimal digits."""
    return hashlib.sha256(_FINGERPRINT + keys.sealing + keys.signing).hexdigest()


def recipient_digest(recipient: Recipient) -> bytes:
    """Return the SHA-256 by which a grant names an entry."""
    return signed.digest(RECIPIENT.encode(recipient))


def sign_recipient(recipient: Recipient, key: SigningKey) -> bytes:
    """Return an entry signed by the keeper.

    Raises:
        SchemaError: it says something twice, or breaks a bound.
    """
    check_recipient(recipient)
    payload = RECIPIENT.encode(recipient)
    return signed.sign(SignedKind.RECIPIENT, payload, [key])


def read_recipient(octets: bytes, public: bytes) -> Recipient:
    """Return an entry that this keeper's key signed.

    Raises:
        DecodeError: not an entry.
        SignatureError: another key signed it.
    """
    payload = signed.verified(octets, SignedKind.RECIPIENT, public)
    recipient = RECIPIENT.decode(payload)
    check_recipient(recipient)
    return recipient


def check_recipient(recipient: Recipient) -> None:
    """Refuse an entry that says something twice, or names no country.

    Raises:
        SchemaError: it does.
    """
    if len(set(recipient.purposes)) < len(recipient.purposes):
        msg = "a recipient names a purpose twice"
        raise SchemaError(msg)
    if not _COUNTRY.fullmatch(recipient.country):
        msg = 'a country is two capital letters, such as "DE"'
        raise SchemaError(msg)
