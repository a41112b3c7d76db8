# SPDX-License-Identifier: Apache-2.0
"""Frames as they are made: classes, caps on the writer's side, costs of a bomb.

Rules: a writer never makes what a reader refuses.
Not here: what a reader refuses, octet by octet (`tests/vectors/families_frames.py`).
"""

import tracemalloc

import pytest

from tests.vectors import families_frames, world
from wire import limits
from wire.errors import CompressionError, LimitError
from wire.frame import ZSTD, frame, padded, unframe

NOISE = world.octets("noise", 2**20)


@pytest.mark.parametrize(
    ("length", "size"),
    [
        (0, 256),
        (256, 256),
        (257, 272),
        (512, 512),
        (513, 544),
        (1000, 1024),
        (9_001, 9_216),
        (2**20, 2**20),
        (2**20 + 1, 2**20 + 2**15),
    ],
)
def test_the_classes_are_padmes(length: int, size: int) -> None:
    """Lengths are rounded up as in Padmé, and small ones look alike."""
    assert size == padded(length)


def test_the_largest_stored_body_fits_and_one_more_does_not() -> None:
    """The bound of a frame holds exactly where nothing can be compressed."""
    most = limits.ENVELOPE_BYTES - 5
    octets = frame(NOISE[:most])
    assert (limits.ENVELOPE_BYTES, NOISE[:most]) == (len(octets), unframe(octets))
    with pytest.raises(LimitError):
        frame(NOISE[: most + 1])


def test_a_body_over_its_bound_is_not_framed() -> None:
    """A body at its bound and within the ratio is taken, an octet more is not."""
    whole = NOISE[:60_000] + bytes(limits.BODY_BYTES - 60_000)
    assert whole == unframe(frame(whole))
    with pytest.raises(LimitError):
        frame(whole + b"\x00")


def test_what_compresses_too_well_is_not_framed() -> None:
    """A body that a reader would take for a bomb is refused before it is sealed."""
    assert unframe(frame(bytes(limits.BODY_RATIO_FLOOR)))
    with pytest.raises(LimitError):
        frame(bytes(limits.BODY_BYTES))


@pytest.mark.slow
def test_a_bomb_costs_nothing() -> None:
    """A frame that declares or holds gigabytes is refused without its memory."""
    blocks = 8_192
    bombs = (
        families_frames.zstd(2**32 - 1, *[families_frames.rle(131_072)] * blocks),
        families_frames.zstd(100, *[families_frames.rle(131_072)] * blocks),
    )
    for bomb in bombs:
        parts = families_frames.framed(
            ZSTD, [(bomb, 1), (families_frames.rle(1, last=True), 1)]
        )
        octets = b"".join(part * times for part, times in parts)
        tracemalloc.start()
        with pytest.raises((LimitError, CompressionError)):
            unframe(octets)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < limits.MIB
