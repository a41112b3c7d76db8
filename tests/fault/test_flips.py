# SPDX-License-Identifier: Apache-2.0
"""A flipped bit in a spool or a store is harmless, or what it cost is counted.

Rules: some hundred bytes of a database here, every byte by `make fault`; every byte of
each paper; real files.
Not here: octets on the wire (`test_forgery.py`), what simulated disks lose
(`test_simulation.py`).
"""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.flips import papers
from tests.flips.__main__ import Trial, _made
from tests.flips.damage import BAD

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
    done = flips(kind, "--every", every)
    assert done.returncode == 0, done.stdout + done.stderr
    told = "healed", "detected", "harmless"
    meant = told if kind == "spool-moved" else told[:2]
    assert any(f" {fate}" in done.stdout.splitlines()[-1] for fate in meant)


@pytest.mark.parametrize("kind", ["spool", "spool-log", "spool-moved", "store"])
@pytest.mark.parametrize("size", ["24", "600", "5000"])
def test_nothing_that_is_written_over_passes_unseen(kind: str, size: str) -> None:
    """Of a frame its head may be gone, and of a database the page of its tables."""
    done = flips(kind, "--random", "30", "--over", size, "--seed", "11")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1].startswith(f"{kind}: 30 of ")


def flips(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """Flip bits as anybody can."""
    return subprocess.run(
        [sys.executable, "-m", "tests.flips", *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("kind", papers.KINDS)
def test_no_octet_of_a_paper_says_nothing(kind: str) -> None:
    """Whichever octet of a paper is damaged, whoever reads it refuses it."""
    done = flips(kind, "--every", "1")
    assert done.returncode == 0, done.stdout + done.stderr
    last = done.stdout.splitlines()[-1]
    size = last.split()[1]
    assert last == f"{kind}: {size} of {size} bytes: {size} detected"


def test_what_passes_is_told() -> None:
    """A door that does not look lets every bit pass, and that is bad."""
    blind = papers.Paper(b"paper", len)
    assert {blind.judged(octet, 0).fate for octet in range(5)} <= BAD


def test_a_run_goes_on_where_it_was_broken_off() -> None:
    """Two workers and a later beginning come to the same verdicts."""
    whole = flips("store", "--every", "2003")
    rest = flips("store", "--every", "2003", "--from", "5", "--workers", "2")
    assert (whole.returncode, rest.returncode) == (0, 0), rest.stdout + rest.stderr
    counts = [int(one.stdout.splitlines()[-1].split()[1]) for one in (whole, rest)]
    assert counts[0] - counts[1] == 5


@pytest.mark.parametrize("kind", ["spool-log", "spool-moved", "store-log"])
def test_what_was_played_before_comes_out_the_same(tmp_path: Path, kind: str) -> None:
    """Damage that leaves what other damage left has the verdict of being played."""
    with _made(kind, tmp_path, 3) as trial:
        assert isinstance(trial, Trial)
        bits = [(octet, octet % 8) for octet in range(41, trial.size, 9_001)]
        known = [trial.judged(bit) for bit in bits]
        played = [replace(trial, settled=None).judged(bit) for bit in bits]
    assert [(name, replace(one, played=True)) for name, one in known] == played
    assert sum(one.played for _, one in known) < len(bits)
