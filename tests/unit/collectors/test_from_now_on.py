# SPDX-License-Identifier: Apache-2.0
"""Event readers after a lost spool: nothing of before is told, all that comes then is.

Rules: each event dataset's own examples; files that really grow.
Not here: a real journal (`test_real_journal.py`).
"""

from pathlib import Path

import pytest
from host_fixture import recorded_host

from agent.collectors import collector, collectors
from agent.collectors._examples.windows_logins import sign_in
from agent.host.interface import Host
from agent.outcome import FROM_NOW_ON, OK, Outcome
from agent.reading import run_reader
from agent.rows import START_HERE, Example, Reading
from wire.catalogue import Kind, System

NOW = 1_763_950_000
CASES = [
    (name, example)
    for name, item in collectors().items()
    if item.dataset.kind is Kind.EVENT
    for example in item.examples
    if example.rows and "journalctl" not in example.programs
]


def read(name: str, host: Host, cursor: bytes | None) -> tuple[Reading, Outcome]:
    """Read all columns of a dataset."""
    source = collector(name)
    columns = frozenset(column.name for column in source.dataset.columns)
    return run_reader(source, host, columns, now=NOW, cursor=cursor)


def test_every_event_dataset_is_tried() -> None:
    """Each of them has an example that is followed here, and each system one."""
    events = {n for n, item in collectors().items() if item.dataset.kind is Kind.EVENT}
    assert {name for name, _ in CASES} == events
    assert {example.system for _, example in CASES} == {System.LINUX, System.WINDOWS}


@pytest.mark.parametrize(
    ("name", "example"), CASES, ids=[f"{name}-{item.title}" for name, item in CASES]
)
def test_nothing_of_before_is_told(tmp_path: Path, name: str, example: Example) -> None:
    """A source that has not grown since tells nothing, then or later."""
    host = recorded_host(example, tmp_path)
    before, _ = read(name, host, None)
    assert before.rows, "the example has nothing that could be told again"
    here, outcome = read(name, host, START_HERE)
    assert (here.rows, here.skipped, here.truncated) == ([], 0, False)
    assert (outcome.outcome, outcome.reason, outcome.rows) == (OK, FROM_NOW_ON, 0)
    later, _ = read(name, host, here.cursor)
    assert later.rows == []


@pytest.mark.parametrize("name", ["event_logs", "event_counts", "event_templates"])
def test_a_line_that_comes_then_is_told(tmp_path: Path, name: str) -> None:
    """The first line written afterwards is read, and it alone."""
    old = b"2025-11-24T01:01:00+00:00 h sshd: Server listening\n"
    example = Example(System.LINUX, "", (), files={"/var/log/syslog": old * 3})
    host = recorded_host(example, tmp_path)
    here, _ = read(name, host, START_HERE)
    with (tmp_path / "var/log/syslog").open("ab") as file:
        file.write(b"2025-11-24T02:02:00+00:00 h sshd: Server stopped\n")
    (row,) = read(name, host, here.cursor)[0].rows
    assert row.value("timestamp") in {1_763_949_720, 1_763_949_600}  # its hour


def test_a_sign_in_that_comes_then_is_told(tmp_path: Path) -> None:
    """On Windows reading goes on behind the newest record of each log."""
    event = sign_in(41, 4647, "<Data Name='TargetUserName'>ada</Data>")
    later = sign_in(42, 4647, "<Data Name='TargetUserName'>bob</Data>")
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        folder.mkdir()
    facts = {"events": {"Security": ((41, event, ""),)}}
    here, _ = read(
        "logins",
        recorded_host(Example(System.WINDOWS, "", (), facts=facts), first),
        START_HERE,
    )
    facts = {"events": {"Security": ((41, event, ""), (42, later, ""))}}
    grown = recorded_host(Example(System.WINDOWS, "", (), facts=facts), second)
    (row,) = read("logins", grown, here.cursor)[0].rows
    assert row.value("user.name") == "bob"
