# SPDX-License-Identifier: Apache-2.0
"""A notice as one line, from the agent to what shows it in a person's session.

Rules: it has the notice in every language, for the person's own session alone knows
theirs; a field has no control character, so that a line's parts are what they seem.
Not here: what is said (`agent/orders/notices.py`), the ways that a line goes
(`notice_socket.py`, `own_screen.py`).
"""

import re
from collections.abc import Iterator

from agent.host.notice import Notice, Said

LINE_BYTES = 24_576
"""Two languages of some thousand characters, most of four octets, and room for more."""
SHOWN, NOBODY = b"shown\n", b"nobody\n"
"""What is answered: that the text has reached them, or that it has not."""
_ORDER = re.compile("(?:[0-9a-f]{32})?")
_LANGUAGE = re.compile("[a-z]{2}")
_PARTS = 3
"""Of a language: its name, a title, a text."""


def write_line(notice: Notice) -> bytes:
    """Return the line of a notice."""
    said = ((name, one.title, one.text) for name, one in notice.said.items())
    parts = notice.asks, *(part for three in said for part in three)
    return "\t".join(parts).encode() + b"\n"


def read_line(line: bytes) -> Notice | None:
    """Return what a line says; None of one that is no notice."""
    try:
        text = line.decode()
    except UnicodeDecodeError:
        return None
    asks, *parts = text.removesuffix("\n").split("\t")
    if len(line) > LINE_BYTES or not all(part.isprintable() for part in parts):
        return None
    said = {name: Said(title, told) for name, title, told in _threes(parts)}
    whole = text.endswith("\n") and _ORDER.fullmatch(asks)
    known = said and all(map(_LANGUAGE.fullmatch, said))
    if not whole or not known or len(parts) != _PARTS * len(said):
        return None
    return Notice(said, asks)


def _threes(parts: list[str]) -> Iterator[tuple[str, str, str]]:
    """Yield the parts of each language; what is left over is in none."""
    each = iter(parts)
    return zip(each, each, each, strict=False)
