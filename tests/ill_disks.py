# SPDX-License-Identifier: Apache-2.0
"""What disks fall ill of, and how an agent fares that lives on one.

Rules: the real programs, on real small file systems; an error of a disk is the kernel's
own answer; where a whole disk cannot be broken and mended, it is given to each call of
the agent on its files. A disk falls ill between two slots, with nothing under way, so
what is shipped while it is ill was read then; it stays ill until the agent has noticed.
Not here: any expectation (`tests/fault/test_disks.py`, `bench/recovery.py`), the agent
(`quiet_agent.py`), the file system (`small_disk.py`).
"""

import random
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from agent.identity import load
from agent.spool.last_sent import LastSentFile, last_sent_of
from agent.spool.quotas import reserve_of
from agent.state import State
from tests.collector_process import Collector, run
from tests.quiet_agent import START_SECONDS, Agent, started
from tests.small_disk import EXT4, MEMORY, Disk, mounted
from tests.unhindered import Spent, Stopwatch

WAIT_SECONDS = 75
"""How long a disk stays ill at least: longer than a slot and the longest rest."""
AFTER_SECONDS = 30
"""After a slot a disk falls ill in this time, so long before the next one."""
PATIENCE_SECONDS = 300
"""How long is waited for an agent on a disk that is well again: a busy machine may take
its time; what the agent itself may take is judged by others."""
ENROLLED_AGAIN = "deleted for good"
"""After which a machine is another device."""
WELL = "well"
"""A disk that nothing ails, to see what an illness changes."""
WITHOUT_SPOOL = "without its spool"
"""Which is no illness for long: another one is made."""
FLAPPING = "flapping"
"""With which what was read in a moment of room may be shipped in one without."""
SHIPPING = (WELL, WITHOUT_SPOOL)
"""With which an agent goes on to ship."""
_CALLS = (
    *("openat", "read", "pread64", "write", "pwrite64", "fdatasync", "fsync"),
    *("ftruncate", "unlink", "rename", "mkdir", "stat", "lstat", "newfstatat"),
)


@dataclass(frozen=True)
class Case:
    """A disk, who lives on it, and whom that one sends to."""

    disk: Disk
    agent: Agent
    server: Collector

    @property
    def pid(self) -> int:
        """Return the agent's process, which has mounts of its own."""
        return self.agent.process.pid


@contextmanager
def well(_: Case) -> Iterator[None]:
    """Do nothing to it."""
    yield


@contextmanager
def full(case: Case) -> Iterator[None]:
    """Leave no byte."""
    case.disk.fill()
    yield
    case.disk.free()


@contextmanager
def flapping(case: Case) -> Iterator[None]:
    """Leave no byte, and some, and none, for some minutes of turns."""
    for _ in range(20):
        case.disk.fill()
        time.sleep(1)
        case.disk.free()
        time.sleep(0.2)
    case.disk.fill()
    yield
    case.disk.free()


@contextmanager
def read_only(case: Case) -> Iterator[None]:
    """Have the kernel find an error and write nothing more; then mend and mount it."""
    case.disk.fall_ill()
    yield
    case.disk.go(case.pid)
    case.disk.come(case.pid)


@contextmanager
def not_mounted(case: Case) -> Iterator[None]:
    """Take the disk away from where it is mounted, and bring it back."""
    case.disk.go(case.pid)
    yield
    assert not case.agent.state.exists(), "made where no disk is"
    case.disk.mount(case.pid)


@contextmanager
def moved(case: Case) -> Iterator[None]:
    """Have another directory, an empty one, in its place."""
    state = case.agent.state
    away = state.rename(state.with_name("away"))
    state.mkdir(mode=0o700)
    yield
    state.rmdir()  # which fails where something was made there
    away.rename(state)


@contextmanager
def deleted(case: Case) -> Iterator[None]:
    """Delete the state directory, and put it back from a copy."""
    state = case.agent.state
    copy = state.with_name("copy")
    with _still(case.agent):
        shutil.copytree(state, copy)
        shutil.rmtree(state)
    yield
    assert not state.exists(), "made where it was deleted"
    copy.rename(state)


@contextmanager
def deleted_for_good(case: Case) -> Iterator[None]:
    """Delete the state directory; a person enrols the machine again."""
    state = case.agent.state
    with _still(case.agent):
        shutil.rmtree(state)
    yield
    assert not state.exists(), "made where it was deleted"
    run("discreet-agent", "enrol", case.server.token(), state=state)


@contextmanager
def spool_deleted(case: Case) -> Iterator[None]:
    """Delete the spool's files; identity and bundle stay, and it makes another."""
    for path in case.agent.state.glob("spool.sqlite*"):
        path.unlink()
    yield


@contextmanager
def failing(case: Case) -> Iterator[None]:
    """Have a broken disk: each read and each write of the agent's files is an error."""
    state = State(case.agent.state)
    named = [state.spool, last_sent_of(state.spool), reserve_of(state.spool)]
    named += [Path(f"{state.spool}-{end}") for end in ("wal", "shm", "journal")]
    named += [state.outcomes, state.intent, state.failing, state.strikes, state.mark]
    files = {*named, *state.directory.iterdir()}
    files |= {path.with_name(path.name + ".new") for path in files}
    places = sorted({str(path) for path in (state.directory, *files)})
    tracer = subprocess.Popen(
        [
            *("strace", "-f", "-qq", "-o", "/dev/null", "-p", str(case.pid)),
            *(word for place in places for word in ("-P", place)),
            *(f"-etrace={','.join(_CALLS)}", f"-einject={','.join(_CALLS)}:error=EIO"),
        ],
        stderr=subprocess.DEVNULL,
    )
    yield
    assert tracer.poll() is None, "nothing was an error"
    tracer.send_signal(signal.SIGINT)
    tracer.wait(20)


