# SPDX-License-Identifier: Apache-2.0
"""Length-prefixed JSON: how reader, its query child and the command line talk.

Rules: `u32 length || JSON object in UTF-8`; a frame is bounded on both sides; what
is malformed, cut off or too long is one error, and nothing of it is shown.
Not here: what the objects mean (`server/query/run.py`, `server/reader/requests.py`).
"""

import json
import struct
from collections.abc import Mapping
from typing import Protocol

from server.errors import UnreachableError

FRAME_BYTES = 4 * 1024 * 1024
"""One frame: a batch of result rows is cut at a quarter of it."""
_LENGTH = struct.Struct(">I")

ALIVE = {"alive": True}
"""Asks whether there is somebody; everybody who is let in may."""


class Incoming(Protocol):
    """A stream to read from: it returns as many bytes as asked, or is at its end."""

    def read(self, size: int, /) -> bytes:
        """Return so many bytes."""


class Outgoing(Protocol):
    """A stream to write to."""

    def write(self, octets: bytes, /) -> int:
        """Take bytes."""

    def flush(self) -> None:
        """Send what was taken."""


def write(stream: Outgoing, message: Mapping[str, object]) -> None:
    """Write one object and flush it.

    Args:
        stream: what the other side reads from.
        message: texts, numbers, booleans, lists and objects only.
    """
    octets = json.dumps(message, allow_nan=False, separators=(",", ":")).encode()
    stream.write(_LENGTH.pack(len(octets)) + octets)
    stream.flush()


def read(stream: Incoming, limit: int = FRAME_BYTES) -> dict[str, object] | None:
    """Return the next object; None where the stream ends between two.

    Args:
        stream: what the other side writes to.
        limit: longest frame to take.

    Raises:
        UnreachableError: cut off, too long, or not an object.
    """
    head = stream.read(_LENGTH.size)
    if not head:
        return None
    length = _LENGTH.unpack(head)[0] if len(head) == _LENGTH.size else limit + 1
    octets = stream.read(length) if length <= limit else b""
    if length > limit or len(octets) != length:
        msg = "an answer was cut off or too long: try again, and look at `serve`'s log"
        raise UnreachableError(msg)
    try:
        message: object = json.loads(octets)
    except (ValueError, RecursionError):
        message = None
    if not isinstance(message, dict):
        msg = "an answer is of another release: restart `serve`"
        raise UnreachableError(msg)
    return message
