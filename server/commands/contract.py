# SPDX-License-Identifier: Apache-2.0
"""`discreet-server contract`: when the contract with the client ends, and what goes.

Rules: it holds no key and opens nothing, it asks the keeper.
Not here: what follows from it (`server/keeper/contract.py`).
"""

import argparse
import datetime as dt
from typing import TYPE_CHECKING

from server.commands import asking, printing
from server.commands.arguments import duration

if TYPE_CHECKING:
    from server.commands.arguments import Subparsers

NAME = "contract"
_DAY = 86_400
WINDOW_DAYS = 30
"""What contracts on data processing usually give the client to take its data."""
_AFTERWARDS = {
    "active": "the contract runs; its data ends by the policy",
    "noticed": "the contract ends; until then nothing changes",
    "window": "the contract ended: no machine is heard, the client takes its data",
    "ended": "the window is over: what is left waits for two people, and goes",
    "gone": "no key of the contract's data is left",
}


def add(subparsers: "Subparsers") -> None:
    """Declare the command."""
    parser = subparsers.add_parser(NAME, help="show or end the contract of a client")
    acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
    show = acts.add_parser("show", help="show its state, and what is kept")
    end = acts.add_parser("end", help="say when the contract ends")
    end.add_argument(
        "--on", type=day, required=True, metavar="DAY", help="its last day, UTC"
    )
    end.add_argument(
        "--window",
        type=duration,
        default=WINDOW_DAYS * _DAY,
        help=f"time to hand data over after it (default: {WINDOW_DAYS}d)",
    )
    withdraw = acts.add_parser("withdraw", help="let the contract run on")
    for act in (show, end, withdraw):
        act.add_argument("--json", action="store_true", help="print JSON")


def day(text: str) -> int:
    """Return the first second after a day such as "2027-01-31".

    Raises:
        ArgumentTypeError: it is no such day.
    """
    try:
        found = dt.datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=dt.UTC)
    except ValueError:
        msg = 'a day is written like "2027-01-31"'
        raise argparse.ArgumentTypeError(msg) from None
    return int(found.timestamp()) + _DAY


def run(options: argparse.Namespace) -> int:
    """Ask the keeper, and show what it answers."""
    question: dict[str, object] = {"act": NAME, "do": options.act}
    if options.act == "end":
        question |= {"on": options.on, "window": options.window}
    told = asking.told(options, question)
    if options.json:
        printing.show_json(told)
        return 0
    pairs = [("state", f"{told['stage']}: {_AFTERWARDS[told['stage']]}")]
    if told["ends"] is not None:
        pairs.append(("last day", printing.moment(told["ends"] - 1)[:10]))
        pairs.append(("data is kept until", printing.moment(told["over"])))
    pairs.append(("machines heard", str(told["devices"])))
    pairs += [
        (f"envelopes, {purpose}", str(count))
        for purpose, count in sorted(told["envelopes"].items())
    ]
    printing.show_pairs(pairs)
    return 0
