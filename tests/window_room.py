# SPDX-License-Identifier: Apache-2.0
"""The window of a device, open in a process of its own, and who asks at it.

Rules: a real socket and real processes; who asks may be another user.
Not here: any expectation of what is answered.
"""

import os
import select
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from agent.errors import AgentError
from agent.window import unix
from agent.window.asking import ask
from tests.order_room import Room


def in_process(work: Callable[[], object]) -> int:
    """Start work in a process of its own; return its number."""
    process = os.fork()
    if process == 0:
        try:
            work()
        finally:
            os._exit(0)
    return process


@dataclass
class Window:
    """A window that is open.

    Attributes:
        here: whose.
        path: its socket.
    """

    here: Room
    path: Path

    def ask(self, question: str, user: int | None = None) -> str:
        """Ask as a user; return the answer, or the sentence why not."""
        reading, writing = os.pipe()

        def work() -> None:
            if user is not None:
                os.setresuid(user, user, user)
            try:
                said = ask(question).decode()
            except AgentError as problem:
                said = f"no: {problem}"
            os.write(writing, said[:4_000].encode())

        process = in_process(work)
        os.close(writing)
        with os.fdopen(reading, "rb") as pipe:
            said = pipe.read().decode()
        os.waitpid(process, 0)
        return said


@contextmanager
def opened(here: Room, directory: Path) -> Iterator[Window]:
    """Run a window until the end of the block."""
    directory.chmod(0o711)  # others may pass, as they may in /run
    path = directory / "run" / "window"
    os.environ[unix.VARIABLE] = str(path)
    process = in_process(lambda: unix.serve(here.state, {}))
    try:
        while not path.exists():
            assert os.waitpid(process, os.WNOHANG) == (0, 0), "the window has ended"
            select.select([], [], [], 0.01)
        yield Window(here, path)
    finally:
        del os.environ[unix.VARIABLE]
        with suppress(ProcessLookupError, ChildProcessError):  # it has ended by itself
            os.kill(process, 9)
            os.waitpid(process, 0)
