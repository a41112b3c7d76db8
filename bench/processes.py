# SPDX-License-Identifier: Apache-2.0
# mypy: disable-error-code="unreachable"
# (all below the guard, seen from win32)
"""What a process and its children cost, as the kernel counts it.

Rules: living children are counted; those that have ended are in their parent's sums
once it has waited for them.
Not here: whose processes (`footprint.py`, `footprint_peers.py`).
"""

import os
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

if sys.platform == "win32":
    reason = "these counters are of Linux"
    raise ImportError(reason)

TICK = os.sysconf("SC_CLK_TCK")
LOOK_SECONDS = 0.02
_ENDED_TICKS = 0.05
"""Ticks beyond what lives has run, seconds: then children have ended."""


@dataclass(frozen=True)
class Sum:
    """What a tree of processes has used since it began.

    Attributes:
        cpu: seconds of processor time.
        wakeups: times that a living process of it slept and was woken.
        written: bytes that went to disks.
    """

    cpu: float
    wakeups: int
    written: int


def tree(root: int) -> list[int]:
    """Return a process and all that descend from it."""
    found, left = [], [root]
    while left:
        pid = left.pop()
        found.append(pid)
        for task in _tasks(pid):
            children = _read(f"/proc/{pid}/task/{task}/children")
            left += [int(child) for child in children.split()]
    return found


def program_of(pids: Iterable[int], module: str) -> Iterator[int]:
    """Yield those processes that are Python's with this module."""
    for pid in pids:
        if module in _read(f"/proc/{pid}/cmdline").split("\0"):
            yield pid


def used(root: int) -> Sum:
    """Return what a tree of processes has used."""
    nanoseconds = ticks = wakeups = written = 0
    for pid in tree(root):
        told = _read(f"/proc/{pid}/stat").rpartition(")")[2].split()
        ticks += sum(map(int, told[11:15]))
        for task in _tasks(pid):
            ran = _read(f"/proc/{pid}/task/{task}/schedstat").split()
            nanoseconds += int(ran[0]) if ran else 0
            status = _fields(f"/proc/{pid}/task/{task}/status")
            wakeups += status.get("voluntary_ctxt_switches", 0)
        written += _fields(f"/proc/{pid}/io").get("write_bytes", 0)
    lives, all_ = nanoseconds / 1e9, ticks / TICK
    return Sum(all_ if all_ - lives > _ENDED_TICKS else lives, wakeups, written)


def held(pid: int) -> tuple[float, float]:
    """Return resident and proportional set of one process, MiB."""
    told = _fields(f"/proc/{pid}/smaps_rollup")
    return told.get("Rss", 0) / 1024, told.get("Pss", 0) / 1024


def peak(pid: int) -> float:
    """Return the largest resident set that a process has had, MiB."""
    return _fields(f"/proc/{pid}/status").get("VmHWM", 0) / 1024


@contextmanager
def children_peak(root: int) -> Iterator[Callable[[], float]]:
    """Look for the largest resident set that a descendant has had, MiB."""
    most, over = 0.0, threading.Event()

    def look() -> None:
        nonlocal most
        while not over.wait(LOOK_SECONDS):
            for pid in tree(root)[1:]:
                most = max(most, peak(pid))

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield lambda: most
    finally:
        over.set()
        thread.join()


def at_work(seconds: float) -> Iterator[float]:
    """Yield what is left of so many seconds, now and then."""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        yield left
        time.sleep(min(left, 1.0))


def _tasks(pid: int) -> list[str]:
    try:
        return [place.name for place in Path(f"/proc/{pid}/task").iterdir()]
    except OSError:
        return []


def _read(path: str) -> str:
    try:
        return Path(path).read_text("utf-8", "replace")
    except OSError:
        return ""


def _fields(path: str) -> dict[str, int]:
    """Return the numbers of a file of names, colons and values."""
    found = {}
    for line in _read(path).splitlines():
        name, _, value = line.partition(":")
        first = value.split()[:1]
        if first and first[0].isdigit():
            found[name] = int(first[0])
    return found
