# SPDX-License-Identifier: Apache-2.0
"""Tells whether a pass was killed by what it read, from how its child ended.

Rules: a child that the agent ended itself, or that the service manager ended with it,
is no kill; what was left by an agent that died with its pass counts only where the
machine has not started anew since.
Not here: what a kill leads to (`strikes.py`).
"""

from agent.governor.intents import Intent
from agent.host.ended import Ended

_TOLD = frozenset({1, 2, 3, 15})
"""SIGHUP, SIGINT, SIGQUIT, SIGTERM: somebody ended the child; on every system."""


def is_kill(ended: Ended) -> bool:
    """Tell whether a child that answered nothing was ended by its own work."""
    return not ended.report and ended.signal not in _TOLD


def is_kill_of(left: Intent, boot: str) -> bool:
    """Tell whether an intent that was left behind is of a kill, and no power cut.

    Args:
        left: the intent.
        boot: of the machine's present start; empty where it cannot be told.
    """
    return bool(boot) and left.boot == boot
