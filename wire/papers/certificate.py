# SPDX-License-Identifier: Apache-2.0
"""The certificate of a deletion, which claims no more than is true.

Rules: it is pending as long as a copy that is known could still open what it says is
gone; there is none of a deletion whose checks failed; what it does not claim is named.
Not here: deleting and checking (`server/keeper`), tombstones (`tombstone.py`).
Source: NIST SP 800-88 r2; docs/spec/keeper.md, "Certificate".
"""

from dataclasses import dataclass
from enum import Enum

from wire import limits, signed
from wire.codec import Choice, Field, ListOf, Message, Text, Uint, fixed
from wire.crypto.signing import SigningKey
from wire.errors import SchemaError
from wire.ledger import Head
from wire.papers.decision import DECISIONS, Decided, read_decided
from wire.papers.keeper import check_time, proven
from wire.papers.tombstone import TOMBSTONE, Tombstone
from wire.signed import SignedKind


class Method(Enum):
    """How it was done, in the words of NIST SP 800-88 r2."""

    CLEAR = "clear"
    PURGE = "purge-cryptographic-erase"


class State(Enum):
    """Whether a copy that is known could still open it."""

    FINAL = "final"
    PENDING = "pending"


class Result(Enum):
    """What a check showed; one that fails leaves no certificate."""

    PASSED = "passed"
    NOT_COVERED = "not-covered"


class CopyKind(Enum):
    """What a copy is that outlives the deletion."""

    KEYRING_BACKUP = "keyring-backup"
    MACHINE_BACKUP = "machine-backup"
    EPOCH_KEY = "epoch-key"
    """A key that lives: a copy of what was erased under it could be opened."""


class KeptFor(Enum):
    """Why a part was kept."""

    HOLD = "hold"
    LAW = "law"


@dataclass(frozen=True, slots=True)
class Counts:
    """What was deleted: envelopes, their records and octets, devices, blocks."""

    envelopes: int
    records: int
    octets: int
    devices: int
    blocks: int


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked for afterwards, and in how many places or pieces."""

    name: str
    result: Result
    count: int


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy that could open it.

    Attributes:
        kind: what it is.
        name: id of the backup or key in hexadecimal digits, or "machine".
        until: until when it is kept, in seconds since the epoch.
    """

    kind: CopyKind
    name: str
    until: int


@dataclass(frozen=True, slots=True)
class Kept:
    """A part that was sealed anew before the key died: for which case, and why."""

    case: bytes
    why: KeptFor


@dataclass(frozen=True, slots=True)
class Certificate:
    """The payload that the keeper signs.

    Attributes:
        tenant: 16 bytes.
        number: 1, 2, 3 ... of the installation.
        job: id of the deletion, 16 bytes.
        reason: why it was due, as a slug.
        method: how it was done.
        state: whether a known copy could still open it.
        until: end of the last such copy; None when final.
        keys: what is left of the keys.
        counts: what was deleted.
        checks: what was looked for afterwards.
        copies: backups that had the keys.
        kept: what holds and laws kept of it.
        not_claimed: what this does not say, as slugs.
        begun: when the deletion began, in seconds since the epoch.
        ended: when its checks were done; the time of the certificate.
        ledger: the newest entry of the ledger by then.
        decisions: of the people who decided it; none for the ordinary calendar.
        replaces: number of the certificate that this one replaces.
    """

    tenant: bytes
    number: int
    job: bytes
    reason: str
    method: Method
    state: State
    until: int | None
    keys: tuple[Tombstone, ...]
    counts: Counts
    checks: tuple[Check, ...]
    copies: tuple[Copy, ...]
    kept: tuple[Kept, ...]
    not_claimed: tuple[str, ...]
    begun: int
    ended: int
    ledger: Head
    decisions: tuple[Decided, ...] = ()
    replaces: int | None = None


