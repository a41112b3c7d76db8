# SPDX-License-Identifier: Apache-2.0
"""Each bound of a reader, and of a pass, ends what is over it by its own name.

Rules: readers that really burn, eat and allocate; small bounds, so that it is quick.
Not here: the bound of time (`test_reading.py`), what a kill leads to
(`test_governor_strikes.py`).
"""

import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from agent import report
from agent.budget import COLLECTOR_OCTETS, COLLECTOR_PROCESSOR_SECONDS
from agent.collectors import Collector, collector, names
from agent.errors import BudgetError, HostError, OverBudgetError
from agent.governor.blame import is_kill
from agent.governor.budgets import Budget, budget_of
from agent.host.child import in_child
from agent.host.ended import Ceiling
from agent.host.interface import PROGRAM_MEMORY_BYTES, Host
from agent.host.linux import LinuxHost
from agent.host.program import run_program
from agent.outcome import Outcome
from agent.reading import run_reader
from agent.report import PassReport, Sealed
from agent.rows import Reading, Row, Want
from wire.catalogue import System

KIB = 1_024
MIB = KIB * KIB
MANY = 1_000_000
SMALL = Budget(seconds=30, processor=0.2, octets=64 * KIB)


def burns(_host: Host, _want: Want) -> Reading:
    """Take processor time and look at no clock."""
    while True:
        pass


def looks(_host: Host, want: Want) -> Reading:
    """Take processor time, and look at the clocks as readers do."""
    while True:
        want.check()


def eats(host: Host, _want: Want) -> Reading:
    """Take a file over and over."""
    while True:
        host.read("/etc/hosts")


def nibbles(host: Host, _want: Want) -> Reading:
    """Take pieces of a file, and hold a refusal for a file that is not there."""
    for _ in range(1_000):
        try:
            host.read_part("/etc/hosts", 0, KIB)
        except HostError:
            continue
    return Reading([Row({"name": "x"})])


def hoards(_host: Host, _want: Want) -> Reading:
    """Hold more memory than a pass has."""
    held = [b"x" * (16 * MIB) for _ in range(64)]
    return Reading([Row({"name": str(len(held))})])


def waits(_host: Host, want: Want) -> Reading:
    """Take time, but no processor time."""
    time.sleep(0.4)
    want.check()
    return Reading([Row({"name": "x"})])


def ran(
    folder: Path, reader: Callable[[Host, Want], Reading], budget: Budget = SMALL
) -> Outcome:
    """Run a reader over a machine with one file of 8 KiB."""
    (folder / "etc").mkdir(exist_ok=True)
    (folder / "etc/hosts").write_bytes(b"x" * 8 * KIB)
    source = Collector(collector("software").dataset, {System.LINUX: reader}, ())
    host = LinuxHost(str(folder))
    _, outcome = run_reader(source, host, frozenset(), now=0, budget=budget)
    return outcome


@pytest.mark.slow
@pytest.mark.parametrize(
    ("reader", "outcome", "reason"),
    [
        (burns, "over-budget", "processor-budget"),
        (looks, "over-budget", "processor-budget"),
        (eats, "over-budget", "byte-budget"),
        (nibbles, "over-budget", "byte-budget"),
        (waits, "ok", ""),
    ],
)
def test_each_bound_has_its_own_reason(
    tmp_path: Path, reader: Callable[[Host, Want], Reading], outcome: str, reason: str
) -> None:
    """Who burns or eats too much is ended and told apart from who only waits."""
    found = ran(tmp_path, reader)
    assert (found.outcome, found.reason) == (outcome, reason)


def test_a_reader_looks_at_the_clock_of_its_processor() -> None:
    """Where no timer breaks it off, as on Windows, a reader ends itself."""
    Want(frozenset(), dear=0.0).check()
    with pytest.raises(OverBudgetError, match="processor-budget"):
        Want(frozenset(), dear=0.0, looked=0.0).check()
    Want(frozenset(), dear=1e9, looked=0.0).check()


def test_a_bound_ends_with_its_reader(tmp_path: Path) -> None:
    """What is asked of the machine after a reader that ate too much is answered."""
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/hosts").write_bytes(b"x" * 8 * KIB)
    source = Collector(collector("software").dataset, {System.LINUX: eats}, ())
    host = LinuxHost(str(tmp_path))
    _, outcome = run_reader(source, host, frozenset(), now=0, budget=SMALL)
    assert outcome.octets == 72 * KIB
    assert len(host.read("/etc/hosts")) == 8 * KIB


