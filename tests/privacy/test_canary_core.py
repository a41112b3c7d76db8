# SPDX-License-Identifier: Apache-2.0
"""A core of the resident agent has no row in it: rows lived in the child of a pass.

Rules: the real resident process after a whole pass of the policy `full`, on a machine
where every value is a canary; what finds nothing there finds them in the child.
Not here: what a thief of the disk gets (`test_stolen_disk.py`).
"""

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
from canary_whole import whole_canary_machine
from collector_process import collector, run
from memory_fixture import children, core, memory, standing_still

from tests.canary_words import Canaries

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
HERE = Path(__file__).resolve().parent
SECONDS = 240.0
SOME = 100
"""Canaries that a child has at once while it works: a third of all that may be read."""
MARK = b"zqx"
"""What most canaries begin with: quick to count, while a child waits."""


@dataclass
class Read:
    """What the memory of both processes had.

    Attributes:
        canaries: of the machine.
        child: those that its memory had, at the most of all looks.
        resident: octets of the resident process's memory, after the pass.
        core: a core file of it; None where there is no gdb.
        log: what it said.
    """

    canaries: Canaries
    child: set[str]
    resident: bytes
    core: bytes | None
    log: str


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> Read:
    """Have a resident agent run a pass, and read both processes' memory."""
    if not Path("/proc/self/mem").exists():
        pytest.skip("memory is read by /proc")
    folder = tmp_path_factory.mktemp("core")
    canaries = whole_canary_machine(folder / "tree").canaries
    tree, state, log = folder / "tree", folder / "agent", folder / "agent.log"
    with collector(folder / "collector", "full") as made, log.open("wb") as said:
        run("discreet-agent", "enrol", made.token(), state=state)
        resident = subprocess.Popen(
            [sys.executable, str(HERE / "canary_resident.py"), tree, state],
            env={**os.environ, "PYTHONPATH": f"{HERE.parent}:{HERE.parents[1]}"},
            stderr=said,
        )
        try:
            child = canaries.found_in(most_of_a_child(resident, log))
            until = time.monotonic() + SECONDS
            while '"event":"ship"' not in log.read_text().replace(" ", ""):
                assert time.monotonic() < until, log.read_text()
                time.sleep(0.1)
            with standing_still(resident.pid):
                octets = memory(resident.pid)
            dumped = core(resident.pid, folder)
        finally:
            resident.terminate()
            resident.wait(60)
    return Read(canaries, child, octets, dumped, log.read_text())


def most_of_a_child(resident: subprocess.Popen[bytes], log: Path) -> bytes:
    """Look into each child until a pass has ended; return the fullest look."""
    fullest, most = b"", -1
    until = time.monotonic() + SECONDS
    while '"pass"' not in log.read_text():
        assert resident.poll() is None, log.read_text()
        assert time.monotonic() < until, log.read_text()
        for child in children(resident.pid):
            try:
                with standing_still(child):
                    octets = memory(child)
            except (FileNotFoundError, ProcessLookupError):
                continue
            if (found := octets.count(MARK)) > most:
                fullest, most = octets, found
        time.sleep(0.05)
    return fullest


def test_the_pass_was_whole(read: Read) -> None:
    """It was held back by nothing, and its child had what the machine is full of."""
    assert "held-back" not in read.log
    assert len(read.child) > SOME


def test_the_resident_process_holds_no_row(read: Read) -> None:
    """All of its memory has not one value of the machine."""
    assert len(read.resident) > 10_000_000
    assert b"agent.resident" in read.resident
    assert read.canaries.found_in(read.resident) == set()


def test_a_core_file_holds_no_row(read: Read) -> None:
    """A core file that somebody takes of it has not one value either."""
    if read.core is None:
        pytest.skip("not installed: gdb")
    assert b"agent.resident" in read.core
    assert read.canaries.found_in(read.core) == set()
