# SPDX-License-Identifier: Apache-2.0
"""Tests that in CI no test of packages or Windows is passed over in silence."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

PASSED, FAILED = 0, 1
TEST = """
import pytest

@pytest.mark.{mark}
@pytest.mark.skipif(True, reason={reason!r})
def test_one():
    pass
"""
MISSING = "not installed: wixl"
FORBIDDEN = "tmpfs cannot be mounted here: permission denied"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("mark", "reason", "where", "code"),
    [
        ("packaging", MISSING, {"CI": "true"}, FAILED),
        ("wine", MISSING, {"CI": "true"}, FAILED),
        ("packaging", FORBIDDEN, {"CI": "true"}, PASSED),
        ("slow", MISSING, {"CI": "true"}, PASSED),
        ("wine", MISSING, {}, PASSED),
    ],
)
def test_what_is_missing_fails_in_ci(
    mark: str, reason: str, where: dict[str, str], code: int, tmp_path: Path
) -> None:
    """A missing program fails there; what a machine forbids skips everywhere."""
    file = tmp_path / "test_one.py"
    file.write_text(TEST.format(mark=mark, reason=reason))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "ci_skips", file]
    known = {name: text for name, text in os.environ.items() if name != "CI"}
    done = subprocess.run(
        [*command, "--rootdir", tmp_path, "-p", "no:cacheprovider"],
        cwd=tmp_path,
        env={**known, **where, "PYTHONPATH": str(Path(__file__).parents[1])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stdout
    assert (reason in done.stdout) is (code == FAILED)
