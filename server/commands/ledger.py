# SPDX-License-Identifier: Apache-2.0
"""`discreet-server ledger`: shows the list of acts and checks that it is whole.

Rules: showing changes nothing and needs no key; checking names the first entry that is
not as it was written.
Not here: the ledger (`server/ledger.py`), the chain (`wire/ledger.py`).
"""

import argparse
from typing import TYPE_CHECKING

from server.commands import printing
from server.commands.arguments import entry_number
from server.layout import Layout

if TYPE_CHECKING:
    from server.commands.arguments import Subparsers
    from server.ledger import Act, SqliteLedger
    from wire.cbor import Plain

NAME = "ledger"
ERASED = "(erased)"
TIMES = ("not_after", "until", "since", "expires")
"""Names in a body under which a number is a time."""


def add(subparsers: "Subparsers") -> None:
    """Declare the command."""
    parser = subparsers.add_parser(NAME, help="show or check the list of acts")
    acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
    verify = acts.add_parser("verify", help="check that nothing was altered")
    verify.add_argument("--json", action="store_true", help="print JSON")
    show = acts.add_parser("show", help="show what was done, and by whom")
    show.add_argument(
        "--after",
        type=entry_number,
        default=0,
        metavar="N",
        help="only entries behind N",
    )
    show.add_argument(
        "--json", action="store_true", help="print JSON, one entry on each line"
    )


def run(options: argparse.Namespace) -> int:
    """Show or check the ledger."""
    from server import configuration  # noqa: PLC0415 - heavy
    from server.ledger import SqliteLedger  # noqa: PLC0415 - heavy

    layout = Layout(options.directory)
    configuration.read(layout)
    ledger = SqliteLedger(layout.ledger)
    try:
        if options.act == "verify":
            _verify(ledger, as_json=options.json)
        elif options.json:
            for entry in ledger.entries(options.after):
                printing.show_json(_plain(entry))
        else:
            _show(list(ledger.entries(options.after)))
    finally:
        ledger.close()
    return 0


def _verify(ledger: "SqliteLedger", *, as_json: bool) -> None:
    count, head = ledger.verify(), ledger.head()
    if as_json:
        printing.show_json({"entries": count, "head": head.digest.hex()})
        return
    printing.show(
        f"The ledger is whole: {count} entries, the last one {head.digest.hex()}.",
        "Write that down elsewhere: a copy that is cut off later will not have it.",
    )


def _show(entries: "list[Act]") -> None:
    printing.show_table(
        ("NUMBER", "TIME", "ACT", "WHAT", "DIGEST"),
        [
            (
                str(entry.index),
                printing.moment(entry.time),
                entry.act,
                ERASED if entry.body is None else _words(entry.body),
                printing.short(entry.digest),
            )
            for entry in entries
        ],
    )


def _words(body: "dict[int | str, Plain]") -> str:
    return " ".join(
        f"{name}={_word(value, is_time=name in TIMES)}" for name, value in body.items()
    )


def _word(value: "Plain", *, is_time: bool = False) -> str:
    if is_time and isinstance(value, int):
        return printing.moment(value)
    if isinstance(value, bytes):
        return printing.short(value)
    if isinstance(value, list):
        return ",".join(map(_word, value))
    if isinstance(value, dict):
        return f"({_words(value)})"
    return "-" if value is None else str(value)


def _plain(entry: "Act") -> dict[str, object]:
    return {
        "number": entry.index,
        "time": printing.moment(entry.time),
        "act": entry.act,
        "body": None if entry.body is None else _whole(entry.body),
        "digest": entry.digest.hex(),
    }


def _whole(value: "Plain") -> object:
    """Return a value as JSON can hold it: bytes as hexadecimal digits."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, list):
        return [_whole(item) for item in value]
    if isinstance(value, dict):
        return {str(name): _whole(item) for name, item in value.items()}
    return value
