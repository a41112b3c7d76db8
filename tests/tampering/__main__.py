# SPDX-License-Identifier: Apache-2.0
"""`python -m tests.tampering --tries 2000`: how much tampering a ledger's anchors find.

Rules: each try is drawn from a seed that is printed when it is missed; it is told of
what was anchored alone, and a control shows that what came behind can be cut unseen.
Not here: what an intruder does (`intruder.py`).
"""

import argparse
import sys
import tempfile
from collections import Counter
from pathlib import Path

from tests.model.progress import shown
from tests.tampering.intruder import WAYS, Scene, cut_behind, found

CONTROLS = 20
"""Cuts behind the last anchor: each must be missed, or the tries show nothing."""


def main() -> int:
    """Try, print, and return 1 when something was missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.tampering")
    parser.add_argument("--tries", type=int, default=2_000)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    options = parser.parse_args()
    seen: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as directory:
        scene = Scene.made(Path(directory))
        seeds = range(options.first, options.first + options.tries)
        for seed in shown(seeds, [1] * len(seeds), "tries"):
            way = WAYS[seed % len(WAYS)].__name__
            seen[f"{way} {'found' if found(scene, seed) else 'MISSED'}"] += 1
            if seen[f"{way} MISSED"]:
                sys.stdout.write(f"missed: seed {seed} ({way})\n")
                break
        unseen = sum(not found(scene, seed, cut_behind) for seed in range(CONTROLS))
    total = sum(seen.values())
    missed = sum(count for name, count in seen.items() if name.endswith("MISSED"))
    for name, count in sorted(seen.items()):
        if count:
            sys.stdout.write(f"{name:24} {count:6}\n")
    told = f"{total} tries, {total - missed} found, {missed} missed"
    sys.stdout.write(
        f"Of what was anchored: {told}\n"
        f"Control: {unseen} of {CONTROLS} cuts behind the last anchor are unseen, as "
        "nobody outside has what was cut.\n"
    )
    return 1 if missed or not total or unseen < CONTROLS else 0


if __name__ == "__main__":
    sys.exit(main())
