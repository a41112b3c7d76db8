# SPDX-License-Identifier: Apache-2.0
"""The units that packages ship, as systemd itself judges them.

Rules: systemd's own programs, without a running systemd.
Not here: that services work under them (the tests of installed packages).
"""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from service.contract import Part
from service.units import units

UNITS = Path(__file__).parents[2] / "packaging" / "linux"
ANALYZE = shutil.which("systemd-analyze")
MOST = 2.0
"""Exposure, from 0 to 10."""
CHANGES = {"discreet-agent-install.service", "discreet-agent-rollback.service"}
"""They install an update, or put one back: that changes the system, as root."""
SERVICES = sorted(
    path.name for path in UNITS.glob("*.service") if path.name not in CHANGES
)
BOUNDS = {
    "NoNewPrivileges": "yes",
    "ProtectSystem": "strict",
    "PrivateTmp": "yes",
    "MemorySwapMax": "0",
    **dict.fromkeys(("MemoryMax", "CPUQuota", "TasksMax"), r"\d+[MG%]?"),
    "RestrictAddressFamilies": r"[\w -]+",
    "(StateDirectory|ReadWritePaths)": r"[\w /-]+",
    "SystemCallFilter": "@system-service",
}
"""Settings of which the count knows few, and what each must say."""
pytestmark = [
    pytest.mark.packaging,
    pytest.mark.skipif(ANALYZE is None, reason="systemd-analyze is not installed"),
]


@pytest.mark.slow
@pytest.mark.parametrize("name", SERVICES)
def test_a_unit_exposes_little(name: str) -> None:
    """By systemd's own count no service of ours is exposed above the threshold."""
    done = subprocess.run(
        [ANALYZE or "", "security", "--offline=true", "--no-pager", UNITS / name],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    found = re.search(r"Overall exposure level for \S+: ([\d.]+)", done.stdout)
    assert found is not None
    assert float(found[1]) <= MOST


@pytest.mark.parametrize("name", SERVICES)
def test_a_unit_says_what_it_may_take(name: str) -> None:
    """Memory, time, tasks, calls and places are bounded in each."""
    said = (UNITS / name).read_text()
    lacks = {
        setting
        for setting, value in BOUNDS.items()
        if re.search(rf"^{setting}={value}$", said, re.MULTILINE) is None
    }
    assert lacks == set()


@pytest.mark.slow
@pytest.mark.parametrize("part", Part)
def test_systemd_knows_every_word_of_a_unit(part: Part, tmp_path: Path) -> None:
    """No unit has a setting that systemd does not know, which it would pass over."""
    known = units(part)
    for name, text in known.texts(Path("/bin/true")).items():
        (tmp_path / name).write_text(text)
    done = subprocess.run(
        [ANALYZE or "", "verify", "--man=no", *(tmp_path / one for one in known.names)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "Unknown" not in done.stderr
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_systemd_knows_every_word_of_a_sessions_unit() -> None:
    """What each person's own systemd runs has no setting that it would pass over."""
    found = sorted((UNITS / "user").iterdir())
    done = subprocess.run(
        [ANALYZE or "", "--user", "verify", "--man=no", *found],
        env={**os.environ, "XDG_RUNTIME_DIR": "/run"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    ours = [line for line in done.stderr.splitlines() if "discreet" in line]
    assert [line for line in ours if "is not executable" not in line] == []
