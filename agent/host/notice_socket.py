# SPDX-License-Identifier: Apache-2.0
# mypy: disable-error-code="unreachable"
# (all below the guard, seen from win32)
"""The way of a notice from the agent into a person's session on Linux.

Rules: what waits there is the person's own, and the kernel says so (whoever else has
taken the name is told nothing); who gives a line must be the agent or root.
Not here: the line (`notice_line.py`), what is said (`agent/orders/notices.py`), how it
is shown (`agent/window/notifier.py`).
Source: unix(7), of the names that are no files: a person's own folder lets nobody in.
"""

import sys
from contextlib import suppress

from agent.host.local_socket import exchange
from agent.host.notice import Notice
from agent.host.notice_line import NOBODY, SHOWN, read_line, write_line

if sys.platform == "win32":
    reason = "agent.host.notice_socket is for Linux"
    raise ImportError(reason)

NAME = "discreet-agent-notices/{user}"
"""The name of a person's socket, which systemd makes as they sign in."""


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
