# SPDX-License-Identifier: Apache-2.0
"""Packed files: what was packed comes back, and junk is an outcome.

Rules: the standard library and the system's lz4 pack; ours unpacks.
Not here: what is in the files (`test_parsers_updates.py`).
"""

import bz2
import ctypes.util
import gzip
import lzma
import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.budget import UNPACK_PIECE_BYTES
from agent.errors import HostError, UnsupportedError
from agent.host.packed import FORMS, unpack

PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "bz2": bz2.compress,
    "gz": gzip.compress,
    "xz": lzma.compress,
}
HEADS = (
    b"",
    b"\x1f\x8b\x08\0",
    b"\xfd7zXZ\0",
    b"BZh9",
    b"\x04\x22\x4d\x18\x40\x40\xc0",
)
LZ4 = Path("/usr/bin/lz4")
HERE = [f for f in FORMS if f != "lz4" or ctypes.util.find_library("lz4")]


def cut(data: bytes, size: int) -> list[bytes]:
    """Return the data in pieces."""
    return [data[i : i + size] for i in range(0, len(data), size)]


@pytest.mark.parametrize("form", sorted(PACKERS))
@given(
    words=st.binary(max_size=64), times=st.integers(0, 5000), size=st.integers(1, 99)
)
def test_what_was_packed_comes_back(
    form: str, words: bytes, times: int, size: int
) -> None:
    """Content is unpacked whole, in bounded pieces, however the file was cut."""
    plain = words * times
    packed = PACKERS[form](plain) + PACKERS[form](words)  # two streams in one file
    pieces = list(unpack(form, cut(packed, size)))
    assert b"".join(pieces) == plain + words
    assert max(map(len, pieces), default=0) <= UNPACK_PIECE_BYTES


@pytest.mark.skipif(not LZ4.exists(), reason="needs lz4, which packs")
@pytest.mark.parametrize("options", [("-B4",), ("-B7", "-BI"), ("-BD", "-B5")])
@pytest.mark.parametrize("size", [1, 7, 4096, 1 << 20])
def test_lz4_comes_back(options: tuple[str, ...], size: int) -> None:
    """Frames of each size of block, tied to one another or not, are unpacked."""
    plain = b"".join(b"Package: %d\n" % number for number in range(size % 20_000 + 9))
    packed = subprocess.run(
        [LZ4, "-c", *options], input=plain, capture_output=True, check=True
    ).stdout
    pieces = list(unpack("lz4", cut(packed * 2, size)))
    assert b"".join(pieces) == plain * 2
    assert max(map(len, pieces), default=0) <= UNPACK_PIECE_BYTES


@pytest.mark.parametrize("form", HERE)
@given(head=st.sampled_from(HEADS), data=st.binary(max_size=300))
def test_junk_is_an_outcome(form: str, head: bytes, data: bytes) -> None:
    """Any bytes are unpacked or refused with an error of a host."""
    with suppress(HostError):
        assert b"".join(unpack(form, (head + data,))) != head + data or not data


@pytest.mark.parametrize("form", sorted(PACKERS))
def test_a_file_that_ends_early(form: str) -> None:
    """Half a file is an error, not half an answer."""
    packed = PACKERS[form](bytes(range(256)) * 9)
    with pytest.raises(HostError):
        list(unpack(form, (packed[: len(packed) // 2],)))


def test_a_form_that_nothing_unpacks() -> None:
    """A form that is not known is told apart from a broken file."""
    with pytest.raises(UnsupportedError) as caught:
        list(unpack("zst", (b"x",)))
    assert caught.value.reason == "unknown-form"
