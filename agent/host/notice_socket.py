# SPDX-License-Identifier: Apache-2.0
# mypy: disable-error-code="unreachable"
# (all below the guard, seen from win32)
"""The way of a notice from the agent into a person's session: one line.

Rules: it has the notice in every language, for the person's own session alone knows
theirs; what waits there is the person's own, and the kernel says so (whoever else has
taken the name is told nothing); who gives a line must be the agent or root; a field has
no control character, so that a line's parts are what they seem.
Not here: what is said (`agent/orders/notices.py`), how it is shown
(`agent/window/notifier.py`).
Source: unix(7), of the names that are no files: a person's own folder lets nobody in.
"""

import re
import sys
from collections.abc import Iterator
from contextlib import suppress

from agent.host.local_socket import exchange
from agent.host.notice import Notice, Said

if sys.platform == "win32":
    reason = "agent.host.notice_socket is for Linux"
    raise ImportError(reason)

NAME = "discreet-agent-notices/{user}"
"""The name of a person's socket, which systemd makes as they sign in."""
LINE_BYTES = 24_576
"""Two languages of some thousand characters, most of four octets, and room for more."""
SHOWN, NOBODY = b"shown\n", b"nobody\n"
"""What is answered: that the text has reached them, or that it has not."""
_ORDER = re.compile("(?:[0-9a-f]{32})?")
_LANGUAGE = re.compile("[a-z]{2}")
_PARTS = 3
"""Of a language: its name, a title, a text."""


def hand_over(user: int, notice: Notice, seconds: float) -> bool:
    """Give a notice into a person's session; tell whether it was shown there.

    Args:
        user: the person's number.
        notice: what they are told.
        seconds: after which it has not been shown.
    """
    line = write_line(notice)
    if read_line(line) is None:
        return False
    with suppress(OSError):
        name = "\0" + NAME.format(user=user)
        return exchange(name, line, seconds, len(NOBODY), {user}) == SHOWN
    return False


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
