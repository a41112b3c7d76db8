# SPDX-License-Identifier: Apache-2.0
"""Vectors of remainders: what stands for an envelope after an erasure.

Rules: as of extracts: what is wrong is signed by the keeper again, so that the named
check and no earlier one refuses it.
Not here: frames and bodies alone (`families_frames.py`, `families_bodies.py`).
"""

import struct
from dataclasses import replace

from tests.vectors import paper_world, world
from tests.vectors.sealed_maker import Keep, Maker, Map, Use, stored
from wire import body, cbor, data_key
from wire.body_rows import Lessened
from wire.crypto import sealing
from wire.crypto.opening import wrap
from wire.crypto.signing import identity
from wire.papers import remainder
from wire.papers.remainder import RemainderContent, RemainderHeader
from wire.purposes import Purpose

Family = list[dict[str, object]]
SCHEMA, VERSION, OPEN = "schema", "unknown-version", "cannot-open"
SIGNATURE, BODY, CANONICAL = "bad-signature", "bad-body", "not-canonical"
KEEPER = world.signing(paper_world.KEEPER)
KEY = world.opening("support")
SECRET = world.octets("remainder data key", 32)
USE = Use("remainder", SECRET, KEY, KEEPER)


def families(keep: Keep) -> dict[str, Family]:
    """Return the vectors by file name."""
    made = Maker(USE, keep)
    good = made.made(_plain(head()), _content())
    rows = [*_good(made), *_outside(good), *_inside(made)]
    return {
        "papers-remainders": [
            *(_vector(name, octets, expect) for name, octets, expect in rows),
            _vector("another key", good, OPEN)
            | {"opening": world.opening("hold").seed().hex()},
            _vector("another signer", good, SIGNATURE)
            | {"signer": world.signing("fold").public.hex()},
        ]
    }


def _vector(name: str, octets: bytes, expect: str) -> dict[str, object]:
    return {
        "name": name,
        "kind": "remainder",
        "input": octets.hex(),
        "signer": KEEPER.public.hex(),
        "opening": KEY.seed().hex(),
        "expect": expect,
    }


def head(records: int = 10) -> RemainderHeader:
    """Return the header of the usual remainder."""
    return RemainderHeader(
        remainder.VERSION,
        sealing.SUITE_XWING,
        world.TENANT,
        paper_world.CASE,
        sealing.key_id(KEY.public),
        identity(world.signing("device").public),
        Purpose.SUPPORT,
        "short",
        world.INCARNATION,
        4,
        world.octets("source", 32),
        world.NOW - 60,
        world.NOW,
        records,
        2,
    )


def _plain(value: RemainderHeader) -> Map:
    plain = remainder.REMAINDER_HEADER.plain(value)
    if not isinstance(plain, dict):
        raise TypeError
    return plain


def _opened(table: body.Table) -> body.OpenTable:
    (found,) = body.decode(body.encode([table], (), "support")).tables
    return found


def content(*tables: tuple[body.Table, tuple[int, ...]]) -> RemainderContent:
    """Return the content of tables without some rows."""
    taken = [Lessened(_opened(table), frozenset(rows)) for table, rows in tables]
    return remainder.content_of(taken, world.NOTES)


def _of(found: RemainderContent) -> Map:
    plain = remainder.REMAINDER_CONTENT.plain(found)
    if not isinstance(plain, dict):
        raise TypeError
    return plain


def _content() -> Map:
    """Return a state of which one row is blank and a metric of which one is gone."""
    return _of(content((world.software(), (1,)), (world.load(), (0,))))


def _encoded(keep: Keep) -> bytes:
    """Return what `wire` seals, compressed."""
    read = remainder.REMAINDER_CONTENT.read(_content())
    return keep(
        "a remainder as the keeper makes it",
        lambda: remainder.seal(head(), read, KEY.public, KEEPER),
    )


