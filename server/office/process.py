# SPDX-License-Identifier: Apache-2.0
# mypy: disable-error-code="unreachable"
# (all below the guard, seen from win32)
"""The office's process: `python -I -m server.office --directory DIR`.

Rules: one process for one installation; it answers on a Unix socket that only its own
user can open; it reaches no network; what it works with is opened for each question, so
that a changed policy or key counts at the next one; the store alone stays open.
Not here: who may ask what (`door.py`), what is asked (`acts/`).
"""

import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path

from server import configuration
from server.desk import program
from server.desk.asked_by import trusted
from server.desk.listening import Counter, listening, take_questions
from server.layout import Layout
from server.office.door import answer
from server.office.lending import Lender

if sys.platform == "win32":
    reason = "a collector's office runs on Linux"
    raise ImportError(reason)

NAME = "office"
ANSWERS = 8
"""At a time: each is short, and opens what it works with."""


def main(arguments: Sequence[str]) -> int:
    """Run the office until it is told to end; returns its exit code."""
    return program.main(NAME, run, arguments)


def run(layout: Layout, ended: threading.Event, ready: Callable[[Path], None]) -> None:
    """Serve until `ended` is set.

    Args:
        layout: the installation.
        ended: set to end.
        ready: called with the socket once questions are taken.

    Raises:
        ServerError: the office cannot start.
    """
    configuration.read(layout)
    path = layout.office_socket
    with listening(path, NAME) as listener, closing(Lender()) as lender:
        known = trusted(layout.directory)
        answering = partial(answer, layout, lend=lender.lend)
        counter = Counter(NAME, ANSWERS, "answers", answering, known)
        threading.Thread(
            target=take_questions, args=(listener, counter, ended), daemon=True
        ).start()
        ready(path)
        ended.wait()
