# SPDX-License-Identifier: Apache-2.0
"""How much redaction leaves, how much it spoils, and how fast it is, beside peers.

Rules: the real command in a process of its own; lines of the project's own grammar, and
where DISCREET_LABELLED names a folder with labelled real lines and their scorer
(`score.py`, `labelled/`), those too; peers each in an environment of their own.
Not here: what single patterns cost (`engines.py`).

usage: python -m bench.redaction [scores] [speed] [peers] [laws]
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from agent.redaction.detectors import detectors
from bench.measure import PYTHON, Cost, print_table, program, save_as
from bench.redaction_peers import Peer, peers
from tests.log_grammar.grammar import Line, Score, lines, score
from tests.log_grammar.laws import broken

SCRUB = [str(Path(PYTHON).parent / "discreet-agent"), "scrub"]
LABELLED = os.environ.get("DISCREET_LABELLED", "")
OWN_LINES = 30_000
KNOWN = 40
"""Values of each class in the logs of one network."""
MB = 1_000_000
SPEED_BYTES = 24 * MB
WORST_BYTES = 2 * MB
ROUNDS = 3
PAIRS = 1_000_000
START_MILLISECONDS, MEMORY = 80, 60
"""Most for start-up, and MiB at the peak."""

_TARGETS: Mapping[str, float] = {
    **dict.fromkeys(("ipv4", "ipv6", "mac", "sid"), 0.005),
    **dict.fromkeys(("email", "iban", "credit_card", "card", "ssn"), 0.015),
    **dict.fromkeys(("aws_key", "vcs_token", "slack_token", "jwt"), 0.03),
    "path_user": 0.02,
    "username": 0.08,
    "user": 0.08,
    "account": 0.08,
    "hostname": 0.03,
    "host": 0.03,
    "fqdn": 0.08,
    "api_key": 0.20,
    "all": 0.03,
    "macro": 0.05,
    "over": 0.005,
    "clean lines": 0.02,
}
"""Shares that labelled lines may leak or lose; the grammar's may twice that."""
LINK = 0.98


def _row(name: str, value: float, times: float, note: str = "") -> list[str]:
    most = _TARGETS.get(name)
    target = ""
    if most is not None:
        target = f"{most * times:.1%} " + ("met" if value <= most * times else "MISSED")
    return [name, f"{value:.2%}", target, note]


def own_scores(command: Sequence[str] = SCRUB) -> Score:
    """Score lines of the grammar, each with new values, with a command."""
    made = list(lines(11, OWN_LINES))
    text = "".join(f"{line.text}\n" for line in made)
    done = subprocess.run(
        command, input=text.encode(), stdout=subprocess.PIPE, check=True
    )
    return score(made, done.stdout.decode().split("\n")[:-1])


def scores() -> dict[str, object]:
    """Print what is left and what is spoiled, by class."""
    own = own_scores()
    rows = [["class", "leaks", "target", "planted"]]
    rows += [
        _row(kind, own.leaked[kind] / count, 2, f"{count}")
        for kind, count in sorted(own.planted.items())
    ]
    rows += [
        _row("all", own.leak_rate, 2, f"{own.planted.total()}"),
        _row("macro", own.macro_leak_rate, 2),
        _row("over", own.over_rate, 2, f"of {own.tokens} words"),
        _row("clean lines", own.spoiled / own.clean, 2, f"of {own.clean}"),
    ]
    print_table(f"Lines of the grammar ({OWN_LINES}), nothing known before", rows)
    told: dict[str, object] = {"grammar": rows}
    if LABELLED:
        told["labelled"] = _labelled()
    else:
        print("  no labelled lines: DISCREET_LABELLED names no folder")
    return told


