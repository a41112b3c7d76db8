# SPDX-License-Identifier: Apache-2.0
"""What stand-ins of a release mean: a recipient's signed question, the sealed answer.

Rules: a question names one release, few stand-ins and why; the answer is signed by the
keeper, names the very question, and only the recipient opens what it says.
Not here: who decides it, finding what is meant (`server/keeper/sharing/resolving.py`).
Source: docs/spec/keeper.md, "Resolve".
"""

from dataclasses import dataclass

from wire import limits, signed
from wire.codec import Field, ListOf, Message, Octets, Text, Uint, fixed
from wire.crypto import sealing
from wire.crypto.opening import OpeningKey
from wire.crypto.signing import SigningKey
from wire.errors import IdentityError, SchemaError
from wire.papers.fetch import NONCE_BYTES
from wire.papers.keeper import check_time, proven
from wire.signed import SignedKind

_MEANT = b"discreet/1/resolved\x00"


@dataclass(frozen=True, slots=True)
class Resolve:
    """A question about stand-ins.

    Attributes:
        release: id of the release in which they stand, 16 bytes.
        recipient: name in the register.
        time: seconds since the epoch.
        nonce: 16 random bytes.
        stand_ins: as the release has them; sorted, none twice.
        reason: why the recipient must know, in its words.
    """

    release: bytes
    recipient: str
    time: int
    nonce: bytes
    stand_ins: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Meaning:
    """A stand-in, and what a reader of its purpose sees there; None for unknown."""

    stand_in: str
    value: str | None


@dataclass(frozen=True, slots=True)
class Meanings:
    """What is sealed: each stand-in of the question, in its order."""

    meanings: tuple[Meaning, ...]


@dataclass(frozen=True, slots=True)
class Resolved:
    """The payload that the keeper signs.

    Attributes:
        tenant: 16 bytes.
        release: id of the release, 16 bytes.
        recipient: name in the register.
        question: SHA-256 of the signed question.
        made: when, in seconds since the epoch.
        sealed: the encoded Meanings, sealed to the recipient.
    """

    tenant: bytes
    release: bytes
    recipient: str
    question: bytes
    made: int
    sealed: bytes


_NAME = Text(limits.NAME_CHARS, 1)
_STAND_INS = ListOf(_NAME, limits.RESOLVED_AT_ONCE, 1)
RESOLVE = Message(
    "resolve",
    Resolve,
    (
        Field(1, "release", fixed(16)),
        Field(2, "recipient", _NAME),
        Field(3, "time", Uint()),
        Field(4, "nonce", fixed(NONCE_BYTES)),
        Field(5, "stand_ins", _STAND_INS),
        Field(6, "reason", Text(limits.TEXT_CHARS, 1)),
    ),
)
MEANING = Message(
    "meaning",
    Meaning,
    (
        Field(1, "stand_in", _NAME),
        Field(2, "value", Text(limits.TEXT_CHARS), optional=True),
    ),
)
MEANINGS = Message(
    "meanings",
    Meanings,
    (Field(1, "meanings", ListOf(MEANING, limits.RESOLVED_AT_ONCE, 1)),),
)
RESOLVED = Message(
    "resolved",
    Resolved,
    (
        Field(1, "tenant", fixed(16)),
        Field(2, "release", fixed(16)),
        Field(3, "recipient", _NAME),
        Field(4, "question", fixed(32)),
        Field(5, "made", Uint()),
        Field(6, "sealed", Octets(sealing.OVERHEAD_BYTES, limits.RESOLVED_BYTES)),
    ),
)


def sign_resolve(question: Resolve, key: SigningKey) -> bytes:
    """Return a question signed by the recipient.

    Raises:
        SchemaError: its stand-ins are not sorted, or one stands twice.
    """
    _check(question)
    return signed.sign(SignedKind.RESOLVE, RESOLVE.encode(question), [key])


def asked_about(octets: bytes) -> Resolve:
    """Return what a question says, before anything of it is trusted.

    Raises:
        DecodeError: not a question.
        SignatureError: a message of another kind.
    """
    message = signed.read(octets, SignedKind.RESOLVE, limits.RECIPIENT_BYTES)
    found = RESOLVE.decode(message.payload)
    _check(found)
    return found


def read_resolve(octets: bytes, public: bytes) -> Resolve:
    """Return a question that this recipient's key signed.

    Raises:
        DecodeError: not a question.
        SignatureError: another key signed it.
    """
    found = RESOLVE.decode(
        signed.verified(octets, SignedKind.RESOLVE, public, limits.RECIPIENT_BYTES)
    )
    _check(found)
    return found


def seal_meanings(meanings: Meanings, question: bytes, public: bytes) -> bytes:
    """Return meanings sealed to the recipient, as the answer to one question.

    Args:
        meanings: of the question's stand-ins.
        question: SHA-256 of the signed question.
        public: the recipient's HPKE key.
    """
    return sealing.seal(MEANINGS.encode(meanings), public, _MEANT + question)


def sign_resolved(answer: Resolved, key: SigningKey) -> bytes:
    """Return an answer signed by the keeper."""
    return signed.sign(SignedKind.RESOLVED, RESOLVED.encode(answer), [key])


def verify_resolved(octets: bytes, digest: bytes) -> Resolved:
    """Return the answer of a proof, of which nothing but a digest is trusted.

    Args:
        octets: an encoded Proof.
        digest: the root digest of the collector, from elsewhere.

    Raises:
        WireError: of the kind that names the reason.
    """
    keeper, paper = proven(octets, digest)
    payload = signed.verified(paper, SignedKind.RESOLVED, keeper.public)
    answer = RESOLVED.decode(payload)
    check_time(keeper, answer.made, answer.tenant)
    return answer


def open_meanings(answer: Resolved, question: bytes, key: OpeningKey) -> Meanings:
    """Return what an answer says to a question.

    Args:
        answer: verified.
        question: the signed question.
        key: the recipient's.

    Raises:
        IdentityError: it is the answer to another question.
        OpenError: it is sealed to another recipient.
        DecodeError: it is of another form, or of other stand-ins.
    """
    digest = signed.digest(question)
    if answer.question != digest:
        msg = "this is the answer to another question: give the one that was asked"
        raise IdentityError(msg)
    found = MEANINGS.decode(key.open(answer.sealed, _MEANT + digest))
    if tuple(one.stand_in for one in found.meanings) != asked_about(question).stand_ins:
        msg = "the answer is not about the stand-ins that were asked for"
        raise SchemaError(msg)
    return found


def _check(question: Resolve) -> None:
    """Refuse a question whose stand-ins are not sorted, or of which one stands twice.

    Raises:
        SchemaError: they are not, or one does.
    """
    if list(question.stand_ins) != sorted(set(question.stand_ins)):
        msg = "the stand-ins of a question are not sorted, or one stands twice"
        raise SchemaError(msg)
