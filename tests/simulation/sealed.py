# SPDX-License-Identifier: Apache-2.0
"""Envelopes whose content a simulation can read again, octet for octet the same.

Rules: header, signature and encoding are the real ones; in the ciphertext's place
stand the numbers of the lines, for HPKE draws its own randomness.
Not here: sealing for real (`wire/envelope.py`).
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

from wire import cbor, limits
from wire.body import Mode, Note, Table
from wire.catalogue import Dataset, Kind
from wire.crypto.sealing import OVERHEAD_BYTES
from wire.crypto.signing import SIGNATURE_BYTES, SigningKey
from wire.envelope import ENVELOPE, HEADER, Envelope, Header, covered

_PADDING = (1_200, 1_200, 3_000, 9_000)
"""Sizes of what is sealed: most is small, some spans several pages."""
Sealing = Callable[[Header, Sequence[Table], Sequence[Note], bytes, SigningKey], bytes]
LOG = Dataset("event_logs", Kind.EVENT, "Numbered lines.", (), ())
SAMPLES = Dataset("samples", Kind.METRIC, "Numbered samples.", (), ())


def table(dataset: Dataset, numbers: Sequence[int]) -> Table:
    """Return a table whose records are numbers."""
    return Table(dataset, (), cast("Sequence[Any]", tuple(numbers)), Mode.APPEND)


def numbers_of(one: Table) -> tuple[int, ...]:
    """Return the numbers that a table holds."""
    return cast("tuple[int, ...]", tuple(one.records))


def seal(
    header: Header,
    tables: Sequence[Table],
    notes: Sequence[Note],
    public: bytes,
    key: SigningKey,
) -> bytes:
    """Return an envelope as `wire.envelope.seal` does, the same each time."""
    del notes, public
    size = _PADDING[header.sequence % len(_PADDING)]
    return _sealed(header, tables, key, OVERHEAD_BYTES + size)


def sized(octets: Callable[[Header], float]) -> Sealing:
    """Return what seals into an envelope of about so many bytes, or the least of one.

    Args:
        octets: of the whole envelope, by its header.
    """

    def seal_into(
        header: Header,
        tables: Sequence[Table],
        notes: Sequence[Note],
        public: bytes,
        key: SigningKey,
    ) -> bytes:
        del notes, public
        head = len(HEADER.encode(header)) + SIGNATURE_BYTES
        filling = max(int(octets(header)) - head, OVERHEAD_BYTES)
        return _sealed(header, tables, key, filling)

    return seal_into


def _sealed(
    header: Header, tables: Sequence[Table], key: SigningKey, filling: int
) -> bytes:
    head = HEADER.encode(header)
    numbers = [number for one in tables for number in numbers_of(one)]
    told = cbor.encode(numbers)
    octets = hashlib.shake_256(head).digest(filling)
    content = len(told).to_bytes(4, "big") + told + octets
    return ENVELOPE.encode(Envelope(head, content, key.sign(covered(head, content))))


@dataclass(frozen=True, slots=True)
class Told:
    """What an envelope says."""

    header: Header
    numbers: tuple[int, ...]


def told(octets: bytes) -> Told:
    """Return what a stored envelope says, whatever its kind."""
    envelope = ENVELOPE.decode(octets, limits.ENVELOPE_BYTES)
    header = HEADER.decode(envelope.header)
    if not envelope.ciphertext:
        return Told(header, ())
    length = int.from_bytes(envelope.ciphertext[:4], "big")
    numbers = cbor.decode(envelope.ciphertext[4 : 4 + length])
    return Told(header, tuple(cast("list[int]", numbers)))
