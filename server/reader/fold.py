# SPDX-License-Identifier: Apache-2.0
"""What holds now: rows of metrics and events appended, snapshots folded.

Rules: a snapshot's rows are those of the newest full state of a device, its own or a
block's, with every later change of the same key epoch applied in order, by row number;
a change whose full state, or a change between them, is not here is counted, never
guessed, and so is a state that is not its digest: only a full snapshot mends it; rows
that share a key (it may be masked) are all kept; what the grant does not name is
counted, once for a device and dataset, and not shown; a row that was erased keeps its
number and is not shown, and while it would hold no digest can be compared.
Not here: opening (`server/reader/opening.py`), Arrow's layout (`arrow.py`).
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import pyarrow as pa

from server.reader.arrow import OUT_OF_RANGE, to_batch, with_origin
from server.reader.marked import RESTRICTED, Marked
from server.reader.shown import Shown
from server.reader.states import Agreed, agrees
from wire.body import Mode, Op, OpenTable
from wire.catalogue import Catalogue, Dataset

_ORIGIN_BYTES = 48
"""A row's device in hexadecimal, two offsets and a time."""


@dataclass(frozen=True, slots=True)
class Base:
    """What a table of a block knows beyond a full one from a device.

    Attributes:
        numbers: of each row its number.
        observed: of each row when its envelope was made.
        following: the number that the next added row takes.
        heard: when the newest part that was folded was made.
    """

    numbers: tuple[int, ...]
    observed: tuple[int, ...]
    following: int
    heard: int


@dataclass(frozen=True, slots=True)
class Part:
    """One opened table and where it came from.

    Attributes:
        device: 16 bytes.
        label: the device's name for people.
        incarnation: of its spool.
        key_id: of the epoch's key that it was sealed to.
        created: when the envelope was made.
        table: as opened.
        octets: what it holds in memory: its share of the opened body.
        sequence: of the envelope.
        base: of a block's table only; `created` is that of the newest part in it.
        blank: of a remainder's table only: rows that were erased.
    """

    device: bytes
    label: str
    incarnation: bytes
    key_id: bytes
    created: int
    table: OpenTable
    octets: int = 0
    sequence: int = 0
    base: Base | None = None
    blank: frozenset[int] = frozenset()

    @property
    def heard(self) -> int:
        """Return when the device was heard of this state."""
        return self.base.heard if self.base else self.created

    def numbers(self) -> Sequence[int]:
        """Return the number of each row."""
        if self.base:
            return self.base.numbers
        return self.table.numbers or range(self.table.rows)

    def observed(self, rows: Sequence[int]) -> Sequence[int]:
        """Return when rows were sealed; one time where it is that of all."""
        if self.base and rows:
            return [self.base.observed[row] for row in rows]
        return [self.created]


class Taker(Protocol):
    """What a reading gives opened tables to."""

    @property
    def octets(self) -> int:
        """Return what is held in memory."""

    def add(self, part: Part) -> None:
        """Take a table; of one incarnation they come in order of sequence."""

    def hole(self, device: bytes, incarnation: bytes, key_id: bytes) -> None:
        """Know that an envelope of a chain is missing."""


@dataclass(frozen=True, slots=True, order=True)
class Broken:
    """A snapshot that only a full one mends: a change of it is missing or wrong."""

    device: bytes
    incarnation: bytes
    dataset: str


@dataclass(slots=True)
class _State:
    """One snapshot of one incarnation: its last full state and what followed.

    Attributes:
        parts: the full state and its changes.
        holes: envelopes missing when the full state came.
        heard: when the newest part was made, taken or not.
        broken: whether a change could not be taken.
    """

    parts: list[Part] = field(default_factory=list)
    holes: int = 0
    heard: int = 0
    broken: bool = False


