# SPDX-License-Identifier: Apache-2.0
"""Tests that in CI no test of faults, packages or Windows is passed over in silence."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from ci_skips import OF

TESTS = Path(__file__).parents[1]
WHOLE = "allow_module_level=True", "importorskip("
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
        ("fault", MISSING, {"CI": "true"}, FAILED),
        ("packaging", FORBIDDEN, {"CI": "true"}, PASSED),
        ("fault", FORBIDDEN, {"CI": "true"}, PASSED),
        ("slow", MISSING, {"CI": "true"}, PASSED),
        ("wine", MISSING, {}, PASSED),
        ("fault", MISSING, {}, PASSED),
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
        env={**known, **where, "PYTHONPATH": str(TESTS)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stdout
    assert (reason in done.stdout) is (code == FAILED)


def test_no_module_is_passed_over() -> None:
    """Each of its tests skips by itself: of a module, nobody is told in CI."""
    marks = tuple(f"pytest.mark.{mark}" for mark in OF)
    told = {path: path.read_text("utf-8") for path in TESTS.rglob("test_*.py")}
    ours = {path for path, text in told.items() if any(one in text for one in marks)}
    assert {path.parent.name for path in ours} >= {"fault", "packaging", "wine"}
    assert [path for path in ours if any(one in told[path] for one in WHOLE)] == []
