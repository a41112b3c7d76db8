# SPDX-License-Identifier: Apache-2.0
"""Tests that the units of updates fit each other, the code, and their few rights.

Rules: what a unit starts is there; what a unit watches is what the code writes.
Not here: a machine that systemd runs (`tests/packaging`).
"""

import re
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest

from agent.__main__ import COMMANDS
from agent.host.access import DEFAULT_INSTALLER, DEFAULT_STATE
from agent.state import State
from agent.updates import handover
from agent.updates.installing import BACK
from server.layout import Layout

LINUX = Path(__file__).parents[2] / "packaging/linux"
AGENT = ("update.service", "update.timer", "install.service", "install.path")
UNITS = [
    *(f"discreet-agent-{name}" for name in (*AGENT, "rollback.service")),
    *(f"discreet-server-timestamp.{kind}" for kind in ("service", "timer")),
]


def settings(name: str) -> list[tuple[str, str]]:
    """Return the settings of a unit, in their order."""
    text = (LINUX / name).read_text()
    return re.findall(r"^(\w+)=(.*)$", text, re.MULTILINE)


def test_units_start_what_there_is() -> None:
    """Each unit starts a command or a program of this release, by its own Python."""
    (look,) = (v for k, v in settings(UNITS[0]) if k == "ExecStart")
    assert look.endswith(" -I -m agent update")
    assert "update" in COMMANDS
    (install,) = (
        v for k, v in settings("discreet-agent-install.service") if k == "ExecStart"
    )
    assert find_spec(install.rpartition(" ")[2]) is not None
    (fresh,) = (
        v for k, v in settings("discreet-server-timestamp.service") if k == "ExecStart"
    )
    assert fresh.endswith(" -I -m server release timestamp")


def test_units_watch_what_the_code_writes() -> None:
    """The handover starts the installer; the way back looks where that keeps it."""
    path = dict(settings("discreet-agent-install.path"))
    assert path["PathChanged"] == str(State(DEFAULT_STATE).update / handover.READY)
    rollback = dict(settings("discreet-agent-rollback.service"))
    assert rollback["ConditionPathExists"] == str(DEFAULT_INSTALLER / handover.TRIAL)
    assert rollback["ExecStart"].endswith(f" {DEFAULT_INSTALLER / BACK}")
    install = dict(settings("discreet-agent-install.service"))
    assert install["StateDirectory"] == DEFAULT_INSTALLER.name
    assert install["OnFailure"] == "discreet-agent-rollback.service"
    keys = Layout(Path("/var/lib/discreet-server")).update_keys
    fresh = dict(settings("discreet-server-timestamp.service"))
    assert fresh["ConditionPathExists"] == str(keys)


def test_who_looks_is_not_who_installs() -> None:
    """What speaks to the network has no rights; what has rights has no network."""
    look = dict(settings("discreet-agent-update.service"))
    assert (look["User"], look["CapabilityBoundingSet"]) == ("discreet-agent", "")
    assert look["NoNewPrivileges"] == "yes"
    install = dict(settings("discreet-agent-install.service"))
    assert "User" not in install
    assert install["PrivateNetwork"] == "yes"


@pytest.mark.slow
@pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="there is no systemd here"
)
def test_systemd_takes_the_units() -> None:
    """Systemd knows each setting of them."""
    done = subprocess.run(
        ["systemd-analyze", "verify", *(str(LINUX / name) for name in UNITS)],
        check=False,
        capture_output=True,
        text=True,
    )
    unknown = r"^.*(?:Unknown|Failed to parse|Invalid).*$"
    assert re.findall(unknown, done.stderr, re.MULTILINE) == []
