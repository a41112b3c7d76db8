# SPDX-License-Identifier: Apache-2.0
"""What the agent tells of itself: its cost, its queue, what it sent.

Rules: the real pipeline and spool; what was sealed is opened and looked at.
Not here: how the figures reach a spawned child (`test_pass_child.py`).
"""

import time
from dataclasses import astuple
from pathlib import Path

import pytest
from device_fixture import headers, opened
from installation_fixture import Installation

from agent.budget import SPOOL_BYTES
from agent.catalogue import declared
from agent.collectors.agent_metrics import DATASET
from agent.delivery.courier import Done
from agent.delivery.tally import Tally
from agent.figures import Figures, from_text
from agent.gathering import metrics
from agent.host.linux import LinuxHost
from agent.identity import load, trusted
from agent.passes import Ran
from agent.pipeline import Agent, run_pass
from agent.plan import make_plan
from agent.preview import preview
from agent.report import PassReport, Sealed
from agent.spool.change import Owed
from agent.spool.spool import Facts, open_spool
from agent.state import State
from tests.host_fixture import RecordingHost
from wire.catalogue import System
from wire.policy_source import compile_policy

FIGURES = Figures(60, 1_500, 40_000_000, 4, 250, 60_000_000, 900, 12, 3, 10, 50_000)
QUEUE = Facts(
    2,
    3,
    1,
    70_000,
    1_000,
    12,
    6,
    gaps=5,
    dropped=40,
    voids=4,
    folded=7,
    alarms=("spool-full",),
)
POLICY = (
    """
format = 1
name = "own"
[purpose.provision]
instruction = "test"
readers = ["technician"]
[purpose.provision.retention.metrics]
keep = "90d"
[purpose.provision.dataset.agent_metrics]
retention = "metrics"
every = "15m"
[purpose.provision.dataset.agent_metrics.columns]
"""
    + "\n".join(f'"{column.name}" = "keep"' for column in DATASET.columns)
).encode()
ROW = {
    "timestamp": 1_060,
    "process.uptime": 60,
    "process.cpu.time": 1.5,
    "process.memory.usage": 40_000_000,
    "pass.count": 4,
    "pass.cpu.time": 0.25,
    "pass.memory.peak": 60_000_000,
    "sealed.records": 900,
    "sealed.envelopes": 12,
    "withheld": 3,
    "sent.envelopes": 10,
    "sent.size": 50_000,
    "queue.size": 2,
    "queue.usage": 70_000,
    "queue.limit": SPOOL_BYTES,
    "queue.age": 60,
    "queue.unmarked": 3,
    "queue.refused": 1,
    "queue.dropped": 40,
    "queue.voids": 4,
    "queue.folded": 7,
    "gaps": 5,
    "alarms": "collector-struck,spool-full",
}


@pytest.fixture
def host(tmp_path: Path) -> RecordingHost:
    """Return a machine of which nothing is known."""
    (tmp_path / "machine").mkdir()
    return RecordingHost(LinuxHost(str(tmp_path / "machine")))


def passed(state: State, host: RecordingHost, owed: int = 0) -> None:
    """Run a pass over the agent's own metrics."""
    now, who = int(time.time()), load(state)
    plan = make_plan(
        compile_policy(POLICY, declared(), "own.toml"), declared(), System.LINUX
    )
    agent = Agent(who, trusted(state, who, now), {}, plan, host)
    spool = open_spool(state.spool, now)
    try:
        if owed:
            with spool.transaction() as change:
                change.owe(Owed(None, None, None, owed, "spool-corrupt"))
        run_pass(agent, spool, plan.datasets, now, FIGURES)
    finally:
        spool.close()


def test_every_declared_column_is_filled() -> None:
    """Figures and queue give every column that is declared, and no other."""
    (row,) = metrics(FIGURES, 1_060, QUEUE, ("software",)).rows
    assert {name: row.value(name) for name in row.columns()} == ROW
    assert set(ROW) == {column.name for column in DATASET.columns}


def test_an_empty_queue_has_no_age() -> None:
    """Where nothing waits, nothing is old; a clock that was set back makes no debt."""
    empty = Facts(0, 0, 0, 0, None, 0, 0)
    later = Facts(1, 0, 0, 10, 9_999, 1, 0)
    for queue in (empty, later):
        (row,) = metrics(FIGURES, 1_060, queue).rows
        assert (row.value("queue.age"), row.value("alarms")) == (0, None)


def test_a_pass_seals_the_agents_own_metrics(
    state: State, host: RecordingHost, installation: Installation
) -> None:
    """The figures that the parent hands over and the queue's are in the envelope."""
    passed(state, host)
    passed(state, host)
    first, second = opened(state, installation)
    assert first.columns["process.cpu.time"] == [1.5]
    assert first.columns["sent.envelopes"] == [10]
    assert first.columns["queue.size"] == [0]
    assert second.columns["queue.size"] == [1]
    assert second.columns["queue.usage"] != [0]


def test_the_agents_own_metrics_read_nothing_of_the_host(
    state: State, host: RecordingHost
) -> None:
    """Where only they are due, no file of the machine is opened."""
    passed(state, host)
    assert host.asked == []


def test_an_announced_loss_is_counted(
    state: State, host: RecordingHost, installation: Installation
) -> None:
    """A gap record that this spool made shows in the metrics of the same pass."""
    passed(state, host, owed=1_000)
    assert len(headers(state)) == 2
    (found,) = opened(state, installation)
    assert found.columns["gaps"] == [1]


def test_before_enrolment_there_is_no_queue(host: RecordingHost) -> None:
    """A preview without a spool shows the agent's cost, and of a queue nothing."""
    plan = make_plan(
        compile_policy(POLICY, declared(), "own.toml"), declared(), System.LINUX
    )
    (section,) = preview(plan, host, 1_060, own=metrics(FIGURES, 1_060))
    shown = {cell.column: cell.redacted for cell in section.rows[0]}
    assert shown["process.cpu.time"] == 1.5
    assert {shown.get(name) for name in ROW if name.startswith("queue.")} == {None}


def test_sums_and_the_last_pass() -> None:
    """Records and shipments add up; what a pass cost is that of the last one."""
    tally = Tally()
    for seconds, memory in ((0.5, 70), (0.25, 60)):
        report = PassReport((), Sealed(2, 30, 4_000), 1, more=False)
        tally.ran(Ran(report, seconds, memory))
        tally.sent(Done(None, sent=2, octets=4_000))
    found = tally.figures()
    assert found.memory > 1_000_000
    assert astuple(found)[3:] == (2, 250, 60, 60, 4, 2, 4, 8_000)


def test_figures_travel_as_text() -> None:
    """What a parent writes as an argument is what its child reads."""
    assert from_text(FIGURES.text()) == FIGURES


@pytest.mark.parametrize(
    "text", ["", "1.2", "x" + ".0" * 10, "-1" + ".0" * 10, f"{2**63}" + ".0" * 10]
)
def test_junk_is_no_figures(text: str) -> None:
    """A child that is handed something else says so, and does not guess."""
    with pytest.raises(ValueError, match=r"figures|invalid"):
        from_text(text)
