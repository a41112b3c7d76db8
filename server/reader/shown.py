# SPDX-License-Identifier: Apache-2.0
"""Rows of one dataset as a reading keeps them until they are shown.

Rules: rows come in small batches over the buffers of whole bodies; they are copied
together, so that what is kept is what is shown, and bodies are let go.
Not here: which rows hold (`fold.py`), their layout (`arrow.py`).
"""

from collections.abc import Collection

import pyarrow as pa

from server.reader.arrow import DEVICE, LABEL, WHOSE, schema
from wire.catalogue import Dataset

TOGETHER = 64 * 1024
"""Rows of one piece: a scan of a fleet has hundreds of pieces, not ten thousands."""
BORROWED_BYTES = 16 * 1024 * 1024
"""What bodies hold that wait for enough rows: a large one may give just one."""


class Shown:
    """Takes batches and returns one table."""

    def __init__(self, dataset: Dataset, names: Collection[str] | None) -> None:
        """Take nothing yet.

        Args:
            dataset: its declaration.
            names: of the columns that are shown; all of them where it is None.
        """
        whole = schema(dataset)
        self._whole = names is None
        self._schema = whole if names is None else _some(whole, names)
        self._pieces: list[pa.RecordBatch] = []
        self._waiting: list[pa.RecordBatch] = []
        self._rows = self._held = self._borrowed = 0

    @property
    def octets(self) -> int:
        """Return what is held in memory."""
        return self._held + self._borrowed

    def add(self, batch: pa.RecordBatch, octets: int) -> None:
        """Take rows; `octets` is what they hold in memory."""
        self._waiting.append(batch)
        self._rows += batch.num_rows
        self._borrowed += octets
        if self._rows >= TOGETHER or self._borrowed >= BORROWED_BYTES:
            self._copy()

    def _copy(self) -> None:
        if self._waiting:
            piece = pa.concat_batches(self._waiting)
            self._held += piece.nbytes
            self._pieces.append(piece)
        self._waiting, self._rows, self._borrowed = [], 0, 0

    def table(self) -> pa.Table:
        """Return all rows; texts stay dictionaries only where names were given."""
        self._copy()
        if not self._pieces:
            return self._schema.empty_table()
        table = pa.Table.from_batches(self._pieces)
        return table.cast(self._schema) if self._whole else table


def _some(whole: pa.Schema, names: Collection[str]) -> pa.Schema:
    return pa.schema(
        [
            field.with_type(WHOSE) if field.name in {DEVICE, LABEL} else field
            for field in whole
            if field.name in names
        ]
    )
