# SPDX-License-Identifier: Apache-2.0
"""How fast `discreet-agent scrub` is, and how much memory it takes.

Rules: the real command, its pseudonyms included; start-up is told apart and taken off.
Not here: other tools (`redaction_beside.py`), other engines (`redaction_engines.py`).
"""

import statistics
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from bench.feeding import MB, fed, in_turn, rate
from bench.measure import PYTHON, Cost, print_table
from bench.redaction_lines import (
    BATCHES,
    BLOCKS,
    Corpus,
    corpora,
    worst_cases,
)

SCRUB = (str(Path(PYTHON).parent / "discreet-agent"), "scrub")
START_MILLISECONDS, MEMORY = 80, 60
"""Most for start-up, and MiB at the peak."""
START_ROUNDS = 15
ROUNDS = 3
_WAYS: Sequence[tuple[str, tuple[str, int], float]] = (
    ("a file", ("file", 0), BLOCKS),
    ("1 MB blocks", ("bytes", MB), BLOCKS),
    ("2,000 lines", ("lines", 2_000), BATCHES),
)


def speed() -> list[list[str]]:
    """Print start-up, memory and MB per CPU second."""
    rows = [["text", "fed as", "MB", "MB / CPU s", "target", "peak MiB", "target"]]
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "lines"
        path.write_text("one line\n")
        costs = in_turn(_STARTS, path, START_ROUNDS)
        start = costs["start-up, one line"]
        for name, cost in costs.items():
            asked = START_MILLISECONDS if name == "start-up, one line" else None
            target = "" if asked is None else f"{asked} ms {_met(cost.cpu <= asked)}"
            rows.append([name, "", "", f"{cost.cpu:.1f} ms", target, *_memory(cost)])
        for corpus in corpora():
            rows += [_row(corpus, way, path, start) for way in _WAYS]
        rows += _worst(path, start)
    print_table("discreet-agent scrub, replacement and pseudonyms included", rows)
    return rows


def _worst(path: Path, start: Cost) -> list[list[str]]:
    """Return the slowest of the detectors' worst cases, and the middle of all."""
    slowest = sorted(
        (_row(corpus, _WAYS[0], path, start, rounds=1) for corpus in worst_cases()),
        key=lambda row: float(row[3]),
    )
    rates = [float(row[3]) for row in slowest]
    least = BLOCKS / 10
    wrong = sum(value < least for value in rates)
    middle = f"{statistics.median(rates):.1f}"
    name = f"{len(rates)} worst cases, median"
    middle_row = [name, "a file", "", middle, f"{wrong} under {least:.0f}", "", ""]
    return [*slowest[:_SHOWN], middle_row]


_SHOWN = 12
"""Worst cases in the table: the slowest."""
_STARTS = {
    "a bare interpreter": (PYTHON, "-I", "-c", "pass"),
    "start-up, no line": (*SCRUB, "--help"),
    "start-up, one line": SCRUB,
}


def _row(
    corpus: Corpus,
    way: tuple[str, tuple[str, int], float],
    path: Path,
    start: Cost,
    rounds: int = ROUNDS,
) -> list[str]:
    """Return what a text costs, fed in one way: the median of some rounds."""
    name, batch, least = way
    print(f"  {corpus.name}, {name}", file=sys.stderr)
    path.write_bytes(corpus.octets)
    run: Callable[[], Cost] = lambda: fed(SCRUB, path, batch)  # noqa: E731 - once
    costs = [run() for _ in range(rounds)]
    cost = Cost(
        statistics.median(cost.cpu for cost in costs),
        max(cost.memory for cost in costs),
    )
    found = rate(len(corpus.octets), cost, start)
    asked = least * corpus.share
    return [
        corpus.name,
        name,
        f"{len(corpus.octets) / MB:.1f}",
        f"{found:.1f}",
        f"{asked:.3g} {_met(found >= asked)}" if asked else "",
        *_memory(cost),
    ]


def _memory(cost: Cost) -> tuple[str, str]:
    return f"{cost.memory:.0f}", f"{MEMORY} {_met(cost.memory <= MEMORY)}"


def _met(met: object) -> str:
    return "met" if met else "MISSED"
