# SPDX-License-Identifier: Apache-2.0
"""What one recipient may get for one task: a grant, as people approved it.

Rules: it names exactly one entry of the register by its digest, one purpose, and every
dataset, column and row rule; it carries the decisions that allow it.
Not here: what of it the policy of the day permits (`server/keeper/sharing`).
Source: docs/spec/keeper.md, "Grant".
"""

from dataclasses import dataclass
from enum import Enum

from wire import limits, signed
from wire.codec import Choice, Field, ListOf, Message, Text, Uint, fixed
from wire.crypto.signing import SigningKey
from wire.errors import IdentityError, SchemaError
from wire.papers.decision import DECIDED, Decided, read_decided
from wire.papers.scope import SCOPE, Scope, check_scope
from wire.purposes import Purpose
from wire.signed import SignedKind


class Delivery(Enum):
    """How rows reach the recipient; without a word as a release that it opens."""

    PUSH = "push"


@dataclass(frozen=True, slots=True)
class Grant:
    """The payload that the keeper signs.

    Attributes:
        tenant: 16 bytes.
        id: 16 bytes: the case in which it was asked for.
        recipient: name in the register.
        recipient_digest: `recipient_digest` of that entry.
        task: what the recipient is to do, in words.
        purpose: for which purpose; that of the scope.
        scope: which records, columns and rows.
        octets: how many bytes of records it may get in all.
        reason: why.
        since: when it begins, in seconds since the epoch.
        until: its last second.
        format: of the files.
        decisions: who asked, and who approved.
        delivery: pushed to the channel of the recipient's entry; None for releases.
    """

    tenant: bytes
    id: bytes
    recipient: str
    recipient_digest: bytes
    task: str
    purpose: Purpose
    scope: Scope
    octets: int
    reason: str
    since: int
    until: int
    format: str
    decisions: tuple[Decided, ...]
    delivery: Delivery | None = None


_NAME = Text(limits.NAME_CHARS, 1)
_TEXT = Text(limits.TEXT_CHARS, 1)
_LEAST_DECISIONS = 2
"""One asks and another approves."""
GRANT = Message(
    "grant",
    Grant,
    (
        Field(1, "tenant", fixed(16)),
        Field(2, "id", fixed(16)),
        Field(3, "recipient", _NAME),
        Field(4, "recipient_digest", fixed(32)),
        Field(5, "task", _TEXT),
        Field(6, "purpose", Choice(Purpose)),
        Field(7, "scope", SCOPE),
        Field(8, "octets", Uint(limits.RELEASE_BYTES, 1)),
        Field(9, "reason", _TEXT),
        Field(10, "since", Uint()),
        Field(11, "until", Uint()),
        Field(12, "format", _NAME),
        Field(13, "decisions", ListOf(DECIDED, limits.DECISIONS, _LEAST_DECISIONS)),
        Field(14, "delivery", Choice(Delivery), optional=True),
    ),
)


def grant_digest(grant: Grant) -> bytes:
    """Return the SHA-256 by which a release names its grant."""
    return signed.digest(GRANT.encode(grant))


def sign_grant(grant: Grant, key: SigningKey) -> bytes:
    """Return a grant signed by the keeper.

    Raises:
        SchemaError: it contradicts itself, or breaks a bound.
    """
    _check(grant)
    return signed.sign(SignedKind.GRANT, GRANT.encode(grant), [key])


def read_grant(octets: bytes, public: bytes) -> Grant:
    """Return a grant that this keeper's key signed.

    Raises:
        DecodeError: not a grant, or one that contradicts itself.
        SignatureError: another key signed it, or a decision in it is forged.
        IdentityError: a decision in it is of another tenant or case.
    """
    grant = GRANT.decode(signed.verified(octets, SignedKind.GRANT, public))
    _check(grant)
    cases = {read_decided(one, grant.tenant).case for one in grant.decisions}
    if cases != {grant.id}:
        msg = "a decision in a grant is on another case"
        raise IdentityError(msg)
    return grant


def _check(grant: Grant) -> None:
    """Refuse what contradicts itself.

    Raises:
        SchemaError: it begins after its end, or its scope is of another purpose.
    """
    check_scope(grant.scope)
    if grant.since > grant.until:
        msg = "a grant begins after its end: give since before until"
        raise SchemaError(msg)
    if grant.scope.purposes != (grant.purpose,):
        msg = "a grant is for one purpose, which is the one of its scope"
        raise SchemaError(msg)
