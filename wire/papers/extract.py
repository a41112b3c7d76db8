# SPDX-License-Identifier: Apache-2.0
"""The extract: chosen rows and columns of one envelope, sealed anew for a hold.

Rules: it is sealed under a random data key, which is sealed to the hold's key, so it
opens without the key of its source and dies with its own; header, data key and content
are bound to each other and signed by the keeper; it names its source by digest, and
whoever made it had verified the device's signature of that.
Not here: which rows and columns (`server/keeper/extracting.py`), when
(`server/keeper/holding.py`). Neither gate nor agent can import this.
Source: docs/spec/keeper.md, "Extract".
"""

from collections.abc import Sequence
from dataclasses import dataclass

from wire import body, cbor, limits
from wire.body import Mode, Op, OpenTable
from wire.body_rows import Projected, encode_projected
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
    sign=b"discreet/1/extract\x00",
    key=b"discreet/1/extract-key\x00",
    content=b"discreet/1/extract-content\x00",
)
_NUMBER_BYTES = 4


@dataclass(frozen=True, slots=True)
class ExtractHeader:
    """What the store sees of an extract.

    Attributes:
        version: 1.
        suite: of the sealed data key; 1.
        tenant: 16 bytes.
        holder: id of the case for which it is kept, 16 bytes.
        key_id: of the hold's key.
        device: whose envelope it was taken from.
        purpose: of that envelope.
        retention: of that envelope.
        source_key: id of the key to which that envelope was sealed.
        incarnation: of its chain.
        sequence: in its chain.
        source: its digest, 32 bytes.
        created: when the device made it.
        made: when the extract was made.
        records: rows in the extract.
        left_out: rows of the envelope that are not in it.
    """

    version: int
    suite: int
    tenant: bytes
    holder: bytes
    key_id: bytes
    device: bytes
    purpose: Purpose
    retention: str
    source_key: bytes
    incarnation: bytes
    sequence: int
    source: bytes
    created: int
    made: int
    records: int
    left_out: int


@dataclass(frozen=True, slots=True)
class TakenFrom:
    """What a table of the body does not say of the table it was taken from.

    Attributes:
        mode: what its rows were.
        numbers: of each row its number in the snapshot, 4 octets, little-endian; empty
            where rows have none.
        ops: of each row of a delta its operation, 1 octet; empty for others.
    """

    mode: Mode
    numbers: bytes
    ops: bytes


@dataclass(frozen=True, slots=True)
class ExtractContent:
    """What is sealed: of each table of the body whence it is, and the body."""

    tables: tuple[TakenFrom, ...]
    body: bytes


EXTRACT_HEADER = Message(
    "extract-header",
    ExtractHeader,
    (
        Field(1, "version", Uint(255)),
        Field(2, "suite", Uint(255)),
        Field(3, "tenant", fixed(ID_BYTES)),
        Field(4, "holder", fixed(ID_BYTES)),
        Field(5, "key_id", fixed(ID_BYTES)),
        Field(6, "device", fixed(ID_BYTES)),
        Field(7, "purpose", Choice(Purpose)),
        Field(8, "retention", Text(limits.NAME_CHARS, 1)),
        Field(9, "source_key", fixed(ID_BYTES)),
        Field(10, "incarnation", fixed(ID_BYTES)),
        Field(11, "sequence", Uint(minimum=1)),
        Field(12, "source", fixed(DIGEST_BYTES)),
        Field(13, "created", Uint()),
        Field(14, "made", Uint()),
        Field(15, "records", Uint(minimum=1)),
        Field(16, "left_out", Uint()),
    ),
)
EXTRACT = sealed_message("extract")
TAKEN_FROM = Message(
    "taken-from",
    TakenFrom,
    (
        Field(1, "mode", Choice(Mode)),
        Field(2, "numbers", Octets(0, _NUMBER_BYTES * limits.BODY_ROWS)),
        Field(3, "ops", Octets(0, limits.BODY_ROWS)),
    ),
)
EXTRACT_CONTENT = Message(
    "extract-content",
    ExtractContent,
    (
        Field(1, "tables", ListOf(TAKEN_FROM, limits.BODY_TABLES, 1)),
        Field(2, "body", Octets(1, limits.BODY_BYTES)),
    ),
)


