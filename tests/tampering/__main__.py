# SPDX-License-Identifier: Apache-2.0
"""`python -m tests.tampering --tries 2000`: how much tampering a ledger's anchors find.

Rules: each try is drawn from a seed that is printed when it is missed.
Not here: what an intruder does (`intruder.py`).
"""

import argparse
import sys
import tempfile
from collections import Counter
from pathlib import Path

from tests.tampering.intruder import WAYS, Scene, found


def main() -> int:
    """Try, print, and return 1 when something was missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.tampering")
    parser.add_argument("--tries", type=int, default=2_000)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    options = parser.parse_args()
    seen: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as directory:
        scene = Scene.made(Path(directory))
        for seed in range(options.first, options.first + options.tries):
            way = WAYS[seed % len(WAYS)].__name__
            seen[f"{way} {'found' if found(scene, seed) else 'MISSED'}"] += 1
            if seen[f"{way} MISSED"]:
                sys.stdout.write(f"missed: seed {seed} ({way})\n")
                break
    total = sum(seen.values())
    missed = sum(count for name, count in seen.items() if name.endswith("MISSED"))
    for name, count in sorted(seen.items()):
        if count:
            sys.stdout.write(f"{name:24} {count:6}\n")
    sys.stdout.write(f"{total} tries, {total - missed} found, {missed} missed\n")
    return 1 if missed or not total else 0


if __name__ == "__main__":
    sys.exit(main())
