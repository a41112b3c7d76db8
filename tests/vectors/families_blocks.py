# SPDX-License-Identifier: Apache-2.0
"""Vectors of blocks: what the fold job seals, and each class that refuses one.

Rules: content is sealed under a data key that a name gives, so only the seal of that
key is random, and is kept; what is wrong is signed by the fold job again, so that the
named check and no earlier one refuses it.
Not here: bodies and frames alone (`families_bodies.py`, `families_frames.py`).
"""

import hashlib
import struct

from tests.vectors import families_bodies, families_frames, world
from tests.vectors.sealed_maker import Keep, Maker, Map, Use, stored
from wire import block, body, cbor, data_key
from wire.block import BlockHeader, BlockState
from wire.cbor import Plain
from wire.crypto import sealing
from wire.crypto.opening import wrap
from wire.crypto.signing import identity
from wire.purposes import Purpose

Family = list[dict[str, object]]
Rows = list[tuple[str, bytes, str]]
SCHEMA, VERSION, OPEN = "schema", "unknown-version", "cannot-open"
SIGNATURE, BODY, CANONICAL = "bad-signature", "bad-body", "not-canonical"
FOLD = world.signing("fold")
KEY = world.opening("support")
SECRET = world.octets("block data key", 32)
USE = Use("block", SECRET, KEY, FOLD)
GREATEST = 2**63 - 1
SOURCES = [(at, world.octets(f"source {at}", 32)) for at in (2, 3, 5, 9)]


def families(keep: Keep) -> dict[str, Family]:
    """Return the vectors by file name."""
    made = Maker(USE, keep)
    rows = [*_good(made), *_outside(made), *_inside(made), *_contents(made)]
    found = [_vector(name, expect, input=octets.hex()) for name, octets, expect in rows]
    over = [["00", data_key.SEALED_LIMIT + 1]]
    good = made.made(plain_header(), content())
    return {
        "blocks": [
            *found,
            _vector("over its bound", "limit", input_parts=over),
            _vector("another key", OPEN, input=good.hex())
            | {"opening": world.opening("security").seed().hex()},
            _vector("another signer", SIGNATURE, input=good.hex())
            | {"signer": world.signing("store").public.hex()},
            *_sources(),
        ]
    }


def _vector(name: str, expect: str, **given: object) -> dict[str, object]:
    return {
        "name": name,
        "kind": "block",
        **given,
        "signer": FOLD.public.hex(),
        "opening": KEY.seed().hex(),
        "expect": expect,
    }


def _sources() -> Family:
    wide = [(GREATEST, world.octets("source", 32))]
    return [
        {
            "name": name,
            "kind": "sources",
            "sources": [[sequence, digest.hex()] for sequence, digest in listed],
            "expect": "ok",
        }
        for name, listed in (
            ("one source", SOURCES[:1]),
            ("sources with sequences of another key between", SOURCES),
            ("sources over 32 bits", [(2**40, wide[0][1])]),
        )
    ]


def header() -> BlockHeader:
    """Return the header of the usual block."""
    sources = block.Sources()
    for sequence, digest in SOURCES:
        sources.add(sequence, digest)
    return BlockHeader(
        block.VERSION,
        sealing.SUITE_XWING,
        world.TENANT,
        identity(world.signing("device").public),
        Purpose.SUPPORT,
        "short",
        sealing.key_id(KEY.public),
        world.INCARNATION,
        sources.first,
        sources.last,
        sources.count,
        sources.digest(),
        world.NOW,
    )


def plain_header() -> Map:
    """Return it as a plain map, to be falsified."""
    return _plain(block.BLOCK_HEADER.plain(header()))


def state() -> Map:
    """Return what a block says of three rows: the first was changed last."""
    times = (world.NOW - 60, world.NOW - 60, world.NOW)
    return _plain(
        block.BLOCK_STATE.plain(
            BlockState(
                *(9, world.NOW, world.NOW, 8),
                block.numbers_of((2, 7, 0)),
                block.longs_of(times),
            )
        )
    )


def content(*states: Plain, **changes: Plain) -> Map:
    """Return a content of these states, the usual one if none, with changes."""
    octets = body.encode([world.software()], (), "support")
    replaced = block.longs_of((2, 9))
    usual: Map = {1: ["software"], 2: [*states] or [state()], 3: replaced, 4: octets}
    return usual | {int(key[1:]): value for key, value in changes.items()}


def _plain(value: Plain) -> Map:
    if not isinstance(value, dict):
        raise TypeError
    return value


def _encoded(keep: Keep) -> bytes:
    """Return what `wire` seals, compressed."""
    read = block.BLOCK_CONTENT.read(content())
    return keep(
        "a block as the fold job makes it",
        lambda: block.seal(header(), read, KEY.public, FOLD),
    )


