# SPDX-License-Identifier: Apache-2.0
"""The frame inside the seal: compressed, length-prefixed, padded to a size class.

Rules: `form || length || payload || zeros`, total length a Padme class; opened through
a capped stream reader: output cap and ratio cap hold exactly whatever a frame header
declares (python-zstandard's max_output_size does not); nothing follows the frame.
Not here: the body's layout (`wire/body.py`), the seal (`wire/envelope.py`).
Source: Padme, Nikitin et al., PETS 2019, section 4.
"""

import struct

import zstandard

from wire import limits
from wire.errors import CompressionError, LimitError, PaddingError

STORED = 0
ZSTD = 1
_PREFIX = struct.Struct(">BI")
_LEVEL = 9
"""zstd level: 0.3 ms for 16 KiB, 5-10 % smaller than level 3."""


def padded(length: int) -> int:
    """Return the Padme size class of a length, at least PAD_MINIMUM."""
    if length <= limits.PAD_MINIMUM:
        return limits.PAD_MINIMUM
    exponent = length.bit_length() - 1
    mantissa = exponent.bit_length()
    granule = (1 << (exponent - mantissa)) - 1
    return (length + granule) & ~granule


def frame(body: bytes) -> bytes:
    """Compress and pad a body.

    Raises:
        LimitError: the body or the frame is over its bound, or compresses so well
            that a reader would refuse it; split it by rows.
    """
    if len(body) > limits.BODY_BYTES:
        msg = f"a body is at most {limits.BODY_BYTES} bytes; split it by rows"
        raise LimitError(msg)
    packed = zstandard.ZstdCompressor(
        level=_LEVEL, write_content_size=True, write_checksum=False
    ).compress(body)
    form, payload = (ZSTD, packed) if len(packed) < len(body) else (STORED, body)
    if len(body) > _output_cap(form, len(payload)):
        msg = "a body compresses beyond the ratio cap; split it by rows"
        raise LimitError(msg)
    octets = _PREFIX.pack(form, len(payload)) + payload
    total = padded(len(octets))
    if total > limits.ENVELOPE_BYTES:
        msg = f"a frame is at most {limits.ENVELOPE_BYTES} bytes; split it by rows"
        raise LimitError(msg)
    return octets.ljust(total, b"\x00")


def unframe(octets: bytes) -> bytes:
    """Return the body of a frame.

    Raises:
        PaddingError: wrong size class or padding that is not zero.
        CompressionError: a damaged, truncated or doubled zstd frame.
        LimitError: the output or ratio cap was reached.
    """
    if len(octets) < _PREFIX.size or padded(len(octets)) != len(octets):
        msg = "a frame's length is not a size class"
        raise PaddingError(msg)
    form, length = _PREFIX.unpack_from(octets)
    end = _PREFIX.size + length
    if end > len(octets) or padded(end) != len(octets) or any(octets[end:]):
        msg = "a frame's padding is not the zeros of its size class"
        raise PaddingError(msg)
    payload = octets[_PREFIX.size : end]
    if form == STORED:
        if length > limits.BODY_BYTES:
            msg = "a stored body is over its bound"
            raise LimitError(msg)
        return payload
    if form != ZSTD:
        msg = "a frame's form is unknown"
        raise CompressionError(msg)
    return _inflate(payload)


def _output_cap(form: int, length: int) -> int:
    if form == STORED:
        return limits.BODY_BYTES
    allowed = max(limits.BODY_RATIO * length, limits.BODY_RATIO_FLOOR)
    return min(limits.BODY_BYTES, allowed)


def _inflate(payload: bytes) -> bytes:
    """Decompress exactly one zstd frame under the caps."""
    cap = _output_cap(ZSTD, len(payload))
    try:
        parameters = zstandard.get_frame_parameters(payload)
        declared = parameters.content_size
        if parameters.dict_id or declared == zstandard.CONTENTSIZE_UNKNOWN:
            msg = "a zstd frame needs a dictionary or does not state its size"
            raise CompressionError(msg)
        if declared > cap:
            msg = "a body is over its output or ratio cap"
            raise LimitError(msg)
        if parameters.window_size > limits.BODY_BYTES:
            # the library looks at it only where it does not decode in one go
            msg = "a zstd frame wants a window over its bound"
            raise CompressionError(msg)
        if _frame_length(payload) != len(payload):
            msg = "a zstd frame is truncated or followed by other bytes"
            raise CompressionError(msg)
        reader = zstandard.ZstdDecompressor(
            max_window_size=limits.BODY_BYTES
        ).stream_reader(payload, read_across_frames=False)
        # the declared size is only a claim: read no more than it, and then one more
        body = reader.read(declared)
        if len(body) != declared or reader.read(1):
            msg = "a zstd frame does not hold what it states"
            raise CompressionError(msg)
    except zstandard.ZstdError:
        msg = "a zstd frame is damaged"
        raise CompressionError(msg) from None
    return body


def _frame_length(payload: bytes) -> int:
    """Return the length of the zstd frame that starts here (RFC 8878, 3.1.1).

    Walks the block headers, for the library tells neither truncation nor what
    follows a frame; returns -1 where the bytes end before the frame does.
    """
    checksum = 4 if payload[4] & 0b100 else 0
    at = zstandard.frame_header_size(payload)
    last = False
    while not last:
        if at + 3 > len(payload):
            return -1
        header = int.from_bytes(payload[at : at + 3], "little")
        last = bool(header & 1)
        size = 1 if (header >> 1) & 0b11 == 1 else header >> 3
        at += 3 + size
    return at + checksum
