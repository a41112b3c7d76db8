# SPDX-License-Identifier: Apache-2.0
"""What people decide about, word for word, and the digest that they sign.

Rules: the digest covers everything that will be done and a random salt, so it tells
nothing to who does not have the matter; another word is another digest.
Not here: who must decide (`server/keeper/people.py`), decisions (`decision.py`).
Source: docs/spec/keeper.md, "Matter".
"""

import hashlib
import itertools
from dataclasses import dataclass
from enum import Enum

from wire import limits
from wire.codec import Choice, Field, ListOf, Message, Octets, Text, fixed
from wire.errors import SchemaError
from wire.papers.scope import SCOPE, Scope, check_scope

SALT_BYTES = 16
_LABEL = b"discreet/1/matter\x00"


class MatterKind(Enum):
    """What is asked for; the value is part of what is signed."""

    HOLD = "hold"
    RELEASE_HOLD = "release-hold"
    DISCLOSE = "disclose"
    PROTECT = "protect"
    SHARE = "share"
    TRANSFER = "transfer"
    ERASE = "erase"
    RESTRICT = "restrict"
    EXPORT = "export"
    ANNOTATE = "annotate"
    LIFT = "lift"
    OBJECT = "object"
    FORWARD = "forward"
    PURGE = "purge"
    CLOCK = "clock"
    BACKUP_END = "backup-end"
    DELAY_NOTICE = "delay-notice"
    RESOLVE = "resolve"


@dataclass(frozen=True, slots=True)
class Term:
    """One condition or detail, such as "authority" or "review"."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Matter:
    """One question to the keeper.

    Attributes:
        tenant: 16 bytes.
        case: id of its case, 16 bytes.
        kind: what is asked for.
        salt: 16 random bytes.
        scope: which records, where it is about records.
        terms: all else, by name; sorted, no name twice.
        paper: what somebody else signed and the matter is about; None for nothing.
    """

    tenant: bytes
    case: bytes
    kind: MatterKind
    salt: bytes
    scope: Scope | None
    terms: tuple[Term, ...]
    paper: bytes | None = None

    def term(self, name: str) -> str | None:
        """Return the text of a term, or None."""
        return next((item.text for item in self.terms if item.name == name), None)


TERM = Message(
    "term",
    Term,
    (
        Field(1, "name", Text(limits.NAME_CHARS, 1)),
        Field(2, "text", Text(limits.TEXT_CHARS, 1)),
    ),
)
MATTER = Message(
    "matter",
    Matter,
    (
        Field(1, "tenant", fixed(16)),
        Field(2, "case", fixed(16)),
        Field(3, "kind", Choice(MatterKind)),
        Field(4, "salt", fixed(SALT_BYTES)),
        Field(5, "scope", SCOPE, optional=True),
        Field(6, "terms", ListOf(TERM, limits.TERMS)),
        Field(7, "paper", Octets(1, limits.RECIPIENT_BYTES), optional=True),
    ),
)


def read_matter(octets: bytes) -> Matter:
    """Decode a matter.

    Raises:
        DecodeError: not a matter, or its scope or terms break a rule.
    """
    matter = MATTER.decode(octets)
    names = [item.name for item in matter.terms]
    if any(one >= following for one, following in itertools.pairwise(names)):
        msg = "the terms of a matter are not sorted, or one stands twice"
        raise SchemaError(msg)
    if matter.scope is not None:
        check_scope(matter.scope)
    return matter


def matter_digest(octets: bytes) -> bytes:
    """Return the 32 bytes that decisions about an encoded matter name."""
    return hashlib.sha256(_LABEL + octets).digest()
