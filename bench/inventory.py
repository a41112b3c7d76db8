# SPDX-License-Identifier: Apache-2.0
"""What one inventory costs, beside its floor and FusionInventory, in the same run.

Rules: floor, product and peer run in turn, and ratios are of such rounds; processor
time is of a program and all its children; nothing of the peer's report is kept. The
product is measured twice: over the datasets that floor or peer tell of too, which is
what a ratio can be of, and over all inventory, whose dearest datasets are named. The
target is held against all inventory though neither floor nor peer looks for updates;
what unpacking apt's lists costs by itself, which no search for updates can be below,
stands beside it and changes no target.
Not here: redaction (measured for information only), what is found (`side_by_side.py`).

usage: python -m bench.inventory
"""

import json
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from agent.catalogue import declared
from bench import side_by_side
from bench.measure import (
    MIB,
    PYTHON,
    Cost,
    Figure,
    number,
    print_table,
    program,
    save,
    show,
)
from bench.side_by_side import columns_of
from wire.catalogue import Kind

ROUNDS = 7
"""The least that a gate asks for (PERFORMANCE, "Gate")."""
WHOLE_ROUNDS = 3
"""All inventory; where apt or another manager has to be asked, seconds each."""
FLOOR, OURS, PEER = "floor", "inventory", "fusioninventory"
WHOLE = "whole inventory"
FLOOR_TELLS = frozenset({"listening_ports", "network_neighbours", "services"})
"""What `floor_inventory.py` reads beyond FusionInventory."""
UPDATES = ("patches", "update_status")
"""What neither floor nor peer tells: it is held against apt, and against its lists."""
_LISTS = "/var/lib/apt/lists"
_UNPACK = ("/usr/lib/apt/apt-helper", "cat-file")
_APT = ("apt-get", "-s", "-o", "Dir::Cache::pkgcache=", "dist-upgrade")
DEAR_MILLISECONDS = 50
"""A dataset of the whole inventory that costs more is named."""
_MOST_CPU = {FLOOR: 3.0, PEER: 0.25}
_MOST_MEMORY = {PEER: 0.6}
"""The targets: so much of the floor's cost, and of the peer's."""
_PREVIEW = "import sys; from agent.__main__ import main; sys.exit(main(sys.argv[1:]))"
_PREVIEW_ARGUMENTS = ("preview", "--json", "--rows", "0", "--policy", "full")
_HERE = Path(__file__).resolve().parent
_SOFTWARE = re.compile(rb"<SOFTWARES>.*?</SOFTWARES>", re.DOTALL)


_Told = dict[str, list[dict[str, str | float]]]


@dataclass(frozen=True)
class Result:
    """What the rounds gave.

    Attributes:
        figures: costs beside those of floor and peer.
        datasets: what each dataset gave and cost, medians.
        packages: how many installed packages each named program tells of.
        told: datasets that floor or peer tell of too.
    """

    figures: Sequence[Figure]
    datasets: Sequence[Mapping[str, str | float]]
    packages: Mapping[str, int]
    told: frozenset[str]


def told_by_others() -> frozenset[str]:
    """Return our datasets that floor or FusionInventory tell of too."""
    rules = side_by_side.read_rules()[PEER]
    columns = (column for rule in rules.values() for column in columns_of(rule))
    return FLOOR_TELLS | {column.partition(".")[0] for column in columns}


def snapshots() -> frozenset[str]:
    """Return the datasets of an inventory."""
    kinds = {name: item.kind for name, item in declared().datasets.items()}
    return frozenset(name for name, kind in kinds.items() if kind is Kind.SNAPSHOT)


def measure(rounds: int = ROUNDS, whole_rounds: int = WHOLE_ROUNDS) -> Result:
    """Measure all programs that are here, in turn."""
    told = told_by_others() & snapshots()
    reader = [PYTHON, "-I", "-m", "bench.read_inventory"]
    commands = {
        FLOOR: [PYTHON, "-I", str(_HERE / "floor_inventory.py")],
        OURS: [*reader, *sorted(told)],
    }
    if shutil.which("fusioninventory-inventory"):
        commands[PEER] = ["fusioninventory-inventory"]
    with tempfile.TemporaryDirectory(prefix="discreet-bench-") as folder:
        costs, runs, printed = _rounds(commands, rounds, Path(folder))
        whole = {WHOLE: [*reader, *sorted(snapshots())]}
        all_costs, all_runs, _ = _rounds(whole, whole_rounds, Path(folder))
    datasets = _medians([run["datasets"] for run in runs[OURS]])
    others = _medians([run["datasets"] for run in all_runs[WHOLE]])
    both = "parent and child together, shared pages twice"
    figures = [
        *_figures(costs, rounds),
        Figure(both, _both(runs[OURS]), "MiB RSS"),
        *_whole(all_costs[WHOLE], costs),
        *_updates(others, all_costs[WHOLE], costs),
    ]
    apart = [item for item in others if item["dataset"] not in told]
    return Result(figures, [*datasets, *apart], _packages(printed, datasets), told)