class Fold:
    """Takes opened tables, device by device in sequence, and returns what holds."""

    def __init__(
        self,
        catalogue: Catalogue,
        allowed: Mapping[str, frozenset[str]],
        marked: Marked | None = None,
        shown: Mapping[str, Collection[str]] | None = None,
        agreed: Agreed | None = None,
    ) -> None:
        """Know what there is and what of it may be shown; there are no rows yet.

        Args:
            catalogue: what this release knows.
            allowed: columns by dataset, as the grant names them.
            marked: rows that are withheld, and notes; None for none.
            shown: names under which columns are shown, by dataset: what is kept of
                them; None keeps all.
            agreed: states of other devices that were compared with their digest.
        """
        self._agreed = agreed
        self._marked = marked or Marked()
        self._names = shown
        self._catalogue = catalogue
        self._allowed = allowed
        self._holes: Counter[tuple[bytes, bytes, bytes]] = Counter()
        self._shown: dict[str, Shown] = {}
        self._states: dict[tuple[str, bytes], dict[bytes, _State]] = {}
        self._unnamed: set[tuple[bytes, str]] = set()
        self.skipped: Counter[str] = Counter()
        self.broken: set[Broken] = set()
        self._states_hold = 0

    @property
    def octets(self) -> int:
        """Return what is held in memory."""
        shown = sum(one.octets for one in self._shown.values())
        return self._states_hold + shown

    def hole(self, device: bytes, incarnation: bytes, key_id: bytes) -> None:
        """Know that an envelope of a chain is missing: it may have held a change.

        Args:
            device: whose.
            incarnation: of its spool.
            key_id: whose states it could change; the gate's word, as its presence is.
        """
        self._holes[device, incarnation, key_id] += 1

    def add(self, part: Part) -> None:
        """Take a table; of one incarnation they come in order of sequence."""
        dataset = self._catalogue.datasets.get(part.table.dataset)
        if dataset is None:
            self.skipped["unknown-dataset"] += 1
        elif self._names is not None and dataset.name not in self._names:
            return
        elif dataset.name not in self._allowed:
            self._unnamed.add((part.device, dataset.name))
        elif part.table.mode is Mode.APPEND:
            self._append(dataset, part)
        else:
            of_device = self._states.setdefault((dataset.name, part.device), {})
            self._change(of_device.setdefault(part.incarnation, _State()), part)

    def _change(self, state: _State, part: Part) -> None:
        holes = self._holes[part.device, part.incarnation, part.key_id]
        state.heard = max(state.heard, part.heard)
        if part.table.mode is Mode.FULL:
            self._states_hold -= sum(_octets(old) for old in state.parts)
            state.parts, state.holes, state.broken = [], holes, False
        elif (
            not state.parts
            or state.parts[0].key_id != part.key_id
            or state.holes != holes
        ):
            self.skipped["change-without-its-state"] += 1
            state.broken = True
            return
        state.parts.append(part)
        self._states_hold += _octets(part)

    def passed(self) -> None:
        """Know that nothing more comes of the devices so far: their states are final.

        What only a full snapshot mends is in `broken` afterwards.
        """
        for (name, device), of_device in sorted(self._states.items()):
            held = [
                (state.parts[-1].created, incarnation)
                for incarnation, state in of_device.items()
                if state.parts
            ]
            sound = True
            if held:
                shown = of_device[max(held)[1]]
                sound = self._snapshot(self._catalogue.datasets[name], shown.parts)
            _, now = max((state.heard, one) for one, state in of_device.items())
            if of_device[now].broken or not sound:
                self.broken.add(Broken(device, now, name))
        self._states, self._states_hold = {}, 0
        self.skipped["dataset-not-in-policy"] += len(self._unnamed)
        self._unnamed = set()

    def tables(self, names: Collection[str] = ()) -> dict[str, pa.Table]:
        """Return one table for each dataset of the catalogue, empty ones too.

        Where only some columns are shown, a table has these, and of a dataset of which
        none is, nothing is kept.

        Args:
            names: of the datasets that are wanted; all where there is none.
        """
        self.passed()
        return {
            name: self._shown_of(dataset).table()
            for name, dataset in self._catalogue.datasets.items()
            if not names or name in names
        }

    def pieces(self) -> dict[str, list[pa.RecordBatch]]:
        """Return the rows of each dataset that has any, for `shown.together`."""
        self.passed()
        return {name: one.pieces() for name, one in self._shown.items()}

    def _shown_of(self, dataset: Dataset) -> Shown:
        found = self._shown.get(dataset.name)
        if found is None:
            found = self._shown[dataset.name] = Shown(dataset, self._wanted(dataset))
        return found

    def _wanted(self, dataset: Dataset) -> Collection[str] | None:
        return None if self._names is None else self._names.get(dataset.name, ())

    def _append(self, dataset: Dataset, part: Part) -> None:
        allowed, wanted = self._allowed[dataset.name], self._wanted(dataset)
        batch = to_batch(part.table, dataset, allowed, self.skipped, None, wanted)
        self._keep(dataset, part, batch, range(part.table.rows))

    def _keep(
        self, dataset: Dataset, part: Part, batch: pa.RecordBatch, rows: Sequence[int]
    ) -> None:
        hidden = self._marked.hidden(part.device, part.table, dataset)
        if not hidden.isdisjoint(rows):
            places = [at for at, row in enumerate(rows) if row not in hidden]
            self.skipped[RESTRICTED] += len(rows) - len(places)
            if batch.num_columns:
                batch = batch.take(pa.array(places, pa.int64()))
            rows = [rows[at] for at in places]
        if rows:
            self._marked.show(part.device, part.table, dataset, rows)
            whose = part.device, part.label, part.observed(rows)
            wanted = self._wanted(dataset)
            told = with_origin(batch, len(rows), *whose, shown=wanted)
            self._shown_of(dataset).add(told, _octets(part))

    def _snapshot(self, dataset: Dataset, parts: Sequence[Part]) -> bool:
        """Keep the rows that hold; false where they are not what the device has."""
        held = surviving(parts)
        kept, unmatched = held.rows, held.unmatched
        self.skipped["change-of-an-unknown-row"] += unmatched
        tables = [part.table for part in parts]
        sound = held.blank or agrees(dataset, tables, kept, self._agreed)
        if not sound:
            self.skipped["state-differs-from-its-digest"] += 1
        skipped: Counter[str] = Counter()
        allowed, wanted = self._allowed[dataset.name], self._wanted(dataset)
        for part, rows in zip(parts, kept, strict=True):
            if not rows:
                continue
            found: Counter[str] = Counter()
            batch = to_batch(part.table, dataset, allowed, found, rows, wanted)
            self._keep(dataset, part, batch, rows)
            self.skipped[OUT_OF_RANGE] += found.pop(OUT_OF_RANGE, 0)
            skipped |= found  # a column that is not shown counts once for a state
        self.skipped += skipped
        return sound and not unmatched


