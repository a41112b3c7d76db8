# SPDX-License-Identifier: Apache-2.0
"""`discreet-service` as a person runs it.

Rules: the program as a process; a machine without systemd as its first process.
Not here: a machine with it (the tests of installed packages).
"""

import subprocess
import sys
from pathlib import Path

import pytest

BOOTED = Path("/run/systemd/system").is_dir()
ALONE = pytest.mark.skipif(BOOTED, reason="systemd manages this machine")


def call(*words: str | Path) -> tuple[int, str, str]:
    """Run the program; return code, output and errors."""
    done = subprocess.run(
        [sys.executable, "-m", "service", *words],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


@ALONE
@pytest.mark.slow
@pytest.mark.parametrize("part", ["agent", "server"])
def test_without_a_manager_a_verb_says_what_to_do(part: str) -> None:
    """Where there is no service manager each verb but `run` says so, in one line."""
    code, output, errors = call(part, "status")
    assert (code, output, errors.count("\n")) == (9, "", 1)
    assert f"`discreet-service {part} run`" in errors


@pytest.mark.slow
def test_a_wrong_word_is_told_in_one_line() -> None:
    """A verb or a part that there is not is a usage error."""
    for words in (("agent", "bogus"), ("window", "start"), ()):
        code, _, errors = call(*words)
        assert (code, errors.count("\n")) == (2, 1), errors


@ALONE
@pytest.mark.slow
def test_the_part_says_why_it_cannot_start(tmp_path: Path) -> None:
    """Agent and collector end with their own codes and sentences, whose flags count."""
    code, _, errors = call("agent", "run", "--now", "--state", tmp_path)
    assert (code, errors.split(":")[0]) == (3, "discreet-agent")
    code, _, errors = call("server", "run", "--port", "1", "--directory", tmp_path)
    assert (code, errors.split(":")[0]) == (3, "discreet-server")
    assert str(tmp_path) in errors