@pytest.mark.slow
def test_a_reader_that_hoards_is_ended_and_the_pass_goes_on(tmp_path: Path) -> None:
    """At the bound of memory the reader has an outcome, and the next one runs."""

    def work() -> bytes:
        unhurried = replace(SMALL, processor=60)  # taking pages costs processor time
        fared = (ran(tmp_path, hoards, unhurried), ran(tmp_path, waits))
        return report.encode(PassReport(fared, Sealed(), 0, more=False))

    born_with = psutil.Process().memory_info().rss  # a child begins with its parent's
    ended = in_child(work, 60, MANY, ceiling=Ceiling(memory=256 * MIB, low=True))
    outcomes = report.decode(ended.report).outcomes
    assert [(one.outcome, one.reason) for one in outcomes] == [
        ("over-budget", "memory-budget"),
        ("ok", ""),
    ]
    assert ended.memory < born_with + 272 * MIB


@pytest.mark.slow
def test_a_pass_that_burns_inside_a_library_is_killed() -> None:
    """Where no exception can break it, the system ends the child, and it is a kill."""

    def work() -> bytes:
        return str(sum(range(10**13))).encode()

    ended = in_child(work, 60, MANY, ceiling=Ceiling(processor=1, low=True))
    assert (ended.report, ended.signal) == (b"", signal.SIGXCPU)
    assert is_kill(ended)


def test_a_pass_stands_back() -> None:
    """Everything else on the machine goes before a pass; the agent itself stays."""

    def work() -> bytes:
        return (
            f"{os.getpriority(os.PRIO_PROCESS, 0)} {os.sched_getscheduler(0)}".encode()
        )

    before = os.getpriority(os.PRIO_PROCESS, 0)
    ended = in_child(work, 60, MANY, ceiling=Ceiling(low=True))
    assert ended.report == f"{min(before + 5, 19)} {os.SCHED_BATCH}".encode()
    assert os.getpriority(os.PRIO_PROCESS, 0) == before


LIMIT = "while [ $(ulimit -d) -ne $0 ]; do :; done; ulimit -d"


def test_a_program_has_a_roof_of_its_own() -> None:
    """A program may hold more than the pass that started it, and not without end."""
    most = str(PROGRAM_MEMORY_BYTES // KIB)

    def work() -> bytes:
        return run_program(("/bin/sh", "-c", LIMIT, most), 30, MANY)

    ended = in_child(work, 60, MANY, ceiling=Ceiling(memory=256 * MIB, low=True))
    assert ended.report.strip() == most.encode()


@pytest.mark.slow
def test_the_cost_is_in_the_outcome(tmp_path: Path) -> None:
    """Processor time of the reader and of its programs is told, and its bytes."""

    def reads(host: Host, _want: Want) -> Reading:
        until = time.process_time() + 0.05
        while time.process_time() < until:
            pass
        burn = "x = sum(range(3_000_000))"
        run_program((sys.executable, "-c", burn), 30, MANY)
        host.read("/etc/hosts")
        host.read_part("/etc/hosts", 8_000, KIB)
        return Reading([])

    found = ran(tmp_path, reads, Budget())
    assert found.octets == 8 * KIB + 192
    assert found.processor > 0.06
    row = found.row()
    assert (row.value("cpu"), row.value("octets")) == (found.processor, 8 * KIB + 192)
    (back,) = report.decode(
        report.encode(PassReport((found,), Sealed(), 0, more=False))
    ).outcomes
    assert back.octets == found.octets
    assert back.processor == pytest.approx(found.processor, abs=1e-6)


def test_every_dataset_has_all_bounds() -> None:
    """No dataset is without one, and few have another than the usual."""
    others = {name for name in names() if budget_of(name).octets != COLLECTOR_OCTETS}
    assert others == {
        "event_counts",
        "event_logs",
        "event_templates",
        "patches",
        "update_status",
    }
    bounds = {budget_of(name).processor for name in names()}
    assert bounds == {COLLECTOR_PROCESSOR_SECONDS}


def test_over_budget_is_a_budget_too() -> None:
    """Readers that let a budget's end through let this one through as well."""
    assert issubclass(OverBudgetError, BudgetError)
