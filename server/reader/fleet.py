# SPDX-License-Identifier: Apache-2.0
"""Opens what a selection names of a whole fleet: lot by lot, by several processes.

Rules: what comes of it is what `open_selection` gives of the same store; what one
process opens in a moment is opened here, for others take half a second to start.
Not here: lots (`lots.py`), the processes (`crew.py`).
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from itertools import chain

from server.errors import LimitError
from server.reader.blocks import Keys
from server.reader.crew import Places, crew_of
from server.reader.lots import Found, Means, Rows, fetched, gathered, open_lot
from server.reader.opened import Opened
from server.reader.opening import OPENED_BYTES, TOO_MUCH, wants
from server.reader.shown import shown_schema, together
from server.store.interface import Device, Store

ALONE = 256
"""Envelopes that are opened here before others are started: half a second's work."""


def open_fleet(
    store: Store,
    keys: Keys,
    means: Means,
    check: Callable[[], None],
    places: Places,
) -> Opened:
    """Open what a selection names of all devices.

    Args:
        store: the sealed store.
        keys: the keyring's, of the selection's purpose.
        means: what is opened, and with what besides keys.
        check: called now and then; raises once the grant has ended.
        places: for processes that open.

    Raises:
        LimitError: more than one reading may hold in memory.
        UnreachableError: a process that opens ended by itself.
    """
    enrolled = store.devices(means.selection.tenant)
    found: dict[int, Found] = {}
    held = 0
    for number, one in _opened(store, keys, means, check, places, enrolled):
        found[number] = one
        held += one.octets
        if held > OPENED_BYTES:
            raise LimitError(TOO_MUCH)
    return _whole([found[number] for number in sorted(found)], means, enrolled)


def _opened(
    store: Store,
    keys: Keys,
    means: Means,
    check: Callable[[], None],
    places: Places,
    enrolled: Sequence[Device],
) -> Iterator[tuple[int, Found]]:
    """Yield what comes of each lot with its number, in any order."""
    fetch, count, alone = fetched(store, means.selection), 0, False
    nothing = means.selection.shown is not None and not means.selection.shown
    lots = iter(()) if nothing else gathered(store, means, enrolled, ())
    for lot in lots:
        check()
        if count >= ALONE and not alone:
            with ExitStack() as stack:
                crew = crew_of(places, stack, means, keys, fetch)
                if crew is not None:
                    yield from crew.opened(chain((lot,), lots), check)
                    return
            alone = True
        count += sum(bool(one.octets) for one in lot.stored) + len(lot.blocks)
        yield lot.number, open_lot(lot, means, keys, fetch, check)


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
            names = selection.shown and selection.shown.get(name, ())
            schema = shown_schema(dataset, names)
            rows = pieces.get(name, [])
            opened.tables[name] = together(rows, schema, whole=selection.shown is None)
    return opened
