# SPDX-License-Identifier: Apache-2.0
"""Judges opened rows by a rule: it begins, it is over, or neither.

Rules: what comes out is one of three words, no value; a row that lacks what is
compared is not judged; what is between two thresholds is neither.
Not here: what follows from a word (`standing.py`), opening rows (`server/reader`).
"""

from enum import Enum, auto

import pyarrow as pa
import pyarrow.compute as pc

from server.alerts.rules import (
    Condition,
    EndsWithin,
    OlderThan,
    OneOf,
    Rule,
    ShareBelow,
)

_PERCENT = 100.0


class Verdict(Enum):
    """What a look at a device says of a rule."""

    BEGINS = auto()
    OVER = auto()
    BETWEEN = auto()


def judge(rule: Rule, table: pa.Table, now: int) -> Verdict:
    """Return what rows say of a rule.

    Args:
        rule: one that looks at rows.
        table: of its dataset, of one device.
        now: seconds since the epoch.
    """
    for column, values in rule.where:
        wanted = pa.array(values, table.schema.field(column).type)
        table = table.filter(pc.is_in(table.column(column), value_set=wanted))
    begins, over = _looked(rule.condition, table, now)
    if _any(begins):
        return Verdict.BEGINS
    return Verdict.BETWEEN if _any(over) else Verdict.OVER


def _looked(
    condition: Condition, table: pa.Table, now: int
) -> tuple[pa.ChunkedArray, pa.ChunkedArray]:
    """Return for each row whether the rule begins with it, and whether it goes on."""
    match condition:
        case ShareBelow(part=part, whole=whole, below=below, clear=clear):
            share = _share(table, part, whole)
            return pc.less(share, float(below)), pc.less(share, float(clear))
        case OneOf(column=column, values=values):
            wanted = pa.array(values, table.schema.field(column).type)
            found = pc.is_in(table.column(column), value_set=wanted)
            return found, found
        case EndsWithin(column=column, within=within, clear=clear, past=past):
            left = _seconds(table, column, now)
            alive = pc.greater_equal(left, -past)
            near, nearly = pc.less(left, within), pc.less(left, clear)
            return pc.and_(alive, near), pc.and_(alive, nearly)
        case OlderThan(column=column, age=age, clear=clear):
            left = _seconds(table, column, now)
            return pc.less(left, -age), pc.less(left, -clear)
        case _:
            nothing = pa.chunked_array([[]], pa.bool_())
            return nothing, nothing


def _share(table: pa.Table, part: str, whole: str) -> pa.ChunkedArray:
    """Return the percentage of each row; null where there is nothing to divide by."""
    of = table.column(whole)
    some = pc.if_else(pc.greater(of, 0), of, None)
    return pc.divide(
        pc.multiply(pc.cast(table.column(part), pa.float64(), safe=False), _PERCENT),
        pc.cast(some, pa.float64(), safe=False),
    )


def _seconds(table: pa.Table, column: str, now: int) -> pa.ChunkedArray:
    """Return how far each time lies ahead."""
    return pc.subtract(pc.cast(table.column(column), pa.int64()), now)


def _any(found: pa.ChunkedArray) -> bool:
    return bool(pc.any(found).as_py())
