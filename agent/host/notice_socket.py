# SPDX-License-Identifier: Apache-2.0
# mypy: disable-error-code="unreachable"
# (all below the guard, seen from win32)
"""The way of a notice from the agent into a person's session: one short line.

Rules: what waits there is the person's own, and the kernel says so (whoever else has
taken the name is told nothing); who gives a line must be the agent or root; a field has
no control character, so that a line's parts are what they seem.
Not here: what is said (`agent/orders/notices.py`), how it is shown
(`agent/window/notifier.py`).
Source: unix(7), of the names that are no files: a person's own folder lets nobody in.
"""

import re
import sys
from contextlib import suppress
from dataclasses import dataclass

from agent.host.local_socket import exchange

if sys.platform == "win32":
    reason = "agent.host.notice_socket is for Linux"
    raise ImportError(reason)

NAME = "discreet-agent-notices/{user}"
"""The name of a person's socket, which systemd makes as they sign in."""
LINE_BYTES = 6_144
"""A thousand characters of text, most of four octets, and what stands before them."""
SHOWN, NOBODY = b"shown\n", b"nobody\n"
"""What is answered: that the text has reached them, or that it has not."""
_ORDER = re.compile("(?:[0-9a-f]{32})?")


@dataclass(frozen=True, slots=True)
class Given:
    """A notice, as it comes into a session.

    Attributes:
        asks: the request that a yes is wanted for; empty for none.
        title: a few words.
        text: a few sentences.
    """

    asks: str
    title: str
    text: str


def hand_over(user: int, notice: tuple[str, str, str], seconds: float) -> bool:
    """Give a notice into a person's session; tell whether it was shown there.

    Args:
        user: the person's number.
        notice: the request that is asked for, title and text.
        seconds: after which it has not been shown.
    """
    line = "\t".join(notice).encode() + b"\n"
    if read_line(line) is None:
        return False
    with suppress(OSError):
        name = "\0" + NAME.format(user=user)
        return exchange(name, line, seconds, len(NOBODY), {user}) == SHOWN
    return False


def read_line(line: bytes) -> Given | None:
    """Return what a line says; None of one that is no notice."""
    try:
        text = line.decode()
    except UnicodeDecodeError:
        return None
    parts = text.removesuffix("\n").split("\t")
    if len(line) > LINE_BYTES or not all(part.isprintable() for part in parts):
        return None
    match parts:
        case [asks, title, said] if text.endswith("\n") and _ORDER.fullmatch(asks):
            return Given(asks, title, said)
    return None
