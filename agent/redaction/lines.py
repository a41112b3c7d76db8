# SPDX-License-Identifier: Apache-2.0
"""Scrubs a stream of bytes: one line out for each line in, in order.

Rules: whole lines only, in blocks; a line that is too long is dropped as it comes and
leaves a fixed word, as does one that cannot be scrubbed; line ends stay as they were,
also a missing last one; bytes that are no UTF-8 are read as Latin-1.
Not here: reading and writing (`agent/commands/scrub.py`), what is found (`text.py`).
"""

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from operator import ne
from typing import TypeGuard

from agent.redaction import bounds
from agent.redaction.lazily import LazyPattern
from wire.values import Withheld

ScrubMany = Callable[[list[str]], Sequence[str | Withheld]]
ScrubPlain = Callable[[Sequence[bytes]], Sequence[bytes | Withheld] | None]

WORDS = {Withheld.TOO_LARGE: "too-long", Withheld.TIME_BUDGET: "time"}
OTHER = "failed"
"""Why a line is withheld, in the word that takes its place and in the report."""
_LINE, _RETURN = "\n", "\r"
_BEGIN = "-----BEGIN "
_END = "-----END "
_KEY = "PRIVATE KEY"
_HEADER = ": "
"""Of a key's own lines only its headers, such as Proc-Type, and none have no body."""
_KEY_BODY = LazyPattern(r"[A-Za-z0-9+/=]{16,}|^[A-Za-z0-9+/=]+$")
_KEY_TAG = "<secret-removed>"


class Lines:
    """Takes chunks of bytes and gives scrubbed ones; holds one block of them."""

    def __init__(
        self, scrub_many: ScrubMany, scrub_plain: ScrubPlain | None = None
    ) -> None:
        """Start before the first byte.

        Args:
            scrub_many: returns each text scrubbed, or why it is withheld.
            scrub_plain: the same for lines as bytes; None where they are not plain
                ASCII. It costs less.
        """
        self._scrub_many = scrub_many
        self._scrub_plain = scrub_plain
        self._whole: list[bytes | None] = []
        self._rest: list[bytes] = []
        self._long = False
        self._inside = 0
        self._rest_bytes = 0
        self.waiting = 0
        self.count = 0
        self.changed = 0
        self.key_parts = 0
        self.withheld: Counter[str] = Counter()

    def __repr__(self) -> str:
        """Show how many lines there were, none of them."""
        return f"<Lines {self.count}>"

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes; whole lines wait for `take`.

        Args:
            chunk: any bytes; cut anywhere.
        """
        head, *others = chunk.split(b"\n")
        self._grow(head)
        if not others:
            return
        self._close()
        last = others.pop()
        self._whole += others
        self.waiting += len(chunk)
        self._grow(last)

    def take(self) -> bytes:
        """Return the whole lines that wait, scrubbed, each with its line end."""
        waiting, self._whole, self.waiting = self._whole, [], 0
        if not waiting:
            return b""
        plain = self._scrubbed_plain(waiting)
        return plain or (self._scrubbed(waiting) + _LINE).encode()

    def finish(self) -> bytes:
        """Return what is left, when the last line had no line end."""
        head = self.take()
        if not self._rest_bytes:
            return head
        self._close()
        return head + self.take()[:-1]

    def _grow(self, part: bytes) -> None:
        """Add to the line that has not ended; let go of one that is too long."""
        self._rest_bytes += len(part)
        if self._rest_bytes > bounds.LINE_BYTES:
            self._long = True
            self._rest.clear()
        if not self._long:
            self._rest.append(part)

    def _close(self) -> None:
        """End the line that was grown."""
        self._whole.append(None if self._long else b"".join(self._rest))
        self._rest.clear()
        self._rest_bytes, self._long = 0, False

    def _scrubbed(self, lines: list[bytes | None]) -> str:
        """Return the lines scrubbed, joined; None stands for one that was too long."""
        whole = [line for line in lines if line is not None]
        block = decoded(b"\n".join(whole))
        self.count += len(lines)
        waiting = iter(block.split(_LINE))
        before = ["" if line is None else next(waiting) for line in lines]
        ends = [_RETURN if line.endswith(_RETURN) else "" for line in before]
        texts = [line.removesuffix(_RETURN) for line in before]
        after = list(self._scrub_many(self._without_keys(texts)))
        for at, line in enumerate(lines):
            if line is None:
                after[at] = Withheld.TOO_LARGE
        done = [self._shown(text) + end for text, end in zip(after, ends, strict=True)]
        self.changed += sum(map(ne, before, done))
        return _LINE.join(done)

    def _scrubbed_plain(self, lines: Sequence[bytes | None]) -> bytes:
        """Return the lines scrubbed, each with its end; nothing if they need care."""
        whole = [line for line in lines if line is not None]
        if self._scrub_plain is None or self._inside or len(whole) < len(lines):
            return b""
        after = self._scrub_plain(whole)
        if after is None:
            return b""
        self.count += len(lines)
        parts = after if _are_octets(after) else ()
        done = b"\n".join(parts)
        if not parts or done.count(b"\n") != len(lines) - 1:
            parts = [self._shown_plain(part) for part in after]
            done = b"\n".join(parts)
        self.changed += sum(map(ne, whole, parts))
        return done + b"\n"

    def _shown(self, text: str | Withheld) -> str:
        """Return a scrubbed line, or the word for a withheld one."""
        if isinstance(text, str) and _LINE not in text:
            return text
        reason = OTHER
        if isinstance(text, Withheld):
            reason = WORDS.get(text, OTHER)
        self.withheld[reason] += 1
        return f"<withheld-{reason}>"

    def _shown_plain(self, part: bytes | Withheld) -> bytes:
        text = part if isinstance(part, Withheld) else part.decode()
        return self._shown(text).encode()

    def _without_keys(self, texts: list[str]) -> list[str]:
        """Return the lines without the bodies of private keys, which span lines."""
        if not self._inside and not any(_KEY in text for text in texts):
            return texts
        kept: list[str] = []
        for text in texts:
            body = text
            if self._inside:
                body, found = _KEY_BODY.subn(_KEY_TAG, text)
                self.key_parts += found
                goes_on = found or not text or _HEADER in text
                self._inside = self._inside - 1 if goes_on else 0
            kept.append(body)
            if _END in text:
                self._inside = 0
            begun = text.rfind(_BEGIN)
            if begun >= 0 and _KEY in text[begun:] and _END not in text[begun:]:
                self._inside = bounds.KEY_LINES
        return kept


def _are_octets(parts: Sequence[bytes | Withheld]) -> TypeGuard[Sequence[bytes]]:
    """Tell, in one pass of C, whether no line is withheld."""
    return set(map(type, parts)) == {bytes}


def decoded(block: bytes) -> str:
    """Return bytes as text: UTF-8, and Latin-1 for each byte that is none.

    So a name is found in a log of either, and one stray byte hides no other.

    Args:
        block: any bytes.
    """
    with suppress(UnicodeDecodeError):
        return block.decode("utf-8")
    text = block.decode("utf-8", "surrogateescape")
    return _STRAY.sub(lambda found: chr(ord(found[0]) - _ESCAPED), text)


_ESCAPED = 0xDC00
"""Where `surrogateescape` puts a byte that is no UTF-8."""
_STRAY = LazyPattern("[\udc80-\udcff]")
