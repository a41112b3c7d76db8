# SPDX-License-Identifier: Apache-2.0
"""What was opened, whole tables of it, as messages for whoever writes a file.

Rules: a table has the columns of the grant and our own three, in the catalogue's order,
and no other; tables come by name, each with its types first; a message is no larger
than a frame, and a row that is larger is counted as not shown.
Not here: deciding and opening (`requests.py`), formats (`server/formats`).
"""

from collections import Counter
from collections.abc import Iterator, Mapping

import pyarrow as pa

from server.desk.frames import FRAME_BYTES
from server.query.cells import rows_of
from server.query.kinds import KINDS
from server.query.limits import BATCH_ROWS
from server.reader.arrow import OWN_NAMES, shown_name
from server.reader.opened import Opened
from wire.catalogue import Catalogue

BATCH_BYTES = FRAME_BYTES // 8
"""Of a batch in Arrow's layout: JSON writes an octet as six characters at most, and
what surrounds a thousand rows has less than half a mebibyte."""
TOO_LARGE = "row-too-large"
"""Why a row is not shown."""


def exported(
    opened: Opened, catalogue: Catalogue, allowed: Mapping[str, frozenset[str]]
) -> Iterator[dict[str, object]]:
    """Yield tables: for each its name and columns, then its rows in batches.

    Args:
        opened: what was opened; takes the count of what is not shown.
        catalogue: declares the tables.
        allowed: names of the grant's columns by dataset; other tables are left out.
    """
    for name in sorted(opened.tables.keys() & allowed.keys()):
        dataset = catalogue.datasets[name]
        wanted = [
            shown_name(dataset, column.name)
            for column in dataset.columns
            if column.name in allowed[name]
        ]
        table = opened.tables[name].select([*OWN_NAMES, *wanted])
        columns = [[field.name, KINDS[field.type]] for field in table.schema]
        yield {"table": name, "columns": columns}
        for batch in table.to_batches(max_chunksize=BATCH_ROWS):
            for rows in _batches(batch, opened.skipped):
                yield {"rows": rows}


def _batches(
    batch: pa.RecordBatch, skipped: Counter[str]
) -> Iterator[list[list[object]]]:
    """Yield the rows of a batch in halves that fit into a frame."""
    count = batch.num_rows
    if batch.nbytes <= BATCH_BYTES:
        if count:
            yield rows_of(batch)
    elif count == 1:
        skipped[TOO_LARGE] += 1
    else:
        yield from _batches(batch.slice(0, count // 2), skipped)
        yield from _batches(batch.slice(count // 2), skipped)
