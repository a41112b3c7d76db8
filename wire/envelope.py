# SPDX-License-Identifier: Apache-2.0
"""The envelope: header, ciphertext and the device's signature.

Rules: the canonical header is bound into the seal (`info`) and into the signature;
each envelope names the digest of the one before it; gap records, voids and the
farewell are envelopes without ciphertext; the gate reads headers and never opens.
Not here: opening (`wire/unsealing.py`), several envelopes in one POST (`shipment`).
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from wire import body, limits
from wire.codec import Choice, Field, Message, Nullable, Octets, Text, Uint, fixed
from wire.crypto import sealing
from wire.crypto.signing import SIGNATURE_BYTES, SigningKey, identity, verify
from wire.errors import IdentityError, LimitError, SchemaError, VersionError
from wire.frame import frame
from wire.purposes import Purpose

VERSION = 1
DIGEST_BYTES = 32
ID_BYTES = 16
NO_PREVIOUS = bytes(DIGEST_BYTES)
NO_KEY = bytes(ID_BYTES)
UNKNOWN_DIGEST = bytes(DIGEST_BYTES)
"""`instead` of a void whose envelope's digest is not known any more."""
_SIGN_LABEL = b"discreet/1/envelope\x00"
_SEAL_LABEL = b"discreet/1/seal\x00"
BUCKET_SECONDS = 900
"""Time bucket shown to the gate: a quarter of an hour."""


class EnvelopeKind(Enum):
    """What an envelope carries."""

    DATA = 0
    GAP = 1
    FAREWELL = 2
    VOID = 3
    """Stands in the place of an envelope that will never come."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Records that will never arrive, and why.

    Attributes:
        count: how many; None where nobody can know (a corrupt spool).
        since: first second that is missing.
        until: last second that is missing.
        reason: kebab-case slug, e.g. "spool-full", "spool-corrupt".
    """

    count: int | None
    since: int
    until: int
    reason: str


@dataclass(frozen=True, slots=True)
class Header:
    """What the gate sees of an envelope.

    Attributes:
        version: 1.
        kind: data, gap, farewell or void.
        suite: 1 for data (X-Wing), 0 without ciphertext.
        tenant: 16 bytes.
        device: 16 bytes, the identity of the device's key.
        purpose: why the data exists.
        retention: name of the retention class within the purpose.
        key_id: 16 bytes, the sealing key; zero without ciphertext.
        policy: SHA-256 of the signed policy's payload.
        incarnation: 16 random bytes drawn when the spool was made.
        sequence: 1, 2, 3 ... within the incarnation, over all purposes.
        previous: digest of the envelope before it; zeros for the first.
        created: seconds since the epoch.
        records: rows inside.
        bucket: start of the quarter of an hour of the newest row.
        gap: for a gap and a void only.
        instead: of a void, the digest of the envelope in whose place it stands, or
            zeros where that is not known any more.
    """

    version: int
    kind: EnvelopeKind
    suite: int
    tenant: bytes
    device: bytes
    purpose: Purpose
    retention: str
    key_id: bytes
    policy: bytes
    incarnation: bytes
    sequence: int
    previous: bytes
    created: int
    records: int
    bucket: int
    gap: Gap | None = None
    instead: bytes | None = None


@dataclass(frozen=True, slots=True)
class Envelope:
    """The three parts as they travel; `header` is canonical CBOR."""

    header: bytes
    ciphertext: bytes
    signature: bytes


