# SPDX-License-Identifier: Apache-2.0
"""Opens a TCP connection to whichever of a name's addresses answers first.

Rules: addresses of both families take turns, a little apart, so that one family that
leads nowhere costs a moment and not the whole patience; one deadline bounds them all;
what loses the race is closed.
Not here: TLS and the questions (`transport.py`).
Source: RFC 8305, sections 4 and 5.
"""

import errno
import os
import selectors
import socket
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain, zip_longest

from agent.budget import CONNECT_ADDRESSES, CONNECT_SECONDS, CONNECT_STAGGER_SECONDS

_UNDER_WAY = {errno.EINPROGRESS, errno.EWOULDBLOCK}
_TELLING = (ConnectionRefusedError, TimeoutError)
"""Of several failures what a person can act on: it was reached, or it is silent."""


@dataclass(frozen=True, slots=True)
class Target:
    """One address of a name: its family and what `connect` takes."""

    family: socket.AddressFamily
    where: tuple[object, ...]


def open_connection(host: str, port: int) -> socket.socket:
    """Return a connection to a host.

    Looking up the name has the resolver's own patience, which nothing here bounds.

    Args:
        host: a name, or an address of either family.
        port: of TCP.

    Raises:
        OSError: its name is not known, or none of its addresses can be reached.
    """
    name = host.encode("ascii")  # of a text the socket asks IDNA's tables: 0.5 MiB
    found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
    targets = in_turns(Target(family, where) for family, *_, where in found)
    return race(targets[:CONNECT_ADDRESSES])


def in_turns(targets: Iterable[Target]) -> list[Target]:
    """Return the targets with their families taking turns.

    Args:
        targets: in the order that the resolver prefers, which goes first.
    """
    families: dict[socket.AddressFamily, list[Target]] = {}
    for target in targets:
        families.setdefault(target.family, []).append(target)
    turns = chain.from_iterable(zip_longest(*families.values()))
    return [target for target in turns if target is not None]


def race(targets: Sequence[Target], seconds: float = CONNECT_SECONDS) -> socket.socket:
    """Return the first connection that comes about.

    Args:
        targets: tried in this order; the next one begins when the one before has
            failed, or has said nothing for a moment.
        seconds: bound of the whole.

    Raises:
        OSError: none came about.
    """
    deadline = time.monotonic() + seconds
    run = _Race()
    try:
        for target in targets[:-1]:
            failed = len(run.failures)
            run.begin(target)
            moment = min(time.monotonic() + CONNECT_STAGGER_SECONDS, deadline)
            winner = run.wait(moment, failed)
            if winner is not None:
                return winner
        for target in targets[-1:]:
            run.begin(target)
        winner = run.wait(deadline)
        if winner is not None:
            return winner
        raise run.failure()
    finally:
        run.close()


@dataclass(slots=True)
class _Race:
    """The connections under way, and why others failed."""

    selector: selectors.BaseSelector = field(default_factory=selectors.DefaultSelector)
    failures: list[OSError] = field(default_factory=list)

    def begin(self, target: Target) -> None:
        """Begin one more connection."""
        try:
            runner = socket.socket(target.family, socket.SOCK_STREAM)
        except OSError as problem:  # a kernel without this family
            self.failures.append(problem)
            return
        runner.settimeout(0)
        code = runner.connect_ex(target.where)
        if code in _UNDER_WAY or not code:
            self.selector.register(runner, selectors.EVENT_WRITE, runner)
            return
        runner.close()
        self._failed(code)

    def wait(self, until: float, failed: int | None = None) -> socket.socket | None:
        """Return the winner, or None when the time is up or nothing is under way.

        Args:
            until: on the monotonic clock.
            failed: also returns once there are more failures than that.
        """
        while self.selector.get_map():
            left = until - time.monotonic()
            if left <= 0 or (failed is not None and len(self.failures) > failed):
                return None
            for key, _ in self.selector.select(left):
                runner: socket.socket = key.data
                self.selector.unregister(runner)
                code = runner.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                if not code:
                    runner.settimeout(None)
                    return runner
                runner.close()
                self._failed(code)
        return None

    def close(self) -> None:
        """Close what is still under way."""
        for key in list(self.selector.get_map().values()):
            key.data.close()
        self.selector.close()

    def failure(self) -> OSError:
        """Return the failure that tells most; what is still under way is silent."""
        silent = [TimeoutError()] if self.selector.get_map() else []
        failures = [*self.failures, *silent]
        for kind in _TELLING:
            for problem in failures:
                if isinstance(problem, kind):
                    return problem
        return failures[0] if failures else TimeoutError()

    def _failed(self, code: int) -> None:
        self.failures.append(OSError(code, os.strerror(code)))
