# SPDX-License-Identifier: Apache-2.0
"""Types of the tables that SQL sees, in Arrow and in DuckDB's words.

Rules: no DuckDB here: the reader, which holds keys, does not load it.
Not here: the tables (`tables.py`).
"""

from collections.abc import Mapping

import pyarrow as pa

KINDS = {
    pa.string(): "VARCHAR",
    pa.bool_(): "BOOLEAN",
    pa.int64(): "BIGINT",
    pa.float64(): "DOUBLE",
    pa.timestamp("s"): "TIMESTAMP_S",
}
"""DuckDB's words for the types of opened tables."""
_TYPES = {word: kind for kind, word in KINDS.items()}
Words = Mapping[str, Mapping[str, str]]
"""Of each table its columns, and DuckDB's word for the type of each."""


def words(schemas: Mapping[str, pa.Schema]) -> Words:
    """Return schemas in words that a message carries."""
    return {
        name: {field.name: KINDS[field.type] for field in schema}
        for name, schema in schemas.items()
    }


def empty(columns: Mapping[str, str]) -> pa.Table:
    """Return a table without rows, of columns and the words for their types."""
    fields = [(column, _TYPES[word]) for column, word in columns.items()]
    return pa.schema(fields).empty_table()
