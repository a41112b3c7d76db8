# SPDX-License-Identifier: Apache-2.0
"""Opens what the store has in an envelope's place: the envelope, or its remainder.

Rules: of an envelope the device's signature counts, of a remainder the keeper's; what
was signed stands where it was signed for, or it is refused; rows that were erased are
named, for their numbers count and they do not.
Not here: which are opened (`opening.py`, `server/keeper/extracting.py`), making
remainders (`server/keeper/rights/erasing.py`).
"""

from dataclasses import dataclass

from server.store.interface import REMAINDER, StoredEnvelope
from wire.body import Note, OpenTable
from wire.body_rows import Lessened
from wire.crypto.opening import OpeningKey
from wire.errors import IdentityError
from wire.papers import remainder
from wire.papers.remainder import OpenRemainder, RemainderHeader
from wire.purposes import Purpose
from wire.unsealing import unseal


@dataclass(frozen=True, slots=True)
class Place:
    """Where the rows of an envelope belong, as whoever signed it says.

    Attributes:
        device: whose envelope it is.
        purpose: under whose key it is.
        retention: its class.
        key_id: of the key to which it is sealed.
        incarnation: of its chain.
        sequence: in its chain.
        created: when the device made it.
    """

    device: bytes
    purpose: Purpose
    retention: str
    key_id: bytes
    incarnation: bytes
    sequence: int
    created: int


@dataclass(frozen=True, slots=True)
class OpenSource:
    """What an envelope has now.

    Attributes:
        stored: as the store has it.
        place: where its rows belong.
        tables: each with the rows that were erased: their numbers count, they do not.
        notes: withholdings.
        erased: rows that are gone or blank.
        case: of the last erasure; None where there was none.
    """

    stored: StoredEnvelope
    place: Place
    tables: tuple[Lessened, ...]
    notes: tuple[Note, ...]
    erased: int = 0
    case: bytes | None = None

    @property
    def rows(self) -> int:
        """Return how many rows it has."""
        return sum(item.left for item in self.tables)


def open_source(
    stored: StoredEnvelope, key: OpeningKey, device: bytes, keeper: bytes
) -> OpenSource:
    """Open what the store has in the place of a data envelope.

    Args:
        stored: with its octets.
        key: to which it is sealed.
        device: public key of the device.
        keeper: public key of the keeper.

    Raises:
        WireError: of the kind that names the reason.
        IdentityError: it stands where it was not signed for.
    """
    if stored.kind == REMAINDER:
        header, opened = open_remainder(stored, key, keeper)
        whose = header.device, header.purpose, header.retention, header.key_id
        place = Place(*whose, header.incarnation, header.sequence, header.created)
        since = header.erased, header.case
        return OpenSource(stored, place, opened.tables, opened.notes, *since)
    head, body = unseal(stored.octets, key, device)
    signed = head.tenant, head.device, head.incarnation, head.sequence
    said = head.purpose, head.created
    if signed != (
        stored.tenant,
        stored.device,
        stored.incarnation,
        stored.sequence,
    ) or said != (Purpose(stored.purpose), stored.created):
        raise _elsewhere()
    place = Place(
        *(head.device, head.purpose, head.retention, head.key_id),
        *(head.incarnation, head.sequence, head.created),
    )
    return OpenSource(stored, place, tuple(map(whole, body.tables)), body.notes)


def whole(table: OpenTable) -> Lessened:
    """Return a table of which nothing was erased."""
    return Lessened(table, frozenset())


def open_remainder(
    stored: StoredEnvelope, key: OpeningKey, keeper: bytes
) -> tuple[RemainderHeader, OpenRemainder]:
    """Open a remainder.

    Raises:
        WireError: of the kind that names the reason.
        IdentityError: it stands where it was not signed for.
    """
    found, header = remainder.read(stored.octets, keeper)
    if _signed(header) != _stored(stored):
        raise _elsewhere()
    return header, remainder.unseal(found, header, key)


def _signed(header: RemainderHeader) -> tuple[object, ...]:
    return (
        header.tenant,
        header.device,
        header.purpose.value,
        header.retention,
        header.key_id,
        header.incarnation,
        header.sequence,
        header.source,
        header.created,
        header.records,
    )


def _stored(stored: StoredEnvelope) -> tuple[object, ...]:
    return (
        stored.tenant,
        stored.device,
        stored.purpose,
        stored.retention,
        stored.key_id,
        stored.incarnation,
        stored.sequence,
        stored.digest,
        stored.created,
        stored.records,
    )


def _elsewhere() -> IdentityError:
    return IdentityError("an envelope stands where it was not signed for")
