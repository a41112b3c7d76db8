# SPDX-License-Identifier: Apache-2.0
"""Where the output of `discreet-agent` goes, and what never goes there.

Rules: the program as a person runs it; pipes, full disks and terminals are real.
Not here: mistakes (`test_cli.py`).
"""

import os
import pty
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from agent_program import call

from agent.__main__ import main
from agent.commands._tables import moment
from policies import preset

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("wrapper", "code"),
    [
        ('exec "$@" | true', 0),
        ('"$@" >/dev/full', 7),
        ('exec "$@" >&-', 0),
        ('PYTHONIOENCODING=ascii exec "$@"', 0),
        ('COLUMNS=1 exec "$@"', 0),
        ('COLUMNS=x LINES=-5 exec "$@"', 0),
    ],
)
@pytest.mark.parametrize("given", [["preview", "--rows", "1"], ["--help"]])
def test_wherever_the_output_goes(
    tmp_path: Path, given: list[str], wrapper: str, code: int
) -> None:
    """Pipes that close, full disks and poor terminals make no trace."""
    found, _, errors = call("--state", tmp_path, *given, wrapper=wrapper)
    assert found == code
    assert errors.count("\n") == (1 if code else 0), errors


@contextmanager
def terminal() -> Iterator[tuple[int, Callable[[], str]]]:
    """Give a terminal's descriptor, and what reads all that was written to it."""
    ours, theirs = pty.openpty()

    def read() -> str:
        os.close(theirs)
        parts = []
        while True:
            try:
                parts.append(os.read(ours, 65_536))
            except OSError:  # the last one has closed the other end
                return b"".join(parts).decode()

    try:
        yield theirs, read
    finally:
        os.close(ours)


def test_raw_values_are_for_terminals(tmp_path: Path) -> None:
    """What is on this machine is shown on a terminal, and nowhere else."""
    given = ["--state", str(tmp_path), "preview", "--dataset", "operating_systems"]
    with terminal() as (theirs, read):
        with subprocess.Popen(
            [sys.executable, "-m", "agent", *given],
            stdout=theirs,
            env={"PYTHONPATH": ":".join(sys.path), "COLUMNS": "20"},
        ) as shown:
            screen = read()
        assert shown.returncode == 0
    assert "on this machine" in screen
    assert "on this machine" not in call(*given)[1]


def test_a_defect_is_told_by_type_and_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error that nobody foresaw is told without its message."""
    monkeypatch.setattr(time, "time", lambda: {}["ada.lovelace"])
    before = os.umask(0o077)
    assert main(["--state", str(tmp_path), "preview"]) == 70
    os.umask(before)
    line = capsys.readouterr().err
    assert f"KeyError at {__name__}:" in line
    assert "ada" not in line
    assert line.count("\n") == 1


def test_a_crash_leaves_no_core(tmp_path: Path) -> None:
    """Where core files are on, the program turns them off before it does anything."""
    _, hard = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
    before = os.umask(0o077)
    assert main(["--state", str(tmp_path), "status"]) == 3
    os.umask(before)
    assert max(resource.getrlimit(resource.RLIMIT_CORE)) <= 1


def test_a_file_s_name_changes_no_terminal(tmp_path: Path) -> None:
    """Control characters of a policy file's name are shown as what they are."""
    path = tmp_path / "\x9b31m\x1b.toml"
    path.write_bytes(preset("minimal"))
    for more in ((), ("--json",)):
        given = ("--state", tmp_path, "explain", "host.name", "--policy", path, *more)
        code, output, _ = call(*given)
        assert code == 0
        assert output.replace("\n", "").isprintable()


@pytest.mark.parametrize("seconds", [2**63, -(2**63), 10**12])
def test_a_time_that_no_calendar_has(seconds: int) -> None:
    """A source may state any number as a time; it is shown as the number it is."""
    assert moment(seconds) == f"{seconds} s"
