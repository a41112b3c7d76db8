# SPDX-License-Identifier: Apache-2.0
"""`discreet-agent root`: reads for the agent what only root can; a service's own.

Rules: a process apart from the agent that collects, as a user of its own with a few
capabilities; it believes the signed policy alone, remembers which was the newest, and
ends by itself where systemd listens.
Not here: what can be asked (`agent/privileged`), the units (`packaging/linux`).
"""

import argparse
import os
import sys
from pathlib import Path

from agent.errors import UsageError
from agent.state import state_at

_BELIEF = Path("/var/lib/discreet-agent-root")
_VARIABLE = "STATE_DIRECTORY"
"""Where systemd has made a directory for this service."""


def add(parser: argparse.ArgumentParser) -> None:
    """Declare no arguments."""
    del parser


def run(options: argparse.Namespace) -> int:
    """Answer until told to end.

    Raises:
        UsageError: there can be no socket, or this is Windows.
    """
    if sys.platform == "win32":
        msg = "on Windows the service reads that itself: nothing is to be started"
        raise UsageError(msg)
    else:  # noqa: RET506 - mypy takes one branch for each
        from agent.logs import Log  # noqa: PLC0415 - Linux only
        from agent.privileged.belief import Belief  # noqa: PLC0415 - Linux only
        from agent.privileged.desk import serve  # noqa: PLC0415 - Linux only

        belief = Belief(Path(os.environ.get(_VARIABLE) or _BELIEF))
        serve(state_at(options.state), belief, os.environ, Log())
        return 0
