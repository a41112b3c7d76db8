# SPDX-License-Identifier: Apache-2.0
"""Commands in odd places: files of another kind, absurd numbers, closed streams.

Rules: real files and real programs; each oddity is one sentence and its code.
Not here: what commands do otherwise (`test_commands_server.py`).
"""

import io
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from authority_acts import NOW, URL

from policies import preset
from server import __main__ as program
from server.commands import serve
from server.layout import Layout


def ran(shell: str, program_line: str) -> subprocess.CompletedProcess[str]:
    """Run the program as a shell does that opens and closes its streams."""
    line = f"{sys.executable} -m server {program_line} {shell}"
    buffered = {**os.environ, "PYTHONUNBUFFERED": ""}
    return subprocess.run(
        ["bash", "-c", line],
        env=buffered,
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(program.__file__).parents[1],
    )


def in_the_way(layout: Layout, name: str) -> None:
    """Put a directory where a file is expected: nobody can open it, not even root."""
    path = layout.directory / name
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("store/store.sqlite", ["token"]),
        ("keyring/keyring.sqlite", ["keyring", "list"]),
        ("ledger/ledger.sqlite", ["token"]),
        ("authority/statements.sqlite", ["token"]),
    ],
)
def test_a_database_that_cannot_be_opened_is_told(
    layout: Layout, capsys: pytest.CaptureFixture[str], name: str, command: list[str]
) -> None:
    """It is named, with what to do, and the code is that of a file's state."""
    in_the_way(layout, name)
    assert program.main(command) == 7
    assert name in capsys.readouterr().err


def test_a_round_that_fails_is_told_and_tried_again(
    layout: Layout, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever goes wrong in a round of `serve`, the next one comes."""
    assert 0 < serve.one_round(layout, NOW) <= serve.ROUND_SECONDS
    assert capsys.readouterr().err == ""
    in_the_way(layout, "gate/roots/0001.cbor")
    assert serve.one_round(layout, NOW) == serve.ROUND_SECONDS
    told = capsys.readouterr().err
    assert "not brought up to date" in told
    assert told.count("\n") == 1


def test_a_certificate_is_renewed_while_it_serves(
    layout: Layout, capsys: pytest.CaptureFixture[str]
) -> None:
    """A round makes a new one where the one there is has no use any more."""
    pair = layout.gate / "tls.pem"
    pair.write_text("damaged")
    assert serve.one_round(layout, NOW) <= serve.ROUND_SECONDS
    assert "BEGIN CERTIFICATE" in pair.read_text()
    assert capsys.readouterr().err == (
        "discreet-server: made a new TLS certificate for the gate\n"
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ["serve", "--connections", "0"],
        ["serve", "--connections", "65537"],
        ["serve", "--connections", "many"],
        ["serve", "--device-day-bytes", "3MiB"],
        ["serve", "--device-day-bytes", "20000000"],
        ["serve", "--tenant-day-bytes", "1025TiB"],
        ["serve", "--tenant-day-bytes", "20 GiB"],
        ["serve", "--port", "65536"],
        ["serve", "--port", "-1"],
        ["serve", "--port", "9" * 5000],
        ["ledger", "show", "--after", "-1"],
        ["ledger", "show", "--after", str(2**63)],
    ],
)
def test_absurd_numbers_are_told(
    layout: Layout, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    """A number that no port and no entry has is a wrong flag, not a failure."""
    assert layout.configuration.exists()
    assert program.main(arguments) == 2
    assert "unexpectedly" not in capsys.readouterr().err


def test_init_takes_a_policy_from_a_pipe(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What can be read only once is read only once."""
    source = io.TextIOWrapper(io.BytesIO(preset("minimal")))
    monkeypatch.setattr(sys, "stdin", source)
    where = ["--directory", str(tmp_path / "collector")]
    arguments = ["init", "--tenant", "Acme", "--url", URL, "--policy", "-"]
    assert program.main([*where, *arguments]) == 0
    assert "minimal, version 1" in capsys.readouterr().out


@pytest.mark.slow
@pytest.mark.parametrize(
    ("shell", "line", "code"),
    [
        (">&-", "device list", 0),
        ("<&- >&- 2>&-", "policy check nonesuch", 2),
        ("2>&-", "policy check nonesuch", 2),
        ("> /dev/full", "device list", 7),
        ("> >(exec true); exit $?", "device list", 0),
        ("> /dev/full", "policy check /dev/null", 2),
    ],
)
def test_closed_streams_break_nothing(
    layout: Layout, shell: str, line: str, code: int
) -> None:
    """Without a stream, or with one that takes nothing, there is still no traceback."""
    done = ran(shell, f"--directory {layout.directory} {line}")
    assert (done.returncode, "Traceback" in done.stderr) == (code, False)
    assert "Exception ignored" not in done.stderr


@pytest.mark.slow
def test_no_command_leaves_a_core_dump(layout: Layout) -> None:
    """Whatever holds a key cannot be written to a disk by a crash, nor piped away."""
    script = (
        "import resource, sys; from server.__main__ import main\n"
        "main(sys.argv[1:]); print(resource.getrlimit(resource.RLIMIT_CORE))"
    )
    _, hard = resource.getrlimit(resource.RLIMIT_CORE)
    done = subprocess.run(
        [sys.executable, "-c", script, "--directory", layout.directory, "token"],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(program.__file__).parents[1],
    )
    limit = 0 if hard == 0 else 1
    assert done.stdout.splitlines()[-1] == str((limit, limit))
