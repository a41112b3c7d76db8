# SPDX-License-Identifier: Apache-2.0
"""`discreet-server alert`: what rules found, who saw it, and whether it can be told.

Rules: a rule and a device are shown, never what was found: that is read for a purpose,
with `query`.
Not here: what the keeper does with it (`server/keeper/acts/alert.py`).
"""

import argparse
from typing import TYPE_CHECKING, Any

from server.commands import asking, printing
from server.commands.arguments import duration
from server.errors import UnreachableError
from server.layout import Layout

if TYPE_CHECKING:
    from server.commands.arguments import Subparsers

NAME = "alert"
_SHORT = printing.SHORT_CHARS


def add(subparsers: "Subparsers") -> None:
    """Declare the command."""
    parser = subparsers.add_parser(NAME, help="see and answer what rules found")
    acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
    listed = acts.add_parser("list", help="show what stands")
    listed.add_argument("--all", action="store_true", help="also what is over")
    listed.add_argument("--json", action="store_true", help="print JSON")
    for name, what in (
        ("show", "show one, and who was told of it"),
        ("acknowledge", "say that somebody sees to it"),
        ("snooze", "let it rest until it is told again"),
    ):
        one = acts.add_parser(name, help=what)
        one.add_argument("alert", metavar="ALERT", help="its id, or how it begins")
        if name == "snooze":
            one.add_argument(
                "--for",
                dest="seconds",
                type=duration,
                required=True,
                metavar="TIME",
                help="such as 4h; 10m to 30d",
            )
    acts.add_parser("look", help="look at what is new now, not in a minute")
    acts.add_parser("resend", help="send again what was given up")
    acts.add_parser("test", help="send each channel a message that says so")
    ruled = acts.add_parser("rules", help="show the rules, and what each lacks")
    ruled.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    """List, show, acknowledge, snooze, look, resend, test, or show the rules.

    Raises:
        UnreachableError: a channel does not take a test.
    """
    match options.act:
        case "list":
            _list(options)
        case "show":
            _show(options)
        case "acknowledge":
            told = _asked(options, "acknowledge", alert=options.alert)
            printing.show(f"Alert {told['id'][:_SHORT]} is acknowledged.")
        case "snooze":
            given = {"alert": options.alert, "seconds": options.seconds}
            told = _asked(options, "snooze", **given)
            until = printing.moment(told["until"])
            printing.show(f"Alert {told['id'][:_SHORT]} is snoozed until {until}.")
        case "look":
            _look(options)
        case "resend":
            count = _asked(options, "resend")["count"]
            printing.show(f"{count} messages wait to be sent again.")
        case "test":
            _test(options)
        case _:
            _rules(options)
    return 0


def _asked(options: argparse.Namespace, step: str, **given: object) -> dict[str, Any]:
    return asking.told(options, {"act": NAME, "step": step, **given})


def _list(options: argparse.Namespace) -> None:
    question = {"act": NAME, "step": "list", "state": "all" if options.all else ""}
    told = asking.listed(options, question, "alerts")
    if options.json:
        printing.show_json(told)
        return
    printing.show_table(
        ("ALERT", "SEVERITY", "RULE", "DEVICE", "LABEL", "SINCE", "STATE"),
        [
            (
                *(one["id"][:_SHORT], one["severity"], one["rule"]),
                *(one["device"][:_SHORT], printing.safe(one["label"])),
                *(printing.moment(one["since"]), one["state"]),
            )
            for one in told["alerts"]
        ],
    )
    _hint(told)


def _hint(told: dict[str, Any]) -> None:
    """Say what keeps alerts from being found or told."""
    if not told["owner"]:
        printing.hint(
            "discreet-server: nobody owns the job, so nothing is looked for: write "
            'alerts = "USER" under [jobs] of config.toml'
        )
    elif not told["channels"]:
        printing.hint(
            "discreet-server: nobody is told: name a channel under [alerts] of "
            "config.toml"
        )
    for channel, count in sorted(told["untold"].items()):
        printing.hint(
            f"discreet-server: {count} messages were given up, for nobody took them by "
            f"{channel}: look at discreet-server alert test, then alert resend"
        )


def _show(options: argparse.Namespace) -> None:
    told = _asked(options, "show", alert=options.alert)
    pairs = [
        ("alert", told["id"]),
        ("rule", told["rule"]),
        ("severity", told["severity"]),
        ("device", f"{told['device']} {printing.safe(told['label'])}"),
        ("state", told["state"]),
        ("since", printing.moment(told["since"])),
        ("seen last", printing.moment(told["last"])),
    ]
    if told["until"]:
        pairs.append(("snoozed until", printing.moment(told["until"])))
    if told["ended"]:
        pairs.append(("over since", printing.moment(told["ended"])))
    printing.show_pairs(pairs, indent="")
    for one in told["messages"]:
        when = printing.moment(one["time"])
        printing.show(f"  {when}  {one['event']} by {one['channel']}: {one['fate']}")


def _look(options: argparse.Namespace) -> None:
    from server.reader.client import ask  # noqa: PLC0415 - heavy

    for message in ask(Layout(options.directory).socket, {"job": "alerts"}):
        told = message.get("end")
        if isinstance(told, dict):
            printing.hint(f"looked at {told['devices']} devices that had something new")


def _test(options: argparse.Namespace) -> None:
    told = _asked(options, "test")["channels"]
    for channel, wrong in sorted(told.items()):
        printing.show(f"{channel}: {wrong or 'sent'}")
    if any(told.values()):
        msg = "a channel does not take alerts: correct [alerts] of config.toml"
        raise UnreachableError(msg)


def _span(seconds: int) -> str:
    return printing.span(seconds) if seconds else "at once"


def _rules(options: argparse.Namespace) -> None:
    found = _asked(options, "rules")["rules"]
    if options.json:
        printing.show_json(found)
        return
    printing.show_table(
        ("RULE", "SEVERITY", "LOOKS AT", "BEGINS AFTER", "ENDS AFTER", "LACKS"),
        [
            (
                *(one["rule"], one["severity"], one["dataset"] or "no rows"),
                *(_span(one["hold"]), _span(one["clear_for"])),
                ", ".join(one["lacks"]) or "-",
            )
            for one in found
        ],
    )
    if any(one["lacks"] for one in found):
        printing.hint(
            "discreet-server: a rule that lacks columns is not judged: the policy has "
            "to name them for administration, in the class alerts"
        )
