# SPDX-License-Identifier: Apache-2.0
"""Crashes: each one told once, and nothing of what the process held.

Rules: recorded machines only.
Not here: the journal in general (`test_event_logs.py`), any bytes (`tests/property`).
"""

from pathlib import Path

import pytest

from agent.budget import CRASH_FILES
from agent.collectors._examples.crashes import EXAMPLES, crash_event
from agent.collectors._linux.crashes import CORES, REPORTS, parse_cursor, write_cursor
from agent.collectors.crashes import DATASET, READERS
from agent.errors import UnsupportedError
from agent.host.windows_queries import EventKind, events_query
from agent.rows import Example, Reading, Want
from tests.host_fixture import RecordingHost, recorded_host, write_tree
from wire.catalogue import System

ALL = frozenset(column.name for column in DATASET.columns)
BOOT = "0123456789abcdef0123456789abcdef"
START = 1_763_900_000
NOW = START + 80_000.0


def core(second: int, program: str = "ls") -> str:
    """Return the path of a core."""
    return f"{CORES}/core.{program}.0.{BOOT}.9.{START + second}000000.zst"


def machine(root: Path, *paths: str) -> RecordingHost:
    """Return a machine with these files, each empty."""
    files = dict.fromkeys(paths, b"")
    return recorded_host(Example(System.LINUX, "", (), files=files), root)


def read(host: RecordingHost, cursor: bytes | None = None) -> Reading:
    """Make one pass."""
    return READERS[System.LINUX](host, Want(ALL, now=NOW, cursor=cursor))


def programs(reading: Reading) -> list[object]:
    """Return the program of each row."""
    return [row.value("program") for row in reading.rows]


def test_each_core_once(tmp_path: Path) -> None:
    """A core is told by the pass after it was written, and by no later one."""
    host = machine(tmp_path, core(1, "one"))
    first = read(host)
    write_tree(tmp_path, {core(2, "two"): b""})
    second = read(host, first.cursor)
    third = read(host, second.cursor)
    assert [programs(first), programs(second), programs(third)] == [
        ["one"],
        ["two"],
        [],
    ]


def test_no_core_is_opened(tmp_path: Path) -> None:
    """Of a core nothing but the name is read."""
    host = machine(tmp_path, core(1))
    read(host)
    assert not any("core.ls" in path for path in host.asked)


def test_a_crash_loop_is_one_row(tmp_path: Path) -> None:
    """A program that crashes again and again is one row an hour, with its number."""
    hour = START - START % 3_600
    seconds = [hour - START + 60 * step for step in range(90)]
    host = machine(tmp_path, *(core(second) for second in seconds))
    assert [row.value("count") for row in read(host).rows] == [60, 30]


def test_many_cores(tmp_path: Path) -> None:
    """The newest cores are told within a bound, and the others counted."""
    host = machine(tmp_path, *(core(n, f"p{n}") for n in range(CRASH_FILES + 3)))
    reading = read(host)
    assert programs(reading) == [f"p{n}" for n in range(3, CRASH_FILES + 3)]
    assert reading.skipped == 3


def test_a_core_of_the_future_hides_no_other(tmp_path: Path) -> None:
    """A core of a wrong clock is counted, and those after it are told."""
    host = machine(tmp_path, core(10**9), core(1, "one"))
    first = read(host)
    assert (programs(first), first.skipped) == (["one"], 1)
    write_tree(tmp_path, {core(2, "two"): b""})
    assert programs(read(host, first.cursor)) == ["two"]


def test_a_report_once(tmp_path: Path) -> None:
    """A report is told once, also where it is written to again."""
    head = (
        b"ProblemType: Crash\nDate: Sun Nov 23 12:00:00 2025\nExecutablePath: /bin/a\n"
    )
    host = machine(tmp_path, f"{REPORTS}/")
    path = f"{REPORTS}/_bin_a.0.crash"
    write_tree(tmp_path, {path: head})
    first = read(host)
    write_tree(tmp_path, {path: head + b"Tags: x\n"})
    second = read(host, first.cursor)
    assert [programs(first), programs(second)] == [["a"], []]


