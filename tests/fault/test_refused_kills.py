# SPDX-License-Identifier: Apache-2.0
"""A kill at any step of giving up what a disk refuses loses and repeats nothing.

Rules: a real disk that refuses a page; SIGKILL comes as a call enters the kernel; the
next start does the rest.
Not here: what is given up, and when (`test_refused_pages.py`).
"""

import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from installation_fixture import install

from agent.device import at_work
from agent.disk_budget import UNREAD_TIMES
from agent.spool import unread
from agent.spool.log import made_anew
from agent.state import State
from tests.kills.held import Hold
from tests.kills.scene import ended, fork
from tests.refused_room import Sick, let_hours_pass, sick
from tests.refusing_disk import refusing_disk, why_no_refusing_disk

pytestmark = [
    pytest.mark.fault,
    pytest.mark.slow,
    pytest.mark.timeout(600),  # some hundred lives
    pytest.mark.skipif(why_no_refusing_disk() != "", reason=why_no_refusing_disk()),
]
VICTIM = 3
CALLS = {"rename": 1, "unlink": 1, "ftruncate": 1, "write": 1, "fsync": 1}
CALLS |= {"fdatasync": 1, "pwrite64": 4}
"""Each call at which one is killed, and each how many of them."""


@contextmanager
def another(ill: Sick, name: str) -> Iterator[Sick]:
    """Return a copy of a device, of which a page is about to be given up."""
    path = shutil.copytree(ill.held.state.directory, ill.disk.at / name)
    copy = Sick(ill.disk, replace(ill.held, state=State(path)), ill.sealed)
    copy.refuse(copy.inside(VICTIM))
    for _ in range(UNREAD_TIMES - 1):
        unread.wait(copy.path, copy.held.now, early=False)
    assert not unread.recall(copy.path).lost()
    yield copy
    shutil.rmtree(path)


def life(ill: Sick, call: str, number: int) -> int:
    """Start an agent and kill it at a call; return its exit code, or minus a signal."""
    hold = Hold(call, number)

    def work() -> None:
        hold.begin()
        os.kill(os.getpid(), signal.SIGSTOP)
        hold.let_go()
        with at_work(ill.held.state, ill.held.who):
            pass

    with closing(hold):
        pid = fork(work)
        os.waitpid(pid, os.WUNTRACED)
        hold.take(pid)
        os.kill(pid, signal.SIGCONT)
        hold.until_end(pid)
        return ended(pid)


def test_a_kill_at_any_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was sealed is sent once, and the one that was refused is told, as unkilled.

    Each call is tried until an agent comes to its end without so many.
    """
    let_hours_pass(monkeypatch)
    for name in ("disk", "collector"):
        (tmp_path / name).mkdir()
    installation = install(tmp_path / "collector")
    kills = dict.fromkeys(CALLS, 0)
    with (
        refusing_disk(tmp_path / "disk") as disk,
        sick(disk, "state", installation) as found,
    ):
        for call, step in CALLS.items():
            code = -signal.SIGKILL
            for number in range(1, 10_000, step):
                with another(found, f"{call}{number}") as ill:
                    code = life(ill, call, number)
                    if code == 0:
                        break
                    assert code == -signal.SIGKILL
                    kills[call] += 1
                    ill.works(2)
                    assert ill.aside() == 1
                    assert not made_anew(ill.path).exists()
                    sent = ill.sends()
                    assert sent.keys() == found.sealed.keys()
                    same = {one for one in sent if sent[one] == found.sealed[one]}
                    assert {one[1] for one in sent.keys() - same} == {VICTIM}
    assert all(kills.values()), kills
