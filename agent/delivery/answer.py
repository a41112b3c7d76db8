# SPDX-License-Identifier: Apache-2.0
"""One answer of HTTP/1.1: its head, then its body, from a stream that has bounds.

Rules: what could be read in two ways is refused (two lengths, a length beside chunks,
an encoding that is not `chunked`); lines and fields are counted here, bytes and
seconds by the stream; nothing that a server wrote is in an error.
Not here: the stream (`transport.py`), what an answer means (its callers).
Source: RFC 9112. `http.client` reads a head by the parser of e-mail: 1.7 MiB of a
resident process.
"""

import io
import re

_LINE_BYTES = 8 * 1024
"""A line of a head, as servers bound it too."""
_FIELDS = 100
"""Of one head, as `http.client` bounds them."""
_INTERIMS = 8
"""Answers before the answer; servers send one or two."""
_STATUS = re.compile(rb"HTTP/1\.([01]) ([1-5][0-9]{2})(?: |\r?\n)")
_NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_BLANKS = b" \t"
_NOT_IN_FIELDS = b"\r\n\0"
"""Elsewhere a bare return ends a line."""
_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;.*)?\r?\n")
_LENGTH = re.compile(r"[0-9]{1,15}\Z")
_ENDS = b"\r\n", b"\n"
_INTERIM = 200
_BODILESS = frozenset({204, 304})


class AnswerError(ValueError):
    """What came is no answer of HTTP, or was cut off."""

    def __init__(self) -> None:
        """Say so, and nothing of what came."""
        super().__init__("what came is no answer of HTTP, or was cut off")


class Reply:
    """An answer whose head has been read.

    Attributes:
        status: of HTTP.
    """

    def __init__(self, reader: io.BufferedReader) -> None:
        """Read the head; interim answers are passed over.

        Raises:
            ConnectionError: the connection was closed before an answer began.
            AnswerError: it is no answer.
        """
        self._octets = _Octets(reader)
        for _ in range(_INTERIMS + 1):
            minor, self.status = _status(self._octets)
            self._fields = _fields(self._octets)
            if self.status >= _INTERIM:
                break
        else:
            raise AnswerError
        coding, length = self.header("transfer-encoding"), self._length()
        self._chunked = coding is not None
        if self._chunked and (str(coding).lower() != "chunked" or length is not None):
            raise AnswerError
        if self.status in _BODILESS:
            self._chunked, length = False, 0
        self._left = 0 if self._chunked else length
        self._over = length == 0
        told = (self.header("connection") or "").lower()
        asked = "close" in told or (not minor and "keep-alive" not in told)
        self._stays = self._left is not None and not asked

    def header(self, name: str) -> str | None:
        """Return a field, of several the values in one; None where there is none."""
        found = self._fields.get(name.lower())
        return None if found is None else ", ".join(found)

    @property
    def taken(self) -> int:
        """Return how many bytes are this answer, as far as it was read."""
        return self._octets.taken

    @property
    def reusable(self) -> bool:
        """Tell whether all was read, and the connection serves the next question.

        Not if more came than this answer: the caller knows what came.
        """
        return self._stays and self._over

    def read(self, most: int) -> bytes:
        """Return so many bytes of the body; fewer where it ends.

        Raises:
            AnswerError: it was cut off.
        """
        parts, wanted = [], most
        while wanted and not self._over:
            part = self._some(wanted)
            parts.append(part)
            wanted -= len(part)
        return b"".join(parts)

    def _some(self, most: int) -> bytes:
        """Return a part of the body, and see whether that was the end."""
        if self._left is None:  # until the other side closes
            part = self._octets.read(most)
            self._over = len(part) < most
            return part
        if self._chunked and not self._left:
            self._left = self._chunk()
            if not self._left:
                _fields(self._octets)  # trailers
                self._over = True
                return b""
        part = self._octets.read(min(most, self._left))
        self._left -= len(part)
        if not part:
            raise AnswerError
        if self._chunked:
            if not self._left and self._octets.line() not in _ENDS:
                raise AnswerError
        else:
            self._over = not self._left
        return part

    def _chunk(self) -> int:
        found = _SIZE.fullmatch(self._octets.line())
        if not found:
            raise AnswerError
        return int(found[1], 16)

    def _length(self) -> int | None:
        told = self.header("content-length")
        if told is not None and not _LENGTH.match(told):
            raise AnswerError
        return None if told is None else int(told)


class _Octets:
    """What comes, and how much of it was taken."""

    def __init__(self, reader: io.BufferedReader) -> None:
        self._reader = reader
        self.taken = 0

    def read(self, most: int) -> bytes:
        octets = self._reader.read(most)
        self.taken += len(octets)
        return octets

    def line(self) -> bytes:
        """Return a whole line; nothing where nothing comes."""
        line = self._reader.readline(_LINE_BYTES)
        self.taken += len(line)
        if line and not line.endswith(b"\n"):
            raise AnswerError
        return line


def _status(octets: _Octets) -> tuple[int, int]:
    """Return the minor version and the status."""
    line = octets.line()
    if not line:  # a connection that was kept has gone stale
        raise ConnectionResetError
    found = _STATUS.match(line)
    if not found:
        raise AnswerError
    return int(found[1]), int(found[2])


def _fields(octets: _Octets) -> dict[str, list[str]]:
    """Return the fields until an empty line, by their names in small letters."""
    found: dict[str, list[str]] = {}
    for _ in range(_FIELDS):
        line = octets.line()
        if line in _ENDS:
            return found
        name, colon, value = (
            line.removesuffix(b"\n").removesuffix(b"\r").partition(b":")
        )
        if not colon or not _NAME.fullmatch(name) or {*value} & {*_NOT_IN_FIELDS}:
            raise AnswerError
        told = value.strip(_BLANKS).decode("latin-1")
        found.setdefault(str(name, "ascii").lower(), []).append(told)
    raise AnswerError
