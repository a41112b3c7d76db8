# SPDX-License-Identifier: Apache-2.0
"""What holds now: rows of metrics and events appended, snapshots folded.

Rules: a snapshot's rows are those of the newest full state of a device with every
later change of the same key epoch applied in order, by row number; a change whose full
state, or a change between them, is not here is counted, never guessed, and so is a
state that is not its digest: only a full snapshot mends it; rows that share a key (it
may be masked) are all kept; what the grant does not name is counted and not shown.
Not here: opening (`server/reader/opening.py`), Arrow's layout (`arrow.py`).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from server.reader.arrow import schema, to_batch, with_origin
from wire.body import Mode, Op, OpenTable, values_of
from wire.catalogue import Catalogue, Dataset
from wire.state import row_octets, state_digest

_ORIGIN_BYTES = 48
"""A row's device in hexadecimal, two offsets and a time."""


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
    """

    device: bytes
    label: str
    incarnation: bytes
    key_id: bytes
    created: int
    table: OpenTable
    octets: int = 0


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
        self, catalogue: Catalogue, allowed: Mapping[str, frozenset[str]]
    ) -> None:
        """Know what there is and what of it may be shown; there are no rows yet.

        Args:
            catalogue: what this release knows.
            allowed: columns by dataset, as the grant names them.
        """
        self._catalogue = catalogue
        self._allowed = allowed
        self._holes: Counter[tuple[bytes, bytes, bytes]] = Counter()
        self._batches: dict[str, list[pa.RecordBatch]] = {}
        self._states: dict[tuple[str, bytes], dict[bytes, _State]] = {}
        self.skipped: Counter[str] = Counter()
        self.broken: set[Broken] = set()
        self.octets = 0

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
        elif dataset.name not in self._allowed:
            self.skipped["dataset-not-in-policy"] += 1
        elif part.table.mode is Mode.APPEND:
            self._append(dataset, part)
        else:
            of_device = self._states.setdefault((dataset.name, part.device), {})
            self._change(of_device.setdefault(part.incarnation, _State()), part)

    def _change(self, state: _State, part: Part) -> None:
        holes = self._holes[part.device, part.incarnation, part.key_id]
        state.heard = max(state.heard, part.created)
        if part.table.mode is Mode.FULL:
            self.octets -= sum(_octets(old) for old in state.parts)
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
        self.octets += _octets(part)

    def tables(self) -> dict[str, pa.Table]:
        """Return one table for each dataset of the catalogue, empty ones too.

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
        self._states = {}
        return {
            name: pa.Table.from_batches(self._batches.get(name, []), schema(dataset))
            for name, dataset in self._catalogue.datasets.items()
        }

    def _append(self, dataset: Dataset, part: Part) -> None:
        allowed = self._allowed[dataset.name]
        batch = to_batch(part.table, dataset, allowed, self.skipped)
        self._keep(dataset, part, batch)
        self.octets += _octets(part)

    def _keep(self, dataset: Dataset, part: Part, batch: pa.RecordBatch) -> None:
        if batch.num_rows:
            self._batches.setdefault(dataset.name, []).append(
                with_origin(batch, dataset, part.device, part.label, part.created)
            )

    def _snapshot(self, dataset: Dataset, parts: Sequence[Part]) -> bool:
        """Keep the rows that hold; false where they are not what the device has."""
        tables = [part.table for part in parts]
        kept, unmatched = _surviving(tables)
        self.skipped["change-of-an-unknown-row"] += unmatched
        agrees = _agrees(dataset, tables, kept)
        if not agrees:
            self.skipped["state-differs-from-its-digest"] += 1
        for part, rows in zip(parts, kept, strict=True):
            if not rows:
                continue
            allowed = self._allowed[dataset.name]
            batch = to_batch(part.table, dataset, allowed, self.skipped)
            if len(rows) < batch.num_rows:
                batch = batch.take(pa.array(rows, pa.int64()))
            self._keep(dataset, part, batch)
        return agrees and not unmatched


def _octets(part: Part) -> int:
    """Return what a part costs in memory, with the columns that say whose it is."""
    return part.octets + part.table.rows * (_ORIGIN_BYTES + len(part.label.encode()))


def _surviving(tables: Sequence[OpenTable]) -> tuple[list[list[int]], int]:
    """Return the rows of each table that hold, and how many changes do not fit.

    What a device says of a row that is not known here is so all the same: it is taken,
    and counted because something before it is missing.
    """
    if len(tables) == 1:
        return [list(range(tables[0].rows))], 0
    held: dict[int, tuple[int, int]] = {}
    unmatched = following = 0
    for at, table in enumerate(tables):
        numbers = table.numbers or range(table.rows)
        ops = table.ops or (Op.ADD,) * table.rows
        for row, (number, op) in enumerate(zip(numbers, ops, strict=True)):
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
    kept: list[list[int]] = [[] for _ in tables]
    for at, row in held.values():
        kept[at].append(row)
    return [sorted(rows) for rows in kept], unmatched


def _agrees(
    dataset: Dataset, tables: Sequence[OpenTable], kept: Sequence[Sequence[int]]
) -> bool:
    """Tell whether the rows that hold are the state that the device digested."""
    last = tables[-1]
    if last.state is None:
        return True
    sent = {column.name for column in last.columns}
    names = [column.name for column in dataset.columns if column.name in sent]
    rows = []
    for table, places in zip(tables, kept, strict=True):
        found = {column.name: values_of(column, table.rows) for column in table.columns}
        blank = [None] * table.rows
        cells = [found.get(name, blank) for name in names]
        rows += [row_octets([cell[row] for cell in cells]) for row in places]
    return state_digest(names, rows) == last.state
