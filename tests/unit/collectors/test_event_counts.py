# SPDX-License-Identifier: Apache-2.0
"""Counting events: all of them, whatever their number, and no text of any.

Rules: recorded machines only.
Not here: the events themselves (`test_event_logs.py`).
"""

from pathlib import Path

import pytest

from agent.budget import COUNT_ENTRIES, COUNT_RUNS
from agent.collectors._examples.event_counts import EXAMPLES
from agent.collectors.event_counts import DATASET, READERS
from agent.rows import Example, Want
from tests.host_fixture import recorded_host
from wire.catalogue import System

ALL = frozenset(column.name for column in DATASET.columns)
LINE = b"2025-11-24T01:01:00+00:00 web1 sshd[9]: Failed password for ada\n"
ENTRY = b'{"__CURSOR":"s=1;i=2","__REALTIME_TIMESTAMP":"1763946060000000"}\n'


def test_no_text_is_asked_for(tmp_path: Path) -> None:
    """The journal is asked for no message, whatever is wanted of the counts."""
    host = recorded_host(EXAMPLES[0], tmp_path)
    READERS[System.LINUX](host, Want(ALL))
    (call,) = (call for call in host.asked if "journalctl" in call)
    assert "--output-fields=MESSAGE_ID,PRIORITY,SYSLOG_IDENTIFIER " in call


def test_no_words_are_made(tmp_path: Path) -> None:
    """Windows is not asked to make messages."""
    host = recorded_host(EXAMPLES[2], tmp_path)
    READERS[System.WINDOWS](host, Want(ALL))
    assert set(host.asked) == {
        "Application messages=False",
        "Setup messages=False",
        "System messages=False",
    }


@pytest.mark.slow
def test_a_flood_in_a_file_is_one_row(tmp_path: Path) -> None:
    """A flood of 150,000 lines, more than one read of the file, is counted at once."""
    files = {"/var/log/auth.log": b""}
    host = recorded_host(Example(System.LINUX, "", (), files=files), tmp_path)
    first = READERS[System.LINUX](host, Want(ALL))
    (tmp_path / "var/log/auth.log").write_bytes(LINE * 150_000)
    second = READERS[System.LINUX](host, Want(ALL, cursor=first.cursor))
    assert [row.value("count") for row in second.rows] == [150_000]
    assert (second.skipped, second.truncated) == (0, False)
    assert READERS[System.LINUX](host, Want(ALL, cursor=second.cursor)).rows == []


@pytest.mark.slow
def test_a_flood_in_the_journal_is_bounded(tmp_path: Path) -> None:
    """A journal that never ends stops the pass after its runs, and says so."""
    example = Example(
        System.LINUX,
        "",
        (),
        files={"/var/log/journal/0/system.journal": b""},
        programs={"journalctl": ENTRY * (COUNT_ENTRIES + 1)},
    )
    host = recorded_host(example, tmp_path)
    reading = READERS[System.LINUX](host, Want(ALL))
    assert [row.value("count") for row in reading.rows] == [COUNT_ENTRIES * COUNT_RUNS]
    assert reading.truncated


def test_kinds_without_room_are_counted_as_lost(tmp_path: Path) -> None:
    """Where there are more kinds than rows, the events of the others are a gap."""
    lines = b"".join(LINE.replace(b"sshd", b"p%d" % number) for number in range(5))
    example = Example(System.LINUX, "", (), files={"/var/log/syslog": lines})
    reading = READERS[System.LINUX](recorded_host(example, tmp_path), Want(ALL, rows=3))
    assert (len(reading.rows), reading.skipped) == (3, 2)
