# SPDX-License-Identifier: Apache-2.0
"""Vectors of envelopes: headers, signatures and seals.

Rules: a seal is made once and kept; what is wrong with an envelope is signed by its
device again, so that the named check and no earlier one refuses it.
Not here: frames and bodies alone (`families_frames.py`, `families_bodies.py`).
"""

from collections.abc import Callable, Sequence

from tests.vectors import families_bodies, families_frames, world
from wire import body, cbor, envelope
from wire.body import Table
from wire.cbor import Plain
from wire.crypto import sealing
from wire.envelope import EnvelopeKind, Header
from wire.frame import frame

Family = list[dict[str, object]]
Keep = Callable[[str, Callable[[], bytes]], bytes]
SCHEMA, VERSION, OPEN = "schema", "unknown-version", "cannot-open"
IDENTITY, SIGNATURE, BODY = "wrong-identity", "bad-signature", "bad-body"
DEVICE = world.signing("device")
PUBLIC = world.opening("support").public


def families(keep: Keep) -> dict[str, Family]:
    """Return the vectors by file name."""
    return {
        **families_frames.families(keep),
        **families_bodies.families(),
        "headers": _headers(),
        "envelopes": _envelopes(keep),
    }


def signed(header: bytes, ciphertext: bytes) -> bytes:
    """Return an envelope that the device signed, whatever is in it."""
    signature = DEVICE.sign(envelope.covered(header, ciphertext))
    return cbor.encode({1: header, 2: ciphertext, 3: signature})


def plain(header: Header) -> dict[int | str, Plain]:
    """Return a header as a plain map, to be falsified."""
    found = envelope.HEADER.plain(header)
    if not isinstance(found, dict):
        raise TypeError
    return found


def _headers() -> Family:
    short = bytes(sealing.OVERHEAD_BYTES)
    good, gap = plain(world.header()), plain(world.gap_header())
    farewell = plain(world.gap_header(kind=EnvelopeKind.FAREWELL, gap=None))
    void = plain(world.void_header())
    content: Plain = {1: 1, 2: 2, 3: 3, 4: "x"}
    unknown: Plain = {1: None, 2: 2, 3: 3, 4: "spool-corrupt"}
    rows: tuple[tuple[str, dict[int | str, Plain], bytes, str], ...] = (
        ("data", good, short, "ok"),
        ("data, second", good | {11: 2, 12: b"\x01" * 32}, short, "ok"),
        ("gap", gap, b"", "ok"),
        ("gap that nobody can count", gap | {16: unknown}, b"", "ok"),
        ("farewell", farewell, b"", "ok"),
        ("another version", good | {1: 2}, short, VERSION),
        ("another suite", good | {3: 2}, short, VERSION),
        ("data of no suite", good | {3: 0}, short, VERSION),
        ("unknown kind", good | {2: 4}, short, SCHEMA),
        ("unknown purpose", good | {6: "marketing"}, short, SCHEMA),
        ("no retention class", good | {7: ""}, short, SCHEMA),
        ("sequence 0", good | {11: 0}, short, SCHEMA),
        ("first with a previous digest", good | {12: b"\x01" * 32}, short, SCHEMA),
        ("second without a previous digest", good | {11: 2}, short, SCHEMA),
        (
            "bucket within a quarter of an hour",
            good | {15: world.NOW + 1},
            short,
            SCHEMA,
        ),
        ("data with a gap", good | {16: content}, short, SCHEMA),
        ("data with a ciphertext too short", good, short[1:], SCHEMA),
        ("data without ciphertext", good, b"", SCHEMA),
        ("gap with ciphertext", gap, short, SCHEMA),
        (
            "gap without its content",
            _without(gap, 16),
            b"",
            SCHEMA,
        ),
        ("gap with a key", gap | {8: b"\x01" * 16}, b"", SCHEMA),
        ("gap with a suite", gap | {3: 1}, b"", SCHEMA),
        ("gap without a reason", gap | {16: {1: 1, 2: 2, 3: 3, 4: ""}}, b"", SCHEMA),
        ("gap whose count is missing", gap | {16: {2: 2, 3: 3, 4: "x"}}, b"", SCHEMA),
        ("farewell with a gap", farewell | {16: content}, b"", SCHEMA),
        ("farewell with ciphertext", farewell, short, SCHEMA),
        ("void", void, b"", "ok"),
        ("void of what nobody knows", void | {17: bytes(32)}, b"", "ok"),
        ("void without its content", _without(void, 16), b"", SCHEMA),
        ("void that names nothing", _without(void, 17), b"", SCHEMA),
        ("void that does not count", void | {16: unknown}, b"", SCHEMA),
        ("void with records", void | {14: 1}, b"", SCHEMA),
        ("void with ciphertext", void, short, SCHEMA),
        ("void with a suite", void | {3: 1}, b"", SCHEMA),
        ("void with an octet too few", void | {17: bytes(31)}, b"", SCHEMA),
        ("data in place of another", good | {17: bytes(32)}, short, SCHEMA),
        ("gap in place of another", gap | {17: bytes(32)}, b"", SCHEMA),
        ("an unknown field", good | {18: 0}, short, SCHEMA),
        ("another device than its key", good | {5: bytes(16)}, short, IDENTITY),
    )
    found: Family = [
        _vector(name, "header", signed(cbor.encode(header), ciphertext), expect)
        for name, header, ciphertext, expect in rows
    ]
    octets = signed(cbor.encode(good), short)
    for name, wrong, expect in (
        ("one bit of the signature", octets[:-1] + bytes([octets[-1] ^ 1]), SIGNATURE),
        ("one bit of the ciphertext", _flipped(octets, len(octets) - 90), SIGNATURE),
        (
            "one bit of the policy digest",
            _flipped(octets, octets.index(world.POLICY_DIGEST)),
            SIGNATURE,
        ),
        ("an octet after it", octets + b"\x00", "not-canonical"),
        ("cut", octets[:-1], "malformed"),
        (
            "header not its one form",
            signed(b"\xa2\x02\x00\x01\x00", short),
            "not-canonical",
        ),
        ("header over its bound", signed(bytes(1025), short), SCHEMA),
    ):
        found.append(_vector(name, "header", wrong, expect))
    over = [["00", envelope.ENVELOPE_LIMIT + 1]]
    found.append(
        {
            "name": "over its bound",
            "kind": "header",
            "input_parts": over,
            "device": DEVICE.public.hex(),
            "expect": "limit",
        }
    )
    return found


