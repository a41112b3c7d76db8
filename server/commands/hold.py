# SPDX-License-Identifier: Apache-2.0
"""`discreet-server hold`: asks that data be kept beyond its time, or no longer.

Rules: what is asked for is columns by name, of rows, devices and days by choice; who
asks signs, somebody else approves.
Not here: approving (`case.py`), keeping (`server/keeper/holding.py`).
"""

import argparse
from typing import TYPE_CHECKING, TypedDict

from server.commands import asking, case, deciding, printing, scoping
from server.errors import UsageError

if TYPE_CHECKING:
    from server.commands.arguments import Subparsers

NAME = "hold"


class Told(TypedDict):
    """What the keeper tells of a hold; see `server/keeper/acts/hold.py`."""

    case: str
    placed: int
    review: int
    released: int
    overdue: bool
    envelopes: int
    rows: int


def add(subparsers: "Subparsers") -> None:
    """Declare the command."""
    parser = subparsers.add_parser(NAME, help="keep data for a claim, or no longer")
    acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
    asked = acts.add_parser("ask", help="ask that what is in a scope be kept")
    asked.add_argument("--authority", metavar="NAME", help="who asks for it")
    asked.add_argument("--basis", metavar="TEXT", help="on what basis")
    asked.add_argument(
        "--withhold",
        metavar="GROUND",
        help="on what ground a person's own export only counts what it keeps of them",
    )
    asked.add_argument(
        "--review", required=True, metavar="DAY", help="when it is looked at again"
    )
    scoping.add_scope(asked)
    deciding.add_signing(asked)
    listed = acts.add_parser("list", help="show holds and how much each keeps")
    listed.add_argument("--json", action="store_true", help="print JSON")
    shown = acts.add_parser("show", help="show one hold in words")
    shown.add_argument("--json", action="store_true", help="print JSON")
    released = acts.add_parser("release", help="ask that a hold end")
    for one in (shown, released):
        one.add_argument("case", metavar="ID", help="first digits, as list shows them")
    deciding.add_signing(released)


def run(options: argparse.Namespace) -> int:
    """Ask, list, show or release."""
    match options.act:
        case "ask":
            _ask(options)
        case "list":
            _list(options)
        case "show":
            case.run(options)
        case _:
            _release(options)
    return 0


def _ask(options: argparse.Namespace) -> None:
    from wire.papers.matter import MatterKind  # noqa: PLC0415 - heavy

    terms = {
        name: text
        for name in ("authority", "basis", "review", "withhold")
        if (text := getattr(options, name)) is not None
    }
    counts = case.open_case(options, MatterKind.HOLD, terms, scoping.scope_of(options))
    more = "more than " if counts["more"] else ""
    printing.show(
        f"In its scope are {more}{counts['rows']} rows of {more}{counts['envelopes']} "
        f"envelopes under {counts['live']} key periods."
    )
    if counts["ended"]:
        both = int(str(counts["ended"])) + int(str(counts["live"]))
        printing.hint(
            f"discreet-server: {counts['ended']} of {both} key periods in this scope "
            "were already ended: the hold covers the rest"
        )


def _held(options: argparse.Namespace) -> list[Told]:
    """Return what the keeper says of all holds."""
    return list(asking.told(options, {"act": NAME})["holds"])


def _list(options: argparse.Namespace) -> None:
    found = _held(options)
    if options.json:
        printing.show_json(found)
        return
    printing.show_table(
        ("CASE", "PLACED", "REVIEW", "RELEASED", "KEEPS"),
        [
            (
                hold["case"][: printing.SHORT_CHARS],
                printing.moment(hold["placed"]),
                printing.moment(hold["review"]) + (" PAST" if hold["overdue"] else ""),
                printing.moment(hold["released"]),
                f"{hold['rows']} rows of {hold['envelopes']} envelopes",
            )
            for hold in found
        ],
    )


def _release(options: argparse.Namespace) -> None:
    from wire.papers.matter import MatterKind  # noqa: PLC0415 - heavy

    begun = [
        hold["case"]
        for hold in _held(options)
        if hold["case"].startswith(options.case.lower())
    ]
    if len(begun) != 1:
        msg = (
            "no hold, or more than one, begins with these digits: "
            "discreet-server hold list shows all"
        )
        raise UsageError(msg)
    terms = {"hold": begun[0]}
    counts = case.open_case(options, MatterKind.RELEASE_HOLD, terms)
    printing.show(
        f"Approved, it ends {counts['rows']} rows of {counts['envelopes']} envelopes."
    )
