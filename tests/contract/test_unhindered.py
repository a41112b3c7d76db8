# SPDX-License-Identifier: Apache-2.0
"""Tests that a busy machine excuses no test beyond measure, nor in silence.

Rules: times are given; the machine is not asked.
Not here: any bound of the product (`tests/fault/test_disks.py`).
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unhindered import Spent

ROOT = Path(__file__).parents[2]
BOUND = 60.0
TEST = """
def test_one(record_property):
    record_property("inconclusive", "not so sure")
"""


@pytest.mark.parametrize(
    ("seconds", "unhindered", "others", "late", "unsure"),
    [
        (59, 59, 0.0, False, False),
        (61, 61, 1.0, True, False),  # nothing waited, and it took too long
        (59, 0, 1.0, False, False),  # by any clock it is in time
        (100, 55, 1.0, False, False),  # enough is left to judge by
        (130, 20, 1.0, False, True),
        (130, 20, 0.0, False, True),
        (190, 5, 0.9, False, True),  # others may have been why
        (190, 5, 0.1, True, False),  # what waited was what is judged
    ],
)
def test_a_time_is_judged(
    *, seconds: float, unhindered: float, others: float, late: bool, unsure: bool
) -> None:
    """Waits of its own excuse nobody for ever, and what cannot be judged says so."""
    spent = Spent(seconds, unhindered)
    assert spent.late(BOUND, others) is late
    assert bool(spent.unsure(BOUND, others)) is unsure


@pytest.mark.slow
@pytest.mark.parametrize("workers", ["0", "1"])
def test_what_nobody_can_judge_is_said(tmp_path: Path, workers: str) -> None:
    """A test that passes without a verdict says so at the end, from a worker too."""
    file = tmp_path / "test_it.py"
    file.write_text(TEST)
    command = [sys.executable, "-m", "pytest", "-q", f"-n{workers}", file]
    done = subprocess.run(
        [*command, *("-p", "tests.inconclusive", "-p", "no:cacheprovider")],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "test_it.py::test_one: not so sure" in done.stdout
