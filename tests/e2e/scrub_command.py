# SPDX-License-Identifier: Apache-2.0
"""Runs `discreet-agent scrub` in a process of its own, as a person would.

Not here: what it is asked (`test_scrub*.py`).
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = [sys.executable, "-m", "agent", "scrub"]
ENVIRONMENT = {"PYTHONPATH": str(ROOT), "DISCREET_AGENT_DIR": "/nowhere/at/all"}


def scrub(text: bytes, *arguments: str | Path) -> subprocess.CompletedProcess[bytes]:
    """Run the program over some bytes."""
    return subprocess.run(
        [*PROGRAM, *arguments],
        input=text,
        capture_output=True,
        timeout=120,
        check=False,
        env=ENVIRONMENT,
    )


def refused(*arguments: str | Path) -> str:
    """Return the one sentence with which wrong arguments are refused."""
    done = scrub(b"user=eve\n", *arguments)
    errors = done.stderr.decode()
    assert (done.returncode, done.stdout, errors.count("\n")) == (2, b"", 1), errors
    return errors