def full(rows: int, name: str) -> Plain:
    """Return the head of a whole state without columns."""
    return families_bodies.table(rows, mode=1, name=name)


def _good(made: Maker) -> Rows:
    head = plain_header()
    none = {4: 0, 5: b"", 6: b""}
    two = families_bodies.joined([full(3, "software"), full(0, "printers")])
    top = {4: 2**31, 5: block.numbers_of((0, 1, 2**31 - 1))}
    long = {6: block.longs_of((0, GREATEST, 2**64 - 1))}
    noted = body.encode([world.software()], world.NOTES, "support")
    return [
        ("as the fold job makes it", _encoded(made.keep), "ok"),
        ("a state", made.made(head, content()), "ok"),
        (
            "two states, one of no row",
            made.made(head, content(state(), state() | none, c4=two)),
            "ok",
        ),
        ("no row left, numbers used", made.made(head, _empty()), "ok"),
        ("no state", made.made(head, _stateless()), "ok"),
        ("no source left shut", made.made(head, content(c3=b"")), "ok"),
        ("the greatest row number", made.made(head, content(state() | top)), "ok"),
        ("the greatest times", made.made(head, content(state() | long)), "ok"),
        ("a body with notes", made.made(head, content(c4=noted)), "ok"),
    ]


def _empty() -> Map:
    """Return a content of a state whose rows were all removed."""
    left = state() | {4: 7, 5: b"", 6: b""}
    return content(left, c4=families_bodies.joined([full(0, "software")]))


def _stateless() -> Map:
    return content(c2=[], c4=families_bodies.joined([]))


def _flipped(octets: bytes, at: int) -> bytes:
    return octets[:at] + bytes([octets[at] ^ 1]) + octets[at + 1 :]


def _outside(made: Maker) -> Rows:
    """Return blocks that are refused before they are opened."""
    head = plain_header()
    good = made.made(head, content())
    parts = _plain(cbor.decode(good))
    other = cbor.encode({1: 1, 2: 2})
    short = parts | {2: bytes(1167)}

    def headed(changed: Map) -> bytes:
        return USE.signed(cbor.encode(changed), bytes(1168), bytes(272))

    return [
        ("cut", good[:-1], "malformed"),
        ("an octet after it", good + b"\x00", CANONICAL),
        ("no signature", cbor.encode({k: parts[k] for k in (1, 2, 3)}), SCHEMA),
        ("a data key cut", cbor.encode(short), SCHEMA),
        ("no ciphertext", cbor.encode(parts | {3: b""}), SCHEMA),
        ("an unknown field", cbor.encode(parts | {5: 0}), SCHEMA),
        ("one bit of the signature", _flipped(good, len(good) - 1), SIGNATURE),
        ("one bit of the ciphertext", _flipped(good, len(good) - 90), SIGNATURE),
        ("one bit of the header", _flipped(good, good.index(world.TENANT)), SIGNATURE),
        ("another ciphertext", cbor.encode(parts | {3: b"\x00"}), SIGNATURE),
        ("signed as an envelope is", _as_envelope(parts), SIGNATURE),
        ("another version", headed(head | {1: 2}), VERSION),
        ("another suite", headed(head | {2: 2}), VERSION),
        (
            "header not its one form",
            USE.signed(b"\xa1\x18\x01\x01", *_void()),
            CANONICAL,
        ),
        ("header of two fields", USE.signed(other, *_void()), SCHEMA),
        ("header over its bound", USE.signed(bytes(1025), *_void()), SCHEMA),
        ("unknown purpose", headed(head | {5: "marketing"}), SCHEMA),
        ("no retention class", headed(head | {6: ""}), SCHEMA),
        ("first 0", headed(head | {9: 0}), SCHEMA),
        ("no source", headed(head | {11: 0}), SCHEMA),
        ("a digest of its sources cut", headed(head | {12: bytes(31)}), SCHEMA),
    ]


def _void() -> tuple[bytes, bytes]:
    return bytes(1168), bytes(272)


def _as_envelope(parts: Map) -> bytes:
    """Return a block signed under the label of an envelope."""
    head, data_key, text = parts[1], parts[2], parts[3]
    if not (
        isinstance(head, bytes)
        and isinstance(data_key, bytes)
        and isinstance(text, bytes)
    ):
        raise TypeError
    digest = hashlib.sha256(data_key + text).digest()
    signature = FOLD.sign(b"discreet/1/envelope\x00" + head + digest)
    return cbor.encode(parts | {4: signature})


