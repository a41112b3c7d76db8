# SPDX-License-Identifier: Apache-2.0
"""Opens what a selection names of a whole fleet: lot by lot, by several processes.

Rules: what comes of it is what `open_selection` gives of the same store; what was
opened before and still holds is not opened again; what one process opens in a moment
is opened here, for others take half a second to start.
Not here: lots (`lots.py`), the processes (`crew.py`), what holds (`remembered.py`).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import chain

from server.errors import LimitError
from server.reader.blocks import EachOnce, Keys, OtherTickets
from server.reader.crew import Places, crew_of
from server.reader.lots import (
    Found,
    Lot,
    Means,
    Rows,
    Source,
    fetched,
    gathered,
    open_lot,
)
from server.reader.opened import Opened
from server.reader.opening import OPENED_BYTES, TOO_MUCH, wants
from server.reader.remembered import (
    Grounds,
    Index,
    Kept,
    Memory,
    Standing,
    grounds_of,
    holding,
    index_of,
    question_of,
)
from server.reader.shown import shown_schema, together
from server.store.interface import Device, Store

ALONE = 256
"""Envelopes that are opened here before others are started: half a second's work."""


@dataclass(frozen=True, slots=True)
class Fleet:
    """What a fleet is opened with, for each reading.

    Attributes:
        store: the sealed store.
        places: for processes that open.
        memory: of what was opened before.
        alone: envelopes that are opened here before others are started.
        most: bytes of rows that one reading may hold.
    """

    store: Store
    places: Places
    memory: Memory
    alone: int = ALONE
    most: int = OPENED_BYTES


def open_fleet(
    fleet: Fleet,
    keys: Keys,
    means: Means,
    check: Callable[[], None],
    standing: Standing,
    index: Index | None = None,
) -> Opened:
    """Open what a selection names of all devices.

    Args:
        fleet: the store, and what is shared with other readings.
        keys: the keyring's, of the selection's purpose.
        means: what is opened, and with what besides keys.
        check: called now and then; raises once the grant has ended.
        standing: what this reading rests on, as long as it goes on.
        index: what the store has, if that was looked at already.

    Raises:
        LimitError: more than one reading may hold in memory, or a process that opens
            ended by itself.
    """
    keys = EachOnce(keys)
    store, selection = fleet.store, means.selection
    enrolled = store.devices(selection.tenant) if index is None else index.enrolled
    question = question_of(means, len(enrolled))
    before = {} if question is None else fleet.memory.of(question, standing)
    kept: Mapping[int, Kept] = {}
    if before:
        index = index or index_of(store, selection, check)
        enrolled = index.enrolled
        kept = holding(store, selection, index, keys, before)
    every = index is not None and kept.keys() == index.marks.keys()
    found = {number: one.found for number, one in kept.items()}
    held = sum(one.octets for one in found.values())
    grounds: dict[int, Grounds] = {}

    def noted(lots: Iterable[Lot]) -> Iterator[Lot]:
        for lot in lots:
            grounds[lot.number] = grounds_of(lot, keys)
            yield lot

    nothing = selection.shown is not None and not selection.shown
    if not every and not nothing:
        apart = OtherTickets(keys)
        lots = noted(gathered(store, means, enrolled, kept.keys(), apart=apart))
        for number, one in _opened(fleet, lots, means, keys, check):
            found[number] = one
            held += one.octets
            if held > fleet.most:
                raise LimitError(TOO_MUCH)
    if question is not None:
        fresh = {number: Kept(why, found[number]) for number, why in grounds.items()}
        fleet.memory.keep(question, standing, {**kept, **fresh})
    return _whole([found[number] for number in sorted(found)], means, enrolled)


def _opened(
    fleet: Fleet,
    lots: Iterator[Lot],
    means: Means,
    keys: Keys,
    check: Callable[[], None],
) -> Iterator[tuple[int, Found]]:
    """Yield what comes of each lot with its number, in any order."""
    source = Source(keys, fetched(fleet.store, means.selection))
    count, alone = 0, False
    for lot in lots:
        check()
        if count >= fleet.alone and not alone:
            with ExitStack() as stack:
                crew = crew_of(fleet.places, stack, means, source)
                if crew is not None:
                    yield from crew.opened(chain((lot,), lots), check)
                    return
            alone = True
        count += sum(bool(one.octets) for one in lot.stored) + len(lot.blocks)
        yield lot.number, open_lot(lot, means, source, check)


def _whole(found: Sequence[Found], means: Means, enrolled: Sequence[Device]) -> Opened:
    """Return what was opened of all lots, in their order."""
    opened, selection = Opened(), means.selection
    pieces: Rows = {}
    for one in found:
        opened.add(one.opened)
        for name, rows in one.rows.items():
            pieces.setdefault(name, []).extend(rows)
    opened.count_unheard(enrolled)
    for name, dataset in means.catalogue.datasets.items():
        if wants(selection, name):
            schema = shown_schema(dataset, selection.names_of(name))
            rows = pieces.get(name, [])
            opened.tables[name] = together(rows, schema, whole=selection.shown is None)
    return opened
