# SPDX-License-Identifier: Apache-2.0
"""Takes rows out of an opened envelope, and seals the rest as its remainder.

Rules: pure; what is left is exactly what was there without those rows, and the numbers
by which later changes name rows stay; rows are named by their places in the envelope
as its device made it, so the same rows are found again in a copy of the store.
Not here: whose rows (`erasing.py`), the form of a remainder
(`wire/papers/remainder.py`).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from server.reader.remainders import OpenSource
from server.store.ending import HeldRemainder
from wire.body import Mode, Op, OpenTable
from wire.body_rows import Lessened
from wire.crypto.sealing import SUITE_XWING
from wire.crypto.signing import SigningKey
from wire.papers import remainder
from wire.papers.remainder import RemainderHeader

Places = Mapping[str, Collection[int]]
"""Dataset > rows of its table, by their places in the envelope that a device made."""


def erasable(item: Lessened, rows: Collection[int]) -> list[int]:
    """Return those of a table's rows that still have values."""
    ops = item.table.ops
    return [
        row
        for row in sorted(rows)
        if row not in item.blank and (not ops or ops[row] is not Op.REMOVE)
    ]


def placed(item: Lessened, rows: Sequence[int], gone: Collection[int]) -> list[int]:
    """Return the places of rows in the table that a device made.

    Args:
        item: as opened.
        rows: of it, in order.
        gone: places that were erased from it before.
    """
    left = _left(item.table, gone)
    return [left[row] for row in rows]


def lessened(source: OpenSource, places: Places, gone: Places) -> list[Lessened]:
    """Return an envelope's tables without some rows.

    Args:
        source: as opened.
        places: of the rows to take.
        gone: places that were erased from it before.
    """
    return [
        Lessened(item.table, item.blank | rows_at(item.table, places, gone))
        for item in source.tables
    ]


def rows_at(table: OpenTable, places: Places, gone: Places) -> set[int]:
    """Return the rows of a table that stand at some places."""
    wanted = set(places.get(table.dataset, ()))
    left = _left(table, gone.get(table.dataset, ()))
    return {row for row, place in enumerate(left) if place in wanted}


def _left(table: OpenTable, gone: Collection[int]) -> Sequence[int]:
    """Return of each row its place: events and metrics that were erased have none."""
    if table.mode is not Mode.APPEND or not gone:
        return range(table.rows)
    count = table.rows + len(gone)
    return [place for place in range(count) if place not in gone]


@dataclass(frozen=True, slots=True)
class Maker:
    """Who makes remainders, and why.

    Attributes:
        case: of the erasure, 16 bytes.
        key: the keeper's.
        now: seconds since the epoch.
    """

    case: bytes
    key: SigningKey
    now: int


def remainder_of(
    source: OpenSource,
    tables: Sequence[Lessened],
    public: bytes,
    maker: Maker,
) -> HeldRemainder:
    """Return what stands for an envelope from now on.

    Args:
        source: the envelope, or a former remainder, opened.
        tables: from `lessened`.
        public: the key to which the envelope is sealed.
        maker: for which erasure.

    Raises:
        WireError: more than a remainder can hold.
    """
    stored, place = source.stored, source.place
    left = sum(item.left for item in tables)
    erased = source.rows + source.erased - left
    header = RemainderHeader(
        remainder.VERSION,
        SUITE_XWING,
        stored.tenant,
        maker.case,
        stored.key_id,
        place.device,
        place.purpose,
        place.retention,
        place.incarnation,
        place.sequence,
        stored.digest,
        place.created,
        maker.now,
        left,
        erased,
    )
    content = remainder.content_of(tables, source.notes)
    return HeldRemainder(
        stored.tenant,
        place.device,
        place.incarnation,
        place.sequence,
        place.purpose.value,
        place.retention,
        stored.key_id,
        stored.digest,
        place.created,
        left,
        erased,
        remainder.seal(header, content, public, maker.key),
    )
