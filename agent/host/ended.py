# SPDX-License-Identifier: Apache-2.0
"""What a child may take of the machine, and how it ended, on every operating system.

Rules: counts and the child's own bytes, no value.
Not here: starting one (`child.py`, `spawned.py`).
"""

from collections.abc import Callable
from dataclasses import dataclass

Meanwhile = Callable[[], bool]
"""Called while a child runs; true where the child is to be ended."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a child ended.

    Attributes:
        report: what it answered; empty where it crashed or was killed.
        timed_out: true where it was killed because its time was over.
        signal: number of the signal that ended it, else 0.
        seconds: its processor time, user and system.
        memory: its largest resident set, bytes; 0 where the system did not keep it.
    """

    report: bytes
    timed_out: bool
    signal: int
    seconds: float
    memory: int


@dataclass(frozen=True, slots=True)
class Ceiling:
    """What a child may take of the machine.

    Attributes:
        memory: most bytes of its own; 0 for any.
        processor: most seconds of processor time; 0 for any.
        low: whether it stands back for everything else that runs.
        leaves: whether what it starts to outlive it may, where a child is in a job.
    """

    memory: int = 0
    processor: int = 0
    low: bool = False
    leaves: bool = False


def never() -> bool:
    """Let a child run to its end."""
    return False


FREE = Ceiling()
"""No bound but that of time."""
