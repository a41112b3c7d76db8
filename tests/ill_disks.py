# SPDX-License-Identifier: Apache-2.0
"""Disks that fill up, are taken away or fail, and the agent that lives on one.

Rules: the real programs, on real small file systems; the machine that the agent sees is
a quiet one, for on a busy one it reads at each fourth slot, and this one may be busy.
Not here: any expectation (`tests/fault/test_disks.py`, `bench/recovery.py`).
"""

import errno
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.collector_process import BIN, Collector, collector, run

START_SECONDS = 120
WAIT_SECONDS = 75
"""How long a disk stays ill: longer than a slot and the longest rest."""
WELL_SECONDS = 300
"""How long is waited for an agent on a disk that is well again: a busy machine may take
its time; the agent itself needs a minute."""
TRIES = ("pass", "pass-failed", "pass-killed", "turn-failed")
"""What is logged when it tried to."""
QUIET = "some avg10=0.00 avg60=0.00 avg300=0.00 total=0"
"""A file of /proc/pressure on a machine where nothing waits."""
POLICY = """
format = 1
name = "minute"
[purpose.provision]
instruction = "test"
readers = ["administrator"]
[purpose.provision.retention.metrics]
keep = "90d"
[purpose.provision.dataset.host_metrics]
retention = "metrics"
every = "1m"
[purpose.provision.dataset.host_metrics.columns]
timestamp = "keep"
load1 = "keep"
"""
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Disk:
    """A small file system, mounted."""

    at: Path
    filler: Path = field(init=False)

    def __post_init__(self) -> None:
        """Name the file that fills it."""
        self.filler = self.at / "filler"

    def fill(self) -> None:
        """Leave no byte."""
        with _full(), self.filler.open("ab", buffering=0) as file:
            while file.write(bytes(4096)):
                pass
        assert os.statvfs(self.at).f_bavail == 0

    def free(self) -> None:
        """Give the room back."""
        self.filler.unlink()


@contextmanager
def _full() -> Iterator[None]:
    try:
        yield
    except OSError as problem:
        if problem.errno != errno.ENOSPC:
            raise


@dataclass
class Agent:
    """A running agent and its log."""

    state: Path
    log: Path
    process: subprocess.Popen[bytes]

    def share(self, seconds: float) -> float:
        """Return its share of a processor over a time, children included."""
        before, start = self._seconds(), time.monotonic()
        time.sleep(seconds)
        return (self._seconds() - before) / (time.monotonic() - start)

    def _seconds(self) -> float:
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2]
        return sum(map(int, fields.split()[11:15])) / _TICKS

    def events(self, name: str) -> list[dict[str, int]]:
        """Return what it has logged under a name."""
        lines = self.log.read_text().splitlines()
        return [event for event in map(json.loads, lines) if event["event"] == name]

    def tries(self) -> int:
        """Return how often it has tried to read or to write so far."""
        return sum(len(self.events(name)) for name in TRIES)

    def shipped(self) -> int:
        """Return how many envelopes it has sent so far."""
        return sum(event["sent"] for event in self.events("ship"))

    def settle(self) -> None:
        """Wait until it has read and shipped."""
        end = time.monotonic() + START_SECONDS
        while not self.shipped():
            assert time.monotonic() < end, self.log.read_text()
            time.sleep(0.2)

    def goes_on(self, seconds: float) -> float | None:
        """Return after how many seconds it ships something new; None for not in time.

        Args:
            seconds: the time.
        """
        before, start = self.shipped(), time.monotonic()
        while (passed := time.monotonic() - start) < seconds:
            if self.shipped() > before:
                return passed
            if self.process.poll() is not None:
                break
            time.sleep(0.2)
        return None


def started(state: Path, **variables: str) -> Agent:
    """Start an enrolled agent, on a machine that is not busy.

    Args:
        state: its state directory; the log is beside the directory that holds it.
        variables: of its environment.
    """
    log = state.parent.with_name(state.parent.name + ".log")
    quiet = log.with_suffix(".quiet")
    quiet.write_text(QUIET)
    files = "/proc/pressure/* /proc/loadavg"
    told = f"for file in {files}; do mount --bind {quiet} $file; done"
    with log.open("wb") as file:
        process = subprocess.Popen(
            [
                *("unshare", "--mount", "/bin/sh", "-ec", f'{told}; exec "$@"', "sh"),
                *(BIN / "discreet-agent", "run", "--now"),
            ],
            env={**os.environ, "DISCREET_AGENT_DIR": str(state), **variables},
            stdout=file,
            stderr=file,
        )
    return Agent(state, log, process)


@contextmanager
def well(_: Disk, __: Agent) -> Iterator[None]:
    """Do nothing to it."""
    yield


