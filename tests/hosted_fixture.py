# SPDX-License-Identifier: Apache-2.0
"""The resident agent as a process, hosted as systemd does it, and an ear in its place.

Rules: a datagram socket that is really there, and a collector that is not.
Not here: any expectation.
"""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from device_fixture import enrolled
from installation_fixture import Installation

from agent.identity import HELD
from agent.state import State, write

PATIENCE = 60.0
HOSTED = """
import os, sys
from service.hosted import run
from service.contract import Part
from service.notify import notifier
if "defect" in sys.argv:
    from agent.delivery.courier import Courier
    def session(self, device, trust):
        raise ZeroDivisionError
    Courier.session = session
words = ["--now", "--state", sys.argv[1], *(one for one in sys.argv if one == "--wait")]
sys.exit(run(Part.AGENT, words, notifier(os.environ)))
"""


def device(directory: Path, installation: Installation, url: str) -> State:
    """Return the state of a device that has no policy: its first act is a poll."""
    state = enrolled(directory, installation)
    state.bundle.unlink()
    held = HELD.decode(state.identity.read_bytes(), 2**20)
    write(state.identity, HELD.encode(replace(held, url=url)))
    return state


class Ear:
    """Listens in systemd's place."""

    def __init__(self, path: Path) -> None:
        """Listen at a path."""
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(path))
        self.socket.settimeout(PATIENCE)

    def hears(self, begin: str) -> str:
        """Return the next message that begins so; what comes before is passed over."""
        while True:
            message = self.socket.recv(1_000).decode()
            if message.startswith(begin):
                return message

    def heard(self) -> list[str]:
        """Return what is there by now."""
        self.socket.settimeout(0.0)
        found: list[str] = []
        try:
            while True:
                found.append(self.socket.recv(1_000).decode())
        except BlockingIOError:
            return found


@contextmanager
def hosted(
    state: State,
    ear: Ear,
    *words: str,
    watchdog: float = PATIENCE,
    errors: BinaryIO | int = subprocess.PIPE,
) -> Iterator[subprocess.Popen[bytes]]:
    """Run the agent as systemd would, until the end of the block.

    Args:
        state: whose.
        ear: listens to it.
        words: more of its arguments, and "defect" for an agent that has one.
        watchdog: seconds in which it is to be heard.
        errors: takes what it says on standard error.
    """
    environment = os.environ | {
        "NOTIFY_SOCKET": ear.socket.getsockname(),
        "WATCHDOG_USEC": str(int(watchdog * 1_000_000)),
    }
    with subprocess.Popen(
        [sys.executable, "-c", HOSTED, state.directory, *words],
        stderr=errors,
        env=environment,
    ) as process:
        try:
            yield process
        finally:
            process.kill()
