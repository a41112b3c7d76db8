# SPDX-License-Identifier: Apache-2.0
"""`discreet-agent window`: lets people at the machine look and answer; a service's own.

Rules: a process apart from the agent that collects, as the same user, that
remembers nothing: a signal ends it, and it ends by itself where systemd listens.
Not here: what can be asked (`agent/window/door.py`), the page's command (`page.py`).
"""

import argparse
import os
import sys

from agent.state import state_at

if sys.platform == "win32":
    from agent.window.pipe import serve
else:
    from agent.window.unix import serve


def add(parser: argparse.ArgumentParser) -> None:
    """Declare no arguments."""
    del parser


def run(options: argparse.Namespace) -> int:
    """Answer until told to end.

    Raises:
        UsageError: there can be no window.
    """
    serve(state_at(options.state), os.environ)
    return 0
