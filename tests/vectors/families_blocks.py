# SPDX-License-Identifier: Apache-2.0
"""Vectors of blocks: what the fold job seals, and each class that refuses one.

Rules: content is sealed under a data key that a name gives, so only the seal of that
key is random, and is kept; what is wrong is signed by the fold job again, so that the
named check and no earlier one refuses it.
Not here: bodies and frames alone (`families_bodies.py`, `families_frames.py`).
"""

import hashlib
import struct
from collections.abc import Callable

from tests.vectors import families_bodies, families_frames, world
from wire import block, body, cbor
from wire.block import BlockHeader, BlockState
from wire.cbor import Plain
from wire.crypto import sealing
from wire.crypto.opening import wrap
from wire.crypto.signing import identity
from wire.purposes import Purpose

Family = list[dict[str, object]]
Keep = Callable[[str, Callable[[], bytes]], bytes]
Map = dict[int | str, Plain]
Rows = list[tuple[str, bytes, str]]
SCHEMA, VERSION, OPEN = "schema", "unknown-version", "cannot-open"
SIGNATURE, BODY, CANONICAL = "bad-signature", "bad-body", "not-canonical"
FOLD = world.signing("fold")
KEY = world.opening("support")
SECRET = world.octets("block data key", 32)
GREATEST = 2**63 - 1
SOURCES = [(at, world.octets(f"source {at}", 32)) for at in (2, 3, 5, 9)]


def families(keep: Keep) -> dict[str, Family]:
    """Return the vectors by file name."""
    made = _Maker(keep)
    rows = [*_good(made), *_outside(made), *_inside(made), *_contents(made)]
    found = [_vector(name, expect, input=octets.hex()) for name, octets, expect in rows]
    over = [["00", block.BLOCK_LIMIT + 1]]
    good = made.block(plain_header(), content())
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


class _Maker:
    """Makes any block, as a fold job that fails could."""

    def __init__(self, keep: Keep) -> None:
        self._keep = keep

    def data_key(self, head: bytes) -> bytes:
        """Return the data key, sealed under a header."""
        name = "block key " + hashlib.sha256(head).hexdigest()[:16]
        info = b"discreet/1/block-key\x00" + head
        return self._keep(name, lambda: sealing.seal(SECRET, KEY.public, info))

    def whole(self, head: bytes, framed: bytes) -> bytes:
        """Return a block of any header around any frame."""
        text = wrap(SECRET, bytes(12), framed, b"discreet/1/block-content\x00" + head)
        return signed(head, self.data_key(head), text)

    def block(self, head: Map, inside: Map) -> bytes:
        """Return a block of a header and a content."""
        return self.whole(cbor.encode(head), stored(cbor.encode(inside)))

    def encoded(self) -> bytes:
        """Return what `wire` seals, compressed."""
        read = block.BLOCK_CONTENT.read(content())
        return self._keep(
            "a block as the fold job makes it",
            lambda: block.seal(header(), read, KEY.public, FOLD),
        )


def stored(octets: bytes) -> bytes:
    """Return a frame that holds octets as they are."""
    parts = families_frames.framed(0, [(octets, 1)])
    return b"".join(part * times for part, times in parts)


def signed(head: bytes, data_key: bytes, text: bytes) -> bytes:
    """Return a block that the fold job signed, whatever is in it."""
    covered = head + hashlib.sha256(data_key + text).digest()
    signature = FOLD.sign(b"discreet/1/block\x00" + covered)
    return cbor.encode({1: head, 2: data_key, 3: text, 4: signature})


def full(rows: int, name: str) -> Plain:
    """Return the head of a whole state without columns."""
    return families_bodies.table(rows, mode=1, name=name)


def _good(made: _Maker) -> Rows:
    head = plain_header()
    none = {4: 0, 5: b"", 6: b""}
    two = families_bodies.joined([full(3, "software"), full(0, "printers")])
    top = {4: 2**31, 5: block.numbers_of((0, 1, 2**31 - 1))}
    long = {6: block.longs_of((0, GREATEST, 2**64 - 1))}
    noted = body.encode([world.software()], world.NOTES, "support")
    return [
        ("as the fold job makes it", made.encoded(), "ok"),
        ("a state", made.block(head, content()), "ok"),
        (
            "two states, one of no row",
            made.block(head, content(state(), state() | none, c4=two)),
            "ok",
        ),
        ("no row left, numbers used", made.block(head, _empty()), "ok"),
        ("no state", made.block(head, _stateless()), "ok"),
        ("no source left shut", made.block(head, content(c3=b"")), "ok"),
        ("the greatest row number", made.block(head, content(state() | top)), "ok"),
        ("the greatest times", made.block(head, content(state() | long)), "ok"),
        ("a body with notes", made.block(head, content(c4=noted)), "ok"),
    ]


def _empty() -> Map:
    """Return a content of a state whose rows were all removed."""
    left = state() | {4: 7, 5: b"", 6: b""}
    return content(left, c4=families_bodies.joined([full(0, "software")]))


def _stateless() -> Map:
    return content(c2=[], c4=families_bodies.joined([]))


def _flipped(octets: bytes, at: int) -> bytes:
    return octets[:at] + bytes([octets[at] ^ 1]) + octets[at + 1 :]


def _outside(made: _Maker) -> Rows:
    """Return blocks that are refused before they are opened."""
    head = plain_header()
    good = made.block(head, content())
    parts = _plain(cbor.decode(good))
    other = cbor.encode({1: 1, 2: 2})
    short = parts | {2: bytes(1167)}

    def headed(changed: Map) -> bytes:
        return signed(cbor.encode(changed), bytes(1168), bytes(272))

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
        ("header not its one form", signed(b"\xa1\x18\x01\x01", *_void()), CANONICAL),
        ("header of two fields", signed(other, *_void()), SCHEMA),
        ("header over its bound", signed(bytes(1025), *_void()), SCHEMA),
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


def _inside(made: _Maker) -> Rows:
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
        ("names another key", signed(cbor.encode(keyed), data_key, text), OPEN),
        ("sealed under another header", signed(moved, data_key, text), OPEN),
        ("its data key alone under this header", signed(moved, late, text), OPEN),
        ("one bit of the data key", signed(head, _flipped(data_key, 0), text), OPEN),
        ("last of its tag", signed(head, _flipped(data_key, 1167), text), OPEN),
        ("one bit of the text", signed(head, data_key, _flipped(text, 0)), OPEN),
        ("an octet of the text cut", signed(head, data_key, text[:-1]), OPEN),
        ("a text shorter than a tag", signed(head, data_key, text[:15]), OPEN),
        ("another nonce", signed(head, data_key, nonce), OPEN),
        ("not bound to its header", signed(head, data_key, bare), OPEN),
        ("frame not padded", made.whole(head, framed[:-1]), "bad-padding"),
        ("frame not zeros", made.whole(head, framed[:-1] + b"\x01"), "bad-padding"),
        (
            "frame of another form",
            made.whole(head, b"\x02" + framed[1:]),
            "bad-compression",
        ),
        ("frame over its ratio", made.whole(head, over), "limit"),
        ("no content", made.whole(head, stored(b"")), "malformed"),
        (
            "content not its one form",
            made.whole(head, stored(b"\xa2\x02\x80\x01\x80")),
            CANONICAL,
        ),
        (
            "an octet after the content",
            made.whole(head, stored(cbor.encode(content()) + b"\x00")),
            CANONICAL,
        ),
    ]


def _contents(made: _Maker) -> Rows:
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
    return [(name, made.block(head, inside), expect) for name, inside, expect in rows]


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
