# SPDX-License-Identifier: Apache-2.0
"""Vectors of extracts: what the keeper seals for a hold, and what refuses one.

Rules: as of blocks: the data key is a name's, and its seal is kept; what is wrong is
signed by the keeper again, so that the named check and no earlier one refuses it.
Not here: frames and bodies alone (`families_frames.py`, `families_bodies.py`).
"""

from tests.vectors import paper_world, world
from tests.vectors.sealed_maker import Keep, Maker, Map, Use, stored
from wire import body, cbor, data_key
from wire.body_rows import Projected
from wire.crypto import sealing
from wire.crypto.opening import wrap
from wire.crypto.signing import identity
from wire.papers import extract
from wire.papers.extract import ExtractHeader
from wire.purposes import Purpose

Family = list[dict[str, object]]
SCHEMA, VERSION, OPEN = "schema", "unknown-version", "cannot-open"
SIGNATURE, BODY, CANONICAL = "bad-signature", "bad-body", "not-canonical"
KEEPER = world.signing(paper_world.KEEPER)
KEY = world.opening("hold")
SECRET = world.octets("extract data key", 32)
USE = Use("extract", SECRET, KEY, KEEPER)
FOUR = b"\x01\x00\x00\x00"


def families(keep: Keep) -> dict[str, Family]:
    """Return the vectors by file name."""
    made = Maker(USE, keep)
    good = made.made(_plain(head()), _content())
    rows = [*_good(made), *_outside(good), *_inside(made)]
    return {
        "papers-extracts": [
            *(_vector(name, octets, expect) for name, octets, expect in rows),
            _vector("another key", good, OPEN)
            | {"opening": world.opening("support").seed().hex()},
            _vector("another signer", good, SIGNATURE)
            | {"signer": world.signing("fold").public.hex()},
        ]
    }


def _vector(name: str, octets: bytes, expect: str) -> dict[str, object]:
    return {
        "name": name,
        "kind": "extract",
        "input": octets.hex(),
        "signer": KEEPER.public.hex(),
        "opening": KEY.seed().hex(),
        "expect": expect,
    }


def head(records: int = 2) -> ExtractHeader:
    """Return the header of the usual extract."""
    return ExtractHeader(
        extract.VERSION,
        sealing.SUITE_XWING,
        world.TENANT,
        paper_world.CASE,
        sealing.key_id(KEY.public),
        identity(world.signing("device").public),
        Purpose.SUPPORT,
        "short",
        sealing.key_id(world.opening("support").public),
        world.INCARNATION,
        4,
        world.octets("source", 32),
        world.NOW - 60,
        world.NOW,
        records,
        1,
    )


def _plain(value: ExtractHeader) -> Map:
    plain = extract.EXTRACT_HEADER.plain(value)
    if not isinstance(plain, dict):
        raise TypeError
    return plain


def _projected(*tables: tuple[body.Table, tuple[str, ...], tuple[int, ...]]) -> Map:
    """Return the content of chosen rows and columns."""
    chosen = []
    for table, columns, rows in tables:
        (opened,) = body.decode(body.encode([table], (), "support")).tables
        chosen.append(Projected(opened, columns, rows))
    plain = extract.EXTRACT_CONTENT.plain(extract.content_of(chosen))
    if not isinstance(plain, dict):
        raise TypeError
    return plain


def _content() -> Map:
    return _projected((world.software(), ("package.name",), (0, 2)))


def _encoded(keep: Keep) -> bytes:
    """Return what `wire` seals, compressed."""
    read = extract.EXTRACT_CONTENT.read(_content())
    return keep(
        "an extract as the keeper makes it",
        lambda: extract.seal(head(), read, KEY.public, KEEPER),
    )


def _good(made: Maker) -> list[tuple[str, bytes, str]]:
    usual = _plain(head())
    every = ("package.name", "package.size", "package.signed", "package.share")
    delta = _projected((world.changes(), every, (0, 1, 3)))
    two = _projected(
        (world.load(3), ("load",), (2,)), (world.software(), every[:1], (1,))
    )
    return [
        ("as the keeper makes it", _encoded(made.keep), "ok"),
        (
            "two rows of three, one column of four",
            made.made(usual, _content()),
            "ok",
        ),
        ("rows of changes", made.made(_plain(head(3)), delta), "ok"),
        ("of a metric and a snapshot", made.made(usual, two), "ok"),
    ]


def _outside(good: bytes) -> list[tuple[str, bytes, str]]:
    usual = _plain(head())
    parts = cbor.decode(good)
    if not isinstance(parts, dict):
        raise TypeError
    void = bytes(1168), bytes(272)
    as_block = cbor.encode(
        parts | {4: KEEPER.sign(b"discreet/1/block\x00" + cbor.encode(usual))}
    )

    def headed(changes: Map) -> bytes:
        return USE.signed(cbor.encode(usual | changes), *void)

    return [
        ("cut", good[:-1], "malformed"),
        ("an octet after it", good + b"\x00", CANONICAL),
        ("one bit of the ciphertext", _flipped(good, len(good) - 90), SIGNATURE),
        ("one bit of the header", _flipped(good, good.index(world.TENANT)), SIGNATURE),
        ("signed as a block is", as_block, SIGNATURE),
        ("another version", headed({1: 2}), VERSION),
        ("another suite", headed({2: 2}), VERSION),
        ("no record", headed({15: 0}), SCHEMA),
        ("an unknown field", headed({17: 0}), SCHEMA),
        ("over its bound", bytes(data_key.SEALED_LIMIT + 1), "limit"),
    ]


def _flipped(octets: bytes, at: int) -> bytes:
    return octets[:at] + bytes([octets[at] ^ 1]) + octets[at + 1 :]


def _inside(made: Maker) -> list[tuple[str, bytes, str]]:
    usual, content = _plain(head()), _content()
    octets = cbor.encode(usual)
    framed = stored(cbor.encode(content))
    bound = b"discreet/1/extract-content\x00" + octets
    text = wrap(SECRET, bytes(12), framed, bound)
    moved = cbor.encode(usual | {11: 5})
    taken: Map = {1: 1, 2: FOUR * 2, 3: b""}
    full = body.encode([world.software()], (), "support")

    def inside(changes: Map) -> bytes:
        return made.made(usual, content | changes)

    return [
        (
            "moved to another place",
            USE.signed(moved, made.data_key(octets), text),
            OPEN,
        ),
        ("one bit of the data key", _keyed(octets, made, text), OPEN),
        ("a row more than its header", made.made(_plain(head(3)), content), BODY),
        ("a state in its body", inside({2: full}), BODY),
        ("of two tables says one", inside({1: [taken, taken]}), BODY),
        ("a number missing", inside({1: [taken | {2: FOUR}]}), BODY),
        ("numbers of a metric", inside({1: [taken | {1: 0}]}), BODY),
        ("an operation of a state", inside({1: [taken | {3: b"\x01"}]}), BODY),
        ("an operation missing", inside({1: [taken | {1: 2, 3: b"\x01"}]}), BODY),
        ("an unknown operation", inside({1: [taken | {1: 2, 3: b"\x01\x09"}]}), BODY),
        ("no table", inside({1: []}), SCHEMA),
        ("frame not padded", made.framed(octets, framed[:-1]), "bad-padding"),
    ]


def _keyed(octets: bytes, made: Maker, text: bytes) -> bytes:
    return USE.signed(octets, _flipped(made.data_key(octets), 0), text)
