# SPDX-License-Identifier: Apache-2.0
"""A PKCS#11 token of its own for a test: a real SoftHSM2 in a directory.

Rules: nothing of the machine's own tokens is touched; without the program the test is
skipped and says so.
Not here: what is locked with it (`test_keyring_token.py`).
"""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

MODULE = Path("/usr/lib/softhsm/libsofthsm2.so")
LABEL = "discreet-test"
PIN = "1234-5678"


@dataclass(frozen=True)
class SoftToken:
    """A token, as config.toml names it."""

    directory: Path

    @property
    def pin_file(self) -> Path:
        """Return the file with the PIN."""
        return self.directory / "pin"

    @property
    def environment(self) -> dict[str, str]:
        """Return what a process needs to find the token."""
        return {**os.environ, "SOFTHSM2_CONF": str(self.directory / "softhsm2.conf")}

    def run(self, script: str, *words: str) -> str:
        """Run Python in a process of its own: one process has one SoftHSM at most."""
        done = subprocess.run(
            [sys.executable, "-c", script, *words],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


def soft_token(directory: Path) -> SoftToken:
    """Make a token."""
    if shutil.which("softhsm2-util") is None or not MODULE.exists():
        pytest.skip("softhsm2 is not installed: packaging/prepare-tests installs it")
    made = SoftToken(directory)
    (directory / "tokens").mkdir(parents=True)
    (directory / "softhsm2.conf").write_text(
        f"directories.tokendir = {directory / 'tokens'}\nobjectstore.backend = file\n"
    )
    made.pin_file.write_text(PIN + "\n")
    made.pin_file.chmod(0o600)
    subprocess.run(
        [
            *("softhsm2-util", "--init-token", "--free", "--label", LABEL),
            *("--pin", PIN, "--so-pin", "0000-0000"),
        ],
        env=made.environment,
        capture_output=True,
        check=True,
        timeout=60,
    )
    return made
