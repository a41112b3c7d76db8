# SPDX-License-Identifier: Apache-2.0
"""Parsers of tasks and groups: any bytes give values, never an exception.

Rules: bytes in, values out; no host.
Not here: readers on recorded machines (`tests/contract/test_collectors.py`).
"""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.collectors import group_members, scheduled_tasks
from agent.collectors._linux.timers import template
from agent.collectors._linux.unit_files import parse_unit
from agent.host.command_name import (
    program_of_command,
    program_of_path,
    program_of_start,
)
from agent.host.crontabs import parse_at, parse_crontab

PARSERS: dict[str, Callable[[bytes], object]] = {
    "crontab": lambda data: list(parse_crontab(data, users=True)),
    "a person's crontab": lambda data: list(parse_crontab(data, users=False)),
    "a job": lambda data: list(parse_crontab(b"* * * * * " + data, users=True)),
    "anacrontab": lambda data: list(scheduled_tasks.parse_anacrontab(data)),
    "at": lambda data: parse_at(data.decode("latin-1")),
    "template": lambda data: template(data.decode("latin-1")),
    "unit": lambda data: list(parse_unit(b"[Timer]\n" + data, "Timer")),
}
NAMES: tuple[Callable[[str], str | None], ...] = (
    program_of_command,
    program_of_path,
    program_of_start,
)
NUMBERS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text())


@pytest.mark.parametrize("name", PARSERS)
@given(data=st.binary(max_size=400))
def test_any_bytes(name: str, data: bytes) -> None:
    """Any bytes give values, or none."""
    PARSERS[name](data)


@pytest.mark.parametrize("parse", NAMES)
@given(command=st.text(max_size=200))
def test_a_program_is_one_name(
    parse: Callable[[str], str | None], command: str
) -> None:
    """Of any command there leaves one short name without a folder, or nothing."""
    name = parse(command)
    if name is not None:
        assert 0 < len(name) <= 64
        assert not set(name) & set("/\\=\"'`$;&|<>\n\0")


@pytest.mark.parametrize("parse", NAMES)
@given(
    program=st.sampled_from(("/usr/bin/tool.exe", "tool.exe", "C:\\Apps\\tool.exe")),
    arguments=st.text(alphabet="hunter2 =-/\\'\"$", max_size=40),
)
def test_no_argument_leaves(
    parse: Callable[[str], str | None], program: str, arguments: str
) -> None:
    """What follows a program is never part of its name."""
    name = parse(f"{program} {arguments}")
    assert name in {"tool.exe", None}


@given(
    row=st.dictionaries(
        st.sampled_from(("enabled", "last_run", "name", "program", "triggers")),
        NUMBERS,
    )
)
def test_any_row_of_windows(row: dict[str, object]) -> None:
    """Any row of the Task Scheduler gives values of the columns' types."""
    values = scheduled_tasks.parse_task(row)  # type: ignore[arg-type]  # junk
    assert isinstance(values["name"], str | None)
    assert isinstance(values["enabled"], bool | None)
    assert values["last_run"] is None or type(values["last_run"]) is int


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("/usr/bin/backup.sh --password hunter2", "backup.sh"),
        ("A=1 B=2 $HOME/bin/run x", "run"),
        ('A="one two" run', None),
        ("cd /srv&&./run", "cd"),
        ("'/opt/x/y' z", "y"),
        ("'/opt/x y/z' w", None),
        ("[ -x /bin/a ] && /bin/a", None),
        ("A=1", None),
        ("", None),
    ],
)
def test_program_of_command(command: str, expected: str | None) -> None:
    """The program of a shell's command is told where it is clear, else nothing."""
    assert program_of_command(command) == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("C:\\Program Files\\App One\\app one.exe", "app one.exe"),
        ('"C:\\Program Files\\App\\app.exe" /key:hunter2', "app.exe"),
        ("%windir%\\system32\\rundll32.exe", "rundll32.exe"),
        ("cmd.exe /c type secret.txt", "cmd.exe"),
        ("powershell -Password hunter2", "powershell"),
        ("C:\\tools\\run.cmd hunter2.exe", "run.cmd"),
        ("C:\\Users\\Ada Lovelace\\tool", None),
        ("C:\\Users\\ada\\private plans\\x.unknown", None),
        ("", None),
    ],
)
def test_program_of_path(path: str, expected: str | None) -> None:
    """The program of a Windows path is told, though arguments follow it."""
    assert program_of_path(path) == expected


@given(data=st.binary(max_size=400))
def test_any_accounts(data: bytes) -> None:
    """Any bytes give accounts whose numbers fit."""
    for account in group_members.parse_accounts(data).values():
        assert 0 <= account.identifier < 2**63


@given(
    row=st.dictionaries(
        st.sampled_from(("domain", "group", "group_sid", "member_sid", "usage")),
        st.one_of(NUMBERS, st.sampled_from(("S-1-5-21-1", "S-1-5-32-544", "-"))),
    )
)
def test_any_member_of_windows(row: dict[str, object]) -> None:
    """Any row of a group gives values of the columns' types."""
    values = group_members.parse_member(row)  # type: ignore[arg-type]  # junk
    assert isinstance(values.pop("privileged"), bool | None)
    assert all(isinstance(value, str | None) for value in values.values())