def _inside(made: Maker) -> Rows:
    """Return blocks that do not open, or not to a frame of a content."""
    head = cbor.encode(plain_header())
    framed = stored(cbor.encode(content()))
    data_key = made.data_key(head)
    label = b"discreet/1/block-content\x00"
    text = wrap(SECRET, bytes(12), framed, label + head)
    moved = cbor.encode(plain_header() | {10: 10})
    keyed = plain_header() | {7: sealing.key_id(world.opening("security").public)}
    nonce = wrap(SECRET, bytes(11) + b"\x01", framed, label + head)
    bare = wrap(SECRET, bytes(12), framed, b"")
    bomb = families_frames.framed(1, families_frames.bomb(80_001, 400))
    over = b"".join(octets * times for octets, times in bomb)
    late = made.data_key(moved)
    return [
        ("names another key", USE.signed(cbor.encode(keyed), data_key, text), OPEN),
        ("sealed under another header", USE.signed(moved, data_key, text), OPEN),
        ("its data key alone under this header", USE.signed(moved, late, text), OPEN),
        (
            "one bit of the data key",
            USE.signed(head, _flipped(data_key, 0), text),
            OPEN,
        ),
        ("last of its tag", USE.signed(head, _flipped(data_key, 1167), text), OPEN),
        ("one bit of the text", USE.signed(head, data_key, _flipped(text, 0)), OPEN),
        ("an octet of the text cut", USE.signed(head, data_key, text[:-1]), OPEN),
        ("a text shorter than a tag", USE.signed(head, data_key, text[:15]), OPEN),
        ("another nonce", USE.signed(head, data_key, nonce), OPEN),
        ("not bound to its header", USE.signed(head, data_key, bare), OPEN),
        ("frame not padded", made.framed(head, framed[:-1]), "bad-padding"),
        ("frame not zeros", made.framed(head, framed[:-1] + b"\x01"), "bad-padding"),
        (
            "frame of another form",
            made.framed(head, b"\x02" + framed[1:]),
            "bad-compression",
        ),
        ("frame over its ratio", made.framed(head, over), "limit"),
        ("no content", made.framed(head, stored(b"")), "malformed"),
        (
            "content not its one form",
            made.framed(head, stored(b"\xa2\x02\x80\x01\x80")),
            CANONICAL,
        ),
        (
            "an octet after the content",
            made.framed(head, stored(cbor.encode(content()) + b"\x00")),
            CANONICAL,
        ),
    ]


def _contents(made: Maker) -> Rows:
    """Return blocks whose content contradicts itself."""
    usual = state()
    delta = body.encode([world.changes()], (), "support")
    metric = body.encode([world.load(3)], (), "support")
    cut = body.encode([world.software()], (), "support")[:-1]
    numbers, times = struct.pack("<3I", 2, 7, 0), struct.pack("<3Q", 1, 2, 3)
    rows: list[tuple[str, Map, str]] = [
        ("a dataset without a name", content(c1=[""]), SCHEMA),
        ("folded over its bound", content(c1=["a"] * 65), SCHEMA),
        ("a state of sequence 0", content(usual | {1: 0}), SCHEMA),
        ("a following number over its bound", content(usual | {4: 2**31 + 1}), SCHEMA),
        (
            "a state without heard",
            content({k: v for k, v in usual.items() if k != 3}),
            SCHEMA,
        ),
        ("no body", content(c4=b""), SCHEMA),
        ("an unknown field of the content", content() | {5: 0}, SCHEMA),
        ("a body cut", content(c4=cut), BODY),
        ("a table without a state", content(c2=[]), BODY),
        ("a state without a table", content(usual, usual), BODY),
        ("changes for a state", content(c4=delta), BODY),
        ("a metric for a state", content(c4=metric), BODY),
        ("a number missing", content(usual | {5: numbers[:8]}), BODY),
        (
            "a number too many",
            content(usual | {5: numbers + bytes([3, 0, 0, 0])}),
            BODY,
        ),
        ("numbers cut", content(usual | {5: numbers[:-1]}), BODY),
        ("a time missing", content(usual | {6: times[:16]}), BODY),
        ("times cut", content(usual | {6: times[:-1]}), BODY),
        ("times of four octets", content(usual | {6: numbers}), BODY),
        ("a row number twice", content(usual | {5: struct.pack("<3I", 2, 7, 2)}), BODY),
        ("a row number not used yet", content(usual | {4: 7}), BODY),
        ("replaced cut", content(c3=bytes(7)), BODY),
        *_sequences(usual),
    ]
    head = plain_header()
    return [(name, made.made(head, inside), expect) for name, inside, expect in rows]


def _sequences(usual: Map) -> list[tuple[str, Map, str]]:
    """Return contents that speak of envelopes which are no sources, from 2 to 9."""
    replaced = {
        "replaced before the first source": (1, 9),
        "replaced behind the last source": (2, 10),
        "replaced not ascending": (9, 2),
        "replaced twice": (2, 2),
    }
    return [
        ("a state before the first source", content(usual | {1: 1}), BODY),
        ("a state behind the last source", content(usual | {1: 10}), BODY),
        *(
            (name, content(c3=block.longs_of(sequences)), BODY)
            for name, sequences in replaced.items()
        ),
    ]
