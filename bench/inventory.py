# SPDX-License-Identifier: Apache-2.0
"""What one inventory costs, beside its floor and FusionInventory, in the same run.

Rules: floor, product and peer run in turn, and ratios are of such rounds; processor
time is of a program and all its children; nothing of the peer's report is kept.
Not here: redaction (measured for information only), what is found (`side_by_side.py`).
"""

import json
import re
import shutil
import statistics
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from agent.collectors import declared
from bench.measure import MIB, PYTHON, Cost, Figure, number, print_table, program
from wire.catalogue import Kind

ROUNDS = 7
"""The least that a gate asks for (PERFORMANCE, "Gate")."""
FLOOR, OURS, PEER = "floor", "inventory", "fusioninventory"
_MOST_CPU = {FLOOR: 3.0, PEER: 0.25}
_MOST_MEMORY = {PEER: 0.6}
"""The targets: so much of the floor's cost, and of the peer's."""
_PREVIEW = "import sys; from agent.__main__ import main; sys.exit(main(sys.argv[1:]))"
_PREVIEW_ARGUMENTS = ("preview", "--json", "--rows", "0", "--policy", "full")
_HERE = Path(__file__).resolve().parent
_SOFTWARE = re.compile(rb"<SOFTWARES>.*?</SOFTWARES>", re.DOTALL)


@dataclass(frozen=True)
class Result:
    """What the rounds gave.

    Attributes:
        figures: costs beside those of floor and peer.
        datasets: what each dataset gave and cost, medians.
        packages: how many installed packages each named program tells of.
    """

    figures: Sequence[Figure]
    datasets: Sequence[Mapping[str, str | float]]
    packages: Mapping[str, int]


def measure(rounds: int = ROUNDS) -> Result:
    """Measure all programs that are here, in turn."""
    snapshots = [
        name for name, item in declared().datasets.items() if item.kind is Kind.SNAPSHOT
    ]
    commands = {
        FLOOR: [PYTHON, "-I", str(_HERE / "floor_inventory.py")],
        OURS: [PYTHON, "-I", "-m", "bench.read_inventory", *sorted(snapshots)],
    }
    if shutil.which("fusioninventory-inventory"):
        commands[PEER] = ["fusioninventory-inventory"]
    costs: dict[str, list[Cost]] = {name: [] for name in commands}
    told: list[dict[str, list[dict[str, str | float]]]] = []
    with tempfile.TemporaryDirectory(prefix="discreet-bench-") as folder:
        outputs = {name: Path(folder, name) for name in commands}
        for turn in range(rounds + 1):  # the first warms up
            for name, command in commands.items():
                cost = program(command, output=outputs[name])
                if turn:
                    costs[name].append(cost)
            if turn:
                told.append(json.loads(outputs[OURS].read_bytes()))
        printed = {name: path.read_bytes() for name, path in outputs.items()}
    datasets = _medians([run["datasets"] for run in told])
    figures = [
        *_figures(costs, rounds),
        Figure("parent and child together, shared pages twice", _both(told), "MiB RSS"),
    ]
    return Result(figures, datasets, _packages(printed, datasets))


def redacted() -> list[Figure]:
    """Measure the same with redaction, for all that a policy may ask, for each purpose.

    Nothing is gated on it: redaction has figures of its own.
    """
    cost = program([PYTHON, "-I", "-c", _PREVIEW, *_PREVIEW_ARGUMENTS])
    what = "preview of `full`, events and redaction included"
    return [
        Figure(what, cost.cpu, "ms CPU"),
        Figure(what, cost.memory, "MiB RSS"),
    ]


def _figures(costs: Mapping[str, Sequence[Cost]], rounds: int) -> list[Figure]:
    found = []
    for other in (FLOOR, PEER):
        if other not in costs:
            continue
        for unit, most in (("ms CPU", _MOST_CPU), ("MiB RSS", _MOST_MEMORY)):
            mine, theirs = (
                [cost.cpu if most is _MOST_CPU else cost.memory for cost in costs[name]]
                for name in (OURS, other)
            )
            pairs = tuple(mine[turn] / theirs[turn] for turn in range(rounds))
            found.append(
                Figure(
                    OURS,
                    statistics.median(mine),
                    unit,
                    statistics.median(theirs),
                    other,
                    pairs,
                    most.get(other),
                )
            )
    return found


def _both(told: Sequence[Mapping[str, object]]) -> float:
    """Return the memory of parent and child at their peaks; they share pages."""
    sums = [float(str(run["parent"])) + float(str(run["child"])) for run in told]
    return statistics.median(sums) / MIB


def _medians(
    runs: Sequence[Sequence[Mapping[str, str | float]]],
) -> list[Mapping[str, str | float]]:
    """Return the last run's datasets with the median of each cost."""
    found: list[Mapping[str, str | float]] = []
    for index, last in enumerate(runs[-1]):
        costs = {
            name: statistics.median(float(run[index][name]) for run in runs)
            for name in ("load", "read", "write")
        }
        found.append({**last, **costs})
    return found


def _packages(
    printed: Mapping[str, bytes], datasets: Sequence[Mapping[str, str | float]]
) -> dict[str, int]:
    """Return how many packages each tells; `software` also has those of languages."""
    found = {FLOOR: len(json.loads(printed[FLOOR])["software"])}
    found[OURS] = next(
        int(item["rows"]) for item in datasets if item["dataset"] == "software"
    )
    if PEER in printed:
        found[PEER] = len(_SOFTWARE.findall(printed[PEER]))
    if shutil.which("dpkg-query"):
        form = "${db:Status-Status}\n"
        command = ["dpkg-query", "-W", "-f", form]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        found["dpkg-query"] = done.stdout.splitlines().count("installed")
    return found


def print_datasets(result: Result) -> None:
    """Print what each dataset gave and cost."""
    heads = ("dataset", "outcome", "rows", "load ms", "read ms", "write ms")
    rows: list[Sequence[str]] = [heads]
    for item in result.datasets:
        reason = f" ({item['reason']})" if item["reason"] else ""
        costs = (number(float(item[name])) for name in ("load", "read", "write"))
        outcome = f"{item['outcome']}{reason}"
        rows.append((str(item["dataset"]), outcome, str(item["rows"]), *costs))
    print_table("Inventory, dataset by dataset (processor time)", rows)
    counts = ", ".join(f"{name} {count}" for name, count in result.packages.items())
    print(f"  packages: {counts}")
    if PEER not in result.packages:
        print("  fusioninventory-agent is not installed: not compared with it")
