# SPDX-License-Identifier: Apache-2.0
"""What a recipient signs, and the key that it gets: request, answer, receipts.

Rules: a request names one release and is answered once; a receipt names the head, so
it stands for exactly what was got; that a recipient deleted it is its word, no proof.
Not here: the head and parts (`release.py`), when a key is given out
(`server/keeper/sharing/fetching.py`).
Source: docs/spec/keeper.md, "Fetch".
"""

from dataclasses import dataclass
from enum import Enum

from wire import limits, signed
from wire.codec import Choice, Field, Message, Text, Uint, fixed
from wire.crypto.opening import WRAP_KEY_BYTES
from wire.crypto.sealing import OVERHEAD_BYTES
from wire.crypto.signing import SigningKey
from wire.signed import SignedKind

NONCE_BYTES = 16


class Said(Enum):
    """What a recipient says of a release."""

    RECEIVED = "received"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class Fetch:
    """A request for the data key of a release.

    Attributes:
        release: its id, 16 bytes.
        recipient: name in the register.
        time: seconds since the epoch.
        nonce: 16 random bytes; no request is answered twice.
    """

    release: bytes
    recipient: str
    time: int
    nonce: bytes


@dataclass(frozen=True, slots=True)
class ReleaseKey:
    """The answer to a request.

    Attributes:
        release: its id, 16 bytes.
        nonce: of the request.
        sealed: the data key, sealed to the recipient.
    """

    release: bytes
    nonce: bytes
    sealed: bytes


@dataclass(frozen=True, slots=True)
class Received:
    """A receipt, or an attestation that everything was deleted.

    Attributes:
        release: its id, 16 bytes.
        recipient: name in the register.
        head: `head_digest` of the release.
        said: which of the two it is.
        time: seconds since the epoch.
    """

    release: bytes
    recipient: str
    head: bytes
    said: Said
    time: int


_NAME = Text(limits.NAME_CHARS, 1)
FETCH = Message(
    "fetch",
    Fetch,
    (
        Field(1, "release", fixed(16)),
        Field(2, "recipient", _NAME),
        Field(3, "time", Uint()),
        Field(4, "nonce", fixed(NONCE_BYTES)),
    ),
)
RELEASE_KEY = Message(
    "release-key",
    ReleaseKey,
    (
        Field(1, "release", fixed(16)),
        Field(2, "nonce", fixed(NONCE_BYTES)),
        Field(3, "sealed", fixed(OVERHEAD_BYTES + WRAP_KEY_BYTES)),
    ),
)
RECEIVED = Message(
    "received",
    Received,
    (
        Field(1, "release", fixed(16)),
        Field(2, "recipient", _NAME),
        Field(3, "head", fixed(32)),
        Field(4, "said", Choice(Said)),
        Field(5, "time", Uint()),
    ),
)


def sign_fetch(fetch: Fetch, key: SigningKey) -> bytes:
    """Return a request signed by the recipient."""
    return signed.sign(SignedKind.FETCH, FETCH.encode(fetch), [key])


def named_release(octets: bytes) -> bytes:
    """Return which release a request is about, before anything of it is trusted.

    Raises:
        DecodeError: not a request.
        SignatureError: a message of another kind.
    """
    message = signed.read(octets, SignedKind.FETCH, limits.RECIPIENT_BYTES)
    return FETCH.decode(message.payload).release


def read_fetch(octets: bytes, public: bytes) -> Fetch:
    """Return a request that this recipient's key signed.

    Raises:
        DecodeError: not a request.
        SignatureError: another key signed it.
    """
    payload = signed.verified(octets, SignedKind.FETCH, public, limits.RECIPIENT_BYTES)
    return FETCH.decode(payload)


def sign_received(received: Received, key: SigningKey) -> bytes:
    """Return a receipt or attestation signed by the recipient."""
    return signed.sign(SignedKind.RECEIVED, RECEIVED.encode(received), [key])


def received_release(octets: bytes) -> bytes:
    """Return which release a receipt is about, before anything of it is trusted.

    Raises:
        DecodeError: not a receipt.
        SignatureError: a message of another kind.
    """
    message = signed.read(octets, SignedKind.RECEIVED, limits.RECIPIENT_BYTES)
    return RECEIVED.decode(message.payload).release


def read_received(octets: bytes, public: bytes) -> Received:
    """Return a receipt or attestation that this recipient's key signed.

    Raises:
        DecodeError: not a receipt.
        SignatureError: another key signed it.
    """
    payload = signed.verified(
        octets, SignedKind.RECEIVED, public, limits.RECIPIENT_BYTES
    )
    return RECEIVED.decode(payload)
