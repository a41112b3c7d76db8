# SPDX-License-Identifier: Apache-2.0
"""Asks over the window, from the side of a person without rights.

Rules: one question, one answer, bounded in bytes and in time; what answers must be of
the administrator, or of this same user.
Not here: what may be asked (`door.py`), how it travels (`unix.py`, `pipe.py`).
"""

import sys

from agent.errors import AgentError
from agent.window.bounds import NO, OK

if sys.platform == "win32":
    from agent.window.pipe import exchange
else:
    from agent.window.unix import exchange

_NOBODY = (
    "nothing answers at this machine's window: run this as administrator, or have "
    "`discreet-agent window` started as docs/howto/look-from-the-machine.md says"
)
_BROKEN = "the agent's window gave no whole answer: try again"


def ask(question: str) -> bytes:
    """Ask, and return what was answered.

    Args:
        question: one of those of `door.py`.

    Raises:
        AgentError: nobody answers, or what is asked is refused, in a sentence.
    """
    try:
        found = exchange(question.encode("ascii") + b"\n")
    except OSError:
        raise AgentError(_NOBODY) from None
    if found.startswith(NO):
        raise AgentError(found.removeprefix(NO).decode("utf-8", "replace"))
    if not found.startswith(OK):
        raise AgentError(_BROKEN)
    return found.removeprefix(OK)
