# SPDX-License-Identifier: Apache-2.0
"""Runs tests on changed code, in children of a process that has collected them once.

Rules: a child that fails, ends oddly or takes too much memory has noticed; time is the
child's own work, and one that takes too long is to be tried again alone; only tests
that run what is changed are run, the fastest first; nothing is run in the parent, so
that no child knows what another one remembered. Linux only, for it forks.
Not here: which changes (`mutations.py`), how they are put in (`live_code.py`).
"""

import os
import pickle
import resource
import select
import signal
import sys
import traceback
from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import accumulate
from types import CodeType, FrameType
from typing import IO, Any, cast

import pytest
from _pytest.runner import runtestprotocol

from tools.live_code import Name, forget, name_of

assert sys.platform != "win32", "changes are tried in forked children: use Linux"  # noqa: S101 - the type checker leaves out the rest on Windows

SECONDS = 2.0
"""What a test may take beside five times what it took unchanged."""
SLOW_SECONDS = 2.0
"""Tests that take longer are left out: there are too many changes."""
MOST_SECONDS = 4.0
"""Tests of one change: what they do not notice counts as not noticed."""
FEW = 20
"""So few tests of a function are not trusted to be all."""
_MOST_BYTES = 4 << 30
_WAITING = 60
"""Times that long a process may wait for its turn."""
_NOTICED, _UNNOTICED, _BROKEN = 1, 0, 3
_LATE = frozenset((signal.SIGPROF, signal.SIGALRM, signal.SIGXCPU))
"""What ends a child whose time is over."""


@dataclass
class Ran:
    """How tests went on unchanged code.

    Attributes:
        seconds: of each test that passed, by its number.
        running: numbers of the tests that run a function.
    """

    seconds: dict[int, float] = field(default_factory=dict)
    running: dict[Name, set[int]] = field(default_factory=dict)

    def of(self, names: Sequence[Name], own: Container[int]) -> list[int]:
        """Return the tests to run on functions: their file's own, then the fastest.

        What is remembered from one test to the next hides that others would run a
        function: where few are seen to, all that run something of its file are taken.

        Args:
            names: of the functions.
            own: tests that are about the file.
        """
        found: set[int] = set()
        for name in names:
            found |= self.running.get(name, set())
        if 0 < len(found) < FEW:
            found |= set(self.file(names[0][0]))
        ordered = sorted(found, key=lambda at: (at not in own, self.seconds[at]))
        spent = accumulate(self.seconds[at] for at in ordered)
        return [
            at for at, sum_ in zip(ordered, spent, strict=True) if sum_ < MOST_SECONDS
        ]

    def file(self, path: str) -> list[int]:
        """Return the tests that run a function of a file, or all where none does.

        Args:
            path: of the file.
        """
        found: set[int] = set()
        for name, tests in self.running.items():
            if name[0] == path:
                found |= tests
        return sorted(found or self.seconds, key=self.seconds.__getitem__)


def passes(item: pytest.Item) -> bool:
    """Run one test and tell whether it passes or is skipped.

    Args:
        item: the test.
    """
    reports = runtestprotocol(item, log=False, nextitem=None)
    return not any(report.failed for report in reports)


def unchanged(items: Sequence[pytest.Item], paths: frozenset[str]) -> Ran:
    """Run all tests once, in a child, and return which functions they run.

    Args:
        items: the tests.
        paths: of the files whose functions count.
    """

    def work(tell: Tell) -> None:
        _silence()
        tell(_traced(items, paths))

    (ran,) = streamed(work)
    return cast("Ran", ran)


