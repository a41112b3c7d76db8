# SPDX-License-Identifier: Apache-2.0
"""SIGKILL at every step of agent and collector loses nothing and doubles nothing.

Rules: real processes; each step once, and two hundred pairs; planted defects show that
the harness finds what it looks for.
Not here: power cuts and faults of disks and networks (`test_simulation.py`).
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.kills.quick import BEFORE_COMMIT, STEP_BY_STEP
from tests.unhindered import INCONCLUSIVE

pytestmark = [
    pytest.mark.fault,
    pytest.mark.slow,
    pytest.mark.timeout(1_200),  # some hundred lives, each of which is forked
    pytest.mark.skipif(
        shutil.which("strace") is None or os.geteuid() != 0,
        reason="strace strikes at a system call, and may watch as root only",
    ),
]
Record = Callable[[str, object], None]
ROOT = Path(__file__).resolve().parents[2]
_TOLD = re.compile(r"(\d+) lines lost, (\d+) twice, (\d+) never healed")


def kills(*options: str) -> tuple[int, list[tuple[int, int, int]], str]:
    """Run the harness; return its code, lost, twice and stuck of each row, all."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.kills", *options],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}"},
        capture_output=True,
        text=True,
        check=False,
    )
    rows = [(int(a), int(b), int(c)) for a, b, c in _TOLD.findall(done.stdout)]
    return done.returncode, rows, done.stdout + done.stderr


def hand_on(told: str, record_property: Record) -> None:
    """Have the tests say at their end what the harness could not judge."""
    for line in told.splitlines():
        if line.startswith(INCONCLUSIVE):
            record_property(INCONCLUSIVE, line)


@pytest.mark.parametrize("part", ["1/3", "2/3", "3/3"])
def test_every_step(part: str, record_property: Record) -> None:
    """Killed before any one step, agent or collector goes on without loss."""
    code, rows, told = kills("--singles", "--part", part)
    hand_on(told, record_property)
    assert (code, rows) == (0, [(0, 0, 0)]), told


@pytest.mark.parametrize("seed", ["1", "2", "3", "4"])
def test_pairs_of_steps(seed: str, record_property: Record) -> None:
    """Killed twice, at any two steps, they go on without loss."""
    code, rows, told = kills("--pairs", "50", "--seed", seed)
    hand_on(told, record_property)
    assert (code, rows) == (0, [(0, 0, 0)]), told


def test_a_cursor_that_moves_too_early_is_found() -> None:
    """A cursor moved before its lines are spooled loses lines, and it is seen."""
    options = ("--singles", "--part", "1/6", "--side", "agent")
    code, ((lost, twice, _),), told = kills(*options, "--planted", "early-cursor")
    assert (code, lost > 0, twice) == (1, True, 0), told


def test_a_cursor_that_moves_too_late_is_found() -> None:
    """A cursor moved after its lines are spooled doubles lines, and it is seen.

    Between the two lie fewer steps than six: a commit alone, for a little stays in the
    log.
    """
    options = ("--singles", "--part", "1/3", "--side", "agent")
    code, ((lost, twice, _),), told = kills(*options, "--planted", "late-cursor")
    assert (code, lost, twice > 0) == (1, 0, True), told


def test_what_is_told_of_before_it_is_taken_is_found() -> None:
    """A quick pass that is told of before the spool has it loses lines."""
    options = ("--singles", "--part", "1/6", "--side", "agent")
    code, ((lost, twice, _),), told = kills(*options, "--planted", BEFORE_COMMIT)
    assert (code, lost > 0, twice) == (1, True, 0), told


def test_what_is_taken_step_by_step_is_found() -> None:
    """A quick pass that is taken in more than one transaction doubles lines."""
    options = ("--singles", "--part", "1/6", "--side", "agent")
    code, ((lost, twice, _),), told = kills(*options, "--planted", STEP_BY_STEP)
    assert (code, lost, twice > 0) == (1, 0, True), told
