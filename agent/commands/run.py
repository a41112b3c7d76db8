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

from agent.commands._network import add_proxy_option, courier_for
from agent.identity import load
from agent.logs import Log
from agent.resident import Resident, Rest
from agent.state import state_at

_SIGNALS = (signal.SIGTERM, signal.SIGINT)


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_proxy_option(parser)


def run(options: argparse.Namespace) -> int:
    """Run until stopped.

    Raises:
        AgentError: it cannot start.
    """
    state = state_at(options.state)
    courier = courier_for(load(state).url, options)
    with _stoppable() as rest:
        Resident(state, courier, Log(), rest).run()
    return 0


@contextmanager
def _stoppable() -> Iterator[Rest]:
    """Give a rest that a signal ends.

    A signal writes a byte into a socket, which the rest waits for: nothing is done
    inside a handler, and a signal that comes while the agent works is not lost.
    """
    reading, writing = socket.socketpair()
    with reading, writing:
        writing.settimeout(0)
        before = signal.set_wakeup_fd(writing.fileno())
        handlers = {
            number: signal.signal(number, lambda _number, _frame: None)
            for number in _SIGNALS
        }

        def rest(seconds: float) -> bool:
            ready, _, _ = select.select([reading], [], [], seconds)
            return bool(ready)

        try:
            yield rest
        finally:
            signal.set_wakeup_fd(before)
            for number, handler in handlers.items():
                signal.signal(number, handler)
