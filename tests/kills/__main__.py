# SPDX-License-Identifier: Apache-2.0
"""Kills agent and collector at every step, and at random pairs of steps.

Rules: SIGKILL, real processes, real files, TLS on loopback; the oracle: each line that
the source had is read at the collector exactly once, and all is well in two seconds;
exit 1 when that fails, with the steps by which it is seen again, and where too many
trials killed nothing. Seconds are those in which nothing on this machine had to wait:
trials run beside each other, and in CI beside other tests.
Not here: how a step is found and struck (`kill.py`).

Run it as `python -m tests.kills [--singles] [--pairs N] [--first N] [--seed N]
[--part K/N] [--workers N]`.
"""

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from tests.kills.crew import verdicts
from tests.kills.kill import Step, Verdict, steps
from tests.kills.scene import begin
from tests.kills.story import PLANTED
from tests.progress import Progress
from tests.unhindered import INCONCLUSIVE

MISSED = 0.1
"""Of the trials: a run has some steps of three hundred that another has not, seven on
a busy machine. More than that is a kill that does not strike."""
HEALED_SECONDS = 2.0
"""Most from the last kill until all is stored and marked."""


def run(
    name: str,
    tried: Sequence[Sequence[Step]],
    work: Path,
    chosen: argparse.Namespace,
    first: int | None = None,
) -> bool:
    """Try kills and print what came of them, and each minute how far it has come.

    Args:
        name: of the trials.
        tried: the kills of each.
        work: a directory for them.
        chosen: what was asked for.
        first: how many were before, where it can be gone on with.

    Returns:
        Whether the promise was kept in each.
    """
    counts = Counter[str]()
    slowest, slowly = 0.0, 0.0
    work.mkdir()
    came = verdicts(tried, work, planted=chosen.planted, workers=chosen.workers)
    onward, before = "" if first is None else "--first", first or 0
    progress = Progress(name, before, before + len(tried), onward)
    told_of = zip(tried, progress.telling(came), strict=True)
    for number, (kills, verdict) in enumerate(told_of, before):
        _count(counts, verdict)
        slowest = max(slowest, verdict.spent.unhindered)
        slowly = max(slowly, verdict.spent.seconds)
        if not verdict.kept or verdict.spent.late(HEALED_SECONDS):
            told = " then ".join(f"{k.side} {k.call} {k.number}" for k in kills)
            _say(f"BROKEN {name} {number} at {told}: {verdict}")
    _say(
        f"{name}: {len(tried)} trials, {counts['killed']} kills, "
        f"{counts['lost']} lines lost, {counts['twice']} twice, "
        f"{counts['stuck']} never healed, "
        f"slowest to heal {slowest:.1f} s ({slowly:.1f} s by the clock)"
    )
    _say(progress.spent)
    if unsure := counts["unsure"]:
        _say(
            f"{INCONCLUSIVE} {name}: how soon {unsure} trials healed, on a busy machine"
        )
    if missed := counts["missed"] > len(tried) * MISSED:
        _say(f"BROKEN {name}: {counts['missed']} trials in which nothing was killed")
    late = slowest > HEALED_SECONDS
    return not (counts["lost"] or counts["twice"] or counts["stuck"] or missed or late)


def pairs_of(
    found: Sequence[Step], seed: int, first: int, count: int
) -> list[list[Step]]:
    """Draw pairs of steps; the nth is the same wherever a run begins.

    Args:
        found: every step.
        seed: which pairs.
        first: number of the first one.
        count: how many.
    """
    return [
        random.Random(f"{seed} {number}").choices(found, k=2)  # noqa: S311 - the same pairs each time
        for number in range(first, first + count)
    ]


def _count(counts: Counter[str], verdict: Verdict) -> None:
    counts["killed"] += verdict.killed
    counts["missed"] += not verdict.killed
    counts["lost"] += verdict.lost
    counts["twice"] += verdict.twice
    counts["stuck"] += not verdict.healed
    counts["unsure"] += bool(verdict.spent.unsure(HEALED_SECONDS))


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main(arguments: Sequence[str]) -> int:
    """Kill and print; return 1 where a line was lost or came twice."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--singles", action="store_true", help="every step, once")
    parser.add_argument("--pairs", type=int, default=0, help="random pairs of steps")
    parser.add_argument("--seed", type=int, default=1, help="which pairs")
    parser.add_argument("--first", type=int, default=0, help="go on at this pair")
    parser.add_argument("--workers", type=int, default=2, help="trials at a time")
    parser.add_argument("--part", default="1/1", help="every Nth single from the Kth")
    parser.add_argument("--side", choices=("agent", "gate"), help="singles of one side")
    parser.add_argument("--planted", choices=PLANTED, default="")
    chosen = parser.parse_args(arguments)
    kept = True
    shared = Path("/dev/shm")  # noqa: S108 - what is killed leaves its disk as it is
    within = shared if shared.is_dir() else None
    with tempfile.TemporaryDirectory(dir=within) as folder:
        work = Path(folder)
        (work / "steps").mkdir()
        start = time.monotonic()
        found = steps(begin(work / "first", chosen.planted), work / "steps")
        by = Counter(f"{step.side} {step.call}" for step in found)
        listed = ", ".join(f"{name} {count}" for name, count in sorted(by.items()))
        _say(f"{len(found)} steps: {listed}")
        if chosen.singles:
            part, parts = map(int, chosen.part.split("/"))
            ours = [step for step in found if chosen.side in {None, step.side}]
            singles = [[step] for step in ours[part - 1 :: parts]]
            kept &= run("singles", singles, work / "singles", chosen)
        if chosen.pairs:
            pairs = pairs_of(found, chosen.seed, chosen.first, chosen.pairs)
            kept &= run("pairs", pairs, work / "pairs", chosen, chosen.first)
        _say(f"{time.monotonic() - start:.0f} s")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
