# SPDX-License-Identifier: Apache-2.0
"""A pass's child on Windows: answers, crashes, hangs, and dies with its parent.

Rules: real processes in a real job object.
Not here: what a pass does (`test_wine_agent.py`), the forked child of Linux.
"""

import json
import subprocess
import time
from pathlib import Path

import pytest
from wine_fixture import Windows, path

pytestmark = [pytest.mark.wine, pytest.mark.slow]
MODULE = "tests.wine.child_program"
ALIVE = (
    "import json, sys, psutil\n"
    "left = [number for number in sys.argv[1:] if psutil.pid_exists(int(number))]\n"
    "print(json.dumps(left))\n"
)


def ended(
    windows: Windows, case: str, folder: Path, seconds: float
) -> dict[str, object]:
    """Run a case in a child; return how it ended."""
    done = windows.python("-m", MODULE, "parent", case, path(folder), str(seconds))
    found: dict[str, object] = json.loads(done.stdout)
    return found


def numbers(folder: Path, *cases: str) -> list[str]:
    """Return the process numbers that were written down, when all are."""
    until = time.monotonic() + 200
    files = [folder / f"{case}.pid" for case in cases]
    while not all(file.exists() and file.read_text() for file in files):
        assert time.monotonic() < until
        time.sleep(0.05)
    return [file.read_text() for file in files]


def test_a_child_answers(windows: Windows, tmp_path: Path) -> None:
    """All that a child writes reaches its parent, with what it cost."""
    found = ended(windows, "answers", tmp_path, 60)
    assert len(str(found["report"])) == 100_000
    assert found["timed_out"] is False
    assert isinstance(found["seconds"], float)


def test_a_pass_stands_back(windows: Windows, tmp_path: Path) -> None:
    """A child of a pass runs below the usual priority."""
    below_normal = "16384"
    assert ended(windows, "ranks", tmp_path, 60)["report"] == below_normal


def test_half_an_answer_is_none(windows: Windows, tmp_path: Path) -> None:
    """What a child wrote before it crashed is not taken for a report."""
    found = ended(windows, "crashes", tmp_path, 60)
    assert (found["report"], found["timed_out"]) == ("", False)


def test_a_child_that_hangs_is_killed_with_its_own(
    windows: Windows, tmp_path: Path
) -> None:
    """After its time the child ends, and so does what it started."""
    for seconds in (4, 40):  # on a busy machine the first ends before it has begun
        found = ended(windows, "hangs", tmp_path, seconds)
        assert (found["report"], found["timed_out"]) == ("", True)
        last = tmp_path / "sleeps.pid"
        if last.exists() and last.read_text():
            break
    assert windows.told(ALIVE, *numbers(tmp_path, "hangs", "sleeps")) == []


def test_a_child_that_is_to_be_ended_is(windows: Windows, tmp_path: Path) -> None:
    """Its parent does other things meanwhile, and what they say ends the child."""
    began = time.monotonic()
    found = ended(windows, "ended", tmp_path, 300)
    assert (found["report"], found["timed_out"]) == ("", True)
    assert time.monotonic() - began < 200
    assert windows.told(ALIVE, *numbers(tmp_path, "ended")) == []


def test_a_child_dies_with_its_parent(windows: Windows, tmp_path: Path) -> None:
    """A killed agent leaves no child that reads on."""
    started = subprocess.Popen(
        windows.command("-m", MODULE, "parent", "hangs", path(tmp_path), "300"),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    left = numbers(tmp_path, "hangs", "sleeps")
    started.kill()
    started.communicate(timeout=200)
    until = time.monotonic() + 200
    while windows.told(ALIVE, *left):
        assert time.monotonic() < until
