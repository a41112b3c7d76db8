# SPDX-License-Identifier: Apache-2.0
"""`discreet-server retention`: what ends when; ends what is due; allows what is much.

Rules: it holds no key and deletes nothing, it asks the keeper.
Not here: the keeper (`server/keeper`), certificates (`certificate.py`).
"""

import argparse
from typing import TYPE_CHECKING

from server.commands import asking, case, deciding, printing
from server.commands.arguments import duration
from server.errors import LimitError
from server.layout import Layout

if TYPE_CHECKING:
    from server.commands.arguments import Subparsers

NAME = "retention"


def add(subparsers: "Subparsers") -> None:
    """Declare the command."""
    parser = subparsers.add_parser(NAME, help="show what ends when, or end what is due")
    acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
    show = acts.add_parser("show", help="show until when data can be opened")
    show.add_argument(
        "--due",
        type=duration,
        metavar="TIME",
        help='only what ends within a time, like "30d"',
    )
    show.add_argument("--json", action="store_true", help="print JSON")
    acts.add_parser("run", help="end now what is due; the keeper does it each minute")
    allow = acts.add_parser(
        "allow", help="ask that what would end much before its time does so"
    )
    deciding.add_signing(allow)


def run(options: argparse.Namespace) -> int:
    """Ask the keeper, or people."""
    if options.act == "run":
        _turn(options)
        return 0
    told = asking.told(options, {"act": "retention"})
    if options.act == "allow":
        return _allow(options, told)
    if options.due is not None:
        within = told["now"] + options.due
        told["keys"] = [key for key in told["keys"] if key["until"] <= within]
    if options.json:
        printing.show_json(told)
    else:
        _show(told)
    return 0


def _allow(options: argparse.Namespace, told: dict[str, object]) -> int:
    """Open a case for the keys that wait."""
    from wire.papers.matter import MatterKind  # noqa: PLC0415 - heavy

    terms = {"keys": str(told["stopped"]), "through": str(told["through"])}
    counts = case.open_case(options, MatterKind.PURGE, terms)
    printing.show(f"{counts['keys']} key periods wait until it is approved.")
    return 0


def _turn(options: argparse.Namespace) -> None:
    from server.desk.asking import ask  # noqa: PLC0415 - heavy

    socket = Layout(options.directory).keeper_socket
    for message in ask(socket, {"act": "retention-run"}):
        _show_turn(message)


def _show_turn(message: dict[str, object]) -> None:
    end = message.get("end")
    if not isinstance(end, dict):
        return
    if end["stopped"]:
        msg = (
            f"{end['stopped']} key periods would end before their time, which is "
            "unusually much at once: nothing of them is deleted until people allow it "
            "(retention allow), or what ends them is taken back"
        )
        raise LimitError(msg)
    if end["waiting"]:
        printing.show(
            f"{end['waiting']} deletions wait for a reading to end; what they end "
            "cannot be opened any more."
        )
    else:
        printing.show("Nothing is due any more.")


def _show(told: dict[str, object]) -> None:
    """Print a line for each key period, and one for each deletion under way."""
    keys, jobs = told["keys"], told["jobs"]
    if not isinstance(keys, list) or not isinstance(jobs, list):
        raise TypeError
    printing.show_table(
        ("PURPOSE", "CLASS", "DATA OF", "TO", "GONE BY", "BECAUSE OF"),
        [
            (
                key["purpose"],
                key["retention"]
                + (f", ticket {key['ticket']}" if key["ticket"] else ""),
                printing.moment(key["start"]),
                printing.moment(key["end"]),
                printing.moment(key["until"]) + (" (late)" if key["late"] else ""),
                key["because"],
            )
            for key in keys
        ],
    )
    for job in jobs:
        printing.show(
            f"Being ended ({job['reason']}): {job['keys']} keys, since "
            f"{printing.moment(job['begun'])}, done up to {job['step']}."
        )