def _traced(items: Sequence[pytest.Item], paths: frozenset[str]) -> Ran:
    ran = Ran()
    number = 0
    seen: dict[int, CodeType] = {}

    def called(frame: FrameType, event: str, _: object) -> None:
        code = frame.f_code
        if id(code) in seen:  # most calls, and hashing code would take longer
            return
        seen[id(code)] = code
        if event == "call" and code.co_filename in paths:
            ran.running.setdefault(name_of(code), set()).add(number)

    for number, item in enumerate(items):
        seen.clear()
        forget()
        begun = _spent()
        sys.settrace(called)
        try:
            held = passes(item)
        finally:
            sys.settrace(None)
        seconds = _spent() - begun
        if held and seconds < SLOW_SECONDS:
            ran.seconds[number] = seconds
    for tests in ran.running.values():
        tests.intersection_update(ran.seconds)
    return ran


def _spent() -> float:
    """Return the seconds of work of this process and of children that have ended."""
    return sum(os.times()[:4])


def _silence() -> None:
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(null, stream)


def notices(
    change: Callable[[], None], work: Callable[[], bool], seconds: float
) -> bool | None:
    """Tell whether work in a child says so or fails.

    Args:
        change: makes the change; must not fail.
        work: tells whether a test noticed.
        seconds: what it may take, unless it sets that anew (`limited`).

    Returns:
        None where its time was over.

    Raises:
        RuntimeError: the change could not be made.
    """
    child = os.fork()
    if child == 0:
        status = _BROKEN
        try:
            change()
            status = _NOTICED
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.signal(signal.SIGPROF, signal.SIG_DFL)
            limited(seconds)
            resource.setrlimit(resource.RLIMIT_AS, (_MOST_BYTES, _MOST_BYTES))
            _silence()
            status = _NOTICED if work() else _UNNOTICED
        finally:
            os._exit(status)
    _, status = os.waitpid(child, 0)
    ended = os.waitstatus_to_exitcode(status)
    if ended == _BROKEN:
        msg = "a change could not be made"
        raise RuntimeError(msg)
    return None if -ended in _LATE else ended != _UNNOTICED


def limited(seconds: float) -> None:
    """End this process as one that is late, unless it is done or asks again.

    Args:
        seconds: of its own work from now, for other processes may be at work too.
    """
    signal.setitimer(signal.ITIMER_PROF, seconds)
    signal.setitimer(signal.ITIMER_REAL, _WAITING * seconds)


Tell = Callable[[object], None]


def streamed(work: Callable[[Tell], None]) -> Iterator[Any]:
    """Yield what a child tells, as it tells it.

    Args:
        work: is given what tells.
    """
    yield from _from_children([work])


def shared(
    work: Callable[[int], object], count: int, jobs: int
) -> Iterator[tuple[int, Any]]:
    """Yield numbers and results of work, done by so many processes, as they come.

    Args:
        work: of a number; its result can be pickled.
        count: how many.
        jobs: processes.
    """

    def job(first: int, tell: Tell) -> None:
        for number in range(first, count, jobs):
            tell((number, work(number)))

    yield from _from_children([partial(job, first) for first in range(jobs)])


def _from_children(works: Sequence[Callable[[Tell], None]]) -> Iterator[Any]:
    readings: list[IO[bytes]] = []
    children: list[int] = []
    for work in works:
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                os.close(reading)
                with os.fdopen(writing, "wb", buffering=0) as out:
                    work(partial(_tell, out))
            except BaseException:  # noqa: BLE001 - the end of a process
                traceback.print_exc()
            finally:
                os._exit(0)
        os.close(writing)
        readings.append(os.fdopen(reading, "rb", buffering=0))
        children.append(child)
    while readings:
        for told in select.select(readings, [], [])[0]:
            head = told.read(4)
            if head:
                yield pickle.loads(_read(told, int.from_bytes(head, "big")))  # noqa: S301 - our own child
            else:
                readings.remove(told)
                told.close()
    for child in children:
        os.waitpid(child, 0)


def _read(told: IO[bytes], count: int) -> bytes:
    octets = b""
    while len(octets) < count:
        octets += told.read(count - len(octets))
    return octets


def _tell(out: IO[bytes], result: object) -> None:
    octets = pickle.dumps(result)
    whole = memoryview(len(octets).to_bytes(4, "big") + octets)
    while whole:
        whole = whole[out.write(whole) :]
