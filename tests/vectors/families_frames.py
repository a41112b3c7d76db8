# SPDX-License-Identifier: Apache-2.0
"""Vectors of frames: padding, caps that hold exactly, and zstd made by hand.

Rules: a zstd frame is put together from blocks here, so no compressor's release
changes a vector, and each cap is met exactly and missed by one.
Not here: what is in a frame (`families_bodies.py`).
"""

import struct
from collections.abc import Callable

import zstandard

from wire import limits
from wire.frame import STORED, ZSTD, padded

Family = list[dict[str, object]]
Keep = Callable[[str, Callable[[], bytes]], bytes]
Parts = list[tuple[bytes, int]]
PADDING, COMPRESSION, LIMIT = "bad-padding", "bad-compression", "limit"
_MAGIC = bytes.fromhex("28b52ffd")
_SINGLE = 0xA0
"""Frame header descriptor: single segment, content size in four octets."""
_BLOCK = 128 * limits.KIB
_EMPTY = bytes(3)
"""A raw block of no octets, not the last: fills a frame to a wanted length."""


def rle(size: int, *, last: bool = False) -> bytes:
    """Return a block that stands for one letter many times."""
    return (last | 1 << 1 | size << 3).to_bytes(3, "little") + b"a"


def raw(content: bytes, *, last: bool = False, form: int = 0) -> bytes:
    """Return a block that holds its octets."""
    return (last | form << 1 | len(content) << 3).to_bytes(3, "little") + content


def zstd(declared: int, *blocks: bytes, descriptor: int = _SINGLE) -> bytes:
    """Return a zstd frame of a single segment that declares a content size."""
    return _MAGIC + struct.pack("<BI", descriptor, declared) + b"".join(blocks)


def bomb(size: int, length: int) -> Parts:
    """Return a frame of a length that stands for a size of one letter.

    Raises:
        ValueError: empty blocks of three octets cannot fill it to that length.
    """
    sizes = [min(_BLOCK, size - at) for at in range(0, size, _BLOCK)]
    blocks = b"".join(map(rle, sizes[:-1])) + rle(sizes[-1], last=True)
    filling, odd = divmod(length - len(zstd(size)) - len(blocks), len(_EMPTY))
    if odd or filling < 0:
        raise ValueError(length)
    return [(zstd(size), 1), (_EMPTY, filling), (blocks, 1)]


def framed(form: int, parts: Parts, *, length: int | None = None) -> Parts:
    """Return a frame around parts, padded to its class."""
    held = sum(len(octets) * times for octets, times in parts)
    prefix = struct.pack(">BI", form, held if length is None else length)
    whole = len(prefix) + held
    return [(prefix, 1), *parts, (b"\x00", padded(whole) - whole)]


def families(keep: Keep) -> dict[str, Family]:
    """Return the vectors by file name."""
    return {"frames": [*_padding(), *_caps(), *_compression(keep)]}


def _vector(name: str, parts: Parts, expect: str) -> dict[str, object]:
    written: dict[str, object] = {"name": name, "kind": "frame"}
    if any(
        times > 1 and len(octets) * times > 2 * limits.KIB for octets, times in parts
    ):
        written["input_parts"] = [
            [octets.hex(), times] for octets, times in parts if times
        ]
    else:
        written["input"] = b"".join(o * t for o, t in parts).hex()
    return written | {"expect": expect}


def _padding() -> Family:
    content = bytes(range(1, 101))
    good = b"".join(o * t for o, t in framed(STORED, [(content, 1)]))
    rows: tuple[tuple[str, bytes, str], ...] = (
        ("stored", good, "ok"),
        ("stored, nothing in it", bytes(256), "ok"),
        ("stored, class full", struct.pack(">BI", 0, 251) + b"x" * 251, "ok"),
        ("a class larger", good + bytes(32), PADDING),
        ("an octet over its class", good + b"\x00", PADDING),
        ("an octet short of its class", good[:-1], PADDING),
        ("padding not zero at its end", good[:-1] + b"\x01", PADDING),
        ("padding not zero at its start", good[:105] + b"\x01" + good[106:], PADDING),
        ("length past the end", struct.pack(">BI", 0, 252) + good[5:], PADDING),
        ("length of four gigabytes", b"\x00" + b"\xff" * 4 + good[5:], PADDING),
        ("shorter than its prefix", bytes(4), PADDING),
        ("empty", b"", PADDING),
        ("unknown form", b"\x02" + good[1:], COMPRESSION),
    )
    found = [_vector(name, [(octets, 1)], expect) for name, octets, expect in rows]
    for length in (252, 283, 284, 8187, 8188):
        parts = framed(STORED, [(b"\x07", length)])
        found.append(_vector(f"stored, {length} octets", parts, "ok"))
    return found


