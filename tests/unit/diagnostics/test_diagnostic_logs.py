# SPDX-License-Identifier: Apache-2.0
"""What of a log an order gets: a stretch of time, named events, no more than asked.

Not here: what every diagnostic promises (`tests/contract/test_diagnostics.py`).
"""

from dataclasses import replace
from pathlib import Path

import pytest

from agent.budget import LOG_PASS_BYTES
from agent.diagnostics import Case, checked, source
from agent.diagnostics._shared.log_window import Log, Window, events_of
from agent.diagnostics.service_state import of_unit
from agent.errors import NotFoundError, UnsupportedError
from agent.host.linux import LinuxHost
from agent.rows import Want
from tests.diagnostic_fixture import columns_of, read, values
from tests.host_fixture import recorded_host, write_tree
from wire.catalogue import System

NOW = 1_763_950_000
LINE = b"2025-11-24T02:%02d:%02d+00:00 web1 cron[1]: turn %d\n"
"""From 02:00 on, a line a second: 1763949600 is 02:00."""
START = 1_763_949_600


def lines(count: int) -> bytes:
    """Return so many lines of a log, one a second from START on."""
    return b"".join(LINE % (n // 60, n % 60, n) for n in range(count))


def within(folder: Path, window: Window, content: bytes) -> tuple[list[object], bool]:
    """Return the messages of a window of a log file, and whether it is cut."""
    write_tree(folder, {"/var/log/syslog": content})
    found: list[object] = []
    want = Want(frozenset({"timestamp", "message"}), now=NOW)
    host = LinuxHost(str(folder))
    cut = events_of(host, want, window, lambda event: found.append(event[0]["message"]))
    return found, cut


def test_only_the_stretch_is_told(tmp_path: Path) -> None:
    """Of a file only what was written between the two seconds, both included."""
    window = Window(Log.SYSTEM, START + 3, START + 5, 100)
    assert within(tmp_path, window, lines(10)) == (
        ["turn 3", "turn 4", "turn 5"],
        False,
    )


def test_more_than_is_told_is_said(tmp_path: Path) -> None:
    """Where there are more events than fit, the answer says that it is cut."""
    window = Window(Log.SYSTEM, START, START + 9, 2)
    assert within(tmp_path, window, lines(10)) == (["turn 0", "turn 1"], True)


def test_a_file_whose_end_begins_too_late_is_said(tmp_path: Path) -> None:
    """Only a file's end is read: where it begins within the stretch, that is said."""
    first, *others = lines(10).splitlines(keepends=True)
    content = first + b"x" * LOG_PASS_BYTES + b"\n" + b"".join(others)
    early = Window(Log.SYSTEM, START, START + 9, 100)
    assert within(tmp_path, early, content) == (
        [f"turn {n}" for n in range(1, 10)],
        True,
    )
    late = Window(Log.SYSTEM, START + 8, START + 9, 100)
    assert within(tmp_path, late, content) == (["turn 8", "turn 9"], False)


def test_a_log_that_is_not_there_is_unsupported(tmp_path: Path) -> None:
    """A machine without that log says so, and not that nothing happened."""
    window = Window(Log.SETUP, START, START + 9, 100)
    with pytest.raises(UnsupportedError, match="no-such-log"):
        within(tmp_path, window, lines(1))


def journal_case(name: str) -> Case:
    """Return a case of a diagnostic that asks the journal."""
    return next(
        case for case in source(name).examples if "journalctl" in case.example.programs
    )


@pytest.mark.parametrize("name", ["log_slice", "service_state"])
def test_the_journal_is_asked_for_named_events_alone(name: str, tmp_path: Path) -> None:
    """What a policy does not name is not even asked for, and becomes no row."""
    found, case = source(name), journal_case(name)
    host = recorded_host(case.example, tmp_path)
    want = Want(columns_of(case, found), now=NOW, events=("nobody/*",))
    reading = found.readers[System.LINUX](host, want, checked(found, case.given))
    assert not any(row.value("message") for row in reading.rows)
    (asked,) = [item for item in host.asked if "journalctl" in item]
    assert "SYSLOG_IDENTIFIER=nobody" in asked


@pytest.mark.parametrize("name", ["log_slice", "service_state"])
def test_a_policy_without_events_asks_no_journal(name: str, tmp_path: Path) -> None:
    """With a list of which nothing is in a journal, it is not asked at all."""
    found, case = source(name), journal_case(name)
    host = recorded_host(case.example, tmp_path)
    want = Want(columns_of(case, found), now=NOW, events=("System/7036",))
    found.readers[System.LINUX](host, want, checked(found, case.given))
    assert not any("journalctl" in item for item in host.asked)


def test_matches_are_of_one_unit() -> None:
    """Each group of matches is bound to the unit: no other service's lines come."""
    groups = ("SYSLOG_IDENTIFIER=a b", "+", "MESSAGE_ID=0f")
    mine = "_SYSTEMD_UNIT=cups.service"
    assert of_unit("cups.service", groups) == (mine, groups[0], "+", mine, groups[2])
    assert of_unit("cups.service", ()) == (mine,)


@pytest.mark.parametrize("service", ["gone", "cup", "cups.service.service", "CUPS"])
def test_a_service_that_is_not_listed_is_never_an_argument(
    service: str, tmp_path: Path
) -> None:
    """A name that the machine does not list is asked of no program."""
    found, case = source("service_state"), journal_case("service_state")
    other = replace(case, given={"service": service})
    with pytest.raises(NotFoundError, match="no-such-service"):
        read(found, other, columns_of(case, found), tmp_path)
    host = recorded_host(case.example, tmp_path)
    want = Want(columns_of(case, found), now=NOW)
    with pytest.raises(NotFoundError):
        found.readers[System.LINUX](host, want, checked(found, other.given))
    assert not any(f" {service}" in item for item in host.asked)


def test_without_a_message_nothing_is_hidden_or_made(tmp_path: Path) -> None:
    """Where no text is wanted, no field of names is asked of the journal."""
    found, case = source("log_slice"), journal_case("log_slice")
    _, host = read(found, case, frozenset({"timestamp"}), tmp_path)
    (asked,) = [item for item in host.asked if "journalctl" in item]
    assert "MESSAGE," not in asked
    assert "USER_NAME" not in asked


def test_rows_of_a_state_come_first(tmp_path: Path) -> None:
    """The service's state is the first row, its words follow."""
    found, case = source("service_state"), journal_case("service_state")
    reading, _ = read(found, case, columns_of(case, found), tmp_path)
    first, *others = [values(row) for row in reading.rows]
    assert "state" in first
    assert all("state" not in row for row in others)
