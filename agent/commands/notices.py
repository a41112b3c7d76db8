# SPDX-License-Identifier: Apache-2.0
"""`discreet-agent notices`: shows one notice of the agent in a person's session.

Rules: on Linux a session's unit runs it, and the connection is standard input, as
systemd hands it over; on Windows the agent itself runs it in its own session, with the
notice on standard input; nothing is read of the agent's state but whose it is, until an
answer is given.
Not here: how it is shown (`agent/window/notifier.py`, `message_box.py`).
"""

import argparse
import sys

from agent.errors import UsageError
from agent.host.desktop import wanted_language
from agent.state import state_at
from agent.words import language, speech

if sys.platform == "win32":
    from contextlib import suppress

    from agent.errors import AgentError
    from agent.host.desktop import say
    from agent.host.notice import Notice
    from agent.host.notice_line import LINE_BYTES, SHOWN, read_line
    from agent.state import State, is_ours
    from agent.window.message_box import show
    from wire.errors import WireError

    _NOT_HERE = "a notice comes from the agent, which starts this in its own session"
else:
    import os
    import socket
    import stat
    from pathlib import Path

    from agent.host.desktop_notice import RUNTIME
    from agent.state import users_of
    from agent.window.notifier import Session, answer, attend

    _NOT_HERE = "a notice comes from the agent: systemd starts this in a session"


def add(parser: argparse.ArgumentParser) -> None:
    """Declare no arguments."""
    del parser


if sys.platform == "win32":

    def run(options: argparse.Namespace) -> int:
        """Show what comes over standard input, and give the answer to it.

        Raises:
            UsageError: nothing hands a notice over.
        """
        # a window of Python has none, and a person's console is nobody's line
        given = None if sys.stdin is None or sys.stdin.isatty() else _given()
        if given is None:
            raise UsageError(_NOT_HERE)
        question = show(given, speech(language(wanted_language())), _say_shown)
        if question:
            _answer(state_at(options.state), question)
        return 0

    def _given() -> Notice | None:
        return read_line(sys.stdin.buffer.readline(LINE_BYTES + 1))

    def _say_shown() -> None:
        with suppress(OSError):  # the agent waits no longer
            sys.stdout.buffer.write(SHOWN)
            sys.stdout.buffer.flush()

    def _answer(state: State, question: str) -> None:
        """Say yes or no as the command does; show why that was not taken."""
        # the window is there before any of this is loaded
        from agent.window.asking import ask  # noqa: PLC0415 - as said

        try:
            if is_ours(state):
                _answer_here(state, question)
            else:
                ask(question)
        except (AgentError, WireError) as problem:
            say(f"{problem}.")

    def _answer_here(state: State, question: str) -> None:
        """Say yes or no as who the pipe would take this person for.

        Raises:
            AgentError: nobody sits here, or the answer is not taken.
        """
        from agent.host.own_screen import has_screen  # noqa: PLC0415 - as said
        from agent.orders.consent import ADMINISTRATOR, AT_SCREEN  # noqa: PLC0415
        from agent.window.door import NOT_YOU, answer_request  # noqa: PLC0415
        from agent.window.pipe import acts_as_administrator  # noqa: PLC0415 - as said

        if not has_screen():
            raise AgentError(NOT_YOU)
        by = ADMINISTRATOR if acts_as_administrator() else AT_SCREEN
        act, _, order = question.partition(" ")
        answer_request(state, act, order, by)

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
