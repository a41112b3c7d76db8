# SPDX-License-Identifier: Apache-2.0
"""Vectors of bodies: one form of each content, put together octet by octet.

Rules: a false body differs from a good one in one thing; the name says which.
Not here: compression and padding (`families_frames.py`).
"""

import struct

from tests.vectors import world
from wire import body, cbor, limits
from wire.cbor import Plain

Family = list[dict[str, object]]
BODY, SCHEMA = "bad-body", "schema"
TOP = limits.ROW_NUMBER
Head = dict[int | str, Plain]


def column(name: str, kind: str, octets: int, nulls: int = 0) -> Plain:
    """Return a column's head."""
    return {1: name, 2: kind, 3: nulls, 4: octets}


def table(rows: int, *columns: Plain, mode: int = 0, name: str = "load") -> Head:
    """Return a table's head."""
    return {1: name, 2: mode, 3: rows, 4: list(columns)}


def joined(tables: list[Plain], *buffers: bytes, notes: Plain = None) -> bytes:
    """Return a body of heads and buffers, aligned as it should be."""
    head = cbor.encode({1: tables, 2: notes or []})
    octets = bytearray(struct.pack(">I", len(head)) + head)
    for buffer in buffers:
        octets += bytes(-len(octets) % 8) + buffer
    return bytes(octets)


def text(offsets: tuple[int, ...], content: bytes, nulls: int = 0) -> bytes:
    """Return a body of one column of text with these offsets."""
    head = table(len(offsets) - 1, column("name", "text", len(content), nulls))
    validity = [b"\x02"] if nulls else []
    return joined(
        [head], *validity, struct.pack(f"<{len(offsets)}i", *offsets), content
    )


def one(kind: str, *buffers: bytes, rows: int = 3, nulls: int = 0) -> bytes:
    """Return a body of one column of a kind."""
    return joined(
        [table(rows, column("cell", kind, len(buffers[-1]), nulls))], *buffers
    )


def changes(
    ops: bytes, numbers: tuple[int, ...], cells: tuple[int | None, ...] = (1, 2, 3)
) -> bytes:
    """Return a delta of one column of whole numbers."""
    cells = cells[: len(numbers)]
    nulls = cells.count(None)
    head = table(len(cells), column("cell", "count", 8 * len(cells), nulls), mode=2)
    bits = sum(1 << at for at, cell in enumerate(cells) if cell is not None)
    return joined(
        [head],
        ops,
        struct.pack(f"<{len(numbers)}I", *numbers),
        *([bytes([bits])] if nulls else []),
        struct.pack(f"<{len(cells)}q", *(cell or 0 for cell in cells)),
    )


def families() -> dict[str, Family]:
    """Return the vectors by file name."""
    rows = (*_good(), *_wrong_tables(), *_wrong_changes(), *_wrong_columns())
    found: Family = [
        {"name": name, "kind": "body", "input": octets.hex(), "expect": expect}
        for name, octets, expect in rows
    ]
    for over, expect in ((0, "malformed"), (1, BODY)):
        length = limits.HEAD_BYTES + over
        parts = [[struct.pack(">I", length).hex(), 1], ["ff", length]]
        name = f"head at its bound and {over}"
        found.append(
            {"name": name, "kind": "body", "input_parts": parts, "expect": expect}
        )
    return {"bodies": found}


Rows = tuple[tuple[str, bytes, str], ...]


def _good() -> Rows:
    snapshot = [world.software()]
    delta = [world.changes(), world.load()]
    return (
        ("nothing", body.encode((), (), "support"), "ok"),
        ("notes alone", body.encode((), world.NOTES, "support"), "ok"),
        ("a snapshot", body.encode(snapshot, world.NOTES, "support"), "ok"),
        ("a delta and a metric", body.encode(delta, (), "support"), "ok"),
        ("no row", body.encode([world.load(0)], (), "support"), "ok"),
        ("nine rows", body.encode([world.load(9)], (), "support"), "ok"),
        ("rows without columns", joined([table(2)]), "ok"),
        ("no row of text", text((0,), b""), "ok"),
        (
            "extreme integers",
            one("count", struct.pack("<3q", -(2**63), 0, 2**63 - 1)),
            "ok",
        ),
        ("minus zero", one("real", struct.pack("<3d", -0.0, 0.0, 1e308)), "ok"),
        ("all null", one("count", b"\x00", bytes(24), nulls=3), "ok"),
        ("a delta of no change", changes(b"", ()), "ok"),
        ("removals alone", changes(b"\3\3\3", (0, 5, 9), (None,) * 3), "ok"),
        ("the greatest row number", changes(b"\2\1\1", (0, TOP - 1, TOP)), "ok"),
        ("a null text", text((0, 0, 1), b"a", nulls=1), "ok"),
    )