@contextmanager
def _still(agent: Agent) -> Iterator[None]:
    """Have an agent stand still between two passes."""
    pid = agent.process.pid
    children = Path(f"/proc/{pid}/task/{pid}/children")
    while True:
        agent.process.send_signal(signal.SIGSTOP)
        time.sleep(0.1)
        if not children.read_text():
            break
        agent.process.send_signal(signal.SIGCONT)
        time.sleep(0.5)
    yield
    agent.process.send_signal(signal.SIGCONT)


Illness = Callable[[Case], AbstractContextManager[None]]
ILLNESSES: dict[str, tuple[str, Illness]] = {
    "full": (EXT4, full),
    "full in memory": (MEMORY, full),
    FLAPPING: (MEMORY, flapping),
    "read-only": (EXT4, read_only),
    "not mounted": (EXT4, not_mounted),
    "moved away": (MEMORY, moved),
    "deleted": (MEMORY, deleted),
    ENROLLED_AGAIN: (MEMORY, deleted_for_good),
    WITHOUT_SPOOL: (MEMORY, spool_deleted),
    "failing": (MEMORY, failing),
}


@dataclass(frozen=True, slots=True)
class Ill:
    """How an agent fared while its disk was ill.

    Attributes:
        share: of a processor.
        tries: how often it tried to read or to write.
        others: part of the time in which others had work, for it rests itself.
        refused: how often it tried in vain, until it had noticed.
        shipped: envelopes.
    """

    share: float
    tries: int
    others: float
    refused: int
    shipped: int


@dataclass(frozen=True, slots=True)
class Life:
    """How an agent fared with an ill disk.

    Attributes:
        ill: while the disk was ill.
        well: from when the disk was well until it shipped again; None for not.
        code: its exit code when it was told to end.
        same: whether it is the device that it was.
        anew: whether its spool has begun another chain.
        aside: spools that it has set aside as damaged.
    """

    ill: Ill
    well: Spent | None
    code: int
    same: bool
    anew: bool
    aside: int


def live(server: Collector, at: Path, name: str) -> Life:
    """Have an agent live on a disk that falls ill and is well again.

    Args:
        server: the agent's collector.
        at: where to mount the disk; it does not exist.
        name: of `ILLNESSES`, or WELL.
    """
    kind, illness = {**ILLNESSES, WELL: (MEMORY, well)}[name]
    with mounted(at, kind) as disk:
        state = State(disk.at / "state")
        run("discreet-agent", "enrol", server.token(), state=state.directory)
        before = load(state).device
        agent = started(state.directory)
        try:
            agent.settle()
            assert agent.goes_on(PATIENCE_SECONDS), "nothing came of its slot"
            chain = _chain(state)
            time.sleep(random.SystemRandom().uniform(0, AFTER_SECONDS))
            with illness(Case(disk, agent, server)):
                noticed = agent.shipped if name in SHIPPING else agent.refused
                ill = _ill(agent, noticed)
            after = agent.goes_on(PATIENCE_SECONDS)
            agent.process.send_signal(signal.SIGTERM)
            code = agent.process.wait(START_SECONDS)
            same, anew = load(state).device == before, _chain(state) != chain
            aside = len([*state.directory.glob("spool.sqlite*.*-*")])
            return Life(ill, after, code, same, anew, aside)
        finally:
            agent.process.kill()
            agent.process.wait()


def _ill(agent: Agent, noticed: Callable[[], int]) -> Ill:
    """Look at an agent while its disk is ill, until it has noticed.

    Args:
        agent: it.
        noticed: counts what it does then.
    """
    before = noticed()
    tries, refused, shipped = agent.tries(), agent.refused(), agent.shipped()
    watch = Stopwatch()
    share = agent.share(WAIT_SECONDS)
    others, tries = watch.spent().hindered, agent.tries() - tries
    until = time.monotonic() + PATIENCE_SECONDS
    while noticed() == before:
        assert time.monotonic() < until, agent.log.read_text()
        time.sleep(0.2)
    refused, shipped = agent.refused() - refused, agent.shipped() - shipped
    return Ill(share, tries, others, refused, shipped)


def _chain(state: State) -> bytes:
    """Return which chain of a spool has left the machine last."""
    last = LastSentFile(last_sent_of(state.spool)).newest()
    assert last is not None, "nothing has left"
    return last.incarnation


def lives(server: Collector, at: Path, names: Collection[str]) -> dict[str, Life]:
    """Have an agent live with each illness, all at the same time.

    Args:
        server: the agents' collector.
        at: a directory for the disks.
        names: of `ILLNESSES`, or WELL.
    """
    with ThreadPoolExecutor(len(names)) as pool:
        found = {
            name: pool.submit(live, server, at / name.replace(" ", "-"), name)
            for name in names
        }
        return {name: life.result() for name, life in found.items()}
