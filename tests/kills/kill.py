# SPDX-License-Identifier: Apache-2.0
"""Numbers every step of agent and gate, and kills one of them at any.

Rules: a step is a system call that changes or tells something: a write to disk or
socket, a flush, a rename, a removal, a socket's answer; SIGKILL comes as it is entered,
so that nothing of it has happened; each trial is a copy of one scene.
Not here: the scene (`scene.py`), how one is held at a step (`held.py`), which steps are
tried (`__main__.py`).
"""

import os
import re
import shutil
import signal
import subprocess
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from tests.kills import scene as scenes
from tests.kills.held import Hold
from tests.kills.scene import Scene, ended, fork, start_gate
from tests.unhindered import Spent, Stopwatch

_CALLS = (
    *("pwrite64", "pwritev", "write", "writev", "sendto", "sendmsg"),
    *("fdatasync", "fsync", "ftruncate", "unlink", "rename", "read", "recvfrom"),
)
_RECEIVING = {"read", "recvfrom"}
_LINE = re.compile(r"^(\d+) +(\w+)\((\d+)<([^>]*)>")
_BARE = re.compile(r"^(\d+) +(\w+)\(")
AGENT, GATE = "agent", "gate"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of one side: the nth call of a name in one of its threads."""

    side: str
    call: str
    number: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of a trial.

    Attributes:
        killed: how many of its kills struck.
        lost: lines that can be read nowhere.
        twice: lines that can be read more than once.
        healed: the spool became empty again.
        spent: from the last kill until all was stored and marked.
    """

    killed: int
    lost: int
    twice: int
    healed: bool
    spent: Spent

    @property
    def kept(self) -> bool:
        """Tell whether the promise was kept."""
        return self.healed and not self.lost and not self.twice


def steps(scene: Scene, work: Path) -> list[Step]:
    """Return every step of both sides while the story is told unharmed.

    Args:
        scene: where it begins.
        work: an empty directory.
    """
    found: list[Step] = []
    for side in (AGENT, GATE):
        told = scene.copy(work / side)
        log = work / f"{side}.log"
        _listed(told, side, log)
        found += _numbered(side, log.read_text("utf-8", "replace").splitlines())
        shutil.rmtree(told.folder)
    return found


def _numbered(side: str, lines: Sequence[str]) -> list[Step]:
    """Number the calls of each thread; of those that receive, only a socket's."""
    counts: Counter[tuple[str, str]] = Counter()
    found: dict[Step, None] = {}
    for line in lines:
        bare = _BARE.match(line)
        if bare is None:
            continue
        counts[bare[1], bare[2]] += 1
        on = _LINE.match(line)
        socket = on is not None and ("socket" in on[4] or "TCP" in on[4])
        if bare[2] not in _RECEIVING or socket:
            found[Step(side, bare[2], counts[bare[1], bare[2]])] = None
    return list(found)


def trial(scene: Scene, kills: Sequence[Step], work: Path) -> Verdict:
    """Tell the story with kills, one life after the other, then let all heal.

    Args:
        scene: where it begins; it is copied.
        kills: one for each life.
        work: a directory for the copy, removed afterwards.
    """
    told = scene.copy(work)
    killed = 0
    for step in kills:
        killed += _life(told, step)
    watch = Stopwatch()
    healed = scenes.healed(told)
    spent = watch.spent()
    seen, wanted = scenes.visible(told), scenes.expected()
    shutil.rmtree(work)
    return Verdict(
        killed,
        sum((wanted - seen).values()),
        sum((seen - wanted).values()),
        healed,
        spent,
    )


def _life(scene: Scene, step: Step) -> bool:
    """Run gate and agent until the agent's story ends; true where one was killed."""
    hold, of_gate = Hold(step.call, step.number), step.side == GATE
    with closing(hold):
        gate = start_gate(scene, hold.begin if of_gate else _unwatched)
        agent = fork(_waiting(scene, None if of_gate else hold))
        os.waitpid(agent, os.WUNTRACED)
        hold.take(gate if of_gate else agent)
        os.kill(agent, signal.SIGCONT)
        hold.until_end(agent)
        ends = [ended(agent)]
        os.kill(gate, signal.SIGTERM if of_gate else signal.SIGKILL)
        if of_gate:  # an orderly end has steps of its own
            hold.until_end(gate)
            ends.append(ended(gate))
        else:
            ended(gate)
    return -signal.SIGKILL in ends


def _listed(scene: Scene, side: str, log: Path) -> None:
    """Run them unharmed, and have strace write down what one side does."""
    gate = start_gate(scene)
    agent = fork(_waiting(scene))
    os.waitpid(agent, os.WUNTRACED)
    victim = gate if side == GATE else agent
    options = "-o", str(log), "-y", f"-etrace={','.join(_CALLS)}"
    with _attached(victim, options):
        os.kill(agent, signal.SIGCONT)
        ended(agent)
        os.kill(gate, signal.SIGTERM if side == GATE else signal.SIGKILL)
        ended(gate)


def _unwatched() -> None:
    """Go on as always."""


def _waiting(scene: Scene, hold: Hold | None = None) -> Callable[[], None]:
    def work() -> None:
        if hold is not None:
            hold.begin()
        os.kill(os.getpid(), signal.SIGSTOP)  # until whoever watches is there
        if hold is not None:
            hold.let_go()
        scene.story.whole()

    return work


def _attached(pid: int, options: Sequence[str]) -> subprocess.Popen[str]:
    tracer = subprocess.Popen(
        ["strace", "-f", "-p", str(pid), *options],
        stderr=subprocess.PIPE,
        text=True,
    )
    assert tracer.stderr is not None
    line = tracer.stderr.readline()
    if "attached" not in line:
        msg = f"strace cannot watch a process of ours: {line.strip()}"
        raise RuntimeError(msg)
    return tracer