def _good(made: Maker) -> list[tuple[str, bytes, str]]:
    changes = _of(content((world.changes(), (0, 1, 3))))
    nothing = _of(content((world.load(2), (0, 1))))
    return [
        ("as the keeper makes it", _encoded(made.keep), "ok"),
        (
            "a blank row of a state, a row less of a metric",
            made.made(_plain(head()), _content()),
            "ok",
        ),
        (
            "blank rows of changes; the removed one stays",
            made.made(_plain(head(2)), changes),
            "ok",
        ),
        ("nothing is left", made.made(_plain(head(0)), nothing), "ok"),
    ]


def _outside(good: bytes) -> list[tuple[str, bytes, str]]:
    usual = _plain(head())
    parts = cbor.decode(good)
    if not isinstance(parts, dict):
        raise TypeError
    void = bytes(1168), bytes(272)
    as_extract = cbor.encode(
        parts | {4: KEEPER.sign(b"discreet/1/extract\x00" + cbor.encode(usual))}
    )

    def headed(changes: Map) -> bytes:
        return USE.signed(cbor.encode(usual | changes), *void)

    return [
        ("cut", good[:-1], "malformed"),
        ("an octet after it", good + b"\x00", CANONICAL),
        ("one bit of the ciphertext", _flipped(good, len(good) - 90), SIGNATURE),
        ("one bit of the header", _flipped(good, good.index(world.TENANT)), SIGNATURE),
        ("signed as an extract is", as_extract, SIGNATURE),
        ("another version", headed({1: 2}), VERSION),
        ("another suite", headed({2: 2}), VERSION),
        ("nothing erased", headed({15: 0}), SCHEMA),
        ("an unknown field", headed({16: 0}), SCHEMA),
        ("over its bound", bytes(data_key.SEALED_LIMIT + 1), "limit"),
    ]


def _flipped(octets: bytes, at: int) -> bytes:
    return octets[:at] + bytes([octets[at] ^ 1]) + octets[at + 1 :]


def _inside(made: Maker) -> list[tuple[str, bytes, str]]:
    usual, inner = _plain(head()), _content()
    octets = cbor.encode(usual)
    framed = stored(cbor.encode(inner))
    bound = b"discreet/1/remainder-content\x00" + octets
    text = wrap(SECRET, bytes(12), framed, bound)
    moved = cbor.encode(usual | {10: 5})
    stated = body.encode([world.software()], (), "support")
    unstated = replace(world.software(), state=None)
    filled = body.encode([unstated], (), "support")

    def inside(records: int, changes: Map) -> bytes:
        return made.made(_plain(head(records)), inner | changes)

    def blank(*rows: int) -> bytes:
        return struct.pack(f"<{len(rows)}I", *rows)

    return [
        (
            "moved to another place",
            USE.signed(moved, made.data_key(octets), text),
            OPEN,
        ),
        ("one bit of the data key", _keyed(octets, made, text), OPEN),
        ("a row more than its header", inside(11, {}), BODY),
        ("of two tables says one", inside(10, {1: [blank(1)]}), BODY),
        ("half a row", inside(10, {1: [blank(1)[:2], b""]}), BODY),
        ("a row behind the last", inside(10, {1: [blank(3), b""]}), BODY),
        ("rows out of order", inside(9, {1: [blank(1, 0), b""]}), BODY),
        ("a row twice", inside(9, {1: [blank(1, 1), b""]}), BODY),
        ("a blank row of a metric", inside(9, {1: [blank(1), blank(0)]}), BODY),
        ("a blank row with a state", inside(2, {1: [blank(1)], 2: stated}), BODY),
        ("a blank row with values", inside(2, {1: [blank(1)], 2: filled}), BODY),
        ("a removed row is blank", made.made(_plain(head(3)), _gone()), BODY),
        ("frame not padded", made.framed(octets, framed[:-1]), "bad-padding"),
    ]


def _gone() -> Map:
    """Return changes of which the row that is removed is said to be blank."""
    changes = replace(world.changes(), state=None)
    octets = body.encode([changes], (), "support")
    return {1: [struct.pack("<I", 1)], 2: octets}


def _keyed(octets: bytes, made: Maker, text: bytes) -> bytes:
    return USE.signed(octets, _flipped(made.data_key(octets), 0), text)
