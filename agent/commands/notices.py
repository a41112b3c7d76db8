# SPDX-License-Identifier: Apache-2.0
"""`discreet-agent notices`: shows one notice of the agent; what a session's unit runs.

Rules: the connection is standard input, as systemd hands it over; nothing is read of
the agent's state but whose it is.
Not here: how it is shown (`agent/window/notifier.py`).
"""

import argparse
import os
import socket
import stat
import sys
from pathlib import Path

from agent.errors import UsageError
from agent.host.desktop import wanted_language
from agent.state import state_at, users_of
from agent.words import language, speech

if sys.platform != "win32":
    from agent.host.desktop_notice import RUNTIME
    from agent.window.notifier import Session, answer, attend

_NOT_HERE = "a notice comes from the agent: systemd starts this in a session"


def add(parser: argparse.ArgumentParser) -> None:
    """Declare no arguments."""
    del parser


if sys.platform == "win32":

    def run(options: argparse.Namespace) -> int:
        """Refuse: Windows shows messages itself.

        Raises:
            UsageError: always.
        """
        del options
        raise UsageError(_NOT_HERE)

else:

    def run(options: argparse.Namespace) -> int:
        """Show what comes.

        Raises:
            UsageError: nothing hands a notice over.
        """
        if not stat.S_ISSOCK(os.fstat(0).st_mode):
            raise UsageError(_NOT_HERE)
        of = users_of(state_at(options.state))
        folder = Path(os.environ.get("XDG_RUNTIME_DIR") or RUNTIME / str(os.geteuid()))
        session = Session(speech(language(wanted_language())), folder)
        question = attend(socket.socket(fileno=os.dup(0)), of, session)
        if question:
            answer(question, session)
        return 0
