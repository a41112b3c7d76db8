# SPDX-License-Identifier: Apache-2.0
"""What systemd is asked, and what is made of its answers.

Rules: a program stands in for systemctl, which writes down what it was asked and says
what it is told to say; units are real files.
Not here: a systemd that manages a machine (the tests of installed packages).
"""

import os
import sys
from pathlib import Path

import pytest

if sys.platform == "win32":
    pytest.skip("systemd is of Linux", allow_module_level=True)

from service.contract import (
    AbsentError,
    Condition,
    DeniedError,
    Part,
    ServiceError,
    Status,
)
from service.linux import Systemd

ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root may install")
RUNNING = """LoadState=loaded
ActiveState=active
StatusText=at work
Result=success
UnitFileState=enabled
NRestarts=2"""


class Stand:
    """A machine whose systemctl is a stand-in."""

    def __init__(self, folder: Path) -> None:
        """Put the programs into a folder."""
        self.asked = folder / "asked"
        self.says = folder / "says"
        self.folder = folder / "units"
        self.folder.mkdir()
        self.answers(RUNNING)
        program = folder / "systemctl"
        program.write_text(f'#!/bin/sh\necho "$@" >> {self.asked}\n. {self.says}\n')
        program.chmod(0o700)
        self.manager = Systemd(self.folder, (str(program), "/bin/true"))

    def answers(self, told: str, code: int = 0) -> None:
        """Say this from now on: on standard error where it is a refusal."""
        where = 2 if code else 1
        self.says.write_text(f"cat >&{where} <<'END'\n{told}\nEND\nexit {code}\n")


@pytest.fixture
def stand(tmp_path: Path) -> Stand:
    """Return a machine."""
    return Stand(tmp_path)


def test_a_service_that_runs_is_told_with_its_own_words(stand: Stand) -> None:
    """Its sentence, whether it starts with the machine, and how often it fell."""
    found = stand.manager.status(Part.AGENT)
    assert found == Status(Condition.RUNNING, "at work", at_start=True, restarts=2)


@pytest.mark.parametrize(
    ("active", "result", "condition", "words"),
    [
        ("failed", "watchdog", Condition.FAILED, "it hung and was ended"),
        ("failed", "oom-kill", Condition.FAILED, "more memory than its unit allows"),
        ("failed", "of-a-later-release", Condition.FAILED, "it could not run"),
        ("inactive", "success", Condition.STOPPED, ""),
        ("activating", "success", Condition.STARTING, ""),
    ],
)
def test_why_a_service_does_not_run(
    stand: Stand, active: str, result: str, condition: Condition, words: str
) -> None:
    """The reason in words, and where the log is."""
    stand.answers(f"LoadState=loaded\nActiveState={active}\nResult={result}")
    found = stand.manager.status(Part.AGENT)
    assert found.condition is condition
    assert words in found.detail
    assert ("journalctl -u discreet-agent" in found.detail) is bool(words)


def test_a_service_that_is_not_there_is_not_started(stand: Stand) -> None:
    """Who asks for it reads how it is installed."""
    stand.answers("LoadState=not-found\nActiveState=inactive")
    assert stand.manager.status(Part.SERVER).condition is Condition.ABSENT
    for verb in (stand.manager.start, stand.manager.stop, stand.manager.reload):
        with pytest.raises(AbsentError, match="discreet-service server install"):
            verb(Part.SERVER)


def test_what_systemd_refuses_is_one_sentence(stand: Stand) -> None:
    """Rights that lack are told as such, all else in systemd's first line."""
    stand.answers("Failed to connect to bus\nand more", 1)
    with pytest.raises(
        ServiceError, match=r"systemd refused: Failed to connect to bus$"
    ):
        stand.manager.status(Part.AGENT)
    stand.answers("Interactive authentication required.", 1)
    with pytest.raises(DeniedError, match="only root"):
        stand.manager.status(Part.AGENT)


@ROOT
def test_units_name_the_python_that_is_here(stand: Stand) -> None:
    """Over a broken unit a whole one is written, and all is started anew."""
    broken = stand.folder / "discreet-agent.service"
    broken.write_text("nonsense")
    stand.manager.install(Part.AGENT)
    assert f"ExecStart={sys.executable} -I -m service agent run" in broken.read_text()
    assert not list(stand.folder.glob("*.new"))
    asked = stand.asked.read_text().splitlines()
    names = "discreet-agent-root.socket discreet-agent-window.socket"
    assert asked[-1].endswith(f"restart {names} discreet-agent.service")
    stand.manager.remove(Part.AGENT)
    assert list(stand.folder.iterdir()) == []
