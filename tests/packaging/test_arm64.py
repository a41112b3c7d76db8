# SPDX-License-Identifier: Apache-2.0
"""The agent's packages for 64-bit ARM, by the recipe of all others, and that they run.

Rules: what is run is the package's own, with Debian's C library for that processor, one
instruction after another by qemu; no other kernel than this one is there.
Not here: what units and scripts do, which are the same (`test_machine.py`).
"""

import shutil
import subprocess
from pathlib import Path

import pytest
from package_fixture import built

from tools.packages.products import PROCESSORS
from tools.packages.runtime import binaries
from tools.packages.runtime_lock import fetched, newest

pytestmark = [pytest.mark.packaging, pytest.mark.timeout(900)]

QEMU = shutil.which("qemu-aarch64-static")
SYSTEM = ("libc6", "libstdc++6", "libgcc-s1")
"""What the package asks of its system."""
AARCH64 = 183
"""Its number in a header of ELF."""


def packages() -> Path:
    """Return the folder with them."""
    return built("agent", "deb", "rpm", arch="arm64")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the files of a machine that has the .deb installed."""
    folder = tmp_path_factory.mktemp("arm64")
    arm = PROCESSORS["arm64"]
    (package,) = packages().glob("*_arm64.deb")
    for one in (*fetched(arm, newest(arm, SYSTEM)), package):
        subprocess.run(["dpkg-deb", "-x", one, folder], check=True)
    return folder


def test_all_that_is_compiled_is_for_it(root: Path) -> None:
    """No library of the package is another processor's, and both kinds say whose."""
    found = binaries(root / "usr/lib/discreet-agent")
    assert len(found) > 20
    for path in found:
        assert int.from_bytes(path.read_bytes()[18:20], "little") == AARCH64, path
    (rpm,) = packages().glob("*.aarch64.rpm")
    asked = ["rpm", "-qp", "--nosignature", "--queryformat", "%{ARCH}", rpm]
    assert subprocess.check_output(asked, text=True) == "aarch64"


@pytest.mark.skipif(QEMU is None, reason="install qemu-user-static")
def test_it_reads_redacts_and_shows_a_machine(root: Path, tmp_path: Path) -> None:
    """The packaged agent makes a whole pass: readers, transforms and what it leaves."""
    assert QEMU is not None
    python = root / "usr/lib/discreet-agent/bin/python3"
    command = [QEMU, "-L", root, python, "-I", "-m", "agent"]
    shown = subprocess.run(
        [*command, "--state", tmp_path / "state", "preview"],
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert shown.returncode == 0, shown.stderr
    assert "operating_systems: 1 row" in shown.stdout
