# SPDX-License-Identifier: Apache-2.0
"""`discreet-server diagnose`: asks a device something, once technicians have signed.

Rules: what is sent was signed by who is named in it, elsewhere or by a key file here;
before it is signed here it is shown in words; what a device answers is read as all
else, for support, under the ticket.
Not here: the rules (`server/orders`), signing with a passkey (`technician/`), words and
waiting (`diagnose_words.py`, `diagnose_run.py`).
"""

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING

from server.commands import deciding, diagnose_run, diagnose_words, printing
from server.commands.arguments import duration
from server.layout import Layout

if TYPE_CHECKING:
    from collections.abc import Callable

    from server.commands.arguments import Subparsers
    from server.orders.desk import Desk

NAME = "diagnose"
EXPIRES_SECONDS = 3_600
"""An hour: a machine that is off then is asked again when somebody knows more."""
ORDER_FILE_BYTES = 16_384


def add(subparsers: "Subparsers") -> None:
    """Declare the command."""
    parser = subparsers.add_parser(NAME, help="ask a device something, and follow it")
    acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
    listed = acts.add_parser("list", help="show what can be asked")
    drafted = acts.add_parser("draft", help="write a request, to be signed elsewhere")
    _add_wish(drafted)
    out = "the request's file, to be made"
    drafted.add_argument(
        *("--out", "-o"), type=Path, required=True, metavar="FILE", help=out
    )
    sent = acts.add_parser("send", help="send what technicians have signed")
    signed = "order of discreet-authorise; a second one adds its signature"
    sent.add_argument("file", type=Path, nargs="+", metavar="FILE", help=signed)
    taken = acts.add_parser("cancel", help="take an order back")
    taken.add_argument("order", metavar="ORDER", help="first digits of its id")
    status = acts.add_parser("status", help="show what became of orders")
    status.add_argument(
        "order", nargs="?", default="", metavar="ORDER", help="only this one"
    )
    ran = acts.add_parser("run", help="draft, show, sign with a key file, send, wait")
    _add_wish(ran)
    ran.add_argument(
        "--key", type=Path, required=True, metavar="FILE", help="your technician's key"
    )
    deciding.add_passphrase(ran)
    ran.add_argument("--yes", action="store_true", help="sign without asking")
    ran.add_argument(
        "--wait",
        type=duration,
        default=diagnose_run.WAIT_SECONDS,
        metavar="TIME",
        help="for the answer (default: 5m); it goes on without you",
    )
    for act in (listed, sent, status):
        act.add_argument("--json", action="store_true", help="print JSON")


def _add_wish(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("diagnostic", metavar="DIAGNOSTIC", help="as list shows it")
    parser.add_argument(
        "parameter", nargs="*", metavar="NAME=VALUE", help="as list shows them"
    )
    parser.add_argument(
        *("--device", "-d"), required=True, help="by label or first digits of its id"
    )
    parser.add_argument("--ticket", required=True, help="an open one")
    parser.add_argument("--reason", required=True, help="why; the device shows it")
    parser.add_argument(
        "--as", dest="asked_by", required=True, metavar="WHO", help="the technician"
    )
    parser.add_argument(
        "--expires",
        type=duration,
        default=EXPIRES_SECONDS,
        metavar="TIME",
        help="it may begin within this time (default: 1h, at most 24h)",
    )


def run(options: argparse.Namespace) -> int:
    """List, draft, send, cancel, follow, or all at once."""
    from server.orders.desk import open_desk  # noqa: PLC0415 - heavy

    if options.act == "run":
        return diagnose_run.run(options)
    acts: dict[str, Callable[[argparse.Namespace, Desk], None]] = {
        "list": _list,
        "draft": _draft,
        "send": _send,
        "cancel": _cancel,
        "status": _status,
    }
    with open_desk(Layout(options.directory)) as desk:
        acts[options.act](options, desk)
    return 0


def _list(options: argparse.Namespace, desk: "Desk") -> None:
    diagnose_words.show_catalogue(desk.catalogue, desk.permitted(), json=options.json)


def _draft(options: argparse.Namespace, desk: "Desk") -> None:
    from server.commands.writing import written  # noqa: PLC0415 - heavy
    from server.orders.drafting import draft  # noqa: PLC0415 - heavy

    wish = diagnose_run.wish_of(options)
    octets = draft(desk, wish, int(time.time()))
    with written(options.out) as out:
        out.write(octets)
    diagnose_words.show_request(octets, desk.catalogue)
    printing.show(
        "",
        f"Bring {options.out} to the technician's own machine, and sign it there with",
        f"discreet-authorise serve {options.out.name} --passkey FILE, or sign --key"
        " FILE; then diagnose send what it wrote.",
    )


def _send(options: argparse.Namespace, desk: "Desk") -> None:
    from server.key_files import read_open  # noqa: PLC0415 - heavy
    from server.orders import sending  # noqa: PLC0415 - heavy
    from server.person import user_name  # noqa: PLC0415 - with the above

    signed = [read_open(path, ORDER_FILE_BYTES) for path in options.file]
    request = sending.send(desk, signed, int(time.time()), user_name())
    if options.json:
        printing.show_json({"order": request.id.hex(), "device": request.device.hex()})
        return
    short = printing.short(request.id)
    printing.show(
        f"Order {short} waits for device {printing.short(request.device)} until"
        f" {printing.moment(request.expires)}.",
        f"discreet-server diagnose status {short} tells what becomes of it.",
    )


def _cancel(options: argparse.Namespace, desk: "Desk") -> None:
    from server.orders import sending  # noqa: PLC0415 - heavy
    from server.person import user_name  # noqa: PLC0415 - with the above

    fate = sending.cancel(desk, options.order, int(time.time()), user_name())
    printing.show(
        f"Order {printing.short(fate.order)} is taken back; what has begun already"
        " ends as its device says."
    )


def _status(options: argparse.Namespace, desk: "Desk") -> None:
    from server.orders import sending  # noqa: PLC0415 - heavy

    now = int(time.time())
    sending.note_ends(desk, now)
    fates = desk.store.orders.fates(desk.tenant)
    if options.order:
        fates = [sending.find(desk, options.order)]
    diagnose_words.show_fates(fates, now, json=options.json)
