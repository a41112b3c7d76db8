# SPDX-License-Identifier: Apache-2.0
"""Which blocks may stand for their envelopes in a reading.

Rules: a block is used only where the fold job signed it, it stands under its own
place, its key opens it, and what the store holds up to its last source is exactly what
it names; on any doubt it is set aside, counted by its reason, and its envelopes are
opened as if it were not there; a key that ended, or is another ticket's, takes its
blocks along, uncounted.
Not here: making blocks (`folding.py`), what their states mean (`fold.py`).
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from server.keyring import DESTROYED, OTHER_TICKET, OVERDUE
from server.store.blocks import HeldBlock
from server.store.interface import StoredEnvelope
from wire import block
from wire.block import BlockHeader, OpenBlock, OpenState, Sources
from wire.crypto.opening import OpeningKey
from wire.data_key import Sealed
from wire.envelope import EnvelopeKind
from wire.errors import WireError
from wire.purposes import Purpose

SOURCES_DIFFER = "sources-differ"
"""An envelope came late, was lost or deleted since the block was made."""
NOT_OF_THIS_PLACE = "not-of-this-place"
NOT_OF_ITS_SOURCES = "not-of-its-sources"
"""What it says of an envelope that it was not made of would be shown by none."""
_TOLD = frozenset({DESTROYED, OTHER_TICKET, OVERDUE})
"""Why keys do not open, of which the envelopes tell."""
Stream = tuple[bytes, bytes]
"""Incarnation and key id: of one device and purpose, what one block can fold."""


class Keys(Protocol):
    """What opening needs of a keyring."""

    def opening_key(self, number: bytes) -> OpeningKey | None:
        """Return the private key of a key id; None where `why` says why not."""

    def why(self, number: bytes) -> str:
        """Return why there is no private key of a key id, as a slug."""


class EachOnce:
    """The keys of one reading, each of them looked up once."""

    def __init__(self, keys: Keys) -> None:
        """Look nothing up yet."""
        self._keys = keys
        self._held: dict[bytes, OpeningKey | None] = {}

    def opening_key(self, number: bytes) -> OpeningKey | None:
        """Return the private key of a key id; None where `why` says why not."""
        if number not in self._held:
            self._held[number] = self._keys.opening_key(number)
        return self._held[number]

    def why(self, number: bytes) -> str:
        """Return why there is no private key of a key id, as a slug."""
        return self._keys.why(number)


class OtherTickets:
    """Tells of envelopes whether they are under another ticket, each key once.

    Such an envelope is not opened, and its octets stay on the disk.
    """

    def __init__(self, keys: Keys) -> None:
        """Look nothing up yet."""
        self._keys = keys
        self._found: dict[bytes, bool] = {}

    def __call__(self, stored: StoredEnvelope) -> bool:
        """Tell it by the index: what that says wrongly, the keyring refuses."""
        number = stored.key_id
        if not stored.has_rows:  # it is sealed to no key
            return False
        found = self._found.get(number)
        if found is None:
            shut = self._keys.opening_key(number) is None
            found = shut and self._keys.why(number) == OTHER_TICKET
            self._found[number] = found
        return found


class Shelf(Protocol):
    """What looking blocks up needs of a store."""

    def blocks(self, tenant: bytes, device: bytes, purpose: str) -> Sequence[HeldBlock]:
        """Return the blocks of a device and purpose."""

    def envelopes(
        self,
        tenant: bytes,
        *,
        device: bytes | None = None,
        purpose: str | None = None,
        bare: Callable[[StoredEnvelope], bool] | None = None,
    ) -> Iterable[StoredEnvelope]:
        """Yield stored envelopes, by device, incarnation and sequence."""


@dataclass(frozen=True, slots=True)
class Usable:
    """A block that may be used.

    Attributes:
        header: what was signed.
        opened: its content.
        states: by sequence of the newest source that has a part of them.
        replaced: sequences that need not be opened.
    """

    header: BlockHeader
    opened: OpenBlock
    states: dict[int, list[OpenState]]
    replaced: frozenset[int]


class Blocks:
    """The blocks of one purpose, looked up as a reading goes from device to device."""

    def __init__(
        self, store: Shelf, keys: Keys, signer: bytes, tenant: bytes, purpose: Purpose
    ) -> None:
        """Know where to look; nothing is opened yet.

        Args:
            store: the sealed store.
            keys: the keyring.
            signer: public key of the fold job.
            tenant: 16 bytes.
            purpose: of the reading.
        """
        self._store = store
        self._keys = keys
        self._signer = signer
        self._tenant = tenant
        self._purpose = purpose
        self._device = b""
        self._usable: dict[Stream, Usable] = {}
        self.aside: Counter[str] = Counter()

    def covering(self, stored: StoredEnvelope) -> Usable | None:
        """Return the block that an envelope is a source of.

        What arrived since the block was compared with its sources is not seen before
        the next reading.
        """
        if stored.device != self._device:
            self._device = stored.device
            self._usable = self._of_device(stored.device)
        found = self._usable.get((stored.incarnation, stored.key_id))
        data = stored.kind == EnvelopeKind.DATA.value
        if found is None or not data or stored.sequence > found.header.last:
            return None
        return found

    def replaces(self, stored: StoredEnvelope) -> bool:
        """Tell whether an envelope need not be opened."""
        found = self.covering(stored)
        return found is not None and stored.sequence in found.replaced

    def _of_device(self, device: bytes) -> dict[Stream, Usable]:
        checked: dict[Stream, tuple[Sealed, BlockHeader]] = {}
        for held in self._store.blocks(self._tenant, device, self._purpose.value):
            try:
                found, header = block.read(held.octets, self._signer)
            except WireError as error:
                self.aside[error.code] += 1
                continue
            if _place(header) != _index(held):
                self.aside[NOT_OF_THIS_PLACE] += 1
            else:
                checked[held.incarnation, held.key_id] = found, header
        usable = {}
        for stream, sequences in self._agreeing(device, checked).items():
            opened = self._opened(*checked[stream], sequences)
            if opened is not None:
                usable[stream] = opened
        return usable

    def _agreeing(
        self, device: bytes, checked: dict[Stream, tuple[Sealed, BlockHeader]]
    ) -> dict[Stream, set[int]]:
        """Return the sources of those blocks that name all which the store holds."""
        sources = {stream: Sources() for stream in checked}
        sequences: dict[Stream, set[int]] = {stream: set() for stream in checked}
        if not sources:
            return {}
        for stored in self._store.envelopes(
            self._tenant,
            device=device,
            purpose=self._purpose.value,
            bare=lambda _: True,
        ):
            stream = stored.incarnation, stored.key_id
            if (
                stored.kind == EnvelopeKind.DATA.value
                and stream in sources
                and stored.sequence <= checked[stream][1].last
            ):
                sources[stream].add(stored.sequence, stored.digest)
                sequences[stream].add(stored.sequence)
        agreeing = {}
        for stream, (_, header) in checked.items():
            found = sources[stream]
            told = header.first, header.last, header.count, header.sources
            if told == (found.first, found.last, found.count, found.digest()):
                agreeing[stream] = sequences[stream]
            else:
                self.aside[SOURCES_DIFFER] += 1
        return agreeing

    def _opened(
        self, found: Sealed, header: BlockHeader, sources: set[int]
    ) -> Usable | None:
        key = self._keys.opening_key(header.key_id)
        if key is None:
            why = self._keys.why(header.key_id)
            if why not in _TOLD:
                self.aside[why] += 1
            return None
        try:
            opened = block.unseal(found, header, key)
        except WireError as error:
            self.aside[error.code] += 1
            return None
        states: dict[int, list[OpenState]] = {}
        for state in opened.states:
            states.setdefault(state.sequence, []).append(state)
        if not sources.issuperset((*states, *opened.replaced)):
            self.aside[NOT_OF_ITS_SOURCES] += 1
            return None
        return Usable(header, opened, states, frozenset(opened.replaced))


def _place(header: BlockHeader) -> tuple[object, ...]:
    return (
        header.tenant,
        header.device,
        header.purpose.value,
        header.key_id,
        header.incarnation,
        header.last,
        header.count,
    )


def _index(held: HeldBlock) -> tuple[object, ...]:
    return (
        held.tenant,
        held.device,
        held.purpose,
        held.key_id,
        held.incarnation,
        held.last,
        held.sources,
    )
