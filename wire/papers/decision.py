# SPDX-License-Identifier: Apache-2.0
"""A person's signed yes or no to one matter.

Rules: it names the digest of exactly what will be done, so it stands for nothing else;
it is signed by the person's own key, which the collector never has.
Not here: whether the decisions on a matter are enough (`server/keeper/people.py`).
Source: docs/spec/keeper.md, "Decision".
"""

from dataclasses import dataclass
from enum import Enum

from wire import limits, signed
from wire.codec import Choice, Field, ListOf, Message, Octets, Text, Uint, fixed
from wire.crypto.signing import PUBLIC_BYTES, SigningKey
from wire.errors import IdentityError
from wire.signed import SignedKind


class Act(Enum):
    """What a person says."""

    ASK = "ask"
    APPROVE = "approve"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"


class Role(Enum):
    """In what capacity a person decides."""

    REQUESTER = "requester"
    APPROVER = "approver"
    COUNSEL = "counsel"
    PRIVACY_OFFICER = "privacy-officer"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Decision:
    """The payload that a person signs.

    Attributes:
        tenant: 16 bytes.
        case: 16 bytes.
        act: what the person says.
        person: name by which the installation knows the person.
        role: in what capacity.
        matter: digest of the matter, 32 bytes.
        time: seconds since the epoch.
        reason: why, in the person's words.
    """

    tenant: bytes
    case: bytes
    act: Act
    person: str
    role: Role
    matter: bytes
    time: int
    reason: str


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision beside the key of who made it, as another paper carries it.

    Attributes:
        decision: signed Decision.
        public: the person's key; whoever signs the paper around it vouches for it.
    """

    decision: bytes
    public: bytes


DECISION = Message(
    "decision",
    Decision,
    (
        Field(1, "tenant", fixed(16)),
        Field(2, "case", fixed(16)),
        Field(3, "act", Choice(Act)),
        Field(4, "person", Text(limits.NAME_CHARS, 1)),
        Field(5, "role", Choice(Role)),
        Field(6, "matter", fixed(32)),
        Field(7, "time", Uint()),
        Field(8, "reason", Text(limits.TEXT_CHARS, 1)),
    ),
)
DECIDED = Message(
    "decided",
    Decided,
    (
        Field(1, "decision", Octets(1, limits.DECISION_BYTES)),
        Field(2, "public", fixed(PUBLIC_BYTES)),
    ),
)
DECISIONS = ListOf(DECIDED, limits.DECISIONS)


def sign_decision(decision: Decision, key: SigningKey) -> bytes:
    """Return a decision signed by the person's key."""
    return signed.sign(SignedKind.DECISION, DECISION.encode(decision), [key])


def read_decision(octets: bytes, public: bytes) -> Decision:
    """Return a decision that this key signed.

    Raises:
        DecodeError: not a decision.
        SignatureError: another key signed it.
    """
    payload = signed.verified(
        octets, SignedKind.DECISION, public, limits.DECISION_BYTES
    )
    return DECISION.decode(payload)


def read_decided(decided: Decided, tenant: bytes) -> Decision:
    """Return the decision that another paper carries.

    Raises:
        DecodeError: not a decision.
        SignatureError: the key beside it did not sign it.
        IdentityError: of another tenant than the paper.
    """
    decision = read_decision(decided.decision, decided.public)
    if decision.tenant != tenant:
        msg = "a decision is of another tenant than the paper that carries it"
        raise IdentityError(msg)
    return decision
