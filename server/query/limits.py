# SPDX-License-Identifier: Apache-2.0
"""Every bound of a person's query, with its reason.

Rules: the child sets them on itself before it sees the SQL; the parent keeps the wall
clock and counts what comes out.
Not here: bounds of what devices send (`wire/limits.py`).
"""

from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class QueryLimits:
    """What one query may use.

    Attributes:
        seconds: wall clock and CPU time each; a fleet's inventory joins in under two.
        memory: bytes for DuckDB's tables and intermediates; there is no spilling.
        address_space: bytes of the whole process: DuckDB, Arrow and Python map 1.5 GiB
            before the first row.
        rows: rows of the result; more is an export, not a look.
        octets: bytes of the result as JSON.
    """

    seconds: int = 30
    memory: int = 1024 * MIB
    address_space: int = 4096 * MIB
    rows: int = 50_000
    octets: int = 16 * MIB


SQL_BYTES = 64 * 1024
"""A query written by a person; the longest of the documentation has 600."""
BATCH_ROWS = 1_000
"""Rows fetched at a time: what is computed beyond a cap stays small."""
BATCH_BYTES = 512 * 1024
"""Result rows of one frame; a row larger than a frame is refused."""
