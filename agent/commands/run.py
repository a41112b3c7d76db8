# SPDX-License-Identifier: Apache-2.0
"""`discreet-agent run`: collect and ship until stopped; what a service manager runs.

Rules: SIGTERM and Ctrl-C end it within a second; its log is JSON on standard error; a
machine with an `enrol.toml` is enrolled first, however long the network takes.
Not here: the loops themselves (`agent/resident.py`, `agent/unattended.py`).
"""

import argparse
import select
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from agent.commands._network import add_proxy_option, courier_for, proxy_for
from agent.enrol_file import tidy
from agent.errors import NotEnrolledError
from agent.identity import Identity, load
from agent.logs import Log
from agent.resident import Resident, Stop, Stopped
from agent.state import State, state_at

_SIGNALS = (signal.SIGTERM, signal.SIGINT)


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_proxy_option(parser)
    parser.add_argument(
        "--wait",
        action="store_true",
        help="stay also while the machine is not enrolled, and no enrol.toml is here",
    )
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
    state, log = state_at(options.state), Log(least=options.settings.log)
    with stop_on_signals() as stop:
        who = enrolled(state, log, stop, options)
        if who is not None:
            courier = courier_for(who.url, options)
            Resident(state, courier, log, stop, at_once=options.now).run()
    return 0


def enrolled(
    state: State, log: Log, stop: Stop, options: argparse.Namespace
) -> Identity | None:
    """Return who this device is, once it has enrolled; None where it is to end.

    Args:
        state: the state directory.
        log: where events go.
        stop: tells when to end.
        options: the command line.

    Raises:
        AgentError: it is not enrolled, and nothing is here to enrol with.
    """
    try:
        who: Identity | None = load(state)
    except NotEnrolledError:
        from agent.unattended import (  # noqa: PLC0415 - once in a machine's life
            Unattended,
        )

        waiting = Unattended(
            state,
            options.settings.directory,
            lambda url: proxy_for(url, options),
            log,
            stop,
            at_once=options.now,
            waits=options.wait,
        )
        who = waiting.run()
    if who is not None:
        tidy(state, options.settings.directory, log)
    return who


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
