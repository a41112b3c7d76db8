# SPDX-License-Identifier: Apache-2.0
"""`discreet-server keeper`: what is overdue, and what time the keeper deletes by.

Rules: it holds no key and opens nothing, it asks the keeper.
Not here: the clock (`server/keeper/clock.py`), what is overdue
(`server/keeper/overdue.py`).
"""

import argparse
from typing import TYPE_CHECKING

from server.commands import asking, case, deciding, printing

if TYPE_CHECKING:
    from server.commands.arguments import Subparsers

NAME = "keeper"


def add(subparsers: "Subparsers") -> None:
    """Declare the command."""
    parser = subparsers.add_parser(NAME, help="show how the keeper fares")
    acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
    clock = acts.add_parser("clock", help="show the time that deletion goes by")
    clock.add_argument("--json", action="store_true", help="print JSON")
    overdue = acts.add_parser("overdue", help="show all that people should have done")
    overdue.add_argument("--json", action="store_true", help="print JSON")
    believe = acts.add_parser(
        "believe", help="ask that deletion goes by a time that people vouch for"
    )
    believe.add_argument(
        "until", metavar="TIME", help="such as 2026-12-31T08:00:00Z; it has passed"
    )
    deciding.add_signing(believe)


def run(options: argparse.Namespace) -> int:
    """Show what is overdue or the clock; or ask people to vouch for a time."""
    if options.act == "overdue":
        return _overdue(options)
    if options.act == "believe":
        return _believe(options)
    told = asking.told(options, {"act": "clock"})
    if options.json:
        printing.show_json(told)
        return 0
    printing.show_pairs(
        [
            ("system time", printing.moment(told["system"])),
            ("deletion goes by", printing.moment(told["now"])),
            ("behind", f"{told['behind'] // 60} minutes"),
        ]
    )
    if told["late"]:
        printing.hint(
            "discreet-server: deletion is late: either this machine's clock is ahead, "
            "or it was off for so long (docs/howto/when-data-ends.md)"
        )
    return 0


def _overdue(options: argparse.Namespace) -> int:
    found = asking.told(options, {"act": "overdue"})["overdue"]
    if options.json:
        printing.show_json(found)
        return 0
    if not found:
        printing.show("Nothing is overdue.")
        return 0
    printing.show_table(
        ("OVERDUE", "HOW MANY", "SINCE", "LOOK AT"),
        [
            (
                *(one["what"], str(one["count"]), printing.moment(one["since"])),
                f"discreet-server {one['command']}",
            )
            for one in found
        ],
    )
    return 0


def _believe(options: argparse.Namespace) -> int:
    from wire.papers.matter import MatterKind  # noqa: PLC0415 - heavy

    counts = case.open_case(options, MatterKind.CLOCK, {"until": options.until})
    printing.show(
        f"Deletion is {counts['behind']} seconds behind until it is approved."
    )
    return 0
