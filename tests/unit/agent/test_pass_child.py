# SPDX-License-Identifier: Apache-2.0
"""The spawned child's program: a report on standard output, and nothing else.

Rules: a real process, as Windows starts it; any system can run it.
Not here: how it is started and killed (`tests/wine`), what a pass does.
"""

import subprocess
import sys
from pathlib import Path

import pytest

from agent import report
from agent.errors import NotEnrolledError
from agent.figures import Figures
from agent.orders.running import ORDER
from agent.schedule import DUE, EVERYTHING
from tests.order_room import alone

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[3]
CRASHED = 70


def child(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    """Run the child's program."""
    return subprocess.run(
        [sys.executable, "-m", "agent.pass_child", *arguments],
        cwd=ROOT,
        capture_output=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize("over", [DUE, EVERYTHING])
def test_an_error_is_reported_as_it_was_met(tmp_path: Path, over: str) -> None:
    """What ended the pass reaches the parent as its kind and its sentence."""
    done = child(str(tmp_path / "ada-lovelace"), "1763950000", over, Figures().text())
    assert (done.returncode, done.stderr) == (0, b"")
    with pytest.raises(NotEnrolledError):
        report.decode(done.stdout)


def test_it_carries_out_an_order(tmp_path: Path) -> None:
    """Started for an order and not for a pass, it does what is next with that order."""
    here = alone(tmp_path)
    order = here.send(here.request(asked_by="ben"))
    where = str(here.state.directory)
    done = child(where, str(here.now), ORDER + order, Figures().text())
    assert (done.returncode, done.stderr) == (0, b"")
    assert report.decode(done.stdout).sealed.records == 0
    assert here.held(order).reason == "not-by-who-asks"


@pytest.mark.parametrize(
    "arguments",
    [(), ("ada-lovelace",), ("ada-lovelace", "x"), ("ada-lovelace", "1", DUE, "1.2")],
)
def test_a_defect_is_an_exit_code_and_no_word(arguments: tuple[str, ...]) -> None:
    """A child that cannot work says nothing, for what it says could be a value."""
    done = child(*arguments)
    assert (done.returncode, done.stdout, done.stderr) == (CRASHED, b"", b"")
