# SPDX-License-Identifier: Apache-2.0
"""`discreet-server finding`: what was found to be wrong, and by when it ends.

Rules: it closes with a test or a file's digest; the file itself stays where it is.
Not here: what the keeper does with it (`server/keeper/acts/finding.py`).
"""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from server.commands import asking, printing
from server.commands.contract import day
from server.commands.proofs import digest_of

if TYPE_CHECKING:
    from server.commands.arguments import Subparsers

NAME = "finding"


def add(subparsers: "Subparsers") -> None:
    """Declare the command."""
    parser = subparsers.add_parser(NAME, help="keep what tests and audits found")
    acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
    opened = acts.add_parser("open", help="write down what was found")
    closed = acts.add_parser("close", help="say what shows that one is over")
    listed = acts.add_parser("list", help="show all, what is overdue first")
    for one in (opened, closed):
        one.add_argument("finding", metavar="NAME", help="such as pt-2026-03")
    for name, what in (
        ("--title", "what is wrong, in a sentence; auditors read it"),
        ("--severity", "critical, high, medium or low"),
        ("--source", "assessment, penetration-test, audit or incident"),
        ("--owner", "role or team that sees to it, such as platform"),
    ):
        opened.add_argument(name, required=True, metavar="TEXT", help=what)
    opened.add_argument(
        "--due", type=day, required=True, metavar="DAY", help="last day for it, UTC"
    )
    shown = closed.add_mutually_exclusive_group(required=True)
    shown.add_argument(
        "--test", default="", metavar="ID", help="test that shows it, as pytest has it"
    )
    shown.add_argument(
        "--proof",
        type=Path,
        metavar="FILE",
        help="what shows it, such as a report; keep it, its digest is entered",
    )
    listed.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    """List, open or close."""
    match options.act:
        case "open":
            _open(options)
        case "close":
            _close(options)
        case _:
            _list(options)
    return 0


def _open(options: argparse.Namespace) -> None:
    names = ("finding", "title", "severity", "source", "owner", "due")
    given = {name: getattr(options, name) for name in names}
    told = asking.told(options, {"act": NAME, "step": "open", **given})
    printing.show(f"Finding {told['id']} is open until {_last_day(told['due'])}.")


def _close(options: argparse.Namespace) -> None:
    proof = "" if options.proof is None else digest_of(options.proof)
    question = {"act": NAME, "step": "close", "finding": options.finding}
    told = asking.told(options, question | {"test": options.test, "proof": proof})
    kept = f"; keep the file of digest {proof}" if proof else ""
    printing.show(f"Finding {told['id']} is closed{kept}.")


def _list(options: argparse.Namespace) -> None:
    found = asking.told(options, {"act": NAME, "step": "list"})["findings"]
    if options.json:
        printing.show_json(found)
        return
    printing.show_table(
        ("FINDING", "SEVERITY", "SOURCE", "OWNER", "DUE", "STATE", "TITLE"),
        [
            (
                *(one["id"], one["severity"], one["source"], one["owner"]),
                *(_last_day(one["due"]), printing.state(one["state"]), one["title"]),
            )
            for one in found
        ],
    )
    late = sum(one["state"] == printing.OVERDUE for one in found)
    if late:
        printing.hint(
            f"discreet-server: {late} findings are overdue: close them with what "
            "shows that they are over"
        )


def _last_day(due: int) -> str:
    return printing.moment(due - 1)[:10]
