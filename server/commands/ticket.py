# SPDX-License-Identifier: Apache-2.0
"""`discreet-server ticket`: opens, closes and lists tickets, and binds devices.

Rules: it holds no key and opens nothing, it asks the keeper.
Not here: what a ticket allows (`server/reader/tickets.py`).
"""

import argparse
from typing import TYPE_CHECKING

from server.commands import asking, printing
from server.commands.arguments import duration

if TYPE_CHECKING:
    from server.commands.arguments import Subparsers

NAME = "ticket"
OPEN_SECONDS = 72 * 3_600
"""Three days: most tickets are done by then, and what is forgotten ends by itself."""


def add(subparsers: "Subparsers") -> None:
    """Declare the command."""
    parser = subparsers.add_parser(NAME, help="open, close or list tickets")
    acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
    opened = acts.add_parser("open", help="open a ticket, under which is read")
    opened.add_argument("ticket", metavar="ID", help="its id in your ticket system")
    opened.add_argument(
        "--until",
        type=duration,
        default=OPEN_SECONDS,
        metavar="TIME",
        help="it closes by itself after this time (default: 72h)",
    )
    opened.add_argument(
        "--device",
        action="append",
        default=[],
        metavar="DEVICE",
        help="bind it to a device, by label or first digits; may be repeated",
    )
    closed = acts.add_parser("close", help="close a ticket, for ever")
    closed.add_argument("ticket", metavar="ID", help="its id")
    attached = acts.add_parser("attach", help="bind one more device to an open ticket")
    detached = acts.add_parser("detach", help="take a device from an open ticket")
    for act in (attached, detached):
        act.add_argument("ticket", metavar="ID", help="its id")
        act.add_argument("device", metavar="DEVICE", help="label or first digits")
    attached.add_argument(
        "--since",
        type=duration,
        default=0,
        metavar="AGE",
        help="show only what it made in this time, and from now on (default: all)",
    )
    shown = acts.add_parser("list", help="list tickets, until their data is gone")
    for act in (opened, closed, attached, detached, shown):
        act.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    """Ask the keeper, and show what it answers."""
    question: dict[str, object] = {"act": NAME, "do": options.act}
    if options.act != "list":
        question["ticket"] = options.ticket
    if options.act == "open":
        question |= {"seconds": options.until, "devices": options.device}
    if options.act in {"attach", "detach"}:
        question["device"] = options.device
    if options.act == "attach":
        question["age"] = options.since
    told = asking.told(options, question)
    if options.json:
        printing.show_json(told)
        return 0
    printing.show_table(
        ("TICKET", "STATE", "UNTIL", "DATA UNTIL", "DEVICES"),
        [
            (
                one["ticket"],
                "open" if one["open"] else "closed",
                printing.moment(one["closed"] or one["until"]),
                printing.moment(one["data_until"] or 0),
                _devices(one["devices"], one["since"]),
            )
            for one in told["tickets"]
        ],
    )
    return 0


def _devices(devices: list[str], since: dict[str, int]) -> str:
    """Return the devices of a ticket, and from when on what they made is shown."""
    words = [
        one[:8] + (f" since {printing.moment(since[one])}" if one in since else "")
        for one in devices
    ]
    return ", ".join(words) or "all"
