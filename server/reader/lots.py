# SPDX-License-Identifier: Apache-2.0
"""Devices that are opened together: a lot of them, from a store to rows.

Rules: which devices are in a lot is told by their ids alone, so a lot stays what it is
while others enrol; what a lot gives is what the whole reading gives of its devices.
Not here: opening an envelope (`opening.py`), who opens lots (`fleet.py`, `crew.py`).
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby, islice

import pyarrow as pa

from server.reader.blocks import Blocks, Keys
from server.reader.fold import Fold
from server.reader.opened import Opened
from server.reader.opening import Reading, finish, take_all
from server.reader.selection import Selection
from server.reader.states import Agreed
from server.store.blocks import HeldBlock
from server.store.interface import Device, Place, Store, StoredEnvelope
from wire.catalogue import Catalogue

DEVICES = 16
"""In a lot, about: some 30 ms of work, 15,000 packages."""
BYTES = 8 * 1024 * 1024
"""Of sealed envelopes that a lot brings along; it fetches more as they are opened."""
ENVELOPES = 64
"""Fetched at a time."""
_ID_BITS = 32
Fetch = Callable[[bytes, Collection[Place]], Sequence[StoredEnvelope]]
"""Returns envelopes of a device with their octets."""
Bare = Callable[[StoredEnvelope], bool]
"""Tells of an envelope whether it comes without its octets."""
Rows = dict[str, list[pa.RecordBatch]]
"""Of each dataset its pieces, as `shown.together` takes them."""


def _none(_stored: StoredEnvelope) -> bool:
    """Leave nothing shut."""
    return False


@dataclass(frozen=True, slots=True)
class Lot:
    """What a store has of some devices.

    Attributes:
        number: of the lot.
        devices: those of them that are enrolled.
        stored: by device, incarnation and sequence; of a device with blocks without
            octets, for few of them need be opened, and so what is too much to carry.
        blocks: theirs.
    """

    number: int
    devices: Sequence[Device]
    stored: Sequence[StoredEnvelope]
    blocks: Mapping[bytes, Sequence[HeldBlock]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Found:
    """What was opened of a lot; `opened` has no tables, `rows` has them."""

    opened: Opened
    rows: Rows

    @property
    def octets(self) -> int:
        """Return what its rows hold in memory."""
        return sum(piece.nbytes for pieces in self.rows.values() for piece in pieces)


@dataclass(frozen=True, slots=True)
class Means:
    """What lots of a reading are opened with, but for keys.

    Attributes:
        catalogue: what this release knows.
        selection: the purpose, and how it is narrowed.
        signer: public key of the fold job; None where no block is used.
        keeper: public key of the keeper; None where remainders are only counted.
    """

    catalogue: Catalogue
    selection: Selection
    signer: bytes | None
    keeper: bytes | None

    @property
    def folded(self) -> bool:
        """Tell whether blocks may stand for their envelopes."""
        return self.signer is not None and not self.selection.windowed


class _Shelf:
    """The lot in the place of the store, for looking its blocks up."""

    def __init__(self, lot: Lot) -> None:
        self._lot = lot

    def blocks(self, tenant: bytes, device: bytes, purpose: str) -> Sequence[HeldBlock]:
        del tenant, purpose
        return self._lot.blocks.get(device, ())

    def envelopes(
        self,
        tenant: bytes,
        *,
        device: bytes | None = None,
        purpose: str | None = None,
        bare: Bare | None = None,
    ) -> Iterable[StoredEnvelope]:
        del tenant, purpose, bare
        return [one for one in self._lot.stored if one.device == device]


def lots_of(devices: int) -> int:
    """Return how many bits of a device's id tell its lot."""
    return max(0, (devices // DEVICES).bit_length() - 1)


def number_of(device: bytes, bits: int) -> int:
    """Return the lot of a device."""
    return int.from_bytes(device[: _ID_BITS // 8]) >> (_ID_BITS - bits)


def gathered(
    store: Store,
    means: Means,
    enrolled: Sequence[Device],
    without: Collection[int] = (),
    most: int = BYTES,
    *,
    apart: Bare = _none,
) -> Iterator[Lot]:
    """Yield the lots of a fleet, in order, envelopes from one view of the store.

    Args:
        store: the sealed store.
        means: what they are opened with.
        enrolled: all devices.
        without: lots that need not be opened.
        most: bytes of sealed envelopes that a lot brings along.
        apart: tells of an envelope whether it is not opened, so it comes without its
            octets.
    """
    selection, bits = means.selection, lots_of(len(enrolled))
    known = {one.device: one for one in enrolled}
    gathering = _Gathering(store, means, bits, without, most, apart)
    found = store.envelopes(
        selection.tenant,
        purpose=selection.purpose.value,
        since=selection.since,
        until=selection.until,
        bare=gathering.bare,
    )
    for number, some in groupby(found, lambda one: number_of(one.device, bits)):
        if number in without:
            continue
        stored = []
        for one in some:
            stored.append(one)
            gathering.carried += len(one.octets)
        devices = dict.fromkeys(one.device for one in stored)
        blocks = gathering.blocks.pop(number, {})
        yield Lot(
            number,
            [known[one] for one in devices if one in known],
            stored,
            {one: held for one in devices if (held := blocks.get(one))},
        )


class _Gathering:
    """Knows of which envelopes a lot takes the octets along."""

    def __init__(
        self,
        store: Store,
        means: Means,
        bits: int,
        without: Collection[int],
        most: int,
        apart: Bare,
    ) -> None:
        self._store = store
        self._means = means
        self._bits = bits
        self._without = without
        self._most = most
        self._apart = apart
        self._number = -1
        self.blocks: dict[int, dict[bytes, Sequence[HeldBlock]]] = {}
        self.carried = 0

    def bare(self, stored: StoredEnvelope) -> bool:
        """Tell whether an envelope comes without its octets."""
        number = number_of(stored.device, self._bits)
        if number != self._number:
            self._number, self.carried = number, 0
        if number in self._without or self._apart(stored):
            return True
        return self._has_blocks(number, stored.device) or self.carried > self._most

    def _has_blocks(self, number: int, device: bytes) -> bool:
        if not self._means.folded:
            return False
        blocks, chosen = self.blocks.setdefault(number, {}), self._means.selection
        if device not in blocks:
            whose = chosen.tenant, device, chosen.purpose.value
            blocks[device] = self._store.blocks(*whose)
        return bool(blocks[device])


@dataclass(frozen=True, slots=True)
class Source:
    """Where a process that opens lots has things from.

    Attributes:
        keys: the keyring's, of the selection's purpose.
        fetch: called for what a lot has without octets, and blocks do not replace.
        agreed: states of lots before that were compared with their digest.
    """

    keys: Keys
    fetch: Fetch
    agreed: Agreed = field(default_factory=Agreed)


def open_lot(
    lot: Lot, means: Means, source: Source, check: Callable[[], None]
) -> Found:
    """Open a lot.

    Args:
        lot: as gathered.
        means: what it is opened with.
        source: of keys and the rest.
        check: called before each envelope; raises once the reading is to end.

    Raises:
        LimitError: more than one reading may hold in memory.
    """
    chosen = means.selection
    selection = replace(chosen, marked=chosen.marked.anew())
    fold = Fold(
        *(means.catalogue, selection.columns, selection.marked, selection.shown),
        agreed=source.agreed,
    )
    blocks = None
    if means.folded and means.signer is not None:
        whose = selection.tenant, selection.purpose
        blocks = Blocks(_Shelf(lot), source.keys, means.signer, *whose)
    reading = Reading(source.keys, fold, selection, lot.devices, blocks, means.keeper)
    take_all(reading, fold, _complete(lot, reading.bare, source.fetch), check)
    opened = reading.opened
    finish(opened, fold, selection)
    if blocks is not None:
        opened.aside = blocks.aside
    return Found(opened, fold.pieces())


def _complete(lot: Lot, bare: Bare, fetch: Fetch) -> Iterator[StoredEnvelope]:
    """Yield the envelopes of a lot, those with octets that are to be opened."""
    for _, some in groupby(lot.stored, lambda one: one.device):
        while stored := [*islice(some, ENVELOPES)]:
            yield from _completed(stored, bare, fetch)


def _completed(
    stored: Sequence[StoredEnvelope], bare: Bare, fetch: Fetch
) -> list[StoredEnvelope]:
    """Return envelopes of a device, those with octets that are to be opened.

    One that went since the lot was gathered is left out, as if it had gone before.
    """
    places = {
        (one.incarnation, one.sequence)
        for one in stored
        if not one.octets and not bare(one)
    }
    found = fetch(stored[0].device, places) if places else ()
    come = {(one.incarnation, one.sequence): one for one in found}
    return [
        one if place not in places else come[place]
        for one in stored
        if (place := (one.incarnation, one.sequence)) not in places or place in come
    ]


def fetched(store: Store, selection: Selection) -> Fetch:
    """Return what fetches octets from a store.

    A device is fetched piece by piece, so nothing before a piece is looked at again.
    """

    def fetch(device: bytes, places: Collection[Place]) -> Sequence[StoredEnvelope]:
        found = store.envelopes(
            selection.tenant,
            device=device,
            purpose=selection.purpose.value,
            between=(min(places), max(places)),
            bare=lambda one: (one.incarnation, one.sequence) not in places,
        )
        return [one for one in found if (one.incarnation, one.sequence) in places]

    return fetch
