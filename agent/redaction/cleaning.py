# SPDX-License-Identifier: Apache-2.0
"""Takes out of a text what hides letters from a reader of bytes.

Rules: terminal sequences, control, zero-width and bidirectional characters go, lone
surrogates become a question mark; cleaning a clean text changes nothing.
Not here: what is searched for afterwards (`text.py`).
"""

from collections.abc import Sequence

from agent.redaction import bounds
from agent.redaction.lazily import LazyPattern

ALONE = b"PRIVATE KEY"
"""A text with this is scanned alone: what it holds may span lines."""
_SEEN = bytes((0x09, 0x0A, 0x0D, *range(0x20, 0x7F)))
"""ASCII that is seen, or parts lines and columns."""
_PLAIN = _SEEN.translate(None, b"\r\n")
"""The same within a line."""

_TERMINAL = LazyPattern(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\^_])"
)
_HIDDEN = LazyPattern(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u115f\u1160"
    "\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f"
    "\ufeff\ufff9-\ufffb\U000e0000-\U000e0fff]"
)


def clean(text: str) -> bytes:
    """Return the text as UTF-8, without what is not seen.

    Args:
        text: any string, lone surrogates and control characters included.
    """
    if not (text.isascii() and text.isprintable()):
        text = _HIDDEN.sub("", _TERMINAL.sub("", text))
    return text.encode("utf-8", "replace")


def clean_lines(texts: Sequence[str]) -> list[bytes] | None:
    """Return texts as UTF-8 where each is a line of plain ASCII, as nearly all are.

    Args:
        texts: any strings.

    Returns:
        None when one is not, or when together they are more than a block.
    """
    joined = "\n".join(texts)
    if len(joined) > bounds.BLOCK_BYTES or not joined.isascii():
        return None
    octets = joined.encode("ascii")
    if octets.translate(None, _SEEN) or ALONE in octets:
        return None
    if len(joined) > bounds.FIELD_CHARS and max(map(len, texts)) > bounds.FIELD_CHARS:
        return None
    lines = octets.split(b"\n")
    return lines if len(lines) == len(texts) else None


def are_plain(lines: Sequence[bytes]) -> bool:
    """Tell whether lines are short and of plain ASCII, so that none has to be cleaned.

    Args:
        lines: any bytes.
    """
    joined = b"".join(lines)
    if len(joined) > bounds.BLOCK_BYTES or joined.translate(None, _PLAIN):
        return False
    return ALONE not in joined and max(map(len, lines), default=0) <= bounds.FIELD_CHARS
