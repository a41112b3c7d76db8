# SPDX-License-Identifier: Apache-2.0
"""How much redaction leaves and how much it spoils.

Rules: the real command; lines of the project's own grammar with nothing known before;
where DISCREET_LABELLED names a folder with labelled real lines and their scorer
(`score.py`, `labelled/`), those too, with what a machine knows of itself and one key,
as all lines of one purpose and epoch have.
Not here: what others leave (`redaction_beside.py`).
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypedDict

from bench.measure import PYTHON, print_table
from bench.redaction_lines import LABELLED
from bench.redaction_links import Link, labelled_lines, links, own_lines
from bench.redaction_speed import SCRUB
from tests.log_grammar.grammar import Score, lines, score

OWN_LINES = 30_000
LINK = 0.98
"""Least share of repeated values that keep one stand-in of their own."""
_TOKENS = ("aws_key", "vcs_token", "slack_token", "jwt")
_TARGETS: Mapping[str, float] = {
    **dict.fromkeys(("ipv4", "ipv6", "mac", "sid"), 0.005),
    **dict.fromkeys(("email", "iban", "credit_card", "card", "ssn"), 0.015),
    **dict.fromkeys(_TOKENS, 0.03),
    "path_user": 0.02,
    **dict.fromkeys(("username", "user", "account"), 0.08),
    **dict.fromkeys(("hostname", "host"), 0.03),
    "fqdn": 0.08,
    "api_key": 0.20,
    "all": 0.03,
    "macro": 0.05,
    "over": 0.005,
    "clean lines": 0.02,
    "false secrets": 0.05,
}
"""Shares that labelled lines may leak or lose; the grammar's may twice that."""
_LINKED = frozenset(
    (
        *("ipv4", "ipv6", "mac", "sid", "email", "username", "hostname", "fqdn"),
        *("path_user", "account", "user", "host", "domain", "serial", "ssid"),
    )
)


class _Class(TypedDict):
    spans: int
    leak_rate: float
    link: float | None


class _Report(TypedDict):
    """What we read of the scorer's report."""

    classes: Mapping[str, _Class]
    lines: int
    spans: int
    leak_rate: float
    macro_leak_rate: float
    over_redaction: float
    clean_lines: int
    clean_lines_changed: float


def scores() -> dict[str, object]:
    """Print what is left and what is spoiled, by class."""
    told: dict[str, object] = {
        "grammar": _grammar(),
        "grammar links": _links(
            links(own_lines()), "Links of the grammar, one network"
        ),
    }
    if LABELLED:
        by_value = links(labelled_lines())
        told["labelled"] = _labelled(by_value)
        told["links"] = _links(by_value, "Links of labelled lines, by place")
    else:
        print("  no labelled lines: DISCREET_LABELLED names no folder")
    return told


def own_scores(command: Sequence[str] = SCRUB) -> Score:
    """Score lines of the grammar, each with new values, with a command."""
    made = list(lines(11, OWN_LINES))
    text = "".join(f"{line.text}\n" for line in made)
    done = subprocess.run(
        command, input=text.encode(), stdout=subprocess.PIPE, check=True
    )
    return score(made, done.stdout.decode().split("\n")[:-1])


def _grammar() -> list[list[str]]:
    print(f"  {OWN_LINES:,} lines of the grammar", file=sys.stderr)
    own = own_scores()
    rows = [["class", "leaks", "target", "of"]]
    rows += [
        _row(kind, own.leaked[kind] / count, 2, f"{count:,}")
        for kind, count in sorted(own.planted.items())
    ]
    rows += [
        _row("all", own.leak_rate, 2, f"{own.planted.total():,}"),
        _row("macro", own.macro_leak_rate, 2, f"{len(own.planted)} classes"),
        _row("over", own.over_rate, 2, f"{own.tokens:,} words"),
        _row("clean lines", own.spoiled / own.clean, 2, f"{own.clean:,}"),
    ]
    title = f"Lines of the grammar ({OWN_LINES:,}), nothing known before"
    print_table(title, rows)
    return rows


def _links(linked: Mapping[str, Link], title: str) -> list[list[str]]:
    """Print which share of the values that stand twice has one stand-in of its own."""
    rows = [["class", "values", "linked", "target", "places", "exact"]]
    for kind, found in linked.items():
        if kind in _LINKED and found.values:
            share = found.whole / found.values
            met = "met" if share >= LINK else "MISSED"
            row = [kind, f"{found.values}", f"{share:.1%}", f"{LINK:.0%} {met}"]
            rows.append(
                [*row, f"{found.places:,}", f"{found.exact / found.places:.1%}"]
            )
    print_table(title, rows)
    return rows


def _labelled(by_value: Mapping[str, Link]) -> list[list[str]]:
    """Print what the labelled lines' own scorer says.

    Args:
        by_value: links where spellings of one value count as one.
    """
    told = _report()
    false = _report(Path(LABELLED, "labelled", "secrets_fp.jsonl"))
    rows = [["class", "leaks", "target", "of", "linked", "target"]]
    for kind, found in told["classes"].items():
        row = _row(kind, found["leak_rate"], 1, f"{found['spans']:,}")
        rows.append([*row, *_link(kind, found["link"], by_value.get(kind))])
    for name, value, count in (
        ("all", told["leak_rate"], f"{told['spans']:,}"),
        ("macro", told["macro_leak_rate"], f"{len(told['classes'])} classes"),
        ("over", told["over_redaction"], "words"),
        ("clean lines", told["clean_lines_changed"], f"{told['clean_lines']:,}"),
        ("false secrets", false["clean_lines_changed"], f"{false['clean_lines']:,}"),
    ):
        rows.append([*_row(name, value, 1, count), "", ""])
    print_table(f"Labelled real lines ({told['lines']:,})", rows)
    return rows


def _report(*data: Path) -> _Report:
    """Return what the labelled lines' own scorer says."""
    folder = Path(LABELLED)
    print(f"  labelled lines {' '.join(path.name for path in data)}", file=sys.stderr)
    with tempfile.TemporaryDirectory() as place:
        report, key = Path(place) / "report.json", Path(place) / "key"
        key.write_bytes(bytes(range(32)))
        key.chmod(0o600)
        subprocess.run(
            [
                *(PYTHON, str(folder / "score.py"), "--per-source"),
                *(("--data", *map(str, data)) if data else ()),
                *("--json", str(report), "--"),
                *(*SCRUB, "--key", str(key), "--identities", "{identities}"),
            ],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        told: _Report = json.loads(report.read_text())
        return told


def _row(name: str, value: float, times: float, note: str) -> list[str]:
    most = _TARGETS.get(name)
    target = ""
    if most is not None:
        met = "met" if value <= most * times else "MISSED"
        target = f"{most * times:.1%} {met}"
    return [name, f"{value:.2%}", target, note]


def _link(kind: str, link: float | None, by_value: Link | None) -> tuple[str, str]:
    """Return the share that is linked and what is asked; secrets have no stand-in."""
    if link is None or kind not in _LINKED:
        return "", ""
    met = "met" if link >= LINK else "MISSED"
    if link < LINK and by_value is not None and by_value.whole == by_value.values:
        met = "met: spellings of one value share its stand-in"
    return f"{link:.1%}", f"{LINK:.0%} {met}"
