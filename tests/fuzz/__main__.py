# SPDX-License-Identifier: Apache-2.0
"""Fuzzes the doors through which octets of others come in, and prints a table.

Rules: coverage-guided (libFuzzer through atheris); it begins with the vectors, the
recorded examples and what was found before; exit 1 when anything broke, with the input
in a file; what was found is kept with `--keep`.
Not here: the targets (`targets.py`).

Run it as `python -m tests.fuzz [--seconds N] [--keep] [TARGET]...`.
"""

import argparse
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.fuzz.seeds import CORPUS, kept, seeds
from tests.fuzz.targets import TARGETS

SECONDS = 60
MEGABYTES = 512
"""What a target may hold: half of it is Python, atheris and the catalogue."""
GROWTH_MEGABYTES = 96
"""Between the first and the last word of a run: libFuzzer's own corpus and tables."""
INPUT_SECONDS = 5
_LONGEST = 64 * 1024
_RUNS = re.compile(r"(?m)^stat::number_of_executed_units:\s*(\d+)")
_WAYS = re.compile(r"cov: (\d+) ft: (\d+) corp: (\d+)")
_MEMORY = re.compile(r"rss: (\d+)Mb")


@dataclass(frozen=True, slots=True)
class Told:
    """How a run went.

    Attributes:
        name: the target.
        runs: inputs tried.
        ways: edges of our code that were reached.
        kept: inputs that reached a new one.
        memory: MiB at the end.
        growth: MiB more than at the start.
        broken: the report of what broke; empty where nothing did.
    """

    name: str
    runs: int
    ways: int
    kept: int
    memory: int
    growth: int
    broken: str


def fuzz(name: str, seconds: int, *, keep: bool, into: Path) -> Told:
    """Fuzz one target.

    Args:
        name: of `TARGETS`.
        seconds: how long.
        keep: write what was found into the corpus, reduced to what covers as much.
        into: directory for inputs that break it.
    """
    with tempfile.TemporaryDirectory() as work:
        found, begun = Path(work, "found"), Path(work, "begun")
        for folder in (found, begun):
            folder.mkdir()
        for number, octets in enumerate([*seeds(name), *kept(name)]):
            (begun / str(number)).write_bytes(octets)
        ran = _drive(
            name,
            f"-max_total_time={seconds}",
            f"-timeout={INPUT_SECONDS}",
            f"-rss_limit_mb={MEGABYTES}",
            f"-max_len={_LONGEST}",
            f"-artifact_prefix={into}/{name}-",
            "-print_final_stats=1",
            str(found),
            str(begun),
        )
        told = _told(name, ran)
        if keep and not told.broken:
            folder = CORPUS / name
            folder.mkdir(parents=True, exist_ok=True)
            _drive(name, "-merge=1", str(folder), str(found))
        return told


def _drive(name: str, *options: str) -> subprocess.CompletedProcess[str]:
    # a small shell starts it: Linux tells a program's peak memory as no less than its
    # parent's, which may be a large test process
    return subprocess.run(
        [
            *("/bin/sh", "-c", '"$@"; exit $?', "fuzz"),
            *(sys.executable, "-m", "tests.fuzz.drive", name, *options),
        ],
        capture_output=True,
        text=True,
        check=False,
        errors="replace",
    )


def _told(name: str, ran: subprocess.CompletedProcess[str]) -> Told:
    words = ran.stderr
    runs, ways = _RUNS.search(words), _WAYS.findall(words)
    memory = [int(found) for found in _MEMORY.findall(words)]
    growth = memory[-1] - memory[0] if memory else 0
    broken = ""
    if ran.returncode or not (runs and ways):
        broken = "\n".join((ran.stdout + words).splitlines()[-40:])
    elif growth > GROWTH_MEGABYTES:
        broken = f"memory grew by {growth} MiB"
    return Told(
        name,
        int(runs[1]) if runs else 0,
        int(ways[-1][0]) if ways else 0,
        int(ways[-1][2]) if ways else 0,
        memory[-1] if memory else 0,
        growth,
        broken,
    )


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main(arguments: Sequence[str]) -> int:
    """Fuzz and print a line for each target; return 1 where one broke."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("targets", nargs="*", default=[], metavar="TARGET")
    parser.add_argument("--seconds", type=int, default=SECONDS, help="for each target")
    parser.add_argument("--keep", action="store_true", help="keep what was found")
    parser.add_argument("--jobs", type=int, default=1, help="targets at once")
    parser.add_argument("--into", type=Path, default=Path("build/fuzz"))
    chosen = parser.parse_args(arguments)
    names = chosen.targets or list(TARGETS)
    if unknown := sorted(set(names) - set(TARGETS)):
        parser.error(f"{unknown[0]} is none of: {', '.join(TARGETS)}")
    chosen.into.mkdir(parents=True, exist_ok=True)

    def run(name: str) -> Told:
        return fuzz(name, chosen.seconds, keep=chosen.keep, into=chosen.into)

    _say(f"{'target':10} {'runs':>10} {'edges':>6} {'kept':>5} {'MiB':>4} growth")
    broken = []
    with ThreadPoolExecutor(chosen.jobs) as pool:
        for told in pool.map(run, names):
            _say(
                f"{told.name:10} {told.runs:10,} {told.ways:6,} {told.kept:5,} "
                f"{told.memory:4} {told.growth:+5}  {'BROKEN' if told.broken else ''}"
            )
            broken += [told.broken] if told.broken else []
    for report in broken:
        _say(report)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
