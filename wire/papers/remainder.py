# SPDX-License-Identifier: Apache-2.0
"""The remainder: what stands for an envelope since somebody was erased from it.

Rules: it is sealed to the key of the envelope, under a new data key, so it dies when
that would have died; rows of events and metrics are gone; rows of states and changes
are blank, for later changes name rows by their numbers; a table with a blank row has no
digest of its state, for that would tell what was there; header, data key and content
are bound to each other and signed by the keeper.
Not here: whose rows (`server/keeper/rights/erasing.py`). Neither gate nor agent can
import this.
Source: docs/spec/keeper.md, "Remainder".
"""

import struct
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise

from wire import body, cbor, limits
from wire.body import Mode, Note, Op, OpenTable
from wire.body_rows import Lessened, encode_lessened
from wire.codec import Choice, Field, ListOf, Message, Octets, Text, Uint, fixed
from wire.crypto import sealing
from wire.crypto.opening import OpeningKey
from wire.crypto.signing import SigningKey
from wire.data_key import SEALED_LIMIT, Sealed, Use, sealed_message
from wire.envelope import DIGEST_BYTES, ID_BYTES
from wire.errors import BodyError, OpenError, VersionError
from wire.purposes import Purpose

VERSION = 1
_USE = Use(
    sign=b"discreet/1/remainder\x00",
    key=b"discreet/1/remainder-key\x00",
    content=b"discreet/1/remainder-content\x00",
)
_PLACE_BYTES = 4


@dataclass(frozen=True, slots=True)
class RemainderHeader:
    """What the store sees of a remainder.

    Attributes:
        version: 1.
        suite: of the sealed data key; 1.
        tenant: 16 bytes.
        case: id of the erasure, 16 bytes; of several, of the last.
        key_id: of the key to which the envelope was sealed, and this is.
        device: whose envelope it was.
        purpose: of that envelope.
        retention: of that envelope.
        incarnation: of its chain.
        sequence: in its chain.
        source: its digest, 32 bytes.
        created: when the device made it.
        made: when the remainder was made.
        records: rows that are left.
        erased: rows of the envelope that are gone or blank.
    """

    version: int
    suite: int
    tenant: bytes
    case: bytes
    key_id: bytes
    device: bytes
    purpose: Purpose
    retention: str
    incarnation: bytes
    sequence: int
    source: bytes
    created: int
    made: int
    records: int
    erased: int


@dataclass(frozen=True, slots=True)
class RemainderContent:
    """What is sealed: of each table of the body its blank rows, and the body.

    Attributes:
        blank: of each table the rows that are blank, ascending, 4 octets each,
            little-endian; empty where none is.
        body: the envelope's body without the values that were erased.
    """

    blank: tuple[bytes, ...]
    body: bytes


REMAINDER_HEADER = Message(
    "remainder-header",
    RemainderHeader,
    (
        Field(1, "version", Uint(255)),
        Field(2, "suite", Uint(255)),
        Field(3, "tenant", fixed(ID_BYTES)),
        Field(4, "case", fixed(ID_BYTES)),
        Field(5, "key_id", fixed(ID_BYTES)),
        Field(6, "device", fixed(ID_BYTES)),
        Field(7, "purpose", Choice(Purpose)),
        Field(8, "retention", Text(limits.NAME_CHARS, 1)),
        Field(9, "incarnation", fixed(ID_BYTES)),
        Field(10, "sequence", Uint(minimum=1)),
        Field(11, "source", fixed(DIGEST_BYTES)),
        Field(12, "created", Uint()),
        Field(13, "made", Uint()),
        Field(14, "records", Uint()),
        Field(15, "erased", Uint(minimum=1)),
    ),
)
REMAINDER = sealed_message("remainder")
REMAINDER_CONTENT = Message(
    "remainder-content",
    RemainderContent,
    (
        Field(
            1,
            "blank",
            ListOf(Octets(0, _PLACE_BYTES * limits.BODY_ROWS), limits.BODY_TABLES),
        ),
        Field(2, "body", Octets(1, limits.BODY_BYTES)),
    ),
)


