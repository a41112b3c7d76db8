# SPDX-License-Identifier: Apache-2.0
"""Running a collector: gate, reader, keeper and more, each a process of its own.

Rules: the socket is opened here and handed to the gate, so it stays open while a gate
is started again; a child that dies is started again after a growing pause; when this
process ends, orderly or not, no child is left.
Not here: the children (`children.py`), what they do (`server/gate`, `server/reader`,
`server/keeper`).
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

from server.children import Allowed, Child, gate, keeper, reader
from server.errors import ServerError, StateError
from server.gate.serving import address, listen
from server.layout import Layout
from server.life import Alone, Life
from server.pulse import Pulse, watch

PAUSE_SECONDS = 0.5
"""Before the first restart of a child; doubled each time it dies young."""
PAUSE_SECONDS_MAXIMUM = 30.0
YOUNG_SECONDS = 60.0
"""A child that lived longer starts with the short pause again."""
END_SECONDS = 15.0
"""A child gets this long after SIGTERM: the gate's own grace is 10 s."""
TICK_SECONDS = 0.2
"""How often the children are looked at."""
_ANEW = getattr(signal, "SIGHUP", None)
"""Windows has none."""
_OWN_GROUP = 0 if os.name == "posix" else None
"""Ctrl-C reaches us alone, and not a child that is still loading its modules."""


_ALLOWED = Allowed()
_ALONE = Alone()


@dataclass(frozen=True, slots=True)
class Beside:
    """What there is beside the gate.

    Attributes:
        children: the other processes.
        life: hears how the collector lives.
        anew: reads from the settings what there is to be; None for the same.
    """

    children: Sequence[Child]
    life: Life = _ALONE
    anew: Callable[[], Sequence[Child]] | None = None


def serve(
    layout: Layout,
    host: str,
    port: int,
    ready: Callable[[str], None] | None = None,
    beside: Beside | None = None,
    allowed: Allowed = _ALLOWED,
) -> int:
    """Run the collector until SIGTERM or SIGINT.

    Args:
        layout: the installation.
        host: address that the gate listens on.
        port: its port; 0 takes any that is free.
        ready: called with HOST:PORT once, when every child has said its first line.
        beside: what runs beside the gate; None for reader and keeper.
        allowed: what the gate takes.

    Returns:
        0 after an orderly end; 1 when a child had to be killed.

    Raises:
        StateError: the port is taken, or a child ends before it is ready.
    """
    with listen(host, port) as listener:
        where = address(listener)
        rest = beside or Beside((reader(layout), keeper(layout)))
        first = gate(layout, listener, allowed=allowed)
        supervisor = Supervisor([first, *rest.children], beside=rest)
        pulse = Pulse(
            host, int(where.rpartition(":")[2]), layout.gate / "authority.der"
        )
        told = _Told(rest.life, "the gate does not answer")
        return _oversee(
            supervisor, pulse.beats, told, lambda: ready(where) if ready else None
        )


def serve_within(beside: Beside, ready: Callable[[], None]) -> int:
    """Run all of a collector but its gate, until SIGTERM or SIGINT.

    Args:
        beside: what runs.
        ready: called once, when every child has said its first line.

    Returns:
        0 after an orderly end; 1 when a child had to be killed.

    Raises:
        StateError: a child ends before it is ready.
    """
    supervisor = Supervisor(beside.children, beside=beside, stays=0)
    told = _Told(beside.life, "a part of it is started again")
    return _oversee(supervisor, supervisor.whole, told, ready)


@dataclass(frozen=True, slots=True)
class _Told:
    """Tells who hosts the collector how it does.

    Attributes:
        life: hears it.
        otherwise: what to say of it while it does not work.
    """

    life: Life
    otherwise: str

    def __call__(self, beats: bool) -> None:  # noqa: FBT001 - what `watch` tells
        """Tell whether it works."""
        if beats:
            self.life.turned()
        self.life.status("at work" if beats else self.otherwise)


def _oversee(
    supervisor: "Supervisor",
    beats: Callable[[], bool],
    told: _Told,
    ready: Callable[[], None],
) -> int:
    """Run a supervisor until a signal ends it; SIGHUP has settings read anew."""
    with ExitStack() as after:
        for number in (signal.SIGTERM, signal.SIGINT):
            before = signal.signal(number, lambda *_: supervisor.stop())
            after.callback(signal.signal, number, before)
        if _ANEW is not None:
            before = signal.signal(_ANEW, lambda *_: supervisor.reload())
            after.callback(signal.signal, _ANEW, before)
        ended = threading.Event()
        after.callback(ended.set)

        def begun() -> None:
            told.life.ready()
            watch(beats, told, ended)
            ready()

        try:
            return supervisor.run(begun)
        finally:
            told.life.stopping()


