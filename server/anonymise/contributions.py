# SPDX-License-Identifier: Apache-2.0
"""Opens improvement data and keeps of each row its cell and value, and nothing else.

Rules: only columns that the policy in force names are looked at; the device's id, its
label and the time leave this file no more than the header does: a token that is drawn
for each run stands for the device; few devices are held in memory at a time.
Not here: who may run this, and the ledger (`server/keeper/aggregating.py`).
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

import pyarrow as pa

from server.anonymise.bounds import COLUMNS
from server.anonymise.fleet import Contribution
from server.errors import UsageError
from server.query.cells import rows_of
from server.reader.arrow import DEVICE, shown_name
from server.reader.blocks import Keys
from server.reader.opening import open_selection
from server.reader.selection import Selection
from server.store.interface import Store
from wire.catalogue import Catalogue, Dataset, Storage, ValueType, storage
from wire.crypto.opening import OpeningKey
from wire.purposes import Purpose

DEVICES_AT_ONCE = 64
"""Opened at a time: a period of a device has some mebibytes at the most."""
TOKEN_BYTES = 16
NOTHING = "(none)"
"""Stands for a value that a device did not have."""
_SAID = "by and measure are columns that the policy in force names for improvement"


@dataclass(frozen=True, slots=True)
class Question:
    """What is counted.

    Attributes:
        dataset: its name.
        by: names of columns, one to three: a cell is a value of each.
        measure: a column whose mean is shown; empty where devices are counted.
    """

    dataset: str
    by: tuple[str, ...]
    measure: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """The improvement data of one installation.

    Attributes:
        tenant: 16 bytes.
        store: its sealed store.
        keys: those of the period, and no others.
        columns: what its policy names for improvement, by dataset.
        left_out: devices of people who object, or that are restricted.
        keeper: public key of its keeper, for what an erasure left.
    """

    tenant: bytes
    store: Store
    keys: Keys
    columns: Mapping[str, frozenset[str]]
    left_out: Collection[bytes]
    keeper: bytes


class PeriodKeys:
    """The opening keys of a period alone."""

    def __init__(self, keys: Keys, numbers: Collection[bytes]) -> None:
        """Know which.

        Args:
            keys: the purpose's.
            numbers: ids of the period's.
        """
        self._keys = keys
        self._numbers = frozenset(numbers)

    def opening_key(self, number: bytes) -> OpeningKey | None:
        """Return a key of the period; None for any other."""
        return self._keys.opening_key(number) if number in self._numbers else None

    def why(self, number: bytes) -> str:
        """Return why there is no key."""
        return self._keys.why(number) if number in self._numbers else OTHER_PERIOD


OTHER_PERIOD = "other-period"
"""Why an envelope is not opened that is sealed to another period's key."""


def check(
    question: Question,
    catalogue: Catalogue,
    columns: Mapping[str, frozenset[str]],
) -> Dataset:
    """Return the dataset that a question is about.

    Args:
        question: what is asked.
        catalogue: what this release knows.
        columns: what the policy names for improvement.

    Raises:
        UsageError: it cannot be answered.
    """
    dataset = catalogue.datasets.get(question.dataset)
    if dataset is None:
        msg = "--dataset names a table that does not exist: see docs/datasets.md"
        raise UsageError(msg)
    allowed = columns.get(dataset.name, frozenset())
    wanted = [*question.by, *([question.measure] if question.measure else [])]
    if len(set(wanted)) != len(wanted) or not set(wanted) <= allowed:
        raise UsageError(_SAID)
    if not 1 <= len(question.by) <= COLUMNS:
        msg = f"count by one column at least and {COLUMNS} at most"
        raise UsageError(msg)
    measured = dataset.column(question.measure) if question.measure else None
    if measured is not None and not _is_number(measured.type):
        msg = "only a column of numbers has a mean: name another --measure"
        raise UsageError(msg)
    return dataset


def _is_number(kind: ValueType) -> bool:
    numbers = storage(kind) in {Storage.INT64, Storage.FLOAT64}
    return numbers and kind is not ValueType.TIMESTAMP


def contributions(
    source: Source,
    question: Question,
    catalogue: Catalogue,
    draw: Callable[[int], bytes],
    skipped: Counter[str],
) -> Iterator[Contribution]:
    """Yield what the devices of an installation contribute.

    Args:
        source: the installation's data.
        question: what is asked, checked.
        catalogue: what this release knows.
        draw: returns so many random bytes.
        skipped: takes what did not open, by reason.

    Raises:
        LimitError: some devices have more than may be held in memory.
    """
    dataset = check(question, catalogue, source.columns)
    devices = iter(
        one.device
        for one in source.store.devices(source.tenant)
        if one.device not in source.left_out
    )
    while some := tuple(islice(devices, DEVICES_AT_ONCE)):
        selection = Selection(
            source.tenant,
            Purpose.IMPROVEMENT,
            source.columns,
            some,
            (dataset.name,),
        )
        opened = open_selection(
            source.store, source.keys, catalogue, selection, keeper=source.keeper
        )
        skipped.update(opened.skipped)
        del skipped[OTHER_PERIOD]
        tokens = {one.hex(): draw(TOKEN_BYTES) for one in some}
        table = opened.tables[dataset.name]
        yield from _rows(table, dataset, question, source.tenant, tokens)


def _rows(
    table: pa.Table,
    dataset: Dataset,
    question: Question,
    tenant: bytes,
    tokens: Mapping[str, bytes],
) -> Iterator[Contribution]:
    """Yield the contribution of each row that has what is measured."""
    names = [DEVICE, *(shown_name(dataset, name) for name in question.by)]
    if question.measure:
        names.append(shown_name(dataset, question.measure))
    for batch in table.select(names).to_batches():
        for device, *values in rows_of(batch):
            measured = values.pop() if question.measure else 1
            if isinstance(measured, int | float):
                cell = tuple(map(_text, values))
                token = tokens[str(device)]
                yield Contribution(tenant, token, cell, float(measured))


def _text(value: object) -> str:
    if value is None:
        return NOTHING
    return str(value).lower() if isinstance(value, bool) else str(value)
