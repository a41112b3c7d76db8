# SPDX-License-Identifier: Apache-2.0
"""Opens the envelopes of one purpose and returns the tables that SQL will see.

Rules: the index is the gate's word and only narrows the search; what counts is the
signed header: another tenant's or purpose's is never opened, and one that stands under
another place than its own is not shown twice; what was erased in part is read from the
keeper's remainder; what is another ticket's stays shut; what does not open is counted
by its reason, and so is what devices say will never arrive; a void is a hole in the
states of its retention class, for the envelope that it stands for may have held a
change.
Not here: who may (`grants.py`), the key files (`server/keyring`).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from server.devices import known
from server.errors import LimitError
from server.keyring import OTHER_TICKET
from server.reader.blocks import Blocks, EachOnce, Keys, OtherTickets, Usable
from server.reader.fold import Base, Fold, Part, Taker
from server.reader.opened import Opened
from server.reader.remainders import open_remainder, whole
from server.reader.selection import Selection
from server.store.interface import (
    REMAINDER,
    Device,
    Store,
    StoredEnvelope,
)
from wire import envelope
from wire.block import OpenState
from wire.body import Mode, OpenTable
from wire.body_rows import Lessened
from wire.catalogue import Catalogue
from wire.envelope import EnvelopeKind, Gap, Header
from wire.errors import WireError
from wire.purposes import Purpose
from wire.unsealing import unseal

OPENED_BYTES = 512 * 1024 * 1024
"""Opened rows of one reading: half of what DuckDB may hold of them."""
TOO_MUCH = (
    "more data than one reading may hold: narrow it with --device, --dataset or --since"
)


def _at_leisure() -> None:
    """Have all the time in the world."""


def open_selection(  # noqa: PLR0913, PLR0917 - all that a reading opens with
    store: Store,
    keys: Keys,
    catalogue: Catalogue,
    selection: Selection,
    check: Callable[[], None] = _at_leisure,
    signer: bytes | None = None,
    keeper: bytes | None = None,
) -> Opened:
    """Open what a selection names.

    Args:
        store: the sealed store.
        keys: the keyring's, of the selection's purpose.
        catalogue: what this release knows; the rest stays sealed and is counted.
        selection: the purpose, and how it is narrowed.
        check: called before each envelope; raises once the grant has ended.
        signer: public key of the fold job, whose blocks are used unless a window is
            selected, which can begin or end amid their sources; None uses none.
        keeper: public key of the keeper, whose remainders are shown; None counts them.

    Raises:
        LimitError: more than one reading may hold in memory.
    """
    fold = Fold(catalogue, selection.columns, selection.marked, selection.shown)
    keys = EachOnce(keys)
    blocks = None
    if signer is not None and not selection.windowed:
        blocks = Blocks(store, keys, signer, selection.tenant, selection.purpose)
    enrolled = (
        known(store, selection.tenant, selection.devices)
        if selection.devices
        else store.devices(selection.tenant)
    )
    reading = Reading(keys, fold, selection, enrolled, blocks, keeper)
    nothing = selection.shown is not None and not selection.shown
    bare = reading.bare if blocks or selection.purpose is Purpose.SUPPORT else None
    for device in () if nothing else selection.devices or (None,):
        found = store.envelopes(
            selection.tenant,
            device=device,
            purpose=selection.purpose.value,
            since=selection.since_of(device),
            until=selection.until,
            bare=bare,
        )
        take_all(reading, fold, found, check)
    opened = reading.opened
    finish(opened, fold, selection)
    opened.tables = fold.tables(selection.datasets)
    opened.count_unheard(enrolled)
    if blocks is not None:
        opened.aside = blocks.aside
    return opened


def take_all(
    reading: "Reading",
    fold: Fold,
    found: Iterable[StoredEnvelope],
    check: Callable[[], None],
) -> None:
    """Open envelopes, device by device.

    Args:
        reading: opens them.
        fold: its own.
        found: as a store yields them.
        check: called before each.
    """
    last = b""
    for stored in found:
        check()
        if stored.device != last:
            fold.passed()
            last = stored.device
        reading.take(stored)


def wants(selection: Selection, dataset: str) -> bool:
    """Tell whether a selection names a dataset."""
    return not selection.datasets or dataset in selection.datasets


def finish(found: Opened, fold: Fold, selection: Selection) -> None:
    """Say of what was opened what only all of it tells, but for its rows."""
    fold.passed()
    found.notes = [*selection.marked.told]
    found.skipped += fold.skipped  # drops reasons that are zero
    if not selection.windowed:
        found.broken = fold.broken


class Reading:
    """One pass over stored envelopes; keys stay in memory as long as it does."""

    def __init__(
        self,
        keys: Keys,
        fold: Taker,
        selection: Selection,
        devices: Sequence[Device],
        blocks: Blocks | None,
        keeper: bytes | None,
    ) -> None:
        """Open nothing yet.

        Args:
            keys: the keyring's, of the selection's purpose.
            fold: takes what is opened.
            selection: the purpose, and how it is narrowed.
            devices: those that are enrolled.
            blocks: which stand for their envelopes; None for none.
            keeper: public key of the keeper; None where remainders are only counted.
        """
        self._keys = EachOnce(keys)
        self._keeper = keeper
        self._fold = fold
        self._selection = selection
        self._blocks = blocks
        self._seen: set[tuple[bytes, bytes, bytes]] = set()
        self._known: dict[tuple[bytes, bytes, str], set[bytes]] = {}
        self._apart = OtherTickets(self._keys)
        self.enrolled: Mapping[bytes, Device] = {one.device: one for one in devices}
        self.opened = Opened()

    def bare(self, stored: StoredEnvelope) -> bool:
        """Tell whether nothing of an envelope's octets is looked at."""
        if self._apart(stored):
            return True
        return self._blocks is not None and self._blocks.replaces(stored)

    def take(self, stored: StoredEnvelope) -> None:
        """Open one envelope, or count why not; one without octets has its block."""
        device = self.enrolled.get(stored.device)
        if device is None:
            self.opened.skipped["unknown-device"] += 1
            return
        if self._apart(stored):
            self.opened.skipped[OTHER_TICKET] += 1
            return
        if stored.has_rows:
            whose = stored.device, stored.incarnation, stored.retention
            self._known.setdefault(whose, set()).add(stored.key_id)
        block = self._blocks.covering(stored) if self._blocks else None
        if block is not None:
            self._take_block(block, stored, device)
        if block is not None and not stored.octets:
            return
        try:
            self._take(stored, device, block)
        except WireError as error:
            self._skip(stored, error.code)

    def _take_block(
        self, block: Usable, stored: StoredEnvelope, device: Device
    ) -> None:
        """Take the states of a block where the newest part of each would come."""
        stream = stored.device, stored.incarnation, stored.key_id
        if stream not in self._seen:
            self._seen.add(stream)
            self.opened.blocks += 1
            self.opened.devices.add(device.device)
            self.opened.keys.add(stored.key_id)
        wanted = self._selection.datasets
        states = [
            state
            for state in block.states.get(stored.sequence, ())
            if not wanted or state.table.dataset in wanted
        ]
        every = sum(_octets(state.table) for state in block.opened.states)
        held = sum(
            not wanted or state.table.dataset in wanted for state in block.opened.states
        )
        for state in states:
            base = Base(state.numbers, state.observed, state.following, state.heard)
            self._give(stored, device, state, base, every // max(1, held))

    def _give(
        self,
        stored: StoredEnvelope,
        device: Device,
        state: OpenState,
        base: Base,
        octets: int,
    ) -> None:
        self._fold.add(
            Part(
                device.device,
                device.label,
                stored.incarnation,
                stored.key_id,
                state.created,
                state.table,
                octets,
                stored.sequence,
                base,
            )
        )
        self._check_memory()

    def _check_memory(self) -> None:
        if self._fold.octets > OPENED_BYTES:
            raise LimitError(TOO_MUCH)

    def _skip(self, stored: StoredEnvelope, reason: str) -> None:
        self.opened.skipped[reason] += 1
        self._fold.hole(stored.device, stored.incarnation, stored.key_id)

    def _take(
        self, stored: StoredEnvelope, device: Device, block: Usable | None
    ) -> None:
        if stored.kind == REMAINDER:
            self._reopen(stored, device)
            return
        sealed, header = envelope.read(stored.octets)
        if (
            header.tenant != self._selection.tenant
            or header.purpose is not self._selection.purpose
        ):
            self.opened.skipped["not-of-this-purpose"] += 1
        elif _place(header) != (stored.incarnation, stored.sequence, stored.created):
            self._skip(stored, "not-of-this-place")
        elif header.kind is EnvelopeKind.DATA:
            self._open(stored, header, device, block)
        else:
            envelope.check_signature(sealed, header, device.public)
            if header.gap is not None:
                self._count_missing(header.gap)
            if header.kind is EnvelopeKind.VOID:
                whose = header.device, header.incarnation, header.retention
                for key_id in self._known.get(whose, ()):
                    self._fold.hole(header.device, header.incarnation, key_id)

    def _count_missing(self, gap: Gap) -> None:
        if gap.count is None:
            self.opened.uncounted[gap.reason] += 1
        else:
            self.opened.missing[gap.reason] += gap.count

    def _open(
        self,
        stored: StoredEnvelope,
        header: Header,
        device: Device,
        block: Usable | None,
    ) -> None:
        key = self._keys.opening_key(header.key_id)
        if key is None:
            self._skip(stored, self._keys.why(header.key_id))
            return
        _, body = unseal(stored.octets, key, device.public)
        tables = [*map(whole, body.tables)]
        if block is not None:
            folded = block.opened.folded
            tables = [
                item
                for item in tables
                if item.table.mode is Mode.APPEND or item.table.dataset not in folded
            ]
        # one table's buffers keep the whole body in memory
        octets = sum(map(_octets, body.tables))
        if stored.key_id != header.key_id:
            stored = replace(stored, key_id=header.key_id)
        self._show(stored, device, tables, octets)

    def _reopen(self, stored: StoredEnvelope, device: Device) -> None:
        """Open what is left of an envelope since an erasure."""
        key = self._keys.opening_key(stored.key_id)
        if key is None or self._keeper is None:
            why = "remainder" if key else self._keys.why(stored.key_id)
            self._skip(stored, why)
            return
        _, found = open_remainder(stored, key, self._keeper)
        octets = sum(_octets(item.table) for item in found.tables)
        self._show(stored, device, found.tables, octets)

    def _show(
        self,
        stored: StoredEnvelope,
        device: Device,
        tables: Sequence[Lessened],
        octets: int,
    ) -> None:
        self.opened.envelopes += 1
        self.opened.devices.add(device.device)
        self.opened.keys.add(stored.key_id)
        wanted = self._selection.datasets
        chosen = [item for item in tables if not wanted or item.table.dataset in wanted]
        share = octets // max(1, len(chosen))
        for item in chosen:
            self._fold.add(
                Part(
                    device.device,
                    device.label,
                    stored.incarnation,
                    stored.key_id,
                    stored.created,
                    item.table,
                    share,
                    stored.sequence,
                    blank=item.blank,
                )
            )
        self._check_memory()


def _place(header: Header) -> tuple[bytes, int, int]:
    return header.incarnation, header.sequence, header.created


def _octets(table: OpenTable) -> int:
    return sum(
        len(buffer)
        for column in table.columns
        for buffer in (column.validity, column.offsets, column.data)
        if buffer is not None
    )