@dataclass(slots=True)
class _Running:
    """A child, its process and how it fares."""

    child: Child
    process: subprocess.Popen[bytes] | None = None
    ready: threading.Event = field(default_factory=threading.Event)
    started: float = 0.0
    pause: float = PAUSE_SECONDS
    due: float = 0.0


class Supervisor:
    """Keeps children running until it is stopped."""

    def __init__(
        self,
        children: Sequence[Child],
        grace: float = END_SECONDS,
        beside: Beside | None = None,
        stays: int = 1,
    ) -> None:
        """Take the children; nothing is started yet.

        Args:
            children: what to keep running.
            grace: seconds that they get to end.
            beside: who hears of it, and what reads the settings anew.
            stays: of the children so many stay while settings are read anew: the gate,
                and with it who is connected.
        """
        self._stays = stays
        self._running = [_Running(child) for child in children]
        self._grace = grace
        self._beside = beside or Beside(())
        self._anew = False
        # not an Event: its lock could be held by the thread that a signal interrupts
        self._stopping = False

    def stop(self) -> None:
        """Ask for the end; may be called from a signal handler."""
        self._stopping = True

    def reload(self) -> None:
        """Ask to read the settings anew; may be called from a signal handler."""
        self._anew = True

    def run(self, ready: Callable[[], None]) -> int:
        """Start the children, keep them running, and end them.

        Args:
            ready: called once, when every child has said its first line.

        Raises:
            StateError: a child ended before it was ready the first time.
        """
        told = settled = False
        try:
            for running in self._running:
                self._start(running)
            while not self._stopping:
                time.sleep(TICK_SECONDS)
                if not settled and all(item.ready.is_set() for item in self._running):
                    settled = True
                    if told:
                        self._beside.life.ready()
                    else:
                        told = True
                        ready()
                for running in self._running:
                    self._tend(running, first=not told)
                if self._anew and told:
                    self._anew = False
                    settled = not self._renew()
        finally:
            killed = self._end(self._running)
        return 1 if killed else 0

    def _renew(self) -> bool:
        """Put what the settings want in place of what does not stay; false for none."""
        self._beside.life.reloading()
        try:
            wanted = self._beside.anew() if self._beside.anew else None
        except ServerError as problem:
            sys.stderr.write(f"serve: nothing is changed: {problem}\n")
            wanted = None
        if wanted is None:
            self._beside.life.ready()
            return False
        stay, others = self._running[: self._stays], self._running[self._stays :]
        self._end(others)
        renewed = [_Running(child) for child in wanted]
        self._running = [*stay, *renewed]
        for running in renewed:
            self._start(running)
        return True

    def whole(self) -> bool:
        """Tell whether every child runs and is ready; any thread may ask."""
        every = list(self._running)
        return all(one.process is not None and one.ready.is_set() for one in every)

    def _start(self, running: _Running) -> None:
        running.started = time.monotonic()
        try:
            running.process = subprocess.Popen(  # noqa: S603 - our own programs
                running.child.command,
                stdin=subprocess.PIPE,  # its end tells the child that we are gone
                stdout=subprocess.PIPE,
                pass_fds=running.child.sockets,
                user=running.child.user,
                process_group=_OWN_GROUP,
            )
        except OSError as error:
            msg = f"cannot start the {running.child.name}: {error.strerror}"
            raise StateError(msg) from None
        threading.Thread(
            target=_listen, args=(running, running.process), daemon=True
        ).start()

    def _tend(self, running: _Running, *, first: bool) -> None:
        """Look at a child and start it again when it is due."""
        now = time.monotonic()
        if running.process is None:
            if now >= running.due and not self._stopping:
                self._start(running)
            return
        code = running.process.poll()
        if code is None or self._stopping:
            return  # a signal to the whole group ends children and us at a time
        _close(running.process)
        running.process = None
        if first:
            msg = f"the {running.child.name} could not start (exit code {code})"
            raise StateError(msg)
        if now - running.started > YOUNG_SECONDS:
            running.pause = PAUSE_SECONDS
        running.due = now + running.pause
        running.pause = min(2 * running.pause, PAUSE_SECONDS_MAXIMUM)
        sys.stderr.write(
            f"serve: the {running.child.name} ended (exit code {code}); "
            "it is started again\n"
        )

    def _end(self, those: Sequence[_Running]) -> bool:
        """End children; returns whether one had to be killed."""
        processes = [item.process for item in those if item.process]
        for process in processes:
            process.terminate()
        killed = False
        until = time.monotonic() + self._grace
        for process in processes:
            try:
                process.wait(max(0.0, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                killed = True
            _close(process)
        return killed


def _listen(running: _Running, process: subprocess.Popen[bytes]) -> None:
    """Take a child's first line for its readiness, and read on so it never blocks."""
    if process.stdout is None:
        return
    with process.stdout as lines:
        for _ in lines:
            running.ready.set()


def _close(process: subprocess.Popen[bytes]) -> None:
    if process.stdin is not None:
        process.stdin.close()
