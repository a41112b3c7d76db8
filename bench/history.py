# SPDX-License-Identifier: Apache-2.0
"""What was measured before, kept with the source, and what is worse by now.

Rules: a figure is compared by its ratio to what was measured beside it in the same run,
never by its own value, for machines differ and are noisy; one that was measured on
another kind of machine is compared all the same, and that is said; nothing fails.
Not here: measuring, the page (`report.py`).

usage: python -m bench.history [--keep]
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.measure import RESULTS, WORST_PAIR, print_table

HISTORY = Path(__file__).resolve().parent / "history.json"
RUNS = 20
"""Runs of one benchmark that are kept: the oldest go."""
Run = dict[str, Any]
"""One benchmark's document, as `measure.save` writes it."""


@dataclass(frozen=True)
class Change:
    """A figure beside the one before it.

    Attributes:
        name: of the benchmark.
        what: was measured.
        before: ratio to its floor.
        now: the same.
    """

    name: str
    what: str
    before: float
    now: float

    @property
    def worse(self) -> bool:
        """Tell whether it is worse beyond what runs differ by."""
        return self.now > self.before * WORST_PAIR


def kept() -> dict[str, list[Run]]:
    """Return the runs of each benchmark, the oldest first."""
    if not HISTORY.exists():
        return {}
    runs: dict[str, list[Run]] = json.loads(HISTORY.read_text())
    return runs


def measured() -> dict[str, Run]:
    """Return what was measured last on this machine, by benchmark."""
    found: dict[str, Run] = {}
    for path in sorted(RESULTS.glob("*.json")):
        run: Run = json.loads(path.read_text())
        if "figures" in run:
            found[path.stem] = run
    return found


def changes(before: Run, now: Run, name: str) -> Iterator[Change]:
    """Yield each figure that both runs have with a floor."""
    earlier = {figure["what"]: figure["ratio"] for figure in before["figures"]}
    for figure in now["figures"]:
        was, ratio = earlier.get(figure["what"]), figure["ratio"]
        if was is not None and ratio is not None:
            yield Change(name, figure["what"], was, ratio)


def keep(runs: dict[str, list[Run]], now: dict[str, Run]) -> None:
    """Add what was measured now, and write it down."""
    for name, run in now.items():
        of_one = runs.setdefault(name, [])
        if not of_one or of_one[-1]["time"] < run["time"]:
            of_one.append(run)
        del of_one[:-RUNS]
    HISTORY.write_text(json.dumps(runs, indent=1, sort_keys=True) + "\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Say what is worse than before; with --keep, keep what was measured."""
    parser = argparse.ArgumentParser(prog="python -m bench.history")
    parser.add_argument("--keep", action="store_true", help="as what later runs follow")
    options = parser.parse_args(arguments)
    runs, now = kept(), measured()
    known = {name: run for name, run in now.items() if runs.get(name)}
    found = [
        change
        for name, run in known.items()
        for change in changes(runs[name][-1], run, name)
    ]
    worse = [one for one in found if one.worse]
    if worse:
        rows = [
            (one.name, one.what, f"{one.before:.2f}", f"{one.now:.2f}") for one in worse
        ]
        heads = ("benchmark", "figure", "x floor before", "x floor now")
        print_table("Worse than before, beyond noise", [heads, *rows])
    print(f"{len(found)} figures beside those before: {len(worse)} worse beyond noise")
    for name, run in known.items():
        if run["machine"] != runs[name][-1]["machine"]:
            print(f"  {name}: before on {runs[name][-1]['machine']}")
    if options.keep:
        keep(runs, now)
    return 0


if __name__ == "__main__":
    sys.exit(main())
