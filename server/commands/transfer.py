# SPDX-License-Identifier: Apache-2.0
"""`discreet-server transfer`: a client's data goes to who takes over the business.

Rules: it holds no key and opens nothing, it asks the keeper; who asks signs, others
approve (`case decide`); an export says how far it is.
Not here: when it may go (`server/keeper/transferring`), giving out keys (`share.py`).
"""

import argparse
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from server.commands import asking, case, deciding, printing
from server.layout import Layout

if TYPE_CHECKING:
    from server.commands.arguments import Subparsers

NAME = "transfer"
_MAKING_SECONDS = 1_800
"""Longer than usual, until a release is whole: it takes 40 seconds, where the machine
is not busy and no machine of the client has more rows than a release."""
_HOUR = 3_600
Told = Mapping[str, object]


def add(subparsers: "Subparsers") -> None:
    """Declare the command."""
    parser = subparsers.add_parser(
        NAME, help="hand a client's data to who takes over the business"
    )
    acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
    told = acts.add_parser("notice", help="write what the client is told first")
    told.add_argument(
        "--recipient", required=True, metavar="NAME", help="of role acquirer"
    )
    told.add_argument(
        "--deal", required=True, metavar="TEXT", help="what happens, for the client"
    )
    asked = acts.add_parser("ask", help="ask for it once the client's time has passed")
    asked.add_argument(
        "--notice", required=True, metavar="ID", help="first digits, as status shows"
    )
    asked.add_argument("--basis", required=True, metavar="TEXT", help="legal basis")
    asked.add_argument(
        "--through", required=True, metavar="DAY", help="last day of the hand-over"
    )
    asked.add_argument(
        "--format", default="jsonl", help="jsonl, csv or parquet (default: jsonl)"
    )
    deciding.add_signing(asked)
    export = acts.add_parser("export", help="make the releases that are missing")
    export.add_argument("case", metavar="ID", help="first digits, as status shows")
    shown = acts.add_parser("status", help="show how far it is, and what it waits for")
    shown.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    """Do one act."""
    _ACTS[options.act](options)
    return 0


def _asked(options: argparse.Namespace, **question: str) -> Told:
    return asking.told(options, {"act": NAME, **question})


def _notice(options: argparse.Namespace) -> None:
    told = _asked(
        options, step="notice", recipient=options.recipient, deal=options.deal
    )
    number = str(told["notice"])[: printing.SHORT_CHARS]
    how = "was written before, and stays as it is" if told["before"] else "is written"
    printing.show(f"Notice {number} {how}, for {_words(told['purposes'])}.")
    printing.hint(
        f"discreet-server: deliver what `notice show {number}` prints, then enter the "
        "proof with notice delivered: from then on the client's time runs"
    )


def _ask(options: argparse.Namespace) -> None:
    from wire.papers.matter import MatterKind  # noqa: PLC0415 - heavy

    told = _asked(options, step="draft", notice=options.notice)
    terms = {
        **{name: str(told[name]) for name in ("recipient", "entry", "purposes")},
        "basis": options.basis,
        "until": options.through,
        "format": options.format,
    }
    counts = case.open_case(options, MatterKind.TRANSFER, terms)
    printing.show(
        f"Approved, it hands over up to {counts['records']} records of "
        f"{counts['envelopes']} envelopes: {counts['columns']} columns of "
        f"{counts['datasets']} datasets."
    )


def _export(options: argparse.Namespace) -> None:
    from server.desk.asking import ask  # noqa: PLC0415 - heavy

    question = {"act": NAME, "step": "export", "case": options.case}
    socket = Layout(options.directory).keeper_socket
    printing.hint(
        "discreet-server: half a million rows take about a minute; each release is "
        "told once it is whole"
    )
    made = held = hidden = 0
    for message in ask(socket, question, _MAKING_SECONDS):
        portion = message.get("portion")
        if isinstance(portion, dict):
            made += _show_portion(portion)
            held, hidden = held + portion["held"], hidden + portion["hidden"]
    if not made:
        printing.show("Nothing is left to hand over: all that may go was exported.")
    if held or hidden:
        printing.hint(
            f"discreet-server: {held} envelopes have nothing that may go, and {hidden} "
            "rows of people whose data is restricted were left out"
        )
    if made:
        printing.hint(
            "discreet-server: send the directories; give each key out with share "
            "fetch, once the acquirer has signed for it"
        )


def _show_portion(portion: Mapping[str, object]) -> bool:
    """Print one portion; tell whether it has a release."""
    far = f"{portion['purpose']}, machine {portion['done']} of {portion['of']}"
    if not portion["release"]:
        printing.show(f"{far}: nothing that may go")
        return False
    printing.show(
        f"{far}: {portion['rows']} rows, {portion['bytes']} bytes in "
        f"{portion['directory']}/{portion['release']}"
    )
    return True


def _status(options: argparse.Namespace) -> None:
    told = asking.told(options, {"act": NAME, "step": "status"})
    if options.json:
        printing.show_json(told)
        return
    printing.show_table(
        ("NOTICE", "ACQUIRER", "PURPOSES", "DELIVERED", "STATE"),
        [
            (
                one["notice"][: printing.SHORT_CHARS],
                *(one["recipient"], _words(one["purposes"])),
                printing.moment(one["delivered"]),
                _standing(one),
            )
            for one in told["notices"]
        ],
    )
    printing.show("")
    printing.show_table(
        ("CASE", "ACQUIRER", "PURPOSES", "UNTIL", "STATE", "RELEASES", "RECEIVED"),
        [
            (
                one["case"][: printing.SHORT_CHARS],
                *(one["recipient"], _words(one["purposes"])),
                *(one["until"], "approved" if one["state"] == "done" else one["state"]),
                *map(str, _counted(one["releases"])),
            )
            for one in told["transfers"]
        ],
    )
    hours = told["behind"] // _HOUR
    if hours:
        printing.hint(
            f"discreet-server: the keeper's clock is {hours} hours behind the "
            "system's: until people vouch for the time (keeper believe), a client's "
            "time passes later"
        )


def _standing(one: Mapping[str, object]) -> str:
    """Return what a notice waits for."""
    if not one["counts"]:
        return "void: the acquirer's entry changed"
    if not one["delivered"]:
        return "not delivered"
    opens = one["opens"]
    if one["open"] or not isinstance(opens, int):
        return "its time has passed"
    return f"nothing goes before {printing.moment(opens)}"


def _counted(releases: list[Mapping[str, object]]) -> tuple[int, int]:
    live = [one for one in releases if not one["revoked"]]
    return len(live), sum(bool(one["received"]) for one in live)


def _words(items: object) -> str:
    return ", ".join(map(str, items)) if isinstance(items, list) else ""


_ACTS: Mapping[str, Callable[[argparse.Namespace], None]] = {
    "notice": _notice,
    "ask": _ask,
    "export": _export,
    "status": _status,
}