def _wrong_tables() -> Rows:
    numbers = struct.pack("<3q", 1, 2, 3)
    cell = column("cell", "count", 24)
    whole = one("count", numbers)
    unaligned = bytearray(whole)
    unaligned[4 + int.from_bytes(whole[:4], "big")] = 1
    second = table(3, cell, name="other")
    return (
        ("empty", b"", BODY),
        ("cut in its length", whole[:3], BODY),
        ("head past the end", struct.pack(">I", len(whole)) + whole[4:], BODY),
        ("alignment not zero", bytes(unaligned), BODY),
        ("an octet after it", whole + b"\x00", BODY),
        ("an octet missing", whole[:-1], BODY),
        ("a buffer missing", joined([table(3, cell), second], numbers), BODY),
        ("a dataset twice", joined([table(3, cell)] * 2, numbers, numbers), BODY),
        ("a column twice", joined([table(3, cell, cell)], numbers, numbers), BODY),
        ("unknown mode", joined([table(3, cell, mode=3)], numbers), SCHEMA),
        ("rows over their bound", joined([table(65_537)]), SCHEMA),
        ("a state cut", joined([table(0) | {5: bytes(31)}]), SCHEMA),
        ("unknown reason", joined([], notes=[{1: "a", 2: "b", 3: "c", 4: 1}]), SCHEMA),
        (
            "a note of none",
            joined([], notes=[{1: "a", 2: "b", 3: "by-policy", 4: 0}]),
            SCHEMA,
        ),
        ("a nameless dataset", joined([table(0, name="")]), SCHEMA),
        (
            "head not its one form",
            b"\x00\x00\x00\x06\xa2\x02\x80\x01\x80\x00",
            "not-canonical",
        ),
    )


def _wrong_changes() -> Rows:
    cells = struct.pack("<3q", 1, 2, 3)
    places = struct.pack("<3I", 1, 2, 3)
    cell = column("cell", "count", 24)
    delta = [table(3, cell, mode=2)]
    void = (1, None, 3)
    return (
        ("operation 0", changes(b"\2\0\1", (1, 2, 3)), BODY),
        ("operation 4", changes(b"\2\4\1", (1, 2, 3)), BODY),
        ("operations of no delta", joined([table(3, cell)], b"\2\2\1", cells), BODY),
        ("a delta without operations", joined(delta, places, cells), BODY),
        ("a delta without row numbers", joined(delta, b"\2\2\1", cells), BODY),
        ("row numbers cut", joined(delta, b"\2\2\1", places[:-4], cells), BODY),
        ("row numbers of a full state", joined([table(3, cell)], places, cells), BODY),
        ("a row number twice", changes(b"\2\2\1", (1, 1, 3)), BODY),
        ("row numbers backwards", changes(b"\2\2\1", (2, 1, 3)), BODY),
        ("a row number over its bound", changes(b"\2\2\2", (1, 2, TOP + 1)), BODY),
        ("the largest row number of its size", changes(b"\2", (2**32 - 1,)), BODY),
        ("an added row past its bound", changes(b"\1\1", (TOP, TOP + 1)), BODY),
        ("added rows with a hole", changes(b"\1\1\1", (4, 5, 7)), BODY),
        ("a change after an added row", changes(b"\2\1\2", (1, 2, 3)), BODY),
        ("a removal after an added row", changes(b"\1\3\1", (4, 5, 6), void), BODY),
        ("a removed row with a value", changes(b"\2\3\1", (1, 2, 3)), BODY),
        (
            "a removed row with a value among nulls",
            changes(b"\2\3\1", (1, 2, 3), (None, 2, 3)),
            BODY,
        ),
        (
            "a removed row that holds octets",
            joined(
                [table(1, column("cell", "count", 8, 1), mode=2)],
                *(b"\3", struct.pack("<I", 0), b"\0", struct.pack("<q", 1)),
            ),
            BODY,
        ),
    )


def _wrong_columns() -> Rows:
    numbers = struct.pack("<3q", 1, 0, 3)
    return (
        ("unknown type", one("int", numbers), SCHEMA),
        ("integers cut", one("count", numbers[:-8]), BODY),
        ("integers too many", one("count", numbers + bytes(8)), BODY),
        ("booleans too long", one("boolean", b"\x01\x00"), BODY),
        ("a boolean past the last row", one("boolean", b"\x08"), BODY),
        ("a valid past the last row", one("count", b"\x0d", numbers, nulls=1), BODY),
        ("nulls more than counted", one("count", b"\x01", numbers, nulls=1), BODY),
        ("nulls fewer than counted", one("count", b"\x05", numbers, nulls=2), BODY),
        ("validity without nulls", one("count", b"\x05", numbers, nulls=0), BODY),
        ("a null integer", one("count", b"\x06", numbers, nulls=1), BODY),
        ("a null boolean", one("boolean", b"\x06", b"\x01", nulls=1), BODY),
        (
            "a null double",
            one("real", b"\x06", struct.pack("<3d", 1, 0, 0), nulls=1),
            BODY,
        ),
        (
            "a null minus zero",
            one("real", b"\x06", struct.pack("<3d", -0.0, 0, 0), nulls=1),
            BODY,
        ),
        ("a null text that is none", text((0, 1, 2), b"ab", nulls=1), BODY),
        ("not a number", one("real", struct.pack("<3d", 0, float("nan"), 0)), BODY),
        ("infinite", one("ratio", struct.pack("<3d", 0, float("inf"), 0)), BODY),
        ("offsets not from zero", text((1, 1, 2), b"ab"), BODY),
        ("offsets not to the end", text((0, 1, 1), b"ab"), BODY),
        ("offsets past the end", text((0, 1, 3), b"ab"), BODY),
        ("offsets backwards", text((0, 2, 1, 2), b"ab"), BODY),
        ("offsets below zero", text((0, -1, 2), b"ab"), BODY),
        ("text not UTF-8", text((0, 1, 2), b"a\xff"), BODY),
        ("a character across two cells", text((0, 1, 2), "é".encode()), BODY),
        ("a surrogate", text((0, 3), b"\xed\xa0\x80"), BODY),
    )
