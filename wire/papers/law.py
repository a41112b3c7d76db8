# SPDX-License-Identifier: Apache-2.0
"""A law pack: what the laws of one jurisdiction want kept, and for how long at least.

Rules: a rule names its statute, one dataset and columns, and never a whole record; a
pack stands until another of its jurisdiction replaces it, one without rules repeals it;
the policy role signs it.
Not here: the TOML that people write (`server/law_source.py`), what follows from it
(`server/keeper/law.py`).
Source: docs/spec/keeper.md, "Law".
"""

import hashlib
import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from wire import limits, signed
from wire.codec import Choice, Field, ListOf, Message, Text, Uint, fixed
from wire.crypto.signing import SigningKey
from wire.errors import SchemaError
from wire.policy import Criterion
from wire.purposes import Purpose
from wire.signed import SignedKind


class From(Enum):
    """From when a law counts."""

    CREATED = "created"
    CONTRACT_END = "contract-end"


@dataclass(frozen=True, slots=True)
class LawRule:
    """What one law wants kept.

    Attributes:
        id: slug within the pack.
        statute: where it is written, such as "HGB 257".
        title: what it asks for, one line a client understands.
        criterion: an obligation to keep, or a claim that may still come.
        purposes: of whose data.
        dataset: of which dataset.
        columns: which columns of it, sorted.
        days: for how long at least.
        starts: from when.
    """

    id: str
    statute: str
    title: str
    criterion: Criterion
    purposes: tuple[Purpose, ...]
    dataset: str
    columns: tuple[str, ...]
    days: int
    starts: From = From.CREATED


@dataclass(frozen=True, slots=True)
class LawPack:
    """The rules of one jurisdiction.

    Attributes:
        jurisdiction: ISO 3166, such as "DE" or "DE-BY".
        rules: by id.
    """

    jurisdiction: str
    rules: tuple[LawRule, ...]


@dataclass(frozen=True, slots=True)
class LawStatement:
    """A pack, as it was published.

    Attributes:
        tenant: 16 bytes.
        version: goes up by one with each pack, whatever its jurisdiction.
        issued: seconds since the epoch.
        pack: the rules.
    """

    tenant: bytes
    version: int
    issued: int
    pack: LawPack


_HOLDER = b"discreet/1/law\x00"
_NAME = Text(limits.NAME_CHARS, 1)
_TEXT = Text(limits.TEXT_CHARS, 1)
LAW_RULE = Message(
    "law-rule",
    LawRule,
    (
        Field(1, "id", _NAME),
        Field(2, "statute", _TEXT),
        Field(3, "title", _TEXT),
        Field(4, "criterion", Choice(Criterion)),
        Field(5, "purposes", ListOf(Choice(Purpose), limits.PURPOSES, 1)),
        Field(6, "dataset", _NAME),
        Field(7, "columns", ListOf(_NAME, limits.BODY_COLUMNS, 1)),
        Field(8, "days", Uint(limits.LAW_DAYS, 1)),
        Field(9, "starts", Choice(From)),
    ),
)
LAW_PACK = Message(
    "law-pack",
    LawPack,
    (
        Field(1, "jurisdiction", Text(limits.JURISDICTION_CHARS, 2)),
        Field(2, "rules", ListOf(LAW_RULE, limits.LAW_RULES)),
    ),
)
LAW_STATEMENT = Message(
    "law-statement",
    LawStatement,
    (
        Field(1, "tenant", fixed(16)),
        Field(2, "version", Uint(minimum=1)),
        Field(3, "issued", Uint()),
        Field(4, "pack", LAW_PACK),
    ),
)
_CRITERIA = frozenset({Criterion.LEGAL_OBLIGATION, Criterion.LIMITATION})


def holder_of(tenant: bytes, jurisdiction: str, rule: str) -> bytes:
    """Return the 16 bytes that stand for a rule where a case's id would stand."""
    named = tenant + jurisdiction.encode() + b"\x00" + rule.encode()
    return hashlib.sha256(_HOLDER + named).digest()[:16]


def sign_law(statement: LawStatement, key: SigningKey) -> bytes:
    """Return a statement signed by a key of the policy role."""
    payload = LAW_STATEMENT.encode(statement)
    return signed.sign(SignedKind.LAW, payload, [key])


def read_law(octets: bytes, keys: Mapping[bytes, bytes]) -> LawStatement:
    """Return a statement that one of these keys signed.

    Args:
        octets: signed LawStatement.
        keys: identity > public key of the policy role.

    Raises:
        DecodeError: not a statement.
        SignatureError: none of the keys signed it.
        SchemaError: its rules are not in order, or say something twice.
    """
    message = signed.read(octets, SignedKind.LAW)
    signed.check(message, keys)
    statement = LAW_STATEMENT.decode(message.payload)
    check_pack(statement.pack)
    return statement


def check_pack(pack: LawPack) -> None:
    """Refuse a pack that is not in order or says something twice.

    Raises:
        SchemaError: rules or columns are not in ascending order, a purpose stands
            twice, or a rule is no law's.
    """
    lists = [[rule.id for rule in pack.rules], *(rule.columns for rule in pack.rules)]
    if any(a >= b for one in lists for a, b in itertools.pairwise(one)):
        msg = "rules and columns of a law pack stand in order, each once"
        raise SchemaError(msg)
    for rule in pack.rules:
        if len(set(rule.purposes)) < len(rule.purposes):
            msg = "a rule of a law names a purpose twice"
            raise SchemaError(msg)
        if rule.criterion not in _CRITERIA:
            msg = "a rule of a law is an obligation or a limitation"
            raise SchemaError(msg)
