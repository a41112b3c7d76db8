# SPDX-License-Identifier: Apache-2.0
"""A running agent on a machine that is quiet to it, and a collector that asks for much.

Rules: the real programs; the agent sees a machine on which nothing waits, for on a busy
one it reads at each fourth slot, and this one may be busy.
Not here: the disk that it lives on (`small_disk.py`), any expectation.
"""

import json
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.collector_process import BIN, Collector, collector
from tests.unhindered import Spent, Stopwatch

START_SECONDS = 120
TRIES = ("pass", "pass-failed", "pass-killed", "turn-failed")
"""What is logged when it tried to."""
REFUSALS = ("turn-failed", "pass-failed", "exchange-failed")
"""What is logged when it could not, beside a pass that sealed nothing."""
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

    def refused(self) -> int:
        """Return how often it has tried in vain so far: each of its slots has data."""
        empty = sum(not event["envelopes"] for event in self.events("pass"))
        return empty + sum(len(self.events(name)) for name in REFUSALS)

    def shipped(self) -> int:
        """Return how many envelopes it has sent so far."""
        return sum(event["sent"] for event in self.events("ship"))

    def settle(self) -> None:
        """Wait until it has read and shipped."""
        end = time.monotonic() + START_SECONDS
        while not self.shipped():
            assert time.monotonic() < end, self.log.read_text()
            time.sleep(0.2)

    def goes_on(self, seconds: float) -> Spent | None:
        """Return how long it took until it has shipped something new; None for never.

        Args:
            seconds: how long is waited for it.
        """
        before, watch = self.shipped(), Stopwatch()
        while (spent := watch.spent()).seconds < seconds:
            if self.shipped() > before:
                return spent
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
def minutely(folder: Path) -> Iterator[Collector]:
    """Run a collector whose policy has something to send each minute.

    Args:
        folder: an empty directory.
    """
    policy = folder / "minute.toml"
    policy.write_text(POLICY)
    with collector(folder / "collector", str(policy)) as running:
        yield running
