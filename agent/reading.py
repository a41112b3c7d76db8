# SPDX-License-Identifier: Apache-2.0
"""Runs one reader within its budget and says how it fared.

Rules: whatever a reader does, it yields an outcome and the others go on; on Linux a
hang is broken by a timer; a reader is handed the wanted columns only.
Not here: what is done with the rows (`pipeline.py`).
"""

import time

from agent.budget import COLLECTOR_SECONDS, ROWS, SLOW_SECONDS
from agent.collectors import Collector
from agent.errors import HostError
from agent.host.alarm import alarm
from agent.host.interface import Host
from agent.outcome import FAILED, FROM_NOW_ON, NONE_FOUND, OK, UNSUPPORTED, Outcome
from agent.rows import START_HERE, Reading, Want


def reader_seconds(dataset: str) -> float:
    """Return the time that the reader of a dataset has."""
    return SLOW_SECONDS.get(dataset, COLLECTOR_SECONDS)


def run_reader(  # noqa: PLR0913 - by keyword, each of them a bound of the reader
    collector: Collector,
    host: Host,
    columns: frozenset[str],
    *,
    now: float,
    cursor: bytes | None = None,
    networks: tuple[str, ...] = (),
    events: tuple[str, ...] | None = None,
    seconds: float | None = None,
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
        seconds: its budget; None for that of its dataset.

    Returns:
        The rows (none unless the outcome is ok) and the outcome.
    """
    name = collector.dataset.name
    reader = collector.readers.get(host.system)
    if reader is None:
        return Reading([]), Outcome(name, UNSUPPORTED, "no-reader-for-this-system")
    if seconds is None:
        seconds = reader_seconds(name)
    started = time.monotonic()
    deadline = started + seconds
    afresh = cursor == START_HERE
    at = None if afresh else cursor
    want = Want(columns, now, at, ROWS, deadline, networks, events)
    try:
        with alarm(seconds + 1):
            reading = reader(host, want)
    except HostError as problem:
        spent = time.monotonic() - started
        return Reading([]), Outcome(name, problem.outcome, problem.reason, spent)
    except Exception as problem:  # noqa: BLE001 - boundary: a collector that throws yields an outcome, counted
        spent = time.monotonic() - started
        slug = "error-" + type(problem).__name__.lower()
        return Reading([]), Outcome(name, FAILED, slug, spent)
    spent = time.monotonic() - started
    if afresh:  # a first pass ends where its source ends; all before it is covered
        return Reading([], reading.cursor), Outcome(name, OK, FROM_NOW_ON, spent)
    return reading, _fared(name, reading, spent)


def _fared(name: str, reading: Reading, spent: float) -> Outcome:
    """Return the outcome of a reader that came to its end."""
    return Outcome(
        name,
        OK if reading.rows else NONE_FOUND,
        "",
        spent,
        len(reading.rows),
        reading.skipped + reading.refused,
        0,
        reading.truncated,
    )
