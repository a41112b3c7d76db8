# SPDX-License-Identifier: Apache-2.0
"""Nothing is lost: real spool, exchange, gate and store in a world where all fails.

Rules: each seed is a story of faults with one verdict; what is planted on purpose has
to be found, so that the verdict means something.
Not here: the world (`tests/simulation`), its disk alone (`test_simulated_disk.py`).
"""

import hashlib
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from simulation.__main__ import main
from simulation.faults import MENU
from simulation.kept import KEPT
from simulation.liar import LIES
from simulation.needed import needs_library
from simulation.plan import plan
from simulation.planted import PLANTED, found_at
from simulation.play import play

pytestmark = [pytest.mark.fault, needs_library]

SEEDS, BLOCK = 2_000, 50
"""Some three minutes of one core: a seed costs a tenth of a second."""
ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("first", range(0, SEEDS, BLOCK))
def test_nothing_is_lost(first: int) -> None:
    """Whatever fails: each accepted line is there exactly once, or is counted."""
    outcomes = [play(seed) for seed in range(first, first + BLOCK)]
    assert [(one.seed, one.wrongs) for one in outcomes if one.wrongs] == []


@pytest.mark.timeout(1_800)
def test_every_fault_happens() -> None:
    """Two hundred seeds have each fault of the menu, and each lie of the gate."""
    faults: Counter[str] = Counter()
    for seed in range(SEEDS, SEEDS + 200):
        faults += play(seed).faults
    wanted = {*MENU, *(f"lie-{name}" for name in LIES)}
    assert wanted - set(faults) == set()


@pytest.mark.timeout(1_800)
@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_bug_is_found(name: str) -> None:
    """A bug on purpose is found within two thousand seeds."""
    assert found_at(name, 0, 2_000) is not None


def test_a_piece_tells_what_it_has_played(capsys: pytest.CaptureFixture[str]) -> None:
    """Its last lines name the seeds, how many broke, and what was to go wrong."""
    assert main(["--first", "3", "--seeds", "2"]) == 0
    told, plans = capsys.readouterr().out.splitlines()[-2:]
    expected = hashlib.sha256()
    for seed in (3, 4):
        digest = hashlib.sha256(repr(plan(seed).faults).encode()).hexdigest()
        expected.update(f"{seed} {digest}\n".encode())
    assert told.startswith("seeds 3 to 4: 2 of 2, 0 broken, ")
    assert plans == f"their plans: {expected.hexdigest()}"


@pytest.mark.parametrize(("seed", "menu"), KEPT)
def test_a_kept_seed_stays_mended(seed: int, menu: int) -> None:
    """A seed that once found a defect finds nothing any more."""
    assert play(seed, menu=menu).wrongs == ()


def test_a_seed_repeats_itself() -> None:
    """Another process writes the same octets to the same disks, to the last bit."""
    found = subprocess.run(
        [sys.executable, "-m", "simulation", "--seed", "7"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": "tests", "PYTHONHASHSEED": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.stdout.splitlines()[-1] == play(7).digest