@contextmanager
def full(disk: Disk, _: Agent) -> Iterator[None]:
    """Leave no byte."""
    disk.fill()
    yield
    disk.free()


@contextmanager
def flapping(disk: Disk, agent: Agent) -> Iterator[None]:
    """Leave no byte, and some, and none, for some minutes of turns."""
    del agent
    for _ in range(20):
        disk.fill()
        time.sleep(1)
        disk.free()
        time.sleep(0.2)
    disk.fill()
    yield
    disk.free()


@contextmanager
def deleted(_: Disk, agent: Agent) -> Iterator[None]:
    """Delete the spool's files; identity and bundle stay."""
    for path in agent.state.glob("spool.sqlite*"):
        path.unlink()
    yield


@contextmanager
def _answered(agent: Agent, error: str) -> Iterator[None]:
    """Have the kernel answer each write of the agent to a disk by an error."""
    calls = "pwrite64,fdatasync,fsync,ftruncate,unlink,rename"
    tracer = subprocess.Popen(
        [
            *("strace", "-f", "-qq", "-o", "/dev/null", "-p", str(agent.process.pid)),
            *(f"-etrace={calls}", f"-einject={calls}:error={error}"),
        ],
        stderr=subprocess.DEVNULL,
    )
    yield
    tracer.send_signal(signal.SIGINT)
    tracer.wait(20)


def failing(_: Disk, agent: Agent) -> AbstractContextManager[None]:
    """Have a disk that is broken."""
    return _answered(agent, "EIO")


def read_only(_: Disk, agent: Agent) -> AbstractContextManager[None]:
    """Have a disk that was made read-only while its files were open.

    No other way does that to a whole disk and takes it back.
    """
    return _answered(agent, "EROFS")


Illness = Callable[[Disk, Agent], AbstractContextManager[None]]
ILLNESSES: dict[str, tuple[str, Illness]] = {
    "full": ("ext4", full),
    "full in memory": ("tmpfs", full),
    "flapping": ("tmpfs", flapping),
    "read-only": ("ext4", read_only),
    "deleted": ("tmpfs", deleted),
    "failing": ("tmpfs", failing),
}


@contextmanager
def mounted(at: Path, kind: str) -> Iterator[Disk]:
    """Mount a file system of 24 MiB."""
    at.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(at)]
    if kind == "ext4":
        image = at.with_suffix(".image")
        with image.open("wb") as file:
            file.truncate(24 * 2**20)
        subprocess.run(["mkfs.ext4", "-q", image], check=True)
        command = ["mount", "-o", "loop", str(image), str(at)]
    subprocess.run(command, check=True)
    try:
        yield Disk(at)
    finally:
        subprocess.run(["umount", "--lazy", at], check=True)


@dataclass(frozen=True, slots=True)
class Life:
    """How an agent fared with an ill disk.

    Attributes:
        share: of a processor, while the disk was ill.
        tries: how often it tried to read or to write in that time.
        well: seconds from when the disk was well until it shipped again; None for not.
        code: its exit code when it was told to end.
    """

    share: float
    tries: int
    well: float | None
    code: int


def live(server: Collector, at: Path, name: str) -> Life:
    """Have an agent live on a disk that falls ill and is well again.

    Args:
        server: the agent's collector.
        at: where to mount the disk; it does not exist.
        name: of `ILLNESSES`; any other for a disk that is well.
    """
    kind, illness = ILLNESSES.get(name, ("tmpfs", well))
    with mounted(at, kind) as disk:
        state = disk.at / "state"
        run("discreet-agent", "enrol", server.token(), state=state)
        agent = started(state)
        try:
            agent.settle()
            with illness(disk, agent):
                before = agent.tries()
                share = agent.share(WAIT_SECONDS)
                tries = agent.tries() - before
            after = agent.goes_on(WELL_SECONDS)
            agent.process.send_signal(signal.SIGTERM)
            return Life(share, tries, after, agent.process.wait(START_SECONDS))
        finally:
            agent.process.kill()


@contextmanager
def minutely(folder: Path) -> Iterator[Collector]:
    """Run a collector whose policy has something to send each minute.

    Args:
        folder: an empty directory.
    """
    policy = folder / "minute.toml"
    policy.write_text(POLICY)
    with collector(folder / "collector", str(policy)) as running:
        yield running


def lives(server: Collector, at: Path, names: Collection[str]) -> dict[str, Life]:
    """Have an agent live with each illness, all at the same time.

    Args:
        server: the agents' collector.
        at: a directory for the disks.
        names: of `ILLNESSES`; any other for a disk that is well.
    """
    with ThreadPoolExecutor(len(names)) as pool:
        found = {
            name: pool.submit(live, server, at / name.replace(" ", "-"), name)
            for name in names
        }
        return {name: life.result() for name, life in found.items()}
