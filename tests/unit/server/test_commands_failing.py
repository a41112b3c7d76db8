# SPDX-License-Identifier: Apache-2.0
"""What a person sees of commands that fail: one sentence, a number, no value.

Rules: errors are provoked, not raised by hand.
Not here: what commands do otherwise (`test_commands_server.py`).
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from authority_acts import NOW, URL

from server import __main__ as program
from server.authority import open_authority
from server.layout import Layout
from wire.errors import SignatureError

DOCS = Path(__file__).parents[3] / "docs"


ERRORS = [
    (["root", "renew"], 2),
    (["root", "renew", "--key", "/nonexistent"], 7),
    (["root", "renew", "--key", "/nonexistent", "--replace", "gate"], 2),
    ([], 2),
    (["bogus"], 2),
    (["--bogus"], 2),
    (["token", "--uses", "none"], 2),
    (["token", "--uses", "0"], 2),
    (["token", "--valid", "forever"], 2),
    (["token", "--valid", "31d"], 2),
    (["device"], 2),
    (["device", "revoke", "beef"], 2),
    (["policy", "check", "/nonexistent"], 2),
    (["policy", "publish", "/nonexistent"], 2),
    (["ledger", "show", "--after", "x"], 2),
    (["init", "--tenant", "Acme"], 2),
    (["init", "--tenant", "Acme", "--url", "ftp://x"], 2),
    (["init", "--tenant", "Acme", "--url", URL], 3),
    (["--directory", "/nonexistent", "token"], 3),
    (["--directory", "/nonexistent", "serve"], 3),
    (["--directory", "/nonexistent", "ledger", "verify"], 3),
    (["--directory", "/nonexistent", "device", "list"], 3),
    (["--directory", "/nonexistent", "policy", "show"], 3),
    (["--directory", "/proc/x", "init", "--tenant", "Acme", "--url", "http://x"], 2),
    (["--directory", "/proc/x", "init", "--tenant", "Acme", "--url", URL], 7),
]


@pytest.mark.parametrize(("arguments", "code"), ERRORS)
def test_errors_are_one_sentence(
    layout: Layout,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    code: int,
) -> None:
    """Every mistake is one sentence on standard error, and its code."""
    assert layout.configuration.exists()
    assert program.main(arguments) == code
    printed = capsys.readouterr()
    assert printed.out == ""
    assert re.fullmatch(r"discreet-server: [^\n]{10,}\n", printed.err), printed.err
    assert "Traceback" not in printed.err


@pytest.fixture
def damaged(layout: Layout, request: pytest.FixtureRequest) -> Layout:
    """Return an installation with one damaged file."""
    (layout.directory / request.param).write_bytes(b"nonsense " * 600)
    return layout


@pytest.mark.parametrize(
    ("damaged", "command"),
    [
        ("config.toml", ["token"]),
        ("store/store.sqlite", ["token"]),
        ("keyring/keyring.sqlite", ["policy", "publish", "minimal"]),
        ("ledger/ledger.sqlite", ["token"]),
        ("authority/statements.sqlite", ["token"]),
        ("authority/authority.der", ["token"]),
    ],
    indirect=["damaged"],
)
def test_damage_is_one_sentence(
    damaged: Layout, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """A damaged file is one sentence too, whichever it is."""
    assert damaged.configuration.exists()
    assert program.main(command) in {2, 4, 7}
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count("\n") == 1
    assert "unexpectedly" not in printed.err


def test_unforeseen_error_tells_no_value() -> None:
    """An error nobody foresaw ends in one sentence without its text."""
    code, sentence = program.told(KeyError("hunter2"))
    assert code == 1
    assert "hunter2" not in sentence
    assert "KeyError" in sentence


def test_known_errors() -> None:
    """Errors of the wire and of the system have their codes."""
    assert program.told(SignatureError("x"))[0] == 4
    assert program.told(KeyboardInterrupt())[0] == 130
    error = PermissionError(13, "Permission denied", "/x")
    assert program.told(error) == (7, "cannot use /x: Permission denied")


@pytest.mark.slow
def test_closed_pipe(layout: Layout) -> None:
    """A reader that has seen enough, such as `head`, causes no complaint."""
    with open_authority(layout) as authority:
        for _ in range(600):
            authority._ledger.add("denied", {"reason": "x" * 200}, NOW)
    command = f"{sys.executable} -m server ledger show | head -1"
    done = subprocess.run(  # noqa: S602 - a pipe is what is tested
        command,
        shell=True,
        capture_output=True,
        text=True,
        check=False,
        cwd=DOCS.parent,
        env={**os.environ},
    )
    assert done.stdout.startswith("NUMBER")
    assert done.stderr == ""
