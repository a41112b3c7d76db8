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
WORST_PAIR = 1.25
"""How far over a target one pair may be: ratios of one run move by about 15 %."""
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
        pairs: value / floor of each round, where both were measured in turn.
        target: what the ratio is to be at most; None for no target.
    """

    what: str
    value: float
    unit: str
    floor: float | None = None
    floor_name: str = ""
    pairs: tuple[float, ...] = ()
    target: float | None = None

    @property
    def ratio(self) -> float | None:
        """Return value / floor: the median of the pairs where there are some."""
        if self.pairs:
            return statistics.median(self.pairs)
        return self.value / self.floor if self.floor else None

    @property
    def met(self) -> bool | None:
        """Tell whether the target is met, and no pair is far off; None for none."""
        if self.target is None or self.ratio is None:
            return None
        near = max(self.pairs, default=self.ratio) <= self.target * WORST_PAIR
        return self.ratio <= self.target and near


@dataclass(frozen=True)
class Cost:
    """What a program cost: milliseconds of processor time, MiB of memory at most."""

    cpu: float
    memory: float


_LAUNCHER = """
import os, sys
out = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
pid = os.posix_spawnp(
    sys.argv[2], sys.argv[2:], os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, out, 1)]
)
_, status, usage = os.wait4(pid, 0)
print(usage.ru_utime + usage.ru_stime, usage.ru_maxrss)
sys.exit(os.waitstatus_to_exitcode(status))
"""
"""A bare interpreter starts the program, for a program's peak memory begins with that
of whatever started it."""


def program(
    command: Sequence[str],
    environment: Mapping[str, str] | None = None,
    output: str | Path = os.devnull,
) -> Cost:
    """Run a program and return its cost, children included.

    Args:
        command: the program and its arguments.
        environment: of the program; None for this process's own.
        output: file that takes what it prints.

    Raises:
        RuntimeError: it failed.
    """
    done = subprocess.run(
        [PYTHON, "-I", "-S", "-c", _LAUNCHER, str(output), *command],
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
    rows = [("figure", "value", "unit", "floor", "x floor", "target", "floor is")]
    for item in figures:
        floor = "" if item.floor is None else number(item.floor)
        ratio = "" if item.ratio is None else f"{item.ratio:.2f}"
        met = {None: "", True: " met", False: " MISSED"}[item.met]
        target = "" if item.target is None else f"{item.target:.2f}{met}"
        value = number(item.value)
        rows.append(
            (item.what, value, item.unit, floor, ratio, target, item.floor_name)
        )
    print_table(title, rows)


def print_table(title: str, rows: Sequence[Sequence[str]]) -> None:
    """Print rows, of which the first are the heads, in columns."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    print(f"\n{title}")
    for row in rows:
        cells = zip(row, widths, strict=True)
        print("  " + "  ".join(cell.ljust(width) for cell, width in cells).rstrip())


def publish(title: str, name: str, figures: Sequence[Figure]) -> None:
    """Print figures as a table, write them as JSON, and say where."""
    show(title, figures)
    print(f"  written to {save(name, figures).relative_to(RESULTS.parents[1])}")


def save(name: str, figures: Sequence[Figure]) -> Path:
    """Write figures as JSON, with what they were measured on; return the file."""
    told = [{**asdict(item), "ratio": item.ratio, "met": item.met} for item in figures]
    return save_as(name, "figures", told)


def save_as(name: str, what: str, told: object) -> Path:
    """Write a document as JSON, with what it was made on; return the file."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    document = {
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cpus",
        "time": int(time.time()),
        what: told,
    }
    path.write_text(json.dumps(document, indent=1) + "\n")
    return path


def number(value: float) -> str:
    """Return a number as people read it in a table."""
    if value >= 1000:  # noqa: PLR2004 - thousands need no fraction
        return f"{value:,.0f}"
    return f"{value:.3g}" if value else "0"
