# SPDX-License-Identifier: Apache-2.0
"""One reader under its budget.

Rules: whatever a reader does, there is an outcome, and the caller goes on.
Not here: the readers of the product (`tests/contract/test_collectors.py`).
"""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from agent.budget import COLLECTOR_SECONDS
from agent.collectors import Collector, collector
from agent.errors import DeniedError
from agent.governor.budgets import Budget
from agent.host.interface import Host
from agent.host.linux import LinuxHost
from agent.reading import run_reader
from agent.rows import Reading, Row, Want
from wire.catalogue import System

SECRET = "cannot parse: ada.lovelace"


def sleeps(_host: Host, _want: Want) -> Reading:
    """Hang in one blocking call, which asks no deadline."""
    time.sleep(60)
    return Reading([])


def throws(_host: Host, _want: Want) -> Reading:
    """Raise something nobody foresaw, with a value in it."""
    raise ValueError(SECRET)


def denies(_host: Host, _want: Want) -> Reading:
    """Be refused by the system."""
    reason = "access-denied"
    raise DeniedError(reason)


def spins(_host: Host, want: Want) -> Reading:
    """Work on, asking the deadline as readers do."""
    while True:
        want.check()


def one(_host: Host, _want: Want) -> Reading:
    """Return one row."""
    return Reading([Row({"name": "x"})], skipped=2, refused=1)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("reader", "seconds", "outcome", "reason"),
    [
        (sleeps, 0.2, "timed-out", "time-budget"),
        (spins, 0.2, "timed-out", "time-budget"),
        (throws, 60.0, "failed", "error-valueerror"),
        (denies, 60.0, "denied", "access-denied"),
        (one, 60.0, "ok", ""),
    ],
)
def test_every_reader_has_an_outcome(
    tmp_path: Path,
    reader: Callable[[Host, Want], Reading],
    seconds: float,
    outcome: str,
    reason: str,
) -> None:
    """A reader that hangs, throws or is refused is told apart, without its message."""
    source = Collector(collector("software").dataset, {System.LINUX: reader}, tuple)
    host = LinuxHost(str(tmp_path))
    began = time.monotonic()
    reading, found = run_reader(
        source, host, frozenset(), now=0.0, budget=Budget(seconds=seconds)
    )
    assert (found.outcome, found.reason) == (outcome, reason)
    assert time.monotonic() - began < 30
    assert bool(reading.rows) is (outcome == "ok")
    assert SECRET not in repr(found)


def test_a_system_without_a_reader_is_unsupported(tmp_path: Path) -> None:
    """No reader for this system is neither a failure nor nothing found."""
    source = Collector(collector("software").dataset, {}, tuple)
    _, found = run_reader(source, LinuxHost(str(tmp_path)), frozenset(), now=0.0)
    assert found.outcome == "unsupported"


def test_what_was_not_ours_to_read_is_told(tmp_path: Path) -> None:
    """The outcome counts refused sources with the rows that were no rows."""
    source = Collector(collector("software").dataset, {System.LINUX: one}, tuple)
    host = LinuxHost(str(tmp_path))
    _, outcome = run_reader(source, host, frozenset({"name"}), now=0)
    assert (outcome.outcome, outcome.rows, outcome.skipped) == ("ok", 1, 3)


@pytest.mark.parametrize(
    ("name", "patient"), [("software", False), ("discovered_hosts", True)]
)
def test_who_waits_for_others_has_longer(
    tmp_path: Path, name: str, *, patient: bool
) -> None:
    """Whoever has it read, a scan has the time that its network takes."""
    left: list[float] = []

    def look(_host: Host, want: Want) -> Reading:
        left.append(want.deadline - time.monotonic())
        return Reading([])

    source = Collector(collector(name).dataset, {System.LINUX: look}, ())
    run_reader(source, LinuxHost(str(tmp_path)), frozenset({"name"}), now=0)
    assert (left[0] > COLLECTOR_SECONDS) is patient
