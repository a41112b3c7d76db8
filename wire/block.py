# SPDX-License-Identifier: Apache-2.0
"""The block: the current state of one epoch of a chain, folded, sealed and signed.

Rules: it is sealed under a random data key, which is sealed to the key of its sources,
so it dies with them; header, data key and content are bound to each other and signed;
it names its sources by range, count and digest, and says which of them it stands for.
Not here: what is folded and when (`server/reader/folding.py`), when a block may be
used (`server/reader/blocks.py`). Neither gate nor agent can import this.
"""

import hashlib
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from wire import body, cbor, limits
from wire.body import OpenTable
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
    sign=b"discreet/1/block\x00",
    key=b"discreet/1/block-key\x00",
    content=b"discreet/1/block-content\x00",
)
_SOURCES_LABEL = b"discreet/1/block-sources\x00"
_SOURCE = struct.Struct(">Q32s")
_NUMBER_BYTES = 4
_LONG_BYTES = 8


@dataclass(frozen=True, slots=True)
class BlockHeader:
    """What the store sees of a block.

    Attributes:
        version: 1.
        suite: of the sealed data key; 1.
        tenant: 16 bytes.
        device: 16 bytes.
        purpose: of its sources.
        retention: of its sources.
        key_id: of the key to which its sources are sealed: its epoch.
        incarnation: of its sources' chain.
        first: sequence of its first source.
        last: sequence of its last source.
        count: how many sources it has.
        sources: their digest, as `sources_digest` makes it.
        created: when it was made.
    """

    version: int
    suite: int
    tenant: bytes
    device: bytes
    purpose: Purpose
    retention: str
    key_id: bytes
    incarnation: bytes
    first: int
    last: int
    count: int
    sources: bytes
    created: int


@dataclass(frozen=True, slots=True)
class BlockState:
    """What a table of the body does not say of a state.

    Attributes:
        sequence: of the newest source that has a part of it.
        created: when that source was made.
        heard: the newest time at which any of its parts was made.
        following: the row number that the next added row takes.
        numbers: of each row its number, 4 octets, little-endian.
        observed: of each row when its source was made, 8 octets, little-endian.
    """

    sequence: int
    created: int
    heard: int
    following: int
    numbers: bytes
    observed: bytes


@dataclass(frozen=True, slots=True)
class BlockContent:
    """What is sealed.

    Attributes:
        folded: the datasets whose tables in the sources the block stands for.
        states: of each table of the body, in its order.
        replaced: sequences of the sources that hold nothing else, 8 octets each,
            little-endian, ascending: they need not be opened.
        body: one full table for each state.
    """

    folded: tuple[str, ...]
    states: tuple[BlockState, ...]
    replaced: bytes
    body: bytes


BLOCK_HEADER = Message(
    "block-header",
    BlockHeader,
    (
        Field(1, "version", Uint(255)),
        Field(2, "suite", Uint(255)),
        Field(3, "tenant", fixed(ID_BYTES)),
        Field(4, "device", fixed(ID_BYTES)),
        Field(5, "purpose", Choice(Purpose)),
        Field(6, "retention", Text(limits.NAME_CHARS, 1)),
        Field(7, "key_id", fixed(ID_BYTES)),
        Field(8, "incarnation", fixed(ID_BYTES)),
        Field(9, "first", Uint(minimum=1)),
        Field(10, "last", Uint(minimum=1)),
        Field(11, "count", Uint(minimum=1)),
        Field(12, "sources", fixed(DIGEST_BYTES)),
        Field(13, "created", Uint()),
    ),
)
BLOCK = sealed_message("block")
BLOCK_STATE = Message(
    "block-state",
    BlockState,
    (
        Field(1, "sequence", Uint(minimum=1)),
        Field(2, "created", Uint()),
        Field(3, "heard", Uint()),
        Field(4, "following", Uint(limits.ROW_NUMBER + 1)),
        Field(5, "numbers", Octets(0, _NUMBER_BYTES * limits.BODY_ROWS)),
        Field(6, "observed", Octets(0, _LONG_BYTES * limits.BODY_ROWS)),
    ),
)
BLOCK_CONTENT = Message(
    "block-content",
    BlockContent,
    (
        Field(1, "folded", ListOf(Text(limits.NAME_CHARS, 1), limits.BODY_TABLES)),
        Field(2, "states", ListOf(BLOCK_STATE, limits.BODY_TABLES)),
        Field(3, "replaced", Octets(0, _LONG_BYTES * limits.BLOCK_SOURCES)),
        Field(4, "body", Octets(1, limits.BODY_BYTES)),
    ),
)


@dataclass(frozen=True, slots=True)
class OpenState:
    """One state of an opened block: its rows, their numbers and their times."""

    table: OpenTable
    sequence: int
    created: int
    heard: int
    following: int
    numbers: tuple[int, ...]
    observed: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class OpenBlock:
    """An opened block."""

    folded: frozenset[str]
    states: tuple[OpenState, ...]
    replaced: tuple[int, ...]


