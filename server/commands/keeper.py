# SPDX-License-Identifier: Apache-2.0
"""`discreet-server keeper`: what is overdue, and what time the keeper deletes by.

Rules: it holds no key and opens nothing, it asks the keeper; without an act it is the
keeper itself, alone, as a user of its own.
Not here: what a keeper does (`server/keeper/process.py`), the clock
(`server/keeper/clock.py`), what is overdue (`server/keeper/overdue.py`).
"""

import argparse
from functools import partial
from typing import TYPE_CHECKING

from server.commands import asking, case, deciding, printing
from server.errors import UsageError
from server.layout import Layout

if TYPE_CHECKING:
    from server.commands.arguments import Subparsers
    from server.life import Life

NAME = "keeper"


def add(subparsers: "Subparsers") -> None:
    """Declare the command."""
    parser = subparsers.add_parser(
        NAME, help="show how the keeper fares; or run it alone (without an ACT)"
    )
    acts = parser.add_subparsers(dest="act", metavar="ACT")
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
    """Show what is overdue or the clock; or ask people to vouch for a time; or run."""
    if options.act is None:
        from server.life import Alone  # noqa: PLC0415 - with what uses it

        return run_hosted(options, Alone())
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


def run_hosted(options: argparse.Namespace, life: "Life") -> int:
    """Run the keeper until SIGTERM or SIGINT, hosted by a service or by nobody.

    Args:
        options: as the command line gives them; an act is none of a service.
        life: hears how it lives.
    """
    from server.apart.running import run_desk  # noqa: PLC0415 - heavy
    from server.commands.serve import (  # noqa: PLC0415 - heavy
        let_the_keeper_look_first,
    )
    from server.keeper.process import run as work  # noqa: PLC0415 - heavy
    from server.users import User  # noqa: PLC0415 - with the above

    if options.act is not None:
        msg = "a service runs the keeper without an ACT"
        raise UsageError(msg)
    layout = Layout(options.directory)
    keep = partial(work, first=let_the_keeper_look_first)
    return run_desk(
        layout, User.KEEPER, layout.keeper_socket, keep, life, printing.hint
    )


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