def _octets(part: Part) -> int:
    """Return what a part costs in memory, with the columns that say whose it is."""
    return part.octets + part.table.rows * (_ORIGIN_BYTES + len(part.label.encode()))


@dataclass(frozen=True, slots=True)
class Surviving:
    """What holds of a full state and its changes.

    Attributes:
        rows: of each part.
        unmatched: how many changes do not fit.
        following: the number that the next added row takes.
        blank: whether a row that was erased would hold.
    """

    rows: Sequence[Sequence[int]]
    unmatched: int
    following: int
    blank: bool


def surviving(parts: Sequence[Part]) -> Surviving:
    """Return the rows of each part that hold.

    What a device says of a row that is not known here is so all the same: it is taken,
    and counted because something before it is missing.
    """
    first = parts[0]
    following = first.base.following if first.base else first.table.rows
    if len(parts) == 1 and not first.base and not first.blank:
        return Surviving([range(following)], 0, following, blank=False)
    held = {number: (0, row) for row, number in enumerate(first.numbers())}
    unmatched = 0
    for at, part in enumerate(parts[1:], 1):
        ops = part.table.ops
        for row, (number, op) in enumerate(zip(part.numbers(), ops, strict=True)):
            if op is Op.ADD:
                unmatched += number != following
                if number < following:
                    continue  # no number stands for two rows
            else:
                unmatched += number not in held
            if op is Op.REMOVE:
                held.pop(number, None)
            else:
                held[number] = (at, row)
            following = max(following, number + 1)
    kept: list[list[int]] = [[] for _ in parts]
    shown = [place for place in held.values() if place[1] not in parts[place[0]].blank]
    for at, row in shown:
        kept[at].append(row)
    rows = [sorted(found) for found in kept]
    return Surviving(rows, unmatched, following, len(shown) < len(held))
