# SPDX-License-Identifier: Apache-2.0
"""What other redactors leave, spoil and cost, on the same lines as ours.

Rules: one run, one machine, lines of the grammar with nothing known before; a slow tool
gets the first part of the same lines; start-up is told apart and taken off.
Not here: installing them (`redaction_peers.py`).
"""

import sys
import tempfile
from pathlib import Path

from bench.feeding import fed, rate
from bench.measure import print_table
from bench.redaction_lines import KNOWN
from bench.redaction_peers import Peer, peers
from bench.redaction_speed import SCRUB
from tests.log_grammar.grammar import Line, lines, score

OUR_LINES = 30_000
_HEADS = (
    *("tool", "lines", "leaks", "macro", "over", "clean lines"),
    *("start-up ms", "MB / CPU s", "peak MiB"),
)


def beside_peers() -> list[list[str]]:
    """Print leaks, over-redaction, speed and memory of each."""
    rows = [[*_HEADS]]
    with tempfile.TemporaryDirectory() as place:
        ours = Peer("discreet-agent scrub", SCRUB, OUR_LINES)
        for peer in (ours, *peers()):
            print(f"  measuring {peer.name}", file=sys.stderr)
            rows.append(_measured(peer, Path(place)))
    print_table("Peers on lines of the grammar, nothing known before", rows)
    return rows


def _measured(peer: Peer, place: Path) -> list[str]:
    """Return a row of figures, or why there are none."""
    if peer.missing:
        return [peer.name, "", peer.missing, *[""] * (len(_HEADS) - 3)]
    made: list[Line] = list(lines(14, peer.lines, KNOWN))
    path, output = place / "lines", place / "redacted"
    octets = "".join(f"{line.text}\n" for line in made).encode()
    try:
        path.write_text("one line\n")
        start = fed(peer.command, path)
        path.write_bytes(octets)
        cost = fed(peer.command, path, output=output)
    except RuntimeError as problem:
        reason = str(problem).strip().rpartition("\n")[2][-80:]
        return [peer.name, "", f"failed: {reason}", *[""] * (len(_HEADS) - 3)]
    redacted = output.read_bytes().decode("utf-8", "replace").split("\n")[:-1]
    if len(redacted) != len(made):
        told = f"{len(redacted):,} of {len(made):,} lines came back"
        return [peer.name, "", told, *[""] * (len(_HEADS) - 3)]
    found = score(made, redacted)
    return [
        peer.name,
        f"{len(made):,}",
        f"{found.leak_rate:.1%}",
        f"{found.macro_leak_rate:.1%}",
        f"{found.over_rate:.2%}",
        f"{found.spoiled / found.clean:.1%}",
        f"{start.cpu:,.0f}",
        f"{rate(len(octets), cost, start):.3g}",
        f"{cost.memory:.0f}",
    ]
