# SPDX-License-Identifier: Apache-2.0
"""Event logs: times, cursors and what the journal is asked.

Rules: recorded machines only.
Not here: following files (`test_tail.py`), named events (`test_event_selection.py`).
"""

from datetime import UTC
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.budget import LOG_ALIKE_ROWS
from agent.collectors._linux.journal import parse_entry
from agent.collectors._linux.log_lines import parse_cursor, parse_line, write_cursor
from agent.collectors._shared.clock import Clock
from agent.collectors._shared.entries import program_name
from agent.collectors._windows.events import read_windows
from agent.collectors.event_logs import DATASET, read_linux
from agent.errors import UnsupportedError
from agent.rows import Example, Want
from tests.host_fixture import recorded_host
from wire.catalogue import System

ALL = frozenset(column.name for column in DATASET.columns)
NOW = 1_767_225_600.0  # 2026-01-01T00:00:00Z
ENTRY = b'{"__CURSOR":"s=1;i=%d","MESSAGE":"m%d"}\n'
JOURNAL = {"/var/log/journal/0/system.journal": b""}


def machine(root: Path, **parts: object) -> Example:
    """Return an Example of this system."""
    del root
    return Example(System.LINUX, "", (), **parts)  # type: ignore[arg-type]  # passed on


@pytest.mark.parametrize(
    ("stamp", "expected"),
    [
        (b"Dec 31 23:59:59", 1767225599),
        (b"Jan  1 00:00:01", 1767225601),
        (b"Mar  1 12:00:00", 1740830400),
        (b"2025-11-24T02:01:01.5+01:00", 1763946061),
        (b"2025-11-24 01:01:01", 1763946061),
        (b"Feb 30 99:00:00", None),
        (b"2025-13-01 00:00:00", None),
    ],
)
def test_times(stamp: bytes, expected: int | None) -> None:
    """A time without a year is the last that fits; what is no time is none."""
    assert Clock(UTC, NOW).seconds(stamp) == expected


def test_summer_and_winter() -> None:
    """A local time is read with the offset of its own day."""
    clock = Clock(ZoneInfo("Europe/Zurich"), NOW)
    assert clock.seconds(b"2025-07-01 02:00:00") == 1751328000
    assert clock.seconds(b"2025-12-01 01:00:00") == 1764547200


@given(st.binary(max_size=40))
def test_no_time_raises(stamp: bytes) -> None:
    """Any bytes are a time or none."""
    found = Clock(UTC, NOW).seconds(stamp)
    assert found is None or isinstance(found, int)


@given(st.binary(max_size=200))
def test_no_line_raises(raw: bytes) -> None:
    """Any line has a message."""
    assert isinstance(parse_line(raw, Clock(UTC, NOW))["message"], str)


@given(st.binary(max_size=200))
def test_no_entry_raises(raw: bytes) -> None:
    """Any bytes are a journal entry or none."""
    found = parse_entry(raw)
    assert found is None or found[1]


@pytest.mark.parametrize("depth", [100_000])
def test_deep_entry(depth: int) -> None:
    """An entry nested without end is none, not a crash."""
    assert parse_entry(b"[" * depth) is None


@given(st.binary(max_size=100))
def test_no_cursor_raises(cursor: bytes) -> None:
    """Any bytes are a cursor, a damaged one that of a first pass."""
    journal, files = parse_cursor(cursor)
    assert parse_cursor(write_cursor(journal, files)) == (journal, files)


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("sshd", "sshd"),
        ("user@1000.service", "user"),
        ("Ada Lovelace", None),
        ("$(id)", None),
        ("", None),
    ],
)
def test_program_name(tag: str, expected: str | None) -> None:
    """Only what looks like a program's name is taken for one."""
    assert program_name(tag) == expected


def test_journal_is_not_asked_for_messages(tmp_path: Path) -> None:
    """Where the message is not wanted, journalctl is not asked for it."""
    host = recorded_host(machine(tmp_path, files=JOURNAL), tmp_path)
    want = Want(frozenset({"timestamp", "severity_number"}))
    with pytest.raises(Exception, match="program-not-installed"):
        read_linux(host, want)
    (call,) = (call for call in host.asked if "journalctl" in call)
    assert "--output-fields=PRIORITY " in call
    assert "MESSAGE" not in call


def test_journal_goes_on(tmp_path: Path) -> None:
    """The second pass asks for what is after the last entry of the first."""
    example = machine(
        tmp_path,
        files=JOURNAL,
        programs={"journalctl": ENTRY % (7, 7) + ENTRY % (8, 8)},
    )
    host = recorded_host(example, tmp_path)
    first = read_linux(host, Want(ALL))
    read_linux(host, Want(ALL, cursor=first.cursor))
    calls = [call for call in host.asked if "journalctl" in call]
    assert "--cursor" not in calls[0]
    assert calls[1].endswith(" --cursor=s=1;i=8")


def test_journal_from_an_entry_on(tmp_path: Path) -> None:
    """The entry that was read last begins the answer, and is told once."""
    example = machine(
        tmp_path,
        files=JOURNAL,
        programs={"journalctl": ENTRY % (7, 7) + ENTRY % (8, 8)},
    )
    cursor = b'{"journal":"s=1;i=7"}'
    reading = read_linux(recorded_host(example, tmp_path), Want(ALL, cursor=cursor))
    assert [row.value("message") for row in reading.rows] == ["m8"]
    assert reading.skipped == 0