@dataclass(frozen=True, slots=True)
class OpenExtract:
    """One table of an opened extract.

    Attributes:
        table: its rows and columns.
        mode: what the rows were in their envelope.
        numbers: of each row its number in the snapshot; empty where rows have none.
        ops: of each row of a delta its operation; empty for others.
    """

    table: OpenTable
    mode: Mode
    numbers: tuple[int, ...]
    ops: tuple[Op, ...]


def content_of(tables: Sequence[Projected]) -> ExtractContent:
    """Return what is sealed of chosen rows and columns.

    Raises:
        WireError: they are more than one body can hold.
    """
    taken = tuple(map(_taken, tables))
    return ExtractContent(taken, encode_projected(tables))


def _taken(item: Projected) -> TakenFrom:
    """Return whence rows are; those of a full table are numbered from 0."""
    table = item.table
    if table.mode is Mode.APPEND:
        return TakenFrom(table.mode, b"", b"")
    numbers = table.numbers if table.mode is Mode.DELTA else range(table.rows)
    packed = b"".join(
        numbers[row].to_bytes(_NUMBER_BYTES, "little") for row in item.rows
    )
    ops = bytes(table.ops[row].value for row in item.rows if table.ops)
    return TakenFrom(table.mode, packed, ops)


def seal(
    header: ExtractHeader, content: ExtractContent, public: bytes, key: SigningKey
) -> bytes:
    """Return an encoded extract.

    Args:
        header: with the key id of `public`.
        content: what is sealed.
        public: the hold's key.
        key: the keeper's.

    Raises:
        LimitError: more than an extract can hold.
    """
    head = EXTRACT_HEADER.encode(header)
    sealed = _USE.seal(head, EXTRACT_CONTENT.encode(content), public, key)
    return EXTRACT.encode(sealed)


def read(octets: bytes, signer: bytes) -> tuple[Sealed, ExtractHeader]:
    """Decode an extract and require that the keeper signed it; opens nothing.

    Raises:
        DecodeError: malformed, or not the one encoding.
        VersionError: a version or suite that this release does not know.
        SignatureError: another key signed it, or none.
    """
    extract = EXTRACT.decode(octets, SEALED_LIMIT)
    _USE.verify(extract, signer)
    header = EXTRACT_HEADER.decode(extract.header, limits.HEADER_BYTES)
    if header.version != VERSION or header.suite != sealing.SUITE_XWING:
        msg = "the extract is of a version or suite that this release does not know"
        raise VersionError(msg)
    return extract, header


def unseal(
    extract: Sealed, header: ExtractHeader, key: OpeningKey
) -> tuple[OpenExtract, ...]:
    """Open an extract that `read` has checked; returns its tables.

    Raises:
        OpenError: it is sealed to another key, or altered.
        WireError: of another kind: its content is not one.
    """
    if header.key_id != sealing.key_id(key.public):
        msg = "the extract is sealed to another key"
        raise OpenError(msg)
    octets = _USE.unseal(extract, key)
    content = EXTRACT_CONTENT.read(cbor.decode(octets, limits.BODY_BYTES))
    tables = body.decode(content.body).tables
    if len(tables) != len(content.tables):
        msg = "an extract does not say of each table whence it is"
        raise BodyError(msg)
    opened = tuple(map(_open, tables, content.tables))
    if sum(item.table.rows for item in opened) != header.records:
        msg = "the header's record count is not the extract's"
        raise BodyError(msg)
    return opened


def _open(table: OpenTable, taken: TakenFrom) -> OpenExtract:
    rows = 0 if taken.mode is Mode.APPEND else table.rows
    changes = table.rows if taken.mode is Mode.DELTA else 0
    if (
        table.mode is not Mode.APPEND
        or len(taken.numbers) != _NUMBER_BYTES * rows
        or len(taken.ops) != changes
        or set(taken.ops) - {op.value for op in Op}
    ):
        msg = f"{table.dataset}: an extract has not what its rows were"
        raise BodyError(msg)
    numbers = tuple(
        int.from_bytes(taken.numbers[at : at + _NUMBER_BYTES], "little")
        for at in range(0, len(taken.numbers), _NUMBER_BYTES)
    )
    return OpenExtract(table, taken.mode, numbers, tuple(map(Op, taken.ops)))