GAP = Message(
    "gap",
    Gap,
    (
        Field(1, "count", Nullable(Uint())),
        Field(2, "since", Uint()),
        Field(3, "until", Uint()),
        Field(4, "reason", Text(limits.NAME_CHARS, 1)),
    ),
)
HEADER = Message(
    "header",
    Header,
    (
        Field(1, "version", Uint(255)),
        Field(2, "kind", Choice(EnvelopeKind)),
        Field(3, "suite", Uint(255)),
        Field(4, "tenant", fixed(ID_BYTES)),
        Field(5, "device", fixed(ID_BYTES)),
        Field(6, "purpose", Choice(Purpose)),
        Field(7, "retention", Text(limits.NAME_CHARS, 1)),
        Field(8, "key_id", fixed(ID_BYTES)),
        Field(9, "policy", fixed(DIGEST_BYTES)),
        Field(10, "incarnation", fixed(ID_BYTES)),
        Field(11, "sequence", Uint(minimum=1)),
        Field(12, "previous", fixed(DIGEST_BYTES)),
        Field(13, "created", Uint()),
        Field(14, "records", Uint()),
        Field(15, "bucket", Uint()),
        Field(16, "gap", GAP, optional=True),
        Field(17, "instead", fixed(DIGEST_BYTES), optional=True),
    ),
)
ENVELOPE = Message(
    "envelope",
    Envelope,
    (
        Field(1, "header", Octets(1, limits.HEADER_BYTES)),
        Field(
            2, "ciphertext", Octets(0, limits.ENVELOPE_BYTES + sealing.OVERHEAD_BYTES)
        ),
        Field(3, "signature", fixed(SIGNATURE_BYTES)),
    ),
)
ENVELOPE_LIMIT = limits.ENVELOPE_BYTES + limits.HEADER_BYTES + 2 * limits.KIB
"""An encoded envelope: its parts, HPKE's 1136 bytes and CBOR's heads."""


def covered(header: bytes, ciphertext: bytes) -> bytes:
    """Return what a device signs: label, header, SHA-256 of the ciphertext."""
    return _SIGN_LABEL + header + hashlib.sha256(ciphertext).digest()


def seal_info(header: bytes) -> bytes:
    """Return HPKE's `info`: label and canonical header."""
    return _SEAL_LABEL + header


def digest(envelope: bytes) -> bytes:
    """Return the SHA-256 of an encoded envelope, its name everywhere else."""
    return hashlib.sha256(envelope).digest()


def chain_name(envelope: bytes) -> bytes:
    """Return the digest that the next envelope of the chain names as its previous.

    It is the envelope's own, but for a void: its successor was sealed before it, so
    that it has the name of what it replaces, where that is known.

    Args:
        envelope: an encoded envelope.

    Returns:
        32 bytes.

    Raises:
        DecodeError: malformed.
        VersionError: a version or suite that this release does not know.
        LimitError: too large.
    """
    return header_name(read(envelope)[1], digest(envelope))


def header_name(header: Header, own: bytes) -> bytes:
    """Return `chain_name` of an envelope that has been read.

    Args:
        header: as decoded.
        own: the envelope's digest.
    """
    return named(own, header.instead) or own


def named(own: bytes, instead: bytes | None) -> bytes | None:
    """Return the digest of what an envelope stands for; None where nobody knows it.

    Args:
        own: the envelope's digest.
        instead: of a void, its header's field.
    """
    if instead is None:
        return own
    return None if instead == UNKNOWN_DIGEST else instead


def seal(
    header: Header,
    tables: Sequence[body.Table],
    notes: Sequence[body.Note],
    public: bytes,
    key: SigningKey,
) -> bytes:
    """Seal records to a purpose key and sign them; the only way data leaves.

    Args:
        header: of kind data, with the key id of `public`.
        tables: Records only, all of the header's purpose.
        notes: withholdings.
        public: the purpose's sealing key (1216 bytes).
        key: the device's signing key.

    Returns:
        The encoded envelope.

    Raises:
        LimitError: too large for one envelope: split it by rows.
        SchemaError: the header does not fit the key or the records, or no reader
            would take it.
        IdentityError: the header names another device than the key.
    """
    _check_shape(header, sealing.OVERHEAD_BYTES)
    if header.kind is not EnvelopeKind.DATA:
        msg = "only a data header seals records"
        raise SchemaError(msg)
    if header.key_id != sealing.key_id(public):
        msg = "the header names another sealing key"
        raise SchemaError(msg)
    if header.records != sum(len(table.records) for table in tables):
        msg = "the header's record count is not the records'"
        raise SchemaError(msg)
    octets = HEADER.encode(header)
    framed = frame(body.encode(tables, notes, header.purpose.value))
    return _signed(header, octets, sealing.seal(framed, public, seal_info(octets)), key)


