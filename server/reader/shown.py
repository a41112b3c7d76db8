# SPDX-License-Identifier: Apache-2.0
"""Rows of one dataset as a reading keeps them until they are shown.

Rules: rows come in small batches over the buffers of whole bodies; they are copied
together, so that what is kept is what is shown, and bodies are let go; texts that come
again are kept once, for a fleet has the same few thousand of them in millions of rows.
Not here: which rows hold (`fold.py`), their layout (`arrow.py`).
"""

from collections.abc import Collection, Sequence

import pyarrow as pa

from server.reader.arrow import DEVICE, LABEL, WHOSE, schema
from wire.catalogue import Dataset

TOGETHER = 64 * 1024
"""Rows of one piece: a scan of a fleet has hundreds of pieces, not ten thousands."""
BORROWED_BYTES = 16 * 1024 * 1024
"""What bodies hold that wait for enough rows: a large one may give just one."""
OFTEN = 2
"""A text that comes this often on average costs less as a number that stands for it."""


class Shown:
    """Takes batches and returns one table."""

    def __init__(self, dataset: Dataset, names: Collection[str] | None) -> None:
        """Take nothing yet.

        Args:
            dataset: its declaration.
            names: of the columns that are shown; all of them where it is None.
        """
        self._whole = names is None
        self._schema = shown_schema(dataset, names)
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
            piece = piece if self._whole else _numbered(piece)
            self._held += piece.nbytes
            self._pieces.append(piece)
        self._waiting, self._rows, self._borrowed = [], 0, 0

    def pieces(self) -> list[pa.RecordBatch]:
        """Return all rows, as `together` takes them."""
        self._copy()
        return self._pieces

    def table(self) -> pa.Table:
        """Return all rows."""
        return together(self.pieces(), self._schema, whole=self._whole)


def shown_schema(dataset: Dataset, names: Collection[str] | None) -> pa.Schema:
    """Return the columns that are shown of a dataset; all where names are None."""
    whole = schema(dataset)
    return whole if names is None else _some(whole, names)


def fits(found: pa.Schema, wanted: pa.Schema) -> bool:
    """Tell whether rows have the columns that are wanted; texts may be numbered."""
    texts = {pa.string(), WHOSE}
    return found.names == wanted.names and all(
        have == want or {have, want} <= texts
        for have, want in zip(found.types, wanted.types, strict=True)
    )


def together(
    pieces: Sequence[pa.RecordBatch], wanted: pa.Schema, *, whole: bool
) -> pa.Table:
    """Return the table of pieces.

    Args:
        pieces: of one dataset; a column of texts may be numbers that stand for them in
            some, and texts in others.
        wanted: the columns.
        whole: whether texts are to be texts; else a column of which all pieces have
            numbers keeps them.
    """
    if not pieces:
        return wanted.empty_table()
    if whole:
        return pa.Table.from_batches([piece.cast(wanted) for piece in pieces])
    kinds = [piece.schema.types for piece in pieces]
    mixed = {at for at, each in enumerate(zip(*kinds, strict=True)) if len({*each}) > 1}
    return pa.Table.from_batches([_texts(piece, mixed) for piece in pieces])


def _numbered(piece: pa.RecordBatch) -> pa.RecordBatch:
    """Return rows with a number in the place of each text that comes often."""
    columns = []
    for column in piece.columns:
        found = column
        if column.type == WHOSE.value_type:
            numbered = column.dictionary_encode()
            if len(numbered.dictionary) * OFTEN <= piece.num_rows:
                found = numbered
        columns.append(found)
    return pa.RecordBatch.from_arrays(columns, names=piece.schema.names)


def _texts(piece: pa.RecordBatch, places: Collection[int]) -> pa.RecordBatch:
    """Return rows with texts in the columns at some places."""
    if not places:
        return piece
    columns = [
        column.dictionary_decode() if at in places and column.type == WHOSE else column
        for at, column in enumerate(piece.columns)
    ]
    return pa.RecordBatch.from_arrays(columns, names=piece.schema.names)


def _some(whole: pa.Schema, names: Collection[str]) -> pa.Schema:
    return pa.schema(
        [
            field.with_type(WHOSE) if field.name in {DEVICE, LABEL} else field
            for field in whole
            if field.name in names
        ]
    )
