# SPDX-License-Identifier: Apache-2.0
"""A line of the journal of what ended, as it is kept where the collector is not.

Rules: a line is signed by the keeper and names the one before it, so that one which is
taken away is missed; it has tombstones alone: no name, no value.
Not here: where lines lie and when they are read (`server/outside.py`).
Source: docs/spec/keeper.md, "Journal".
"""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass

from wire import limits, signed
from wire.codec import Field, ListOf, Message, Uint, fixed
from wire.crypto.signing import SigningKey, identity
from wire.papers.tombstone import TOMBSTONE, Tombstone
from wire.signed import SignedKind

FIRST = bytes(32)
"""What the first line names as the one before it."""


@dataclass(frozen=True, slots=True)
class JournalLine:
    """What one destruction ended.

    Attributes:
        tenant: 16 bytes.
        index: 1, 2, 3 ...
        previous: digest of the line before; `FIRST` for none.
        job: id of the destruction, 16 bytes.
        time: seconds since the epoch.
        tombstones: what is left of its keys.
    """

    tenant: bytes
    index: int
    previous: bytes
    job: bytes
    time: int
    tombstones: tuple[Tombstone, ...]


JOURNAL_LINE = Message(
    "journal-line",
    JournalLine,
    (
        Field(1, "tenant", fixed(16)),
        Field(2, "index", Uint(minimum=1)),
        Field(3, "previous", fixed(32)),
        Field(4, "job", fixed(16)),
        Field(5, "time", Uint()),
        Field(6, "tombstones", ListOf(TOMBSTONE, limits.CERTIFICATE_KEYS, 1)),
    ),
)


def sign_line(line: JournalLine, key: SigningKey) -> bytes:
    """Return a line signed by the keeper."""
    return signed.sign(SignedKind.JOURNAL, JOURNAL_LINE.encode(line), [key])


def read_line(octets: bytes, publics: Collection[bytes]) -> JournalLine:
    """Return a line that one of these keys signed.

    Raises:
        DecodeError: not a line.
        SignatureError: none of the keys signed it.
    """
    message = signed.read(octets, SignedKind.JOURNAL)
    signed.check(message, {identity(public): public for public in publics})
    return JOURNAL_LINE.decode(message.payload)


def line_digest(octets: bytes) -> bytes:
    """Return the 32 bytes by which the next line names a signed line."""
    return hashlib.sha256(octets).digest()