def _labelled() -> list[list[str]]:
    folder = Path(LABELLED)
    with tempfile.TemporaryDirectory() as place:
        report = Path(place) / "report.json"
        subprocess.run(
            [
                *(PYTHON, str(folder / "score.py"), "--per-source"),
                *("--json", str(report), "--"),
                *(*SCRUB, "--identities", "{identities}"),
            ],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        told = json.loads(report.read_text())
    rows = [["class", "leaks", "target", "spans", "linked"]]
    for kind, found in told["classes"].items():
        link = "" if found["link"] is None else f"{found['link']:.1%}"
        row = _row(kind, found["leak_rate"], 1, str(found["spans"]))
        rows.append([*row, link])
    rows += [
        [*_row("all", told["leak_rate"], 1, str(told["spans"])), ""],
        [*_row("macro", told["macro_leak_rate"], 1), ""],
        [*_row("over", told["over_redaction"], 1), ""],
        [*_row("clean lines", told["clean_lines_changed"], 1), ""],
    ]
    print_table("Labelled real lines", rows)
    return rows


def _fed(command: Sequence[str], text: Path) -> Cost:
    """Return the cost of a command that reads a file, the median of some rounds."""
    shell = ["/bin/sh", "-c", 'exec "$@" < "$0"', str(text), *command]
    costs = [program(shell) for _ in range(ROUNDS)]
    return Cost(
        statistics.median(cost.cpu for cost in costs),
        statistics.median(cost.memory for cost in costs),
    )


def _corpora() -> dict[str, tuple[str, float]]:
    """Return texts by name, and the least MB per CPU second on each."""
    texts = [line.text for line in lines(12, 40_000, KNOWN)]
    mixed = "".join(f"{text}\n" for text in _repeated(texts, SPEED_BYTES))
    found = {"grammar, one network, 40,000 lines repeated": (mixed, 30.0)}
    real = _real_lines()
    if real:
        text = "".join(f"{line}\n" for line in _repeated(real, SPEED_BYTES))
        found["labelled logs, repeated"] = (text, 30.0)
    new = "".join(f"{line.text}\n" for line in lines(13, 40_000))
    found["grammar, every value new"] = (new, 3.0)
    for detector in detectors():
        worst = (detector.worst * WORST_BYTES)[:WORST_BYTES]
        cut = [worst[at : at + 4_000] for at in range(0, len(worst), 4_000)]
        found[f"worst case of {detector.name}"] = ("\n".join(cut) + "\n", 3.0)
    return found


def _real_lines() -> list[str]:
    if not LABELLED:
        return []
    return [
        json.loads(line)["line"]
        for path in sorted(Path(LABELLED, "labelled").glob("loghub*.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
    ]


def _repeated(texts: Sequence[str], size: int) -> Sequence[str]:
    whole = sum(len(text) + 1 for text in texts)
    return [*texts] * max(1, size // whole)


def speed() -> list[list[str]]:
    """Print start-up, memory and MB per CPU second, start-up apart."""
    rows = [["text", "MB", "MB / CPU s", "target", "peak MiB"]]
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "lines"
        path.write_text("one line\n")
        start = _fed(SCRUB, path)
        met = "met" if start.cpu <= START_MILLISECONDS else "MISSED"
        memory = f"{start.memory:.0f}"
        begun = f"start-up: {start.cpu:.0f} ms CPU"
        rows.append([begun, "", "", f"{START_MILLISECONDS} ms {met}", memory])
        for name, (text, least) in _corpora().items():
            octets = text.encode("utf-8", "replace")
            path.write_bytes(octets)
            cost = _fed(SCRUB, path)
            rate = len(octets) / MB / max(0.001, (cost.cpu - start.cpu) / 1000)
            met = "met" if rate >= least and cost.memory <= MEMORY else "MISSED"
            rows.append(
                [
                    name,
                    f"{len(octets) / MB:.1f}",
                    f"{rate:.1f}",
                    f"{least:.0f}, {MEMORY} MiB {met}",
                    f"{cost.memory:.0f}",
                ]
            )
    print_table("discreet-agent scrub, replacement and pseudonyms included", rows)
    return rows


def beside_peers() -> list[list[str]]:
    """Print leaks, over-redaction and speed of peers on the same lines, in turn."""
    rows = [["tool", "leaks", "macro", "over", "clean lines", "MB / CPU s", "peak MiB"]]
    with tempfile.TemporaryDirectory() as place:
        ours = Peer("discreet-agent scrub", SCRUB, OWN_LINES)
        for peer in (ours, *peers()):
            if peer.missing:
                rows.append([peer.name, peer.missing, "", "", "", "", ""])
            else:
                rows.append(_beside(peer, Path(place) / "lines"))
    print_table("Peers on lines of the grammar, nothing known before", rows)
    return rows


def _beside(peer: Peer, path: Path) -> list[str]:
    made: list[Line] = list(lines(14, peer.lines, KNOWN))
    path.write_text("one line\n")
    start = _fed(peer.command, path)
    octets = "".join(f"{line.text}\n" for line in made).encode()
    path.write_bytes(octets)
    output = path.with_suffix(".out")
    shell = ["/bin/sh", "-c", 'exec "$@" < "$0"', str(path), *peer.command]
    cost = program(shell, output=output)
    redacted = output.read_bytes().decode("utf-8", "replace").split("\n")[:-1]
    if len(redacted) != len(made):
        return [peer.name, f"{len(redacted)} lines of {len(made)}", *[""] * 5]
    found = score(made, redacted)
    rate = len(octets) / MB / max(0.001, (cost.cpu - start.cpu) / 1000)
    return [
        peer.name,
        f"{found.leak_rate:.1%}",
        f"{found.macro_leak_rate:.1%}",
        f"{found.over_rate:.2%}",
        f"{found.spoiled / found.clean:.1%}",
        f"{rate:.3g}",
        f"{cost.memory:.0f}",
    ]


def laws() -> list[list[str]]:
    """Print how many of a million pairs break a law of redaction."""
    rows = [["law", "pairs", "broken"]]
    for law, (pairs, wrong) in broken(21, PAIRS).items():
        rows.append([law, f"{pairs:,}", f"{wrong}"])
    print_table("Laws of redaction", rows)
    return rows


_PARTS = {"scores": scores, "speed": speed, "peers": beside_peers, "laws": laws}


def main(names: Sequence[str] = ()) -> None:
    """Print the tables, and write them as JSON."""
    told = {name: _PARTS[name]() for name in names or _PARTS}
    path = save_as("redaction", "tables", told)
    print(f"  written to {path.relative_to(Path.cwd())}")


if __name__ == "__main__":
    main(sys.argv[1:])
