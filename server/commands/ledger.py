# SPDX-License-Identifier: Apache-2.0
"""`discreet-server ledger`: shows the list of acts and checks that it is whole.

Rules: showing changes nothing and needs no key; checking names the first entry that is
not as it was written, and takes the anchors that lie elsewhere as its witnesses.
Not here: the ledger (`server/ledger.py`), its checks (`server/ledger_checks.py`),
anchors (`server/commands/anchor.py`).
"""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from server.commands import printing
from server.commands.arguments import entry_number, public_key
from server.commands.ledger_words import ERASED, words
from server.layout import Layout

if TYPE_CHECKING:
    from server.commands.arguments import Subparsers
    from server.ledger import Act, SqliteLedger
    from wire.cbor import Plain
    from wire.papers.note import Checkpoint

NAME = "ledger"


def add(subparsers: "Subparsers") -> None:
    """Declare the command."""
    parser = subparsers.add_parser(NAME, help="show or check the list of acts")
    acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
    verify = acts.add_parser("verify", help="check that nothing was altered")
    verify.add_argument("--json", action="store_true", help="print JSON")
    verify.add_argument(
        "--anchors",
        type=Path,
        metavar="DIR",
        help="where anchors were handed out, on another machine's disk",
    )
    verify.add_argument(
        "--endpoint",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="what discreet-agent ledger --last 0 --json printed on a machine",
    )
    verify.add_argument(
        "--key",
        type=public_key,
        action="append",
        metavar="HEX",
        help="the keeper's public key, from elsewhere (default: as the ledger has it)",
    )
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
    export = acts.add_parser("export", help="write entries as other programs read them")
    export.add_argument("--format", choices=("ocsf", "syslog"), required=True)
    export.add_argument(
        "--to", type=Path, required=True, metavar="FILE", help="must not exist yet"
    )
    export.add_argument(
        "--after", type=entry_number, default=0, metavar="N", help="as of show"
    )


def run(options: argparse.Namespace) -> int:
    """Show or check the ledger."""
    from server import configuration  # noqa: PLC0415 - heavy
    from server.ledger import SqliteLedger  # noqa: PLC0415 - heavy

    layout = Layout(options.directory)
    tenant = configuration.read(layout).tenant
    ledger = SqliteLedger(layout.ledger)
    try:
        if options.act == "verify":
            _verify(ledger, _anchors(ledger, layout, tenant, options), options.json)
        elif options.act == "export":
            _export(ledger, tenant, options)
        elif options.json:
            for entry in ledger.entries(options.after):
                printing.show_json(_plain(entry))
        else:
            _show(list(ledger.entries(options.after)))
    finally:
        ledger.close()
    return 0


def _export(ledger: "SqliteLedger", tenant: bytes, options: argparse.Namespace) -> None:
    """Write entries into a file that only this user may read."""
    from server import ledger_export  # noqa: PLC0415 - heavy
    from server.key_files import write_new  # noqa: PLC0415 - heavy
    from wire.release import __version__  # noqa: PLC0415 - with the above

    entries = ledger.entries(options.after)
    found = [*ledger_export.lines(entries, options.format, tenant, __version__)]
    write_new(options.to, b"".join(line + b"\n" for line in found))
    printing.show(f"{len(found)} entries are in {options.to}.")


def _anchors(
    ledger: "SqliteLedger", layout: Layout, tenant: bytes, options: argparse.Namespace
) -> "list[Checkpoint]":
    """Return the checkpoints of this installation, and of the directory given."""
    from server import anchors  # noqa: PLC0415 - heavy

    keys = options.key or anchors.signers(ledger)
    own = anchors.place(layout)
    places = [own] if own.exists() and anchors.kept(own) else []
    places += [options.anchors] if options.anchors is not None else []
    origin = anchors.origin_of(tenant)
    found = [one for place in places for one in anchors.read(place, origin, keys)]
    for path in options.endpoint:
        found += anchors.of_endpoint(path, tenant, keys)
    return found


def _verify(
    ledger: "SqliteLedger",
    anchored: "list[Checkpoint]",
    as_json: bool,  # noqa: FBT001 - one of the flags
) -> None:
    count, head = ledger.verify(anchored), ledger.head()
    through = max((one.size for one in anchored), default=0)
    if as_json:
        told = {"entries": count, "head": head.digest.hex(), "anchored": through}
        printing.show_json(told)
        return
    printing.show(
        f"The ledger is whole: {count} entries, the last one {head.digest.hex()}.",
        f"Anchors hold through entry {through}."
        if through
        else "No anchor: its end could have been cut; discreet-server anchor now",
    )
    if 0 < through < count:
        printing.show(
            f"No anchor covers the {count - through} behind it: what was cut there, or "
            "came after them, would not be seen; discreet-server anchor now"
        )


def _show(entries: "list[Act]") -> None:
    printing.show_table(
        ("NUMBER", "TIME", "ACT", "WHAT", "DIGEST"),
        [
            (
                str(entry.index),
                printing.moment(entry.time),
                entry.act,
                ERASED if entry.body is None else words(entry.body),
                printing.short(entry.digest),
            )
            for entry in entries
        ],
    )


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
