# SPDX-License-Identifier: Apache-2.0
"""`discreet-server why`: why something is still here, until when, and what then.

Rules: it holds no key and opens nothing, it asks the keeper; each reason names the
clause of the privacy statement that allows it.
Not here: the reasons (`server/keeper/keeping.py`).
"""

import argparse
from typing import TYPE_CHECKING, Any

from server.commands import asking, printing

if TYPE_CHECKING:
    from server.commands.arguments import Subparsers

NAME = "why"
_WHAT = {
    "sealed": "sealed",
    "announced": "announced only (gaps, voids, farewells)",
    "extracted": "kept of it for a case or a law",
    "entry": "the device's own entry: id, label, counts, messages for it",
}


def add(subparsers: "Subparsers") -> None:
    """Declare the command."""
    parser = subparsers.add_parser(NAME, help="say why data is still here")
    parser.add_argument(
        "what",
        metavar="DEVICE[/INCARNATION/SEQUENCE]",
        help="a device by the first digits of its id or its label, or one record of it",
    )
    for name, what in (
        ("--purpose", "only what is kept for a purpose"),
        ("--dataset", "only a dataset, were it in there"),
        ("--column", "only a column of it"),
    ):
        parser.add_argument(name, metavar="NAME", help=what)
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    """Ask the keeper, and show what it answers."""
    narrowed = {name: getattr(options, name) for name in ("purpose", "dataset")}
    question = {"act": NAME, "what": options.what, "column": options.column, **narrowed}
    told = asking.told(options, question)
    if options.json:
        printing.show_json(told)
        return 0
    for group in told["kept"]:
        _show(group)
    return 0


def _show(group: "dict[str, Any]") -> None:
    title = _WHAT[group["what"]]
    if group["purpose"]:
        named = f"{group['purpose']}, {group['retention']}".removesuffix(", ")
        named += f", ticket {group['ticket']}" if group["ticket"] else ""
        title = f"{named}: {group['envelopes']} envelopes, {group['records']} records"
        title += "" if group["what"] == "sealed" else f", {_WHAT[group['what']]}"
    printing.show(printing.safe(title))
    printing.show_pairs(
        [
            ("until", _until(group["until"])),
            *(
                pair
                for item in group["because"]
                for pair in (
                    ("at least" if item["least"] else "at most", _until(item["until"])),
                    ("", item["words"]),
                    ("", f"clause {item['clause']}"),
                )
            ),
            *((f"{name}", _until(end)) for name, end in group["columns"].items()),
            ("then", group["then"]),
        ]
    )


def _until(moment: int | None) -> str:
    return "somebody ends it" if moment is None else printing.moment(moment)