def test_journal_whose_last_entry_is_gone(tmp_path: Path) -> None:
    """Where the entry that was read last is gone, the next ones are told, and a gap."""
    example = machine(
        tmp_path,
        files=JOURNAL,
        programs={"journalctl": ENTRY % (7, 7) + ENTRY % (8, 8)},
    )
    cursor = b'{"journal":"s=1;i=5"}'
    reading = read_linux(recorded_host(example, tmp_path), Want(ALL, cursor=cursor))
    assert [row.value("message") for row in reading.rows] == ["m7", "m8"]
    assert reading.skipped == 1


def test_cursor_is_no_argument(tmp_path: Path) -> None:
    """A forged journal cursor never reaches journalctl."""
    example = machine(tmp_path, files=JOURNAL, programs={"journalctl": b""})
    host = recorded_host(example, tmp_path)
    read_linux(host, Want(ALL, cursor=b'{"journal":"s=1 --file=/etc/shadow"}'))
    assert not any("shadow" in call for call in host.asked)


def test_files_only_without_journal(tmp_path: Path) -> None:
    """Where the journal is read, syslog's copy of it is not."""
    example = machine(
        tmp_path,
        files={**JOURNAL, "/var/log/syslog": b"x\n", "/var/log/dpkg.log": b"y\n"},
        programs={"journalctl": b""},
    )
    host = recorded_host(example, tmp_path)
    reading = read_linux(host, Want(ALL))
    assert [row.value("log.source") for row in reading.rows] == ["/var/log/dpkg.log"]
    assert "/var/log/syslog" not in host.asked


def test_no_logs(tmp_path: Path) -> None:
    """A machine without logs says that it has none."""
    host = recorded_host(machine(tmp_path), tmp_path)
    with pytest.raises(UnsupportedError):
        read_linux(host, Want(ALL))


def test_two_passes(tmp_path: Path) -> None:
    """With the cursor of the first pass the second returns new lines alone."""
    example = machine(tmp_path, files={"/var/log/messages": b"one\ntwo\n"})
    host = recorded_host(example, tmp_path)
    first = read_linux(host, Want(ALL))
    with (tmp_path / "var/log/messages").open("ab") as file:
        file.write(b"three\n")
    second = read_linux(host, Want(ALL, cursor=first.cursor))
    messages = [row.value("message") for row in (*first.rows, *second.rows)]
    assert messages == ["one", "two", "three"]


def flood(count: int) -> bytes:
    """Return so many entries of one kind, and one of another."""
    entries = b"".join(
        ENTRY.replace(b"}", b',"SYSLOG_IDENTIFIER":"sshd"}') % (n, n)
        for n in range(count)
    )
    return entries + ENTRY % (count, count)


def test_a_flood_yields_its_number(tmp_path: Path) -> None:
    """Of one kind so many carry text; the further ones are one row and its number."""
    programs = {"journalctl": flood(LOG_ALIKE_ROWS + 88)}
    host = recorded_host(machine(tmp_path, files=JOURNAL, programs=programs), tmp_path)
    reading = read_linux(host, Want(ALL))
    *with_text, last = reading.rows
    assert len(with_text) == LOG_ALIKE_ROWS + 1
    assert all(row.value("message") for row in with_text)
    assert all(row.value("count") is None for row in with_text)
    assert (last.value("service.name"), last.value("count")) == ("sshd", 88)
    assert last.value("message") is None
    assert reading.skipped == 0


def test_a_flood_without_its_number_is_a_gap(tmp_path: Path) -> None:
    """Where a policy does not want the number, the further ones are counted as lost."""
    programs = {"journalctl": flood(LOG_ALIKE_ROWS + 88)}
    host = recorded_host(machine(tmp_path, files=JOURNAL, programs=programs), tmp_path)
    reading = read_linux(host, Want(ALL - {"count"}))
    assert (len(reading.rows), reading.skipped) == (LOG_ALIKE_ROWS + 1, 88)


def test_a_flood_on_windows(tmp_path: Path) -> None:
    """A flood in a log of Windows yields its number as well."""
    xml = (
        "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>"
        "<EventID>7</EventID><EventRecordID>1</EventRecordID>"
        "<Channel>System</Channel></System></Event>"
    )
    events = tuple((n, xml, "words") for n in range(LOG_ALIKE_ROWS + 3))
    example = Example(System.WINDOWS, "", (), facts={"events": {"System": events}})
    reading = read_windows(recorded_host(example, tmp_path), Want(ALL))
    assert len(reading.rows) == LOG_ALIKE_ROWS + 1
    assert reading.rows[-1].value("count") == 3


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_wide_characters(tmp_path: Path, encoding: str) -> None:
    """A file of UTF-16, also a damaged one, is lines of text like any other."""
    wide = "Grüße 1\nzwei\n".encode(encoding) + b"\xd8\n\x00\xdc\n"
    example = machine(tmp_path, files={"/var/log/messages": wide})
    reading = read_linux(recorded_host(example, tmp_path), Want(ALL))
    text = "".join(str(row.value("message")) for row in reading.rows)
    assert "zwei" in text
    assert "\0" not in text
