# SPDX-License-Identifier: Apache-2.0
"""Scheduled tasks: what Examples cannot show.

Rules: recorded trees; no host of this machine.
Not here: the forms of the files (`tests/property/test_parsers_tasks.py`).
"""

from pathlib import Path

import pytest

from agent.budget import CRONTAB_BYTES
from agent.collectors import scheduled_tasks
from agent.collectors._examples.scheduled_tasks import PEOPLE, TIMERS
from agent.errors import UnsupportedError
from agent.host.linux import LinuxHost
from agent.rows import Want
from tests.host_fixture import EVERY_ROOT_COLUMN, recorded_host, write_tree

ALL = frozenset(column.name for column in scheduled_tasks.DATASET.columns)


def test_without_root_the_tables_of_people_are_counted(tmp_path: Path) -> None:
    """Tables that are not ours to read are no rows, and no silence."""
    write_tree(tmp_path, PEOPLE.files)
    host = LinuxHost(str(tmp_path), allowed=EVERY_ROOT_COLUMN, facts={"euid": 65_534})
    reading = scheduled_tasks.read_linux(host, Want(ALL))
    assert (len(reading.rows), reading.skipped) == (0, 2)


def test_a_machine_without_a_scheduler_says_so(tmp_path: Path) -> None:
    """Where nothing could start a task, the outcome is no empty list."""
    with pytest.raises(UnsupportedError) as problem:
        scheduled_tasks.read_linux(LinuxHost(str(tmp_path)), Want(ALL))
    assert problem.value.reason == "no-scheduler"


def test_a_scheduler_with_nothing_to_do(tmp_path: Path) -> None:
    """Where a scheduler has no task, there are none, and that is what is said."""
    write_tree(tmp_path, {"/etc/crontab": b"# nothing\n", "/etc/cron.d/": b""})
    reading = scheduled_tasks.read_linux(LinuxHost(str(tmp_path)), Want(ALL))
    assert (len(reading.rows), reading.skipped) == (0, 0)


def test_a_huge_table_keeps_the_others(tmp_path: Path) -> None:
    """A file in cron.d that is no table of cron costs nothing and hides nothing."""
    line = b"* * * * * root true\n"
    files = {
        "/etc/cron.d/a": line * (CRONTAB_BYTES // len(line) + 1),
        "/etc/cron.d/b": line,
    }
    write_tree(tmp_path, files)
    reading = scheduled_tasks.read_linux(LinuxHost(str(tmp_path)), Want(ALL))
    assert [row.value("name") for row in reading.rows] == ["/etc/cron.d/b"]
    assert reading.skipped == 1


def test_services_are_read_for_their_program_only(tmp_path: Path) -> None:
    """Who wants names alone has no unit, no stamp and no account list opened."""
    host = recorded_host(TIMERS, tmp_path)
    scheduled_tasks.read_linux(host, Want(frozenset({"name", "kind"})))
    opened = [path for path in host.asked if path.endswith((".service", ".timer"))]
    assert opened == []
    assert "/etc/passwd" not in host.asked
    assert not any("stamp-" in path for path in host.asked)


def test_secrets_of_commands_are_in_no_row(tmp_path: Path) -> None:
    """Arguments and assignments of a job are in no value, whatever is asked."""
    host = recorded_host(PEOPLE, tmp_path)
    reading = scheduled_tasks.read_linux(host, Want(ALL))
    told = str([row.value(name) for row in reading.rows for name in ALL])
    assert not any(word in told for word in ("hunter2", "TOKEN", "SECRET", "words"))
