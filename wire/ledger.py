# SPDX-License-Identifier: Apache-2.0
"""The hash-chained list of acts, the same on both ends.

Rules: the chain covers a salted digest of each body, so that a body can be erased and
the chain still verifies; an entry never changes.
Not here: where entries are kept (`agent/spool/spool.py`, `server/ledger.py`).
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from wire import cbor, limits
from wire.cbor import Plain
from wire.codec import Field, Message, Text, Uint, fixed
from wire.errors import ChainError

SALT_BYTES = 16
NO_PREVIOUS = bytes(32)
_ENTRY_LABEL = b"discreet/1/ledger-entry\x00"
_BODY_LABEL = b"discreet/1/ledger-body\x00"


@dataclass(frozen=True, slots=True)
class Entry:
    """One act.

    Attributes:
        index: 1, 2, 3 ...
        previous: digest of the entry before; zeros for the first.
        time: seconds since the epoch.
        act: kebab-case slug, e.g. "sealed", "opened".
        body: salted SHA-256 of the body.
    """

    index: int
    previous: bytes
    time: int
    act: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Head:
    """End of a chain: number and digest of the last entry."""

    index: int
    digest: bytes


EMPTY = Head(0, NO_PREVIOUS)
ENTRY = Message(
    "ledger-entry",
    Entry,
    (
        Field(1, "index", Uint(minimum=1)),
        Field(2, "previous", fixed(32)),
        Field(3, "time", Uint()),
        Field(4, "act", Text(limits.NAME_CHARS, 1)),
        Field(5, "body", fixed(32)),
    ),
)


def body_digest(body: bytes, salt: bytes) -> bytes:
    """Return the salted digest of an entry's body."""
    return hashlib.sha256(_BODY_LABEL + salt + body).digest()


def entry_digest(entry: bytes) -> bytes:
    """Return the digest of an encoded entry, which the next one names."""
    return hashlib.sha256(_ENTRY_LABEL + entry).digest()


def append(
    head: Head, act: str, body: dict[int | str, Plain], salt: bytes, time: int
) -> tuple[Head, bytes, bytes]:
    """Make the next entry.

    Args:
        head: end of the chain so far.
        act: slug of the act.
        body: what happened: ids, names, counts; never a value from data.
        salt: 16 fresh random bytes.
        time: seconds since the epoch.

    Returns:
        The new head, the encoded entry and the encoded body.
    """
    octets = cbor.encode(body)
    entry = ENTRY.encode(
        Entry(head.index + 1, head.digest, time, act, body_digest(octets, salt))
    )
    return Head(head.index + 1, entry_digest(entry)), entry, octets


def verify(
    entries: Iterable[tuple[bytes, bytes | None, bytes | None]], head: Head | None
) -> Head:
    """Check a whole chain.

    Args:
        entries: (encoded entry, body or None where erased, salt or None), in order.
        head: where the chain must end; None when only its inside is checked.

    Returns:
        The head that was reached.

    Raises:
        ChainError: an entry is missing, altered, out of order, or the end differs.
    """
    reached = EMPTY
    for octets, body, salt in entries:
        entry = ENTRY.decode(octets)
        if entry.index != reached.index + 1 or entry.previous != reached.digest:
            msg = f"the ledger is broken before entry {entry.index}"
            raise ChainError(msg)
        erased = body is None or salt is None
        if not erased and body_digest(body or b"", salt or b"") != entry.body:
            msg = f"the body of ledger entry {entry.index} was altered"
            raise ChainError(msg)
        reached = Head(entry.index, entry_digest(octets))
    if head is not None and reached != head:
        msg = f"the ledger ends at entry {reached.index}, not where it should"
        raise ChainError(msg)
    return reached
