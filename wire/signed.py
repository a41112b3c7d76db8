# SPDX-License-Identifier: Apache-2.0
"""The signed message: the one mechanism in both directions.

Rules: everything a device says and everything it obeys is one of these or an
envelope; the signature covers a label, the kind and the payload, so a signature for
one kind never stands for another; signatures are sorted by signer.
Not here: who may sign which kind (`wire/trust.py`, the gate).
"""

import hashlib
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from wire import limits
from wire.codec import Choice, Field, ListOf, Message, Octets, Uint, fixed
from wire.crypto.signing import (
    IDENTITY_BYTES,
    SIGNATURE_BYTES,
    SigningKey,
    identity,
    verify,
)
from wire.errors import SignatureError, VersionError

VERSION = 1
_LABEL = b"discreet/1/signed/"


class SignedKind(Enum):
    """What a signed message is; the value is part of what is signed."""

    ROOT = "root"
    POLICY = "policy"
    KEYS = "keys"
    ENROL = "enrol"
    ENROLLED = "enrolled"
    POLL = "poll"
    ANSWER = "answer"
    INTRODUCTION = "introduction"
    SHIPMENT = "shipment"
    RECEIPT = "receipt"
    MARK = "mark"
    RESYNC = "resync"
    PSEUDONYMS = "pseudonyms"
    KEEPER = "keeper"
    DECISION = "decision"
    CERTIFICATE = "certificate"
    LAW = "law"
    JOURNAL = "journal"
    RECIPIENT_KEYS = "recipient-keys"
    RECIPIENT = "recipient"
    GRANT = "grant"
    RELEASE = "release"
    FETCH = "fetch"
    RECEIVED = "received"
    RESOLVE = "resolve"
    RESOLVED = "resolved"
    EVIDENCE = "evidence"
    REVOCATIONS = "revocations"
    TICKET_KEY = "ticket-key"
    PLACEMENT = "placement"


@dataclass(frozen=True, slots=True)
class Signature:
    """One signer's identity (16 bytes) and signature (64 bytes)."""

    signer: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Signed:
    """A payload with its signatures; nothing in it is trusted before `check`."""

    version: int
    kind: SignedKind
    payload: bytes
    signatures: tuple[Signature, ...]


SIGNATURE = Message(
    "signature",
    Signature,
    (
        Field(1, "signer", fixed(IDENTITY_BYTES)),
        Field(2, "signature", fixed(SIGNATURE_BYTES)),
    ),
)
SIGNED = Message(
    "signed",
    Signed,
    (
        Field(1, "version", Uint(255)),
        Field(2, "kind", Choice(SignedKind)),
        Field(3, "payload", Octets(1, limits.MESSAGE_BYTES)),
        Field(4, "signatures", ListOf(SIGNATURE, limits.SIGNATURES, 1)),
    ),
)


def covered(kind: SignedKind, payload: bytes) -> bytes:
    """Return the bytes that a signature of this kind covers."""
    return _LABEL + kind.value.encode() + b"\x00" + payload


def digest(payload: bytes) -> bytes:
    """Return the SHA-256 by which other messages refer to a payload."""
    return hashlib.sha256(payload).digest()


def sign(kind: SignedKind, payload: bytes, keys: Sequence[SigningKey]) -> bytes:
    """Return the encoded signed message.

    Args:
        kind: what the payload is.
        payload: deterministic CBOR of that kind.
        keys: the signers; order does not matter.
    """
    message = covered(kind, payload)
    signatures = sorted(
        (Signature(identity(key.public), key.sign(message)) for key in keys),
        key=lambda item: item.signer,
    )
    return SIGNED.encode(Signed(VERSION, kind, payload, tuple(signatures)))


def read(octets: bytes, kind: SignedKind, limit: int = limits.MESSAGE_BYTES) -> Signed:
    """Decode a signed message of the expected kind; checks no signature.

    Raises:
        DecodeError: not a signed message.
        VersionError: of another version.
        SignatureError: of another kind, or signatures not strictly sorted.
    """
    signed = SIGNED.decode(octets, limit)
    if signed.version != VERSION:
        msg = "the message is of a version that this release does not know"
        raise VersionError(msg)
    if signed.kind is not kind:
        msg = f"expected a signed message of kind {kind.value}"
        raise SignatureError(msg)
    signers = [item.signer for item in signed.signatures]
    if any(a >= b for a, b in itertools.pairwise(signers)):
        msg = "signatures are not sorted, or a signer stands twice"
        raise SignatureError(msg)
    return signed


def check(signed: Signed, keys: Mapping[bytes, bytes], threshold: int = 1) -> None:
    """Require valid signatures of at least `threshold` of these keys.

    Args:
        signed: the message.
        keys: signer identity -> public key (32 bytes) that may sign it.
        threshold: how many different keys must have signed.

    Raises:
        SignatureError: too few, or one of a listed key does not verify.
    """
    message = covered(signed.kind, signed.payload)
    valid = 0
    for item in signed.signatures:
        public = keys.get(item.signer)
        if public is not None:
            verify(public, item.signature, message)
            valid += 1
    if valid < max(threshold, 1):
        msg = f"{signed.kind.value}: not signed by the key that may sign it"
        raise SignatureError(msg)


def verified(
    octets: bytes, kind: SignedKind, public: bytes, limit: int = limits.MESSAGE_BYTES
) -> bytes:
    """Decode, check one signer's key, and return the payload.

    Raises:
        DecodeError: not a signed message.
        SignatureError: another kind or another signer.
    """
    signed = read(octets, kind, limit)
    check(signed, {identity(public): public})
    return signed.payload