_SLUG = Text(limits.REASON_CHARS, 1)
COUNTS = Message(
    "counts",
    Counts,
    (
        Field(1, "envelopes", Uint()),
        Field(2, "records", Uint()),
        Field(3, "octets", Uint()),
        Field(4, "devices", Uint()),
        Field(5, "blocks", Uint()),
    ),
)
CHECK = Message(
    "check",
    Check,
    (
        Field(1, "name", _SLUG),
        Field(2, "result", Choice(Result)),
        Field(3, "count", Uint()),
    ),
)
COPY = Message(
    "copy",
    Copy,
    (
        Field(1, "kind", Choice(CopyKind)),
        Field(2, "name", Text(limits.NAME_CHARS, 1)),
        Field(3, "until", Uint()),
    ),
)
KEPT = Message(
    "kept",
    Kept,
    (Field(1, "case", fixed(16)), Field(2, "why", Choice(KeptFor))),
)
LEDGER_HEAD = Message(
    "ledger-head",
    Head,
    (Field(1, "index", Uint()), Field(2, "digest", fixed(32))),
)
CERTIFICATE = Message(
    "certificate",
    Certificate,
    (
        Field(1, "tenant", fixed(16)),
        Field(2, "number", Uint(minimum=1)),
        Field(3, "job", fixed(16)),
        Field(4, "reason", _SLUG),
        Field(5, "method", Choice(Method)),
        Field(6, "state", Choice(State)),
        Field(7, "until", Uint(), optional=True),
        Field(8, "keys", ListOf(TOMBSTONE, limits.CERTIFICATE_KEYS)),
        Field(9, "counts", COUNTS),
        Field(10, "checks", ListOf(CHECK, limits.CHECKS, 1)),
        Field(11, "copies", ListOf(COPY, limits.COPIES)),
        Field(12, "kept", ListOf(KEPT, limits.KEPT)),
        Field(13, "not_claimed", ListOf(_SLUG, limits.CHECKS)),
        Field(14, "begun", Uint()),
        Field(15, "ended", Uint()),
        Field(16, "ledger", LEDGER_HEAD),
        Field(17, "decisions", DECISIONS),
        Field(18, "replaces", Uint(minimum=1), optional=True),
    ),
)


def state_of(copies: tuple[Copy, ...], ended: int) -> tuple[State, int | None]:
    """Return the state that copies leave a certificate of a moment, and until when."""
    last = max((copy.until for copy in copies), default=0)
    return (State.PENDING, last) if last > ended else (State.FINAL, None)


def sign_certificate(certificate: Certificate, key: SigningKey) -> bytes:
    """Return a certificate signed by the keeper.

    Raises:
        SchemaError: it claims more than its copies allow, or breaks a bound.
    """
    _check(certificate)
    payload = CERTIFICATE.encode(certificate)
    return signed.sign(SignedKind.CERTIFICATE, payload, [key])


def read_certificate(octets: bytes, public: bytes) -> Certificate:
    """Return a certificate that this keeper's key signed.

    Raises:
        DecodeError: not a certificate, or one that contradicts itself.
        SignatureError: another key signed it, or a decision in it is forged.
        IdentityError: a decision in it is of another tenant.
    """
    payload = signed.verified(octets, SignedKind.CERTIFICATE, public)
    certificate = CERTIFICATE.decode(payload)
    _check(certificate)
    for decided in certificate.decisions:
        read_decided(decided, certificate.tenant)
    return certificate


def verify_certificate(octets: bytes, digest: bytes) -> Certificate:
    """Return the certificate of a proof, of which nothing but a digest is trusted.

    Args:
        octets: an encoded Proof.
        digest: the root digest of the collector, from elsewhere.

    Raises:
        WireError: of the kind that names the reason.
    """
    keeper, paper = proven(octets, digest)
    certificate = read_certificate(paper, keeper.public)
    check_time(keeper, certificate.ended, certificate.tenant)
    return certificate


def _check(certificate: Certificate) -> None:
    """Refuse what contradicts itself.

    Raises:
        SchemaError: its state is not what its copies say, or a key stands twice.
    """
    wanted = state_of(certificate.copies, certificate.ended)
    if (certificate.state, certificate.until) != wanted:
        msg = "a certificate's state is not what its copies say"
        raise SchemaError(msg)
    if certificate.begun > certificate.ended:
        msg = "a certificate's deletion ended before it began"
        raise SchemaError(msg)
    numbers = {tombstone.key_id for tombstone in certificate.keys}
    if len(numbers) != len(certificate.keys):
        msg = "a certificate names a key twice"
        raise SchemaError(msg)