def _rounds(
    commands: Mapping[str, Sequence[str]], rounds: int, folder: Path
) -> tuple[dict[str, list[Cost]], dict[str, list[_Told]], dict[str, bytes]]:
    """Run all programs in turn; return their costs and what they told."""
    costs: dict[str, list[Cost]] = {name: [] for name in commands}
    told: dict[str, list[_Told]] = {name: [] for name in commands}
    outputs = {name: folder / name for name in commands}
    for turn in range(rounds + 1):  # the first warms up
        for name, command in commands.items():
            cost = program(command, output=outputs[name])
            if turn:
                costs[name].append(cost)
                if name in {OURS, WHOLE}:
                    told[name].append(json.loads(outputs[name].read_bytes()))
    return costs, told, {name: path.read_bytes() for name, path in outputs.items()}


def _whole(mine: Sequence[Cost], costs: Mapping[str, Sequence[Cost]]) -> list[Figure]:
    """Return the figures of all inventory, beside the medians of floor and peer."""
    found: list[Figure] = []
    for other in (FLOOR, PEER):
        if other in costs:
            ours, theirs = _median(mine), _median(costs[other])
            most = _MOST_MEMORY.get(other)
            cpu = ("ms CPU", ours.cpu, theirs.cpu, _MOST_CPU[other])
            memory = ("MiB RSS", ours.memory, theirs.memory, most)
            for unit, value, beside, target in (cpu, memory):
                figure = Figure(WHOLE, value, unit, beside, other, target=target)
                found.append(figure)
    return found


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


def _updates(
    datasets: Sequence[Mapping[str, str | float]],
    whole: Sequence[Cost],
    costs: Mapping[str, Sequence[Cost]],
) -> list[Figure]:
    """Return what looking for waiting updates costs, and all inventory without it."""
    waiting = sum(
        float(item[part])
        for item in datasets
        if item["dataset"] in UPDATES
        for part in ("load", "read", "write")
    )
    rest, floor = _median(whole).cpu - waiting, _median(costs[FLOOR]).cpu
    found = [Figure("whole inventory but updates", rest, "ms CPU", floor, FLOOR)]
    what = " and ".join(UPDATES)
    if shutil.which(_APT[0]):
        alone = program(_APT).cpu
        found.append(Figure(what, waiting, "ms CPU", alone, "apt-get -s dist-upgrade"))
    lists = sorted(str(path) for path in Path(_LISTS).glob("*_Packages*"))
    if lists and shutil.which(_UNPACK[0]):
        runs = [program((*_UNPACK, *lists)).cpu for _ in range(WHOLE_ROUNDS)]
        least = statistics.median(runs)
        unpacked = "apt's lists, unpacked only"
        both = f"{FLOOR}, and {unpacked}"
        found.append(Figure(what, waiting, "ms CPU", least, unpacked))
        cpu = _median(whole).cpu
        found.append(Figure(WHOLE, cpu, "ms CPU", floor + least, both))
    return found


def _median(costs: Sequence[Cost]) -> Cost:
    return Cost(
        statistics.median(cost.cpu for cost in costs),
        statistics.median(cost.memory for cost in costs),
    )


def _both(told: Sequence[_Told]) -> float:
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
    """Print what each dataset gave and cost, and which are dear."""
    heads = ("dataset", "outcome", "rows", "load ms", "read ms", "write ms", "told by")
    rows: list[Sequence[str]] = [heads]
    for item in sorted(result.datasets, key=lambda item: str(item["dataset"])):
        reason = f" ({item['reason']})" if item["reason"] else ""
        costs = (number(float(item[name])) for name in ("load", "read", "write"))
        outcome = f"{item['outcome']}{reason}"
        others = "others too" if item["dataset"] in result.told else "us alone"
        rows.append((str(item["dataset"]), outcome, str(item["rows"]), *costs, others))
    print_table("Inventory, dataset by dataset (processor time)", rows)
    counts = ", ".join(f"{name} {count}" for name, count in result.packages.items())
    print(f"  packages: {counts}")
    dear = [
        f"{item['dataset']} {number(float(item['read']))} ms"
        for item in result.datasets
        if float(item["read"]) > DEAR_MILLISECONDS
    ]
    if dear:
        print(f"  dearest of the whole inventory: {', '.join(dear)}")
    if PEER not in result.packages:
        print("  fusioninventory-agent is not installed: not compared with it")


def main() -> int:
    """Print the figures and write them as JSON."""
    found = measure()
    figures = [*found.figures, *redacted()]
    show("Inventory, beside its floor and a peer", figures)
    print_datasets(found)
    print(f"  written to {save(OURS, figures)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
