# SPDX-License-Identifier: Apache-2.0
"""Measures programs and functions, and shows figures as a table and as JSON.

Rules: a program's cost is what the kernel says of it and of its children.
Not here: what is measured.
"""

import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

PYTHON = sys.executable
RUNS = 5
MIB = 1024 * 1024
RESULTS = Path(__file__).resolve().parent / "results"


@dataclass(frozen=True)
class Figure:
    """One line of a table.

    Attributes:
        what: what was measured.
        value: in its unit.
        unit: e.g. "ms CPU", "MiB RSS".
        floor: what it is compared with, in the same unit; None for none.
        floor_name: what that is.
    """

    what: str
    value: float
    unit: str
    floor: float | None = None
    floor_name: str = ""

    @property
    def ratio(self) -> float | None:
        """Return value / floor."""
        return self.value / self.floor if self.floor else None


@dataclass(frozen=True)
class Cost:
    """What a program cost: milliseconds of processor time, MiB of memory at most."""

    cpu: float
    memory: float


_LAUNCHER = """
import os, sys
null = os.open(os.devnull, os.O_WRONLY)
pid = os.posix_spawn(
    sys.argv[1], sys.argv[1:], os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, null, 1)]
)
_, status, usage = os.wait4(pid, 0)
print(usage.ru_utime + usage.ru_stime, usage.ru_maxrss)
sys.exit(os.waitstatus_to_exitcode(status))
"""
"""A bare interpreter starts the program, for a program's peak memory begins with that
of whatever started it."""


def program(
    command: Sequence[str], environment: Mapping[str, str] | None = None
) -> Cost:
    """Run a program and return its cost, children included.

    Raises:
        RuntimeError: it failed.
    """
    done = subprocess.run(
        [PYTHON, "-I", "-S", "-c", _LAUNCHER, *command],
        env=None if environment is None else dict(environment),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        msg = f"{command[0]} ended with {done.returncode}: {done.stderr}"
        raise RuntimeError(msg)
    seconds, kibibytes = done.stdout.split()
    return Cost(float(seconds) * 1000, int(kibibytes) * 1024 / MIB)


def median_cost(run: Callable[[], Cost], runs: int = RUNS) -> Cost:
    """Return the median of several runs."""
    costs = [run() for _ in range(runs)]
    return Cost(
        statistics.median(cost.cpu for cost in costs),
        statistics.median(cost.memory for cost in costs),
    )


def function(work: Callable[[], object], least: float = 0.3) -> float:
    """Return the processor time of one call in milliseconds, median of several."""
    work()
    times: list[float] = []
    began = time.process_time()
    while time.process_time() - began < least or len(times) < RUNS:
        start = time.process_time_ns()
        work()
        times.append((time.process_time_ns() - start) / 1e6)
    return statistics.median(times)


def show(title: str, figures: Sequence[Figure]) -> None:
    """Print figures as a table."""
    rows = [("figure", "value", "unit", "floor", "x floor", "floor is")]
    for item in figures:
        floor = "" if item.floor is None else _number(item.floor)
        ratio = "" if item.ratio is None else f"{item.ratio:.2f}"
        rows.append(
            (item.what, _number(item.value), item.unit, floor, ratio, item.floor_name)
        )
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    print(f"\n{title}")
    for row in rows:
        cells = zip(row, widths, strict=True)
        print("  " + "  ".join(cell.ljust(width) for cell, width in cells).rstrip())


def save(name: str, figures: Sequence[Figure]) -> Path:
    """Write figures as JSON, with what they were measured on; return the file."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    document = {
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cpus",
        "time": int(time.time()),
        "figures": [{**asdict(item), "ratio": item.ratio} for item in figures],
    }
    path.write_text(json.dumps(document, indent=1) + "\n")
    return path


def _number(value: float) -> str:
    if value >= 1000:  # noqa: PLR2004 - thousands need no fraction
        return f"{value:,.0f}"
    return f"{value:.3g}" if value else "0"
