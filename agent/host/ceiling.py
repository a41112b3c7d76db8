# SPDX-License-Identifier: Apache-2.0
# mypy: disable-error-code="unreachable"
# (all below the guard, seen from win32)
"""Puts the child of a pass below everything else on a Linux machine, and under a roof.

Rules: for the process that asks and for all that it starts; limits are only ever
lowered; programs of the fixed list have a roof of their own; a kernel that refuses
costs nobody a pass.
Not here: the bounds (`agent/budget.py`), a job's limits on Windows (`spawned.py`).
"""

import os
import resource
import sys
from contextlib import suppress
from pathlib import Path

if sys.platform == "win32":
    reason = "agent.host.ceiling is for Linux"
    raise ImportError(reason)

_STATM, _DATA = Path("/proc/self/statm"), 5
"""Sizes of this process in pages, the sixth of them its data (proc(5))."""
_NICE = 5
"""Whatever else runs has three times as much; at ten, a slow reader on a busy machine
would be over its time."""


def lower(memory: int, processor: int) -> None:
    """Put this process below others, and limit what it may take.

    Args:
        memory: most bytes of data, as `born_with` tells them, and some more; 0 for any.
            What is over is a MemoryError, or ends the process where a library cannot
            raise one.
        processor: most seconds of processor time; 0 for any. What is over is killed.
    """
    with suppress(OSError):
        os.nice(_NICE)
    with suppress(OSError):
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
    if memory:
        _limit(0, resource.RLIMIT_DATA, memory)
    if processor:
        _limit(0, resource.RLIMIT_CPU, processor)


def born_with() -> int:
    """Return the bytes of data that a fork has of this process; 0 where none can tell.

    Asked before the fork: a child would copy pages to look for it.
    """
    with suppress(OSError, IndexError, ValueError):
        pages = int(_STATM.read_text("ascii").split()[_DATA])
        return pages * resource.getpagesize()
    return 0


def roof(process: int, memory: int) -> None:
    """Give a program that was just started its own limit, in place of ours.

    Args:
        process: its number.
        memory: most bytes of its data.
    """
    _limit(process, resource.RLIMIT_DATA, memory)


def _limit(process: int, kind: int, most: int) -> None:
    """Set a soft limit, within the hard one."""
    with suppress(OSError, ValueError):
        _, hard = resource.prlimit(process, kind)
        within = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.prlimit(process, kind, (within, hard))
