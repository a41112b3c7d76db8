# SPDX-License-Identifier: Apache-2.0
"""Redaction's own tests pass on the engines that stand in where a wheel is missing.

Rules: the same tests and the same rules; each run is a process of its own in which the
libraries are not there.
Not here: the engines side by side (`tests/unit/redaction/test_detectors.py`).
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from wheels_blocked import BLOCKED

ROOT = Path(__file__).parents[2]
TESTS = "tests/unit/redaction"
WITHOUT = {
    "pcre2": ("re2", "ahocorasick_rs"),
    "re": ("re2", "ahocorasick_rs", "pcre2"),
}
"""What is missing where an engine stands in."""
BUT = {"pcre2": (), "re": ("-k", "not worst_case")}
"""What an engine is not asked: `re` cannot be made to give up."""


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("engine", WITHOUT)
def test_redaction_passes_its_tests_on(engine: str, tmp_path: Path) -> None:
    """What holds with the fastest libraries holds with those that stand in."""
    known = {
        name: text
        for name, text in os.environ.items()
        if not name.startswith(("PYTEST_", "COV_"))
    }
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-n", "0", "-m", "not slow"),
            *("-p", "wheels_blocked", "-p", "no:cacheprovider"),
            *("--basetemp", str(tmp_path / "inner"), TESTS),
            *BUT[engine],
        ],
        cwd=ROOT,
        env={
            **known,
            BLOCKED: ",".join(WITHOUT[engine]),
            "PYTHONPATH": str(ROOT / "tests"),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:]