class Sources:
    """The digest of sources, taken one after the other."""

    def __init__(self) -> None:
        """Begin with none."""
        self._hash = hashlib.sha256(_SOURCES_LABEL)
        self.first = 0
        self.last = 0
        self.count = 0

    def add(self, sequence: int, digest: bytes) -> None:
        """Take the next source, in order of sequence."""
        self._hash.update(_SOURCE.pack(sequence, digest))
        self.first = self.first or sequence
        self.last = sequence
        self.count += 1

    def digest(self) -> bytes:
        """Return the digest of what was taken."""
        return self._hash.digest()


def packed(numbers: Iterable[int], octets: int) -> bytes:
    """Return whole numbers as so many octets each, little-endian."""
    return b"".join(number.to_bytes(octets, "little") for number in numbers)


def numbers_of(rows: Sequence[int]) -> bytes:
    """Return row numbers as a block holds them."""
    return packed(rows, _NUMBER_BYTES)


def longs_of(values: Iterable[int]) -> bytes:
    """Return times or sequences as a block holds them."""
    return packed(values, _LONG_BYTES)


def seal(
    header: BlockHeader, content: BlockContent, public: bytes, key: SigningKey
) -> bytes:
    """Return an encoded block.

    Args:
        header: with the key id of `public`.
        content: what is sealed.
        public: the key of the sources' epoch.
        key: the fold job's.

    Raises:
        LimitError: more than a block can hold.
        SchemaError: more names or sources than a block can hold.
    """
    head = BLOCK_HEADER.encode(header)
    sealed = _USE.seal(head, BLOCK_CONTENT.encode(content), public, key)
    return BLOCK.encode(sealed)


def read(octets: bytes, signer: bytes) -> tuple[Sealed, BlockHeader]:
    """Decode a block and require that the fold job signed it; opens nothing.

    Raises:
        DecodeError: malformed, or not the one encoding.
        VersionError: a version or suite that this release does not know.
        SignatureError: another key signed it, or none.
    """
    block = BLOCK.decode(octets, SEALED_LIMIT)
    _USE.verify(block, signer)
    header = BLOCK_HEADER.decode(block.header, limits.HEADER_BYTES)
    if header.version != VERSION or header.suite != sealing.SUITE_XWING:
        msg = "the block is of a version or suite that this release does not know"
        raise VersionError(msg)
    return block, header


def unseal(block: Sealed, header: BlockHeader, key: OpeningKey) -> OpenBlock:
    """Open a block that `read` has checked.

    Raises:
        OpenError: it is sealed to another key, or altered.
        WireError: of another kind: its content is not one.
    """
    if header.key_id != sealing.key_id(key.public):
        msg = "the block is sealed to another key"
        raise OpenError(msg)
    octets = _USE.unseal(block, key)
    content = BLOCK_CONTENT.read(cbor.decode(octets, limits.BODY_BYTES))
    tables = body.decode(content.body).tables
    if len(tables) != len(content.states):
        msg = "a block has not one state for each table"
        raise BodyError(msg)
    states = tuple(map(_open_state, tables, content.states))
    replaced = _unpacked(content.replaced, _LONG_BYTES)
    _check_sequences(header, states, replaced)
    return OpenBlock(frozenset(content.folded), states, replaced)


def _check_sequences(
    header: BlockHeader, states: Iterable[OpenState], replaced: Sequence[int]
) -> None:
    """Refuse what names envelopes that cannot be sources of the block.

    Raises:
        BodyError: outside of its range, or not ascending.
    """
    if any(one >= following for one, following in pairwise(replaced)):
        msg = "a block's replaced sources do not ascend"
        raise BodyError(msg)
    for sequence in (*replaced[:1], *replaced[-1:], *(one.sequence for one in states)):
        if not header.first <= sequence <= header.last:
            msg = "a block speaks of an envelope outside of its sources"
            raise BodyError(msg)


def _open_state(table: OpenTable, state: BlockState) -> OpenState:
    numbers = _unpacked(state.numbers, _NUMBER_BYTES)
    observed = _unpacked(state.observed, _LONG_BYTES)
    if table.mode is not body.Mode.FULL:
        msg = f"{table.dataset}: a block holds whole states"
        raise BodyError(msg)
    if len(numbers) != table.rows or len(observed) != table.rows:
        msg = f"{table.dataset}: a block has not one number and time for each row"
        raise BodyError(msg)
    if len(set(numbers)) != table.rows or max(numbers, default=-1) >= state.following:
        msg = f"{table.dataset}: a row number stands twice or is not used yet"
        raise BodyError(msg)
    return OpenState(
        table,
        state.sequence,
        state.created,
        state.heard,
        state.following,
        numbers,
        observed,
    )


def _unpacked(octets: bytes, size: int) -> tuple[int, ...]:
    if len(octets) % size:
        msg = "a block's numbers have not their size"
        raise BodyError(msg)
    code = {_NUMBER_BYTES: "I", _LONG_BYTES: "Q"}[size]
    return struct.unpack(f"<{len(octets) // size}{code}", octets)
