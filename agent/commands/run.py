# SPDX-License-Identifier: Apache-2.0
"""`discreet-agent run`: collect and ship until stopped; what a service manager runs.

Rules: SIGTERM and Ctrl-C end it within a second; its log is JSON on standard error.
Not here: the loop itself (`agent/resident.py`).
"""

import argparse
import select
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from agent.commands._network import add_proxy_option, courier_for
from agent.identity import load
from agent.logs import Log
from agent.resident import Resident, Stopped
from agent.state import state_at

_SIGNALS = (signal.SIGTERM, signal.SIGINT)


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_proxy_option(parser)
    parser.add_argument(
        "--now",
        action="store_true",
        help="read and ship at once, not at this device's own moments of the first "
        "five minutes",
    )


def run(options: argparse.Namespace) -> int:
    """Run until stopped.

    Raises:
        AgentError: it cannot start.
    """
    state = state_at(options.state)
    courier = courier_for(load(state).url, options)
    with stop_on_signals() as stop:
        Resident(state, courier, Log(), stop, at_once=options.now).run()
    return 0


class SignalStop:
    """Tells the agent to end when a signal came; see `agent.resident.Stop`.

    A signal writes a byte into a socket, which the rest waits for. Only where it was
    allowed does the handler raise, so that nothing else is ever cut in two; a signal
    that comes while the agent works is not lost.
    """

    def __init__(self, reading: socket.socket) -> None:
        """Wait for bytes in a socket."""
        self._reading = reading
        self._told = False
        self._raises = False

    def handle(self, _number: int, _frame: FrameType | None) -> None:
        """Take a signal."""
        self._told = True
        if self._raises:
            self._raises = False  # a second signal does not cut the end in two
            raise Stopped

    def rest(self, seconds: float) -> bool:
        """Wait so many seconds or less; true when the agent is to end."""
        if not self._told:
            select.select([self._reading], [], [], seconds)
        return self._told

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """Have what is done inside broken off by Stopped when a signal comes."""
        try:
            self._raises = True
            if self._told:
                raise Stopped
            yield
        finally:
            self._raises = False


@contextmanager
def stop_on_signals() -> Iterator[SignalStop]:
    """Give what ends the agent on SIGTERM and Ctrl-C."""
    reading, writing = socket.socketpair()
    with reading, writing:
        writing.settimeout(0)
        stop = SignalStop(reading)
        before = signal.set_wakeup_fd(writing.fileno())
        handlers = {number: signal.signal(number, stop.handle) for number in _SIGNALS}
        try:
            yield stop
        finally:
            for number, handler in handlers.items():
                signal.signal(number, handler)
            signal.set_wakeup_fd(before)
