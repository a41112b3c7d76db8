# SPDX-License-Identifier: Apache-2.0
"""A line of the journal of what ended, as it is kept where the collector is not.

Rules: a line is signed by the keeper and names the one before it, so that one which is
taken away is missed; it tells of dead keys by tombstones, or of erased rows by where
they were: no name of a person or device, no value; it never tells of both, or of
neither.
Not here: where lines lie and when they are read (`server/outside.py`).
Source: docs/spec/keeper.md, "Journal".
"""

import hashlib
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from wire import limits, signed
from wire.codec import Field, ListOf, Message, Octets, Text, Uint, fixed
from wire.crypto.signing import SigningKey, identity
from wire.errors import SchemaError
from wire.papers.tombstone import TOMBSTONE, Tombstone
from wire.signed import SignedKind

FIRST = bytes(32)
"""What the first line names as the one before it."""
_RUN_BYTES = 8
"""A run of places: the first and how many, 4 octets each."""
_HALF = _RUN_BYTES // 2


@dataclass(frozen=True, slots=True)
class ErasedRows:
    """Rows of one table of one envelope that an erasure took.

    Attributes:
        source: digest of the envelope.
        dataset: of the table.
        key_id: of the key to which the envelope is sealed, 16 bytes.
        places: of the rows, in runs (`packed_places`).
    """

    source: bytes
    dataset: str
    key_id: bytes
    places: bytes


@dataclass(frozen=True, slots=True)
class ErasureTold:
    """What an erasure took, or a part of it.

    Attributes:
        before: what devices made up to this second is erased.
        rows: where it was.
    """

    before: int
    rows: tuple[ErasedRows, ...]


@dataclass(frozen=True, slots=True)
class JournalLine:
    """What one destruction ended, or some of what one erasure took.

    Attributes:
        tenant: 16 bytes.
        index: 1, 2, 3 ...
        previous: digest of the line before; `FIRST` for none.
        job: id of the destruction, or of the erasure's case, 16 bytes.
        time: seconds since the epoch.
        tombstones: what is left of its keys; none in a line of an erasure.
        erasure: what it took; None in a line of a destruction.
    """

    tenant: bytes
    index: int
    previous: bytes
    job: bytes
    time: int
    tombstones: tuple[Tombstone, ...]
    erasure: ErasureTold | None = None


ERASED_ROWS = Message(
    "erased-rows",
    ErasedRows,
    (
        Field(1, "source", fixed(32)),
        Field(2, "dataset", Text(limits.NAME_CHARS, 1)),
        Field(3, "key_id", fixed(16)),
        Field(4, "places", Octets(_RUN_BYTES, _HALF * limits.BODY_ROWS)),
    ),
)
ERASURE_TOLD = Message(
    "erasure-told",
    ErasureTold,
    (
        Field(1, "before", Uint()),
        Field(2, "rows", ListOf(ERASED_ROWS, limits.JOURNAL_TABLES)),
    ),
)
JOURNAL_LINE = Message(
    "journal-line",
    JournalLine,
    (
        Field(1, "tenant", fixed(16)),
        Field(2, "index", Uint(minimum=1)),
        Field(3, "previous", fixed(32)),
        Field(4, "job", fixed(16)),
        Field(5, "time", Uint()),
        Field(6, "tombstones", ListOf(TOMBSTONE, limits.CERTIFICATE_KEYS)),
        Field(7, "erasure", ERASURE_TOLD, optional=True),
    ),
)


def sign_line(line: JournalLine, key: SigningKey) -> bytes:
    """Return a line signed by the keeper."""
    return signed.sign(SignedKind.JOURNAL, JOURNAL_LINE.encode(line), [key])


def read_line(octets: bytes, publics: Collection[bytes]) -> JournalLine:
    """Return a line that one of these keys signed.

    Raises:
        DecodeError: not a line.
        SchemaError: it tells of keys and rows, or of neither, or places have no order.
        SignatureError: none of the keys signed it.
    """
    message = signed.read(octets, SignedKind.JOURNAL)
    signed.check(message, {identity(public): public for public in publics})
    line = JOURNAL_LINE.decode(message.payload)
    if bool(line.tombstones) is (line.erasure is not None):
        msg = "a line of the journal tells either of keys or of rows"
        raise SchemaError(msg)
    if line.erasure is not None:
        _check_rows(line.erasure.rows)
    return line


def _check_rows(rows: Collection[ErasedRows]) -> None:
    """Require that a table stands once, and its places as they are packed."""
    if len({(one.source, one.dataset) for one in rows}) < len(rows):
        msg = "a line of the journal tells of a table twice"
        raise SchemaError(msg)
    for one in rows:
        least = 0
        if len(one.places) % _RUN_BYTES:
            msg = "a line of the journal has half a run of places"
            raise SchemaError(msg)
        for first, count in _runs(one.places):
            if not count or first < least or first + count > limits.BODY_ROWS:
                msg = "a line of the journal has places that no table has"
                raise SchemaError(msg)
            least = first + count + 1


def line_digest(octets: bytes) -> bytes:
    """Return the 32 bytes by which the next line names a signed line."""
    return hashlib.sha256(octets).digest()


def packed_places(places: Iterable[int]) -> bytes:
    """Return places of rows as runs, rising, with at least one place between two."""
    runs: list[list[int]] = []
    for place in sorted(set(places)):
        if runs and sum(runs[-1]) == place:
            runs[-1][1] += 1
        else:
            runs.append([place, 1])
    return b"".join(half.to_bytes(_HALF, "little") for run in runs for half in run)


def places_of(packed: bytes) -> tuple[int, ...]:
    """Return the places that `packed_places` packed."""
    return tuple(
        place for first, count in _runs(packed) for place in range(first, first + count)
    )


def _runs(packed: bytes) -> Iterator[tuple[int, int]]:
    """Yield of each run the first place, and how many."""
    for at in range(0, len(packed), _RUN_BYTES):
        middle = at + _HALF
        first = int.from_bytes(packed[at:middle], "little")
        yield first, int.from_bytes(packed[middle : middle + _HALF], "little")