@dataclass(frozen=True, slots=True)
class OpenRemainder:
    """An opened remainder.

    Attributes:
        tables: those of the envelope, each with the rows that are blank.
        notes: the envelope's.
    """

    tables: tuple[Lessened, ...]
    notes: tuple[Note, ...]


def content_of(tables: Sequence[Lessened], notes: Sequence[Note]) -> RemainderContent:
    """Return what is sealed of tables from which rows were taken.

    Raises:
        WireError: they are more than one body can hold.
    """
    blank = tuple(_packed(item.blank) for item in tables)
    return RemainderContent(blank, encode_lessened(tables, notes))


def _packed(rows: Collection[int]) -> bytes:
    return struct.pack(f"<{len(rows)}I", *sorted(rows))


def seal(
    header: RemainderHeader, content: RemainderContent, public: bytes, key: SigningKey
) -> bytes:
    """Return an encoded remainder.

    Args:
        header: with the key id of `public`.
        content: what is sealed.
        public: the key of the envelope's epoch.
        key: the keeper's.

    Raises:
        LimitError: more than a remainder can hold.
    """
    head = REMAINDER_HEADER.encode(header)
    sealed = _USE.seal(head, REMAINDER_CONTENT.encode(content), public, key)
    return REMAINDER.encode(sealed)


def read(octets: bytes, signer: bytes) -> tuple[Sealed, RemainderHeader]:
    """Decode a remainder and require that the keeper signed it; opens nothing.

    Raises:
        DecodeError: malformed, or not the one encoding.
        VersionError: a version or suite that this release does not know.
        SignatureError: another key signed it, or none.
    """
    remainder = REMAINDER.decode(octets, SEALED_LIMIT)
    _USE.verify(remainder, signer)
    header = REMAINDER_HEADER.decode(remainder.header, limits.HEADER_BYTES)
    if header.version != VERSION or header.suite != sealing.SUITE_XWING:
        msg = "the remainder is of a version or suite that this release does not know"
        raise VersionError(msg)
    return remainder, header


def unseal(
    remainder: Sealed, header: RemainderHeader, key: OpeningKey
) -> OpenRemainder:
    """Open a remainder that `read` has checked.

    Raises:
        OpenError: it is sealed to another key, or altered.
        WireError: of another kind: its content is not one.
    """
    if header.key_id != sealing.key_id(key.public):
        msg = "the remainder is sealed to another key"
        raise OpenError(msg)
    octets = _USE.unseal(remainder, key)
    content = REMAINDER_CONTENT.read(cbor.decode(octets, limits.BODY_BYTES))
    opened = body.decode(content.body)
    if len(opened.tables) != len(content.blank):
        msg = "a remainder does not say of each table which rows are blank"
        raise BodyError(msg)
    blank = map(_blank, opened.tables, content.blank)
    tables = tuple(map(Lessened, opened.tables, blank))
    if sum(item.left for item in tables) != header.records:
        msg = "the header's record count is not the remainder's"
        raise BodyError(msg)
    return OpenRemainder(tables, opened.notes)


def _blank(table: OpenTable, octets: bytes) -> frozenset[int]:
    """Return a table's blank rows, which have no values."""
    if len(octets) % _PLACE_BYTES:
        msg = f"{table.dataset}: a remainder's blank rows have not their size"
        raise BodyError(msg)
    rows = struct.unpack(f"<{len(octets) // _PLACE_BYTES}I", octets)
    if not rows:
        return frozenset()
    if (
        any(one >= following for one, following in pairwise(rows))
        or rows[-1] >= table.rows
        or table.mode is Mode.APPEND
        or table.state is not None
        or any(table.ops[row] is Op.REMOVE for row in rows if table.ops)
        or not _empty(table, rows)
    ):
        msg = f"{table.dataset}: a remainder has blank rows that cannot be"
        raise BodyError(msg)
    return frozenset(rows)


def _empty(table: OpenTable, rows: Sequence[int]) -> bool:
    """Tell whether rows have no value in any column."""
    for column in table.columns:
        if column.validity is None:
            return False
        if any(column.validity[row // 8] >> row % 8 & 1 for row in rows):
            return False
    return True
