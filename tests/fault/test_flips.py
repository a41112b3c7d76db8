# SPDX-License-Identifier: Apache-2.0
"""A flipped bit in a spool or a store is harmless, or what it cost is counted.

Rules: some hundred bytes here, every byte by `make fault`; real files.
Not here: octets on the wire (`test_forgery.py`), what simulated disks lose
(`test_simulation.py`).
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.fault, pytest.mark.slow, pytest.mark.timeout(1_200)]
ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("kind", "every"),
    [
        ("spool", "401"),
        ("spool-log", "1501"),
        ("spool-moved", "3001"),
        ("store", "251"),
        ("store-log", "1501"),
    ],
)
def test_no_bit_passes_unseen(kind: str, every: str) -> None:
    """Damage stops no agent and no device, and costs no more than what it hit."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.flips", kind, "--every", every],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    told = "healed", "detected", "harmless"
    meant = told if kind == "spool-moved" else told[:2]
    assert any(f" {fate}" in done.stdout.splitlines()[-1] for fate in meant)
