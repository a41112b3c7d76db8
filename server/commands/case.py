# SPDX-License-Identifier: Apache-2.0
"""`discreet-server case`: shows what people were asked, and takes their decisions.

Rules: what a person signs is shown in words first; it holds no key of the collector.
Not here: opening a case (`hold.py`), what the keeper does with it
(`server/keeper/casework.py`).
"""

import argparse
from typing import TYPE_CHECKING, Any

from server.commands import asking, deciding, printing
from server.layout import Layout

if TYPE_CHECKING:
    from collections.abc import Mapping

    from server.commands.arguments import Subparsers
    from wire.papers.matter import MatterKind
    from wire.papers.scope import Scope

NAME = "case"
_ACTS = ("approve", "refuse", "withdraw")


def add(subparsers: "Subparsers") -> None:
    """Declare the command."""
    parser = subparsers.add_parser(NAME, help="show cases, and decide on them")
    acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
    listed = acts.add_parser("list", help="show all cases")
    shown = acts.add_parser("show", help="show one case in words")
    decided = acts.add_parser("decide", help="sign a decision on a case")
    reviewed = acts.add_parser("review", help="look again at a use to protect rights")
    for one in (shown, decided, reviewed):
        one.add_argument("case", metavar="ID", help="first digits, as list shows them")
    for one in (listed, shown):
        one.add_argument("--json", action="store_true", help="print JSON")
    said = decided.add_mutually_exclusive_group(required=True)
    for act in _ACTS:
        said.add_argument(f"--{act}", dest="said", action="store_const", const=act)
    deciding.add_signing(decided)
    said = reviewed.add_mutually_exclusive_group(required=True)
    for act in ("needed", "over"):
        said.add_argument(f"--{act}", dest="said", action="store_const", const=act)
    reviewed.add_argument("--reason", required=True, metavar="TEXT", help="why so")


def run(options: argparse.Namespace) -> int:
    """List, show, decide or review."""
    match options.act:
        case "list":
            _list(options)
        case "show":
            _show(options)
        case "review":
            _review(options)
        case _:
            _decide(options)
    return 0


def asked(options: argparse.Namespace, **question: str) -> "Mapping[str, object]":
    """Return the keeper's answer to a question about cases.

    Raises:
        ServerError: what it says is wrong.
    """
    return asking.told(options, {"act": "case", **question})


def open_case(
    options: argparse.Namespace,
    kind: "MatterKind",
    terms: "Mapping[str, str]",
    scope: "Scope | None" = None,
    paper: bytes | None = None,
) -> "Mapping[str, object]":
    """Show a matter, sign that it is asked for, and open its case.

    Args:
        options: from `deciding.add_signing`.
        kind: what is asked for.
        terms: its terms.
        scope: which records, where it is about records.
        paper: what somebody else signed and it is about.

    Returns:
        Counts of what it would touch.

    Raises:
        ServerError: the keeper refuses it, or nothing was signed.
    """
    from wire.papers.decision import Act  # noqa: PLC0415 - heavy
    from wire.papers.matter import read_matter  # noqa: PLC0415 - heavy

    octets = matter_of(options, kind, terms, scope, paper)
    decision = deciding.sign(options, octets, Act.ASK)
    told = asked(options, step="ask", matter=octets.hex(), decision=decision.hex())
    counts = told["counts"]
    if not isinstance(counts, dict):
        raise TypeError
    printing.show(f"Case {printing.short(read_matter(octets).case)} is open.")
    return counts


def matter_of(
    options: argparse.Namespace,
    kind: "MatterKind",
    terms: "Mapping[str, str]",
    scope: "Scope | None" = None,
    paper: bytes | None = None,
) -> bytes:
    """Return an encoded matter, with a new id for its case."""
    import secrets  # noqa: PLC0415 - only where something is asked

    from server import configuration  # noqa: PLC0415 - heavy
    from wire.papers.matter import (  # noqa: PLC0415 - heavy
        MATTER,
        SALT_BYTES,
        Matter,
        Term,
    )

    tenant = configuration.read(Layout(options.directory)).tenant
    case, salt = secrets.token_bytes(16), secrets.token_bytes(SALT_BYTES)
    named = tuple(Term(name, text) for name, text in sorted(terms.items()))
    return MATTER.encode(Matter(tenant, case, kind, salt, scope, named, paper))


def _list(options: argparse.Namespace) -> None:
    found = asked(options, step="list")["cases"]
    if not isinstance(found, list):
        raise TypeError
    if options.json:
        printing.show_json(found)
        return
    printing.show_table(
        ("CASE", "KIND", "STATE", "ASKED", "ENDED", "REVIEW"),
        [
            (
                case["id"][: printing.SHORT_CHARS],
                case["kind"],
                case["state"],
                printing.moment(case["opened"]),
                printing.moment(case["closed"]),
                printing.moment(case["review"])[:10]
                + (" LATE" if case["late"] else ""),
            )
            for case in found
        ],
    )
    late = sum(case["late"] for case in found)
    if late:
        printing.hint(
            f"discreet-server: {late} uses to protect rights were not looked at for a "
            "year: say with case review whether each is still needed"
        )


def _review_day(case: "Mapping[str, Any]") -> str:
    late = f" {printing.state(printing.OVERDUE)}" if case["late"] else ""
    return printing.moment(case["review"])[:10] + late


def _show(options: argparse.Namespace) -> None:
    from wire.papers.matter import read_matter  # noqa: PLC0415 - heavy

    told = asked(options, step="show", case=options.case)
    if options.json:
        printing.show_json(told)
        return
    deciding.show_matter(read_matter(bytes.fromhex(str(told["matter"]))))
    printing.show(f"The case is {told['state']}.", "")
    decisions, roles = told["decisions"], told["approves"]
    if not isinstance(decisions, list) or not isinstance(roles, list):
        raise TypeError
    printing.show_table(
        ("SAID", "BY", "AS", "TIME", "WHY"),
        [
            (
                *(said["act"], said["person"], said["role"]),
                *(printing.moment(said["time"]), said["reason"]),
            )
            for said in decisions
        ],
    )
    if told["state"] == "asked":
        among = f", one of them {told['among']}" if told["among"] else ""
        printing.hint(
            f"discreet-server: it waits for {told['approvals']} approvals by "
            f"{' or '.join(roles)}{among}, none of them who asked"
        )


def _review(options: argparse.Namespace) -> None:
    given = {"case": options.case, "said": options.said, "reason": options.reason}
    due = asked(options, step="review", **given)["review"]
    if isinstance(due, int) and due:
        printing.show(f"It is looked at again by {printing.moment(due)[:10]}.")
    else:
        printing.show("It is over: nobody is reminded of it any more.")


def _decide(options: argparse.Namespace) -> None:
    from wire.papers.decision import Act  # noqa: PLC0415 - heavy
    from wire.papers.matter import read_matter  # noqa: PLC0415 - heavy

    told = asked(options, step="show", case=options.case)
    octets = bytes.fromhex(str(told["matter"]))
    decision = deciding.sign(options, octets, Act(options.said))
    number = read_matter(octets).case.hex()
    state = asked(options, step="decide", case=number, decision=decision.hex())["state"]
    printing.show(f"Signed. The case is {state}.")