def test_nothing_of_the_process_in_a_row() -> None:
    """No row of any Example holds an argument, a path or a part of an environment."""
    for example in EXAMPLES:
        for row in example.rows:
            for value in row.values():
                assert not any(
                    part in str(value) for part in ("hunter2", "Ada", "/", "=")
                )


def test_what_the_journal_is_asked(tmp_path: Path) -> None:
    """The journal is asked for crashes alone, and for no stack and no arguments."""
    host = recorded_host(EXAMPLES[0], tmp_path)
    READERS[System.LINUX](host, Want(ALL))
    (call,) = (call for call in host.asked if "journalctl" in call)
    assert call.endswith(" MESSAGE_ID=fc2e22bc6ee647b6b90729ab34a250b1")
    assert (
        "--output-fields=COREDUMP_COMM,COREDUMP_PACKAGE_NAME,COREDUMP_PACKAGE_VERSION,"
        "COREDUMP_SIGNAL_NAME " in call
    )


def test_the_journal_goes_on(tmp_path: Path) -> None:
    """The second pass asks for what is after the last entry of the first."""
    host = recorded_host(EXAMPLES[0], tmp_path)
    first = READERS[System.LINUX](host, Want(ALL))
    READERS[System.LINUX](host, Want(ALL, cursor=first.cursor))
    assert [call for call in host.asked if "--cursor=s=1;i=4" in call]


def test_no_place_for_crashes(tmp_path: Path) -> None:
    """A machine that keeps no crashes is told from one without any."""
    with pytest.raises(UnsupportedError, match="no-crash-records"):
        read(machine(tmp_path))


@pytest.mark.parametrize(
    "cursor", [b"", b"[]", b'{"core":-1,"journal":"a b"}', b"\xff"]
)
def test_junk_for_a_cursor(cursor: bytes) -> None:
    """A damaged cursor is that of a first pass."""
    assert write_cursor(parse_cursor(cursor)) == b'{"journal":"","core":0,"report":0}'


def test_windows_is_asked_for_crashes_alone(tmp_path: Path) -> None:
    """Windows is asked for three events after the last record, and for no words."""
    facts = {
        "events": {"Application": (crash_event(9, "Application Hang", 1002, "a"),)}
    }
    host = recorded_host(Example(System.WINDOWS, "", (), facts=facts), tmp_path)
    first = READERS[System.WINDOWS](host, Want(ALL))
    second = READERS[System.WINDOWS](host, Want(ALL, cursor=first.cursor))
    assert [programs(first), programs(second)] == [["a"], []]
    assert set(host.asked) == {"Application messages=False"}
    assert host.queries[1] == (
        "*[System[EventRecordID > 9 and "
        "((Provider[@Name='Application Error'] and EventID=1000) or "
        "(Provider[@Name='Windows Error Reporting'] and EventID=1001) or "
        "(Provider[@Name='Application Hang'] and EventID=1002))]]"
    )


def test_no_log_and_no_archive(tmp_path: Path) -> None:
    """Where Windows has neither, the reader says why the log could not be read."""
    host = recorded_host(Example(System.WINDOWS, "", ()), tmp_path)
    with pytest.raises(UnsupportedError, match="no-event-log"):
        READERS[System.WINDOWS](host, Want(ALL))


def test_a_name_cannot_end_a_query() -> None:
    """A name that could end a text of the query asks for everything instead."""
    assert events_query(7, [EventKind("x'] or *[y", 1)]) == (
        "*[System[EventRecordID > 7]]"
    )
    assert events_query(None, [EventKind("", 1)] * 11) == "*"
    assert events_query(None, [EventKind("", 1), EventKind()]) == "*"