def announce(header: Header, key: SigningKey) -> bytes:
    """Sign a gap record, a void or a farewell; returns the encoded envelope.

    Raises:
        SchemaError: the header is of kind data, or lacks what its kind has.
        IdentityError: the header names another device than the key.
    """
    _check_shape(header, 0)
    if header.kind is EnvelopeKind.DATA:
        msg = "data is sealed, not announced"
        raise SchemaError(msg)
    return _signed(header, HEADER.encode(header), b"", key)


def _signed(header: Header, octets: bytes, ciphertext: bytes, key: SigningKey) -> bytes:
    if identity(key.public) != header.device:
        msg = "the header names another device than the signing key"
        raise IdentityError(msg)
    if len(octets) > limits.HEADER_BYTES:
        msg = "the header is over its bound"
        raise LimitError(msg)
    signature = key.sign(covered(octets, ciphertext))
    return ENVELOPE.encode(Envelope(octets, ciphertext, signature))


def read(octets: bytes) -> tuple[Envelope, Header]:
    """Decode an envelope and its header strictly; checks no signature.

    Raises:
        DecodeError: malformed, or not the one encoding.
        VersionError: a version or suite that this release does not know.
        LimitError: too large.
    """
    envelope = ENVELOPE.decode(octets, ENVELOPE_LIMIT)
    header = HEADER.decode(envelope.header, limits.HEADER_BYTES)
    _check_shape(header, len(envelope.ciphertext))
    return envelope, header


def _check_shape(header: Header, ciphertext: int) -> None:
    """Refuse a header of another version or whose fields contradict its kind."""
    if header.version != VERSION:
        msg = "the envelope is of a version that this release does not know"
        raise VersionError(msg)
    if header.kind is EnvelopeKind.DATA:
        if header.suite != sealing.SUITE_XWING:
            msg = "the envelope is of a suite that this release does not know"
            raise VersionError(msg)
        if header.gap is not None or ciphertext < sealing.OVERHEAD_BYTES:
            msg = "a data envelope carries ciphertext and no gap"
            raise SchemaError(msg)
    else:
        _check_alone(header, ciphertext)
    if (header.instead is not None) != (header.kind is EnvelopeKind.VOID):
        msg = "a void, and only it, names what it stands for"
        raise SchemaError(msg)
    if (header.sequence == 1) != (header.previous == NO_PREVIOUS):
        msg = "the first envelope, and only it, has no previous digest"
        raise SchemaError(msg)
    if header.bucket % BUCKET_SECONDS:
        msg = "a time bucket is a quarter of an hour"
        raise SchemaError(msg)


def _check_alone(header: Header, ciphertext: int) -> None:
    """Refuse a header without ciphertext whose fields contradict its kind."""
    if header.suite != sealing.SUITE_NONE or header.key_id != NO_KEY or ciphertext:
        msg = "a header-only envelope has no suite, no key and no ciphertext"
        raise SchemaError(msg)
    if (header.gap is None) != (header.kind is EnvelopeKind.FAREWELL):
        msg = "a gap record and a void have a gap, a farewell has none"
        raise SchemaError(msg)
    if header.kind is not EnvelopeKind.VOID:
        return
    if header.records or header.gap is None or header.gap.count is None:
        msg = "a void carries no record and counts those that it stands for"
        raise SchemaError(msg)


def check_signature(envelope: Envelope, header: Header, public: bytes) -> None:
    """Require that the device named in the header signed the envelope.

    Args:
        envelope: as decoded.
        header: as decoded.
        public: the device's enrolled public key.

    Raises:
        IdentityError: the header names another device than this key.
        SignatureError: the signature does not verify.
    """
    if identity(public) != header.device:
        msg = "the envelope names another device than its key"
        raise IdentityError(msg)
    verify(public, envelope.signature, covered(envelope.header, envelope.ciphertext))
