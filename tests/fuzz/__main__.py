# SPDX-License-Identifier: Apache-2.0
"""Fuzzes the doors through which octets of others come in, and prints a table.

Rules: coverage-guided (libFuzzer through atheris); it begins with the vectors, the
recorded examples and what is kept; exit 1 when anything broke, with the input in a
file; what is new goes to a file too, and to what is kept with `--keep` alone.
Not here: the targets (`targets.py`).

Run it as `python -m tests.fuzz [--seconds N] [--keep] [TARGET]...`.
"""

import argparse
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.fuzz.seeds import CORPUS, begins, kept, written
from tests.fuzz.targets import TARGETS
from tests.fuzz.told import HEAD, Told

SECONDS = 60
MEGABYTES = 512
"""What a target may hold: half of it is Python, atheris and the catalogue."""
GROWTH_MEGABYTES = 96
"""Between the first and the last word of a run: libFuzzer's own corpus and tables."""
HANG_SECONDS = 120
"""For what waits, by the clock; what works is told of sooner (`drive.py`)."""
_LONGEST = 64 * 1024
KEPT_LONGEST = 2 * 1024
"""Of what is kept: what only a long input reaches is not worth a repository's room."""
_RUNS = re.compile(r"(?m)^stat::number_of_executed_units:\s*(\d+)")
_WAYS = re.compile(r"cov: (\d+) ft: \d+ corp: ")
_MEMORY = re.compile(r"rss: (\d+)Mb")
_MERGED = "MERGE-OUTER: successful"


class MergeError(Exception):
    """What was found could not be compared with what was there."""


def fuzz(
    name: str,
    seconds: int,
    into: Path,
    begun: Sequence[bytes],
    hang: int = HANG_SECONDS,
) -> Told:
    """Fuzz one target.

    Args:
        name: of `TARGETS`.
        seconds: how long.
        into: directory for inputs that break it, and for a list of new ones.
        begun: inputs to begin with.
        hang: how long an input may wait, in seconds.
    """
    with tempfile.TemporaryDirectory() as work:
        found = Path(work, "found")
        found.mkdir()
        ran = _drive(
            name,
            f"-max_total_time={seconds}",
            f"-timeout={hang}",
            f"-rss_limit_mb={MEGABYTES}",
            f"-max_len={_LONGEST}",
            f"-artifact_prefix={into}/{name}-",
            "-print_final_stats=1",
            str(found),
            str(_laid_out(Path(work, "begun"), begun)),
        )
        new = frozenset(_inputs(found))
    (into / f"{name}.txt").write_text(written(new), "ascii")
    return _told(name, ran, len(begun), new)


def added(name: str, begun: Iterable[bytes], found: Iterable[bytes]) -> list[bytes]:
    """Return the fewest of what was found that reach all that the others do not.

    Args:
        name: of `TARGETS`.
        begun: what is there already.
        found: what may reach something new.

    Raises:
        MergeError: where libFuzzer did not compare them.
    """
    with tempfile.TemporaryDirectory() as work:
        there = _laid_out(Path(work, "there"), begun)
        before = set(there.iterdir())
        more = _laid_out(Path(work, "more"), found)
        ran = _drive(name, "-set_cover_merge=1", str(there), str(more))
        if ran.returncode or _MERGED not in ran.stderr:
            raise MergeError(ran.stderr[-2_000:])
        return [path.read_bytes() for path in set(there.iterdir()) - before]


def keep(name: str, found: Iterable[bytes], corpus: Path = CORPUS) -> None:
    """Add to what is kept of a target the few that reach something new."""
    short = [octets for octets in found if len(octets) <= KEPT_LONGEST]
    more = added(name, begins(name, corpus), short)
    corpus.mkdir(exist_ok=True)
    every = written([*kept(name, corpus), *more])
    (corpus / f"{name}.txt").write_text(every, "ascii")


def _laid_out(folder: Path, inputs: Iterable[bytes]) -> Path:
    folder.mkdir()
    for number, octets in enumerate(inputs):
        (folder / str(number)).write_bytes(octets)
    return folder


def _inputs(folder: Path) -> Iterator[bytes]:
    for path in folder.iterdir():
        yield path.read_bytes()


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


def _told(
    name: str,
    ran: subprocess.CompletedProcess[str],
    begun: int,
    new: frozenset[bytes],
) -> Told:
    words = ran.stderr
    runs, ways = _RUNS.search(words), _WAYS.findall(words)
    memory = [int(found) for found in _MEMORY.findall(words)]
    growth = memory[-1] - memory[0] if memory else 0
    broken = ""
    if ran.returncode or not (runs and ways):
        # libFuzzer tells its own on stderr, and atheris there what it instruments; an
        # exception of ours is on stdout
        own = [line for line in words.splitlines() if not line.startswith("INFO: ")]
        broken = "\n".join([*ran.stdout.splitlines()[-40:], *own[-20:]])
    elif growth > GROWTH_MEGABYTES:
        broken = f"memory grew by {growth} MiB"
    return Told(
        name,
        int(runs[1]) if runs else 0,
        int(ways[-1]) if ways else 0,
        memory[-1] if memory else 0,
        growth,
        broken,
        begun,
        new,
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
        told = fuzz(name, chosen.seconds, chosen.into, begins(name))
        if chosen.keep and not told.broken:
            keep(name, told.found)
        return told

    _say(HEAD)
    broken = []
    with ThreadPoolExecutor(chosen.jobs) as pool:
        for told in pool.map(run, names):
            _say(str(told))
            broken += [told.broken] if told.broken else []
    for report in broken:
        _say(report)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
