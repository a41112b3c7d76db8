# SPDX-License-Identifier: Apache-2.0
"""What the reader of a dataset may cost: time, processor, rows and bytes.

Rules: every dataset has all four bounds; one that needs more than others is named with
the reason, in `agent/budget.py`.
Not here: holding a reader to them (`agent/reading.py`).
"""

from dataclasses import dataclass

from agent.budget import (
    COLLECTOR_OCTETS,
    COLLECTOR_PROCESSOR_SECONDS,
    COLLECTOR_SECONDS,
    LARGE_OCTETS,
    ROWS,
    SLOW_SECONDS,
)


@dataclass(frozen=True, slots=True)
class Budget:
    """The bounds of one reader.

    Attributes:
        seconds: wall time.
        processor: seconds of processor time of its own; programs have theirs.
        rows: rows it may return.
        octets: bytes it may take of files, programs and logs.
    """

    seconds: float = COLLECTOR_SECONDS
    processor: float = COLLECTOR_PROCESSOR_SECONDS
    rows: int = ROWS
    octets: int = COLLECTOR_OCTETS


def budget_of(dataset: str) -> Budget:
    """Return the bounds of a dataset's reader."""
    return Budget(
        seconds=SLOW_SECONDS.get(dataset, COLLECTOR_SECONDS),
        octets=LARGE_OCTETS.get(dataset, COLLECTOR_OCTETS),
    )