def _caps() -> Family:
    most, floor = limits.BODY_BYTES, limits.BODY_RATIO_FLOOR
    stored = [framed(STORED, [(b"\x00", size)]) for size in (most, most + 1)]
    return [
        _vector("ratio cap met", framed(ZSTD, bomb(80_000, 400)), "ok"),
        _vector("ratio cap missed by one", framed(ZSTD, bomb(80_001, 400)), LIMIT),
        _vector("ratio floor met", framed(ZSTD, bomb(floor, 13)), "ok"),
        _vector("ratio floor missed by one", framed(ZSTD, bomb(floor + 1, 13)), LIMIT),
        _vector("output cap met", framed(ZSTD, bomb(most, 41_944)), "ok"),
        _vector("output cap, ratio missed", framed(ZSTD, bomb(most, 41_941)), LIMIT),
        _vector(
            "output cap missed by one", framed(ZSTD, bomb(most + 1, 41_945)), LIMIT
        ),
        _vector("stored, output cap met", stored[0], "ok"),
        _vector("stored, output cap missed by one", stored[1], LIMIT),
        _vector(
            "four gigabytes declared",
            framed(ZSTD, [(zstd(2**32 - 1, rle(_BLOCK, last=True)), 1)]),
            LIMIT,
        ),
    ]


def _compression(keep: Keep) -> Family:
    good = zstd(10, raw(b"0123456789", last=True))
    window = _MAGIC + b"\x80%c" + struct.pack("<I", 10) + raw(b"0123456789", last=True)
    text = b"a line of a log, and the next one; " * 40
    made = keep("zstd, checksum", lambda: _compress(text, checksum=True))
    plain = keep("zstd", lambda: _compress(text, checksum=False))
    rows = (
        ("by hand", good, "ok"),
        ("by hand, two blocks", zstd(11, raw(b"0"), rle(10, last=True)), "ok"),
        ("by hand, nothing in it", zstd(0, raw(b"", last=True)), "ok"),
        ("by a compressor", plain, "ok"),
        ("with a checksum", made, "ok"),
        ("window of 8 MiB", window % 0x68, "ok"),
        ("window over 8 MiB", window % 0x69, COMPRESSION),
        ("checksum false", made[:-1] + bytes([made[-1] ^ 1]), COMPRESSION),
        ("checksum cut", made[:-1], COMPRESSION),
        ("holds less than it declares", zstd(11, good[9:]), COMPRESSION),
        ("holds more than it declares", zstd(9, good[9:]), COMPRESSION),
        ("size not declared", _MAGIC + b"\x00\x00" + good[9:], COMPRESSION),
        ("no dictionary, at length", _MAGIC + b"\xa1\x00" + good[5:], "ok"),
        ("a dictionary", _MAGIC + b"\xa1\x01" + good[5:], COMPRESSION),
        ("reserved bit", zstd(10, good[9:], descriptor=0xA8), COMPRESSION),
        ("reserved block", zstd(0, raw(b"", last=True, form=3)), COMPRESSION),
        ("no last block", zstd(10, raw(b"0123456789")), COMPRESSION),
        ("cut in a block", good[:-1], COMPRESSION),
        ("an octet after it", good + b"\x00", COMPRESSION),
        ("a second frame", good + good, COMPRESSION),
        ("a skippable frame", bytes.fromhex("502a4d1800000000"), COMPRESSION),
        ("a skippable frame before it", bytes.fromhex("502a4d1800000000") + good, ""),
        ("another magic number", b"\x00" + good[1:], COMPRESSION),
        ("no magic number", b"", COMPRESSION),
    )
    return [
        _vector(f"zstd: {name}", framed(ZSTD, [(octets, 1)]), expect or COMPRESSION)
        for name, octets, expect in rows
    ]


def _compress(content: bytes, *, checksum: bool) -> bytes:
    return zstandard.ZstdCompressor(level=9, write_checksum=checksum).compress(content)
