# SPDX-License-Identifier: Apache-2.0
"""Runs one reader within its budget and says how it fared.

Rules: whatever a reader does, it yields an outcome and the others go on; on Linux a
hang is broken by a timer; a reader is handed the wanted columns only; what it costs is
in its outcome, and each bound that ends it has a reason of its own.
Not here: the bounds (`governor/budgets.py`), what is done with the rows
(`pipeline.py`).
"""

import time
from dataclasses import dataclass, field, replace

from agent.collectors import Collector
from agent.errors import HostError
from agent.governor.budgets import Budget, budget_of
from agent.host.alarm import in_time
from agent.host.interface import Host
from agent.host.own import processor_seconds
from agent.outcome import (
    FAILED,
    FROM_NOW_ON,
    NONE_FOUND,
    OK,
    OVER_BUDGET,
    UNSUPPORTED,
    Outcome,
)
from agent.rows import START_HERE, Reading, Want

_MEMORY = "memory-budget"


@dataclass(frozen=True, slots=True)
class _Run:
    """One reader at work, and what it costs."""

    dataset: str
    host: Host
    began: float = field(default_factory=time.monotonic)
    before: float = field(default_factory=processor_seconds)

    def outcome(self, outcome: str, reason: str = "") -> Outcome:
        """Return an outcome with what was spent up to here."""
        return Outcome(
            self.dataset,
            outcome,
            reason,
            time.monotonic() - self.began,
            processor=processor_seconds() - self.before,
            octets=self.host.meter.octets,
        )


def run_reader(  # noqa: PLR0913 - by keyword, each of them a bound of the reader
    collector: Collector,
    host: Host,
    columns: frozenset[str],
    *,
    now: float,
    cursor: bytes | None = None,
    networks: tuple[str, ...] = (),
    events: tuple[str, ...] | None = None,
    budget: Budget | None = None,
) -> tuple[Reading, Outcome]:
    """Read one dataset.

    Args:
        collector: the dataset and its readers.
        host: the machine.
        columns: the only columns it may read.
        now: signed time, seconds since the epoch.
        cursor: where an event reader stopped last time; START_HERE for no rows, only
            the place from which on the next time is read.
        networks: where it is read only on named networks, these.
        events: the only events that become rows; None for all.
        budget: its bounds; None for those of its dataset.

    Returns:
        The rows (none unless the outcome is ok) and the outcome.
    """
    name = collector.dataset.name
    reader = collector.readers.get(host.system)
    if reader is None:
        return Reading([]), Outcome(name, UNSUPPORTED, "no-reader-for-this-system")
    bound = budget or budget_of(name)
    host.meter.begin(bound.octets)
    run = _Run(name, host)
    afresh = cursor == START_HERE
    want = Want(
        columns,
        now,
        None if afresh else cursor,
        bound.rows,
        run.began + bound.seconds,
        networks,
        events,
        dear=time.process_time() + bound.processor,
        looked=run.began + bound.processor,
    )
    try:
        reading = in_time(
            lambda: reader(host, want), bound.seconds + 1, bound.processor
        )
        host.meter.check()  # what it was refused, a reader may have taken for absent
    except HostError as problem:
        return Reading([]), run.outcome(problem.outcome, problem.reason)
    except MemoryError:
        return Reading([]), run.outcome(OVER_BUDGET, _MEMORY)
    except Exception as problem:  # noqa: BLE001 - boundary: a collector that throws yields an outcome, counted
        slug = "error-" + type(problem).__name__.lower()
        return Reading([]), run.outcome(FAILED, slug)
    finally:
        cost = run.outcome(OK)
        host.meter.begin(float("inf"))
    if afresh:  # a first pass ends where its source ends; all before it is covered
        return Reading([], reading.cursor), replace(cost, reason=FROM_NOW_ON)
    return reading, _fared(cost, reading)


def _fared(cost: Outcome, reading: Reading) -> Outcome:
    """Return the outcome of a reader that came to its end."""
    return replace(
        cost,
        outcome=OK if reading.rows else NONE_FOUND,
        rows=len(reading.rows),
        skipped=reading.skipped + reading.refused,
        truncated=reading.truncated,
    )
