# SPDX-License-Identifier: Apache-2.0
"""Packed files of the system, unpacked a piece at a time: gz, xz, bz2 and lz4.

Rules: a piece is bounded whatever the file claims of itself; junk is a HostError and
never another exception; a library is imported for its own form only.
Not here: zst (`wire/frame.py` is its one door). lz4 is the system's own liblz4, which
apt itself is linked with: no form of apt's lists is without it.
Sources: RFC 1952, the formats of xz and bzip2, lz4frame.h of liblz4 1.9.
"""

import sys
from collections.abc import Iterable, Iterator
from typing import Protocol

from agent.budget import UNPACK_MEMORY_BYTES, UNPACK_PIECE_BYTES
from agent.errors import HostError, UnsupportedError

FORMS = ("bz2", "gz", "lz4", "xz")
"""The endings of the files that can be read."""
_GZIP = 31
"""zlib's number for a gzip header and the largest window."""
_JUNK = "not-of-its-form"
_LZ4 = "liblz4.so.1"
_LZ4_VERSION = 100
_LZ4_ERRORS = 1 << 63
"""A size that the library returns is an error's number where it is beyond this."""


class _Unpacker(Protocol):
    """What bz2 and lzma have in common."""

    @property
    def eof(self) -> bool:
        """Whether the end was met."""

    @property
    def needs_input(self) -> bool:
        """Whether all that was given is used up."""

    @property
    def unused_data(self) -> bytes:
        """What was given beyond the end."""

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        """Return the next piece."""


class _Gzip:
    """gzip in the manner of bz2 and lzma."""

    def __init__(self) -> None:
        from zlib import decompressobj  # noqa: PLC0415 - as `unpack`

        self._inner = decompressobj(_GZIP)
        self.needs_input = True

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        rest = self._inner.unconsumed_tail + data
        found = self._inner.decompress(rest, max_length)
        self.needs_input = not self._inner.unconsumed_tail and len(found) < max_length
        return found


class _Lz4:
    """Frames of lz4, by the system's library, in the manner of bz2 and lzma."""

    def __init__(self) -> None:
        import ctypes  # noqa: PLC0415 - as `unpack`

        try:
            library = ctypes.CDLL(_LZ4)
        except OSError:
            reason = "no-liblz4"
            raise UnsupportedError(reason) from None  # the cause holds a path
        pointer, number = ctypes.c_void_p, ctypes.c_size_t
        self._free = library.LZ4F_freeDecompressionContext
        self._free.argtypes = [pointer]
        self._decompress = library.LZ4F_decompress
        self._decompress.restype = number
        sizes = ctypes.POINTER(number)
        self._decompress.argtypes = [pointer, pointer, sizes, pointer, sizes, pointer]
        create = library.LZ4F_createDecompressionContext
        create.restype = number
        self._context = pointer()
        if create(ctypes.byref(self._context), ctypes.c_uint(_LZ4_VERSION)):
            reason = "no-memory"
            raise HostError(reason)
        self._ctypes = ctypes
        self._piece = ctypes.create_string_buffer(UNPACK_PIECE_BYTES)
        self._given = self.unused_data = b""
        self._begin = self._end = 0
        self.needs_input = True
        self.eof = False

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        c = self._ctypes
        if data:  # the last was used up: `needs_input`
            self._given = data  # kept: the library reads it where it lies
            address = c.cast(c.c_char_p(data), c.c_void_p).value or 0
            self._begin, self._end = address, address + len(data)
        length = min(max_length, UNPACK_PIECE_BYTES)
        wrote, used = c.c_size_t(length), c.c_size_t(self._end - self._begin)
        left = self._decompress(
            self._context,
            self._piece,
            c.byref(wrote),
            self._begin,
            c.byref(used),
            None,
        )
        if left >= _LZ4_ERRORS:
            raise ValueError
        self._begin += used.value
        self.needs_input = self._begin == self._end and wrote.value < length
        if left == 0:
            self.eof = True
            self.unused_data = self._given[len(self._given) - self._end + self._begin :]
        found: bytes = c.string_at(self._piece, wrote.value)
        return found

    def __del__(self) -> None:
        context = getattr(self, "_context", None)
        if context:
            self._free(context)


def unpack(form: str, pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the content of a packed file.

    Args:
        form: one of FORMS.
        pieces: the file's bytes; one that is empty is passed over.

    Raises:
        UnsupportedError: nothing here unpacks the form.
        HostError: the file is not of the form, or ends too early.
    """
    errors = _errors(form)
    unpacker = _unpacker(form)
    try:
        for piece in pieces:
            given = piece
            while given:
                if unpacker.eof:  # another stream follows in the same file
                    unpacker = _unpacker(form)
                yield from _all(unpacker, given)
                given = unpacker.unused_data
    except errors:
        raise HostError(_JUNK) from None  # a cause could hold bytes of it
    if not unpacker.eof:
        raise HostError(_JUNK)


def _all(unpacker: _Unpacker, data: bytes) -> Iterator[bytes]:
    """Yield what is in some bytes of a file, up to the end of their stream."""
    given = data
    while not unpacker.eof and (given or not unpacker.needs_input):
        found = unpacker.decompress(given, UNPACK_PIECE_BYTES)
        given = b""
        if found:
            yield found


def _errors(form: str) -> tuple[type[Exception], ...]:
    """Return what the unpacker of a form raises for junk."""
    if form == "gz":
        from zlib import error  # noqa: PLC0415 - as `unpack`

        return (error,)
    if form == "xz":
        from lzma import LZMAError  # noqa: PLC0415 - as `unpack`

        return (LZMAError, EOFError)
    return (ValueError, OSError, EOFError)


def _unpacker(form: str) -> _Unpacker:
    if form == "gz":
        return _Gzip()
    if form == "xz":
        from lzma import LZMADecompressor  # noqa: PLC0415 - one form of four

        return LZMADecompressor(memlimit=UNPACK_MEMORY_BYTES)
    if form == "bz2":
        from bz2 import BZ2Decompressor  # noqa: PLC0415 - one form of four

        return BZ2Decompressor()
    if form == "lz4" and sys.platform != "win32":
        return _Lz4()
    reason = "unknown-form"
    raise UnsupportedError(reason)
