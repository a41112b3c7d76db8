# SPDX-License-Identifier: Apache-2.0
"""The list of tables that there are, where a reading has no SQL.

Rules: of rows only whose they are is kept: they are counted, and nothing is shown.
Not here: the reading, which is granted and written down as any other (`requests.py`).
"""

from collections.abc import Collection, Mapping

import pyarrow as pa

from server.query.run import Column
from server.reader.arrow import DEVICE
from wire.catalogue import Catalogue

COLUMNS = (
    Column("table", "VARCHAR"),
    Column("kind", "VARCHAR"),
    Column("rows", "BIGINT"),
    Column("devices", "BIGINT"),
    Column("title", "VARCHAR"),
)


def shown(catalogue: Catalogue) -> Mapping[str, Collection[str]]:
    """Return of each table the one column that is counted."""
    return dict.fromkeys(catalogue.datasets, (DEVICE,))


def rows_of(
    tables: Mapping[str, pa.Table], catalogue: Catalogue, allowed: Collection[str]
) -> list[list[object]]:
    """Return a row of `COLUMNS` for each table that the grant names.

    Args:
        tables: as opened, with what is `shown`.
        catalogue: declares them.
        allowed: names of the grant's tables.
    """
    return [
        [
            name,
            catalogue.datasets[name].kind.value,
            len(table),
            _devices(table),
            catalogue.datasets[name].title,
        ]
        for name, table in sorted(tables.items())
        if name in allowed
    ]


def _devices(table: pa.Table) -> int:
    """Return of how many devices a table has rows."""
    chunks = table.column(DEVICE).chunks
    return len({one for chunk in chunks for one in chunk.dictionary.to_pylist()})