def _without(header: dict[int | str, Plain], key: int) -> dict[int | str, Plain]:
    return {name: value for name, value in header.items() if name != key}


def _flipped(octets: bytes, at: int) -> bytes:
    return octets[:at] + bytes([octets[at] ^ 1]) + octets[at + 1 :]


def _vector(
    name: str, kind: str, octets: bytes, expect: str, **fields: str
) -> dict[str, object]:
    return {
        "name": name,
        "kind": kind,
        "input": octets.hex(),
        "device": DEVICE.public.hex(),
        **fields,
        "expect": expect,
    }


def _sealed(framed: bytes, header: Header) -> Callable[[], bytes]:
    """Return what seals any frame under any header, as a hostile device could."""
    octets = envelope.HEADER.encode(header)
    return lambda: signed(
        octets, sealing.seal(framed, PUBLIC, envelope.seal_info(octets))
    )


def _made(tables: Sequence[Table], **changes: object) -> Callable[[], bytes]:
    return lambda: world.sealed(tables, **changes)


def _envelopes(keep: Keep) -> Family:
    chained = {"sequence": 2, "previous": world.octets("previous", 32)}
    empty = frame(body.encode((), (), "support"))
    count = world.header(records=1)
    none = world.header(records=0)
    false_body = frame(families_bodies.text((0, 2, 1, 2), b"ab"))
    over = families_frames.framed(1, families_frames.bomb(80_001, 400))
    bomb = b"".join(octets * times for octets, times in over)
    made: tuple[tuple[str, Callable[[], bytes], str], ...] = (
        ("nothing but notes", _made(()), "ok"),
        ("a snapshot", _made([world.software()]), "ok"),
        ("a delta by number", _made([world.changes()], **chained), "ok"),
        ("a metric and a snapshot", _made([world.load(), world.software()]), "ok"),
        ("a large metric, compressed", _made([world.load(500)]), "ok"),
        ("count not its body's", _sealed(empty, count), BODY),
        ("frame not padded", _sealed(empty[:-1], none), "bad-padding"),
        ("frame not zeros", _sealed(empty[:-1] + b"\x01", none), "bad-padding"),
        (
            "frame of another form",
            _sealed(b"\x02" + empty[1:], none),
            "bad-compression",
        ),
        ("frame over its ratio", _sealed(bomb, none), "limit"),
        ("body of no form", _sealed(bytes(256), none), BODY),
        ("body false", _sealed(false_body, world.header(records=3)), BODY),
        ("body head false", _sealed(frame(b"\x00\x00\x00\x01\xa0"), none), SCHEMA),
    )
    seed = world.opening("support").seed().hex()
    found = [
        _vector(name, "envelope", keep(name, make), expect, opening=seed)
        for name, make, expect in made
    ]
    return found + _altered(keep("nothing but notes", _made(())), seed)


def _altered(octets: bytes, seed: str) -> Family:
    read, _ = envelope.read(octets)
    other = envelope.HEADER.encode(world.header(records=0, retention="long"))
    keyed = envelope.HEADER.encode(
        world.header(records=0, key_id=sealing.key_id(world.opening("security").public))
    )
    cipher = read.ciphertext
    gap = envelope.announce(world.gap_header(), DEVICE)
    rows = (
        ("sealed under another header", signed(other, cipher), OPEN),
        (
            "first bit of the ML-KEM part",
            signed(read.header, _flipped(cipher, 0)),
            OPEN,
        ),
        ("last of the ML-KEM part", signed(read.header, _flipped(cipher, 1087)), OPEN),
        ("first of the X25519 part", signed(read.header, _flipped(cipher, 1088)), OPEN),
        ("first of the text", signed(read.header, _flipped(cipher, 1120)), OPEN),
        (
            "last of the tag",
            signed(read.header, _flipped(cipher, len(cipher) - 1)),
            OPEN,
        ),
        ("an octet cut", signed(read.header, cipher[:-1]), OPEN),
        ("an octet after it", signed(read.header, cipher + b"\x00"), OPEN),
        (
            "a zero X25519 part",
            signed(read.header, cipher[:1088] + bytes(32) + cipher[1120:]),
            OPEN,
        ),
        ("names another key", signed(keyed, cipher), OPEN),
        ("a gap has nothing to open", gap, OPEN),
        (
            "one bit flipped, not signed again",
            _flipped(octets, len(octets) // 2),
            SIGNATURE,
        ),
    )
    found = [
        _vector(name, "envelope", wrong, expect, opening=seed)
        for name, wrong, expect in rows
    ]
    another = world.opening("security").seed().hex()
    found.append(_vector("another key", "envelope", octets, OPEN, opening=another))
    stranger = _vector("another device", "envelope", octets, IDENTITY, opening=seed)
    found.append(stranger | {"device": world.signing("gate").public.hex()})
    return found
