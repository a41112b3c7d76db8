# SPDX-License-Identifier: Apache-2.0
"""How much redaction leaves, how much it spoils, and how fast it is, beside others.

Rules: tables name what is asked beside what is measured, met or MISSED; all of them are
written as JSON, each part when it is done.
Not here: the parts (`redaction_scores.py`, `redaction_speed.py`, `redaction_beside.py`,
`redaction_engines.py`, `redaction_compiled.py`, `tests/log_grammar/laws.py`).

usage: python -m bench.redaction [scores] [speed] [peers] [laws] [engines] [compiled]
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from bench.measure import print_table, save_as
from bench.redaction_beside import beside_peers
from bench.redaction_compiled import compiled
from bench.redaction_engines import engines
from bench.redaction_scores import scores
from bench.redaction_speed import speed
from tests.log_grammar.laws import broken

PAIRS = 1_000_002


def laws() -> list[list[str]]:
    """Print how many of a million pairs break a law of redaction."""
    print(f"  {PAIRS:,} pairs", file=sys.stderr)
    rows = [["law", "pairs", "broken", "target"]]
    for law, (pairs, wrong) in broken(21, PAIRS).items():
        met = "MISSED" if wrong else "met"
        rows.append([law, f"{pairs:,}", f"{wrong}", f"0 {met}"])
    print_table("Laws of redaction", rows)
    return rows


_PARTS: Mapping[str, Callable[[], object]] = {
    "scores": scores,
    "speed": speed,
    "peers": beside_peers,
    "engines": engines,
    "compiled": compiled,
    "laws": laws,
}


def main(names: Sequence[str] = ()) -> None:
    """Print the tables, and write each as JSON.

    Args:
        names: of the parts; all of them when there is none.
    """
    unknown = set(names) - set(_PARTS)
    if unknown:
        sys.exit(f"no such part: {', '.join(sorted(unknown))}; {', '.join(_PARTS)}")
    for name in names or _PARTS:
        path = save_as(f"redaction-{name}", "tables", _PARTS[name]())
        print(f"  written to {path.relative_to(Path(__file__).parents[1])}")


if __name__ == "__main__":
    main(sys.argv[1:])
