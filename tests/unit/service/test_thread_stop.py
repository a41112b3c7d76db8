# SPDX-License-Identifier: Apache-2.0
"""An agent in a thread is told to end from another one.

Rules: real threads; one waits for what another says, never for time.
Not here: signals (`tests/unit/agent/test_run.py`), the service manager (`tests/wine`).
"""

import threading
from collections.abc import Callable
from contextlib import suppress

import pytest

from agent.stop import Roused, Stopped
from service.thread_stop import ThreadStop

LONG = 60.0


class Working:
    """A thread that does what a test says, with a stop of its own."""

    def __init__(self, work: Callable[["Working"], None]) -> None:
        """Begin, and wait until the work has."""
        self.begun = threading.Event()
        self.raised: list[type[BaseException]] = []
        self.done = 0
        self._work = work
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        assert self.begun.wait(LONG)

    def _run(self) -> None:
        self.stop = ThreadStop()
        try:
            self._work(self)
        except (Stopped, Roused) as problem:
            self.raised.append(type(problem))

    def end(self) -> None:
        """Wait for its end."""
        self._thread.join(LONG)
        assert not self._thread.is_alive()


def spin(working: Working) -> None:
    """Work on and on, in small steps."""
    working.begun.set()
    while True:
        working.done += 1


def at_once(working: Working) -> None:
    """Do what may be broken off."""
    with working.stop.at_once():
        spin(working)


def listening(working: Working) -> None:
    """Wait for the collector."""
    with working.stop.listening():
        spin(working)


def rests(working: Working) -> None:
    """Rest until told to end."""
    working.begun.set()
    while not working.stop.rest(LONG):
        working.done += 1
        if working.stop.anew():
            working.done += 10


def test_work_that_may_be_broken_off_is() -> None:
    """Told to end, the thread raises Stopped where it may."""
    working = Working(at_once)
    assert working.stop.breaking
    working.stop.stop()
    working.end()
    assert working.raised == [Stopped]
    assert not working.stop.breaking


def test_a_reload_breaks_off_a_wait_alone() -> None:
    """Settings to be read anew rouse who listens."""
    working = Working(listening)
    working.stop.read_anew()
    working.end()
    assert working.raised == [Roused]
    assert working.stop.anew()
    assert not working.stop.anew()


def test_a_reload_lets_work_end() -> None:
    """What may be broken off by an end is not by a reload."""
    working = Working(at_once)
    working.stop.read_anew()
    before = working.done
    while working.done < before + 1_000:
        pass
    working.stop.stop()
    working.end()
    assert working.raised == [Stopped]


def test_a_rest_ends_when_told() -> None:
    """A thread that rests looks when it is woken, reads anew, and ends."""
    working = Working(rests)
    for told, done in ((working.stop.wake, 1), (working.stop.read_anew, 12)):
        told()
        while working.done < done:
            pass
    working.stop.stop()
    working.end()
    assert (working.raised, working.done) == ([], 12)


def test_what_was_told_before_is_not_lost() -> None:
    """Told to end in between, the next thing that may be broken off does not begin."""
    stop = ThreadStop()
    stop.stop()
    assert stop.rest(LONG)
    with pytest.raises(Stopped), stop.at_once():
        pytest.fail("it has begun")


def test_nothing_is_thrown_later() -> None:
    """Whoever is told while it leaves is not broken off in what it does then."""

    def hurry(working: Working) -> None:
        working.begun.set()
        while not working.stop.rest(0):
            with suppress(Stopped), working.stop.at_once():
                pass
            working.done += 1
        for _ in range(1_000):
            working.done += 1

    for _ in range(50):
        working = Working(hurry)
        working.stop.stop()
        working.end()
        assert working.raised == []
