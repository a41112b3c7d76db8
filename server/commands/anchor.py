# SPDX-License-Identifier: Apache-2.0
"""`discreet-server anchor`: signs what the ledger is now, and checks what was signed.

Rules: listing and verifying change nothing and need no key, no collector and no
network: a directory of anchors and the public key are enough.
Not here: anchors (`server/anchors.py`), the ledger against them (`ledger verify`).
"""

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING

from server.commands import printing
from server.commands.arguments import digest, public_key
from server.layout import Layout

if TYPE_CHECKING:
    from server.commands.arguments import Subparsers

NAME = "anchor"


def add(subparsers: "Subparsers") -> None:
    """Declare the command."""
    parser = subparsers.add_parser(
        NAME, help="sign what the ledger is now, or check what was signed"
    )
    acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
    made = acts.add_parser("now", help="sign an anchor of all entries so far")
    made.add_argument(
        "--to",
        type=Path,
        metavar="DIR",
        help="also hand out what this directory lacks (default: as config.toml says)",
    )
    listed = acts.add_parser("list", help="show anchors, without checking them")
    checked = acts.add_parser("verify", help="check anchors, without the ledger")
    listed.add_argument("anchors", type=Path, nargs="?", metavar="DIR")
    checked.add_argument("anchors", type=Path, metavar="DIR", help="where they lie")
    checked.add_argument(
        "--key",
        type=public_key,
        action="append",
        metavar="HEX",
        help="the keeper's public key, from elsewhere (default: as the ledger has it)",
    )
    checked.add_argument(
        "--root",
        type=digest,
        metavar="HEX",
        help="the root digest of the collector, from elsewhere: leads to the key",
    )
    for one in (listed, checked):
        one.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    """Sign, show or check."""
    layout = Layout(options.directory)
    match options.act:
        case "now":
            _now(layout, options.to, int(time.time()))
        case "list":
            _list(layout, options.anchors, as_json=options.json)
        case _:
            _verify(layout, options)
    return 0


def _now(layout: Layout, outside: Path | None, now: int) -> None:
    from server import anchor_trust, anchors, configuration  # noqa: PLC0415 - heavy
    from server.keyring import open_keyring  # noqa: PLC0415 - heavy
    from server.ledger import SqliteLedger  # noqa: PLC0415 - heavy
    from server.statements import Statements  # noqa: PLC0415 - with the above

    settings = configuration.read(layout)
    outside, directory = outside or settings.anchors, anchors.place(layout)
    ledger, keyring = SqliteLedger(layout.ledger), open_keyring(layout)
    statements = Statements(layout.authority / "statements.sqlite")
    try:
        key = keyring.keeper_key()
        made = anchors.anchor(ledger, key, settings.tenant, directory, now)
        anchor_trust.lay(statements, settings.tenant, directory)
    finally:
        statements.close()
        keyring.close()
        ledger.close()
    printing.show(f"{made.size} entries are anchored in {made.path}.")
    if outside is None:
        printing.show("Copy it to another machine: here, both could be rewritten.")
    else:
        copied = anchors.hand_out(directory, outside)
        anchor_trust.hand_out(directory, outside)
        printing.show(f"{copied} were handed out to {outside}.")


def _list(layout: Layout, directory: Path | None, *, as_json: bool) -> None:
    from server import anchors  # noqa: PLC0415 - heavy

    found = anchors.kept(directory or anchors.place(layout))
    if as_json:
        for one in found:
            made = printing.moment(one.made)
            printing.show_json({"entries": one.size, "made": made})
        return
    printing.show_table(
        ("ENTRIES", "MADE", "FILE"),
        [(str(one.size), printing.moment(one.made), one.path.name) for one in found],
    )


def _verify(layout: Layout, options: argparse.Namespace) -> None:
    from server import anchor_trust, anchors  # noqa: PLC0415 - heavy

    directory: Path = options.anchors
    if options.root is None:
        origin = anchors.origin_in(directory)
        found = anchors.read(directory, origin, options.key or _known(layout))
    else:
        who = anchor_trust.keepers(directory, options.root)
        origin = anchors.origin_of(who.tenant)
        found = anchors.read(directory, origin, who.publics)
        anchor_trust.check_times(directory, found, who)
    last = found[-1]
    if options.json:
        printing.show_json(
            {
                "anchors": len(found),
                "origin": origin,
                "entries": last.size,
                "root": last.root.hex(),
                "key": last.signer.hex(),
            }
        )
        return
    printing.show(
        f"{len(found)} anchors hold, of {printing.safe(origin)}, through entry "
        f"{last.size}.",
        f"Signed by {last.signer.hex()}.",
        "Whether the ledger agrees with them: discreet-server ledger verify "
        f"--anchors {directory}",
    )


def _known(layout: Layout) -> set[bytes]:
    """Return the keys that this installation's ledger names."""
    from server import anchors  # noqa: PLC0415 - heavy
    from server.ledger import SqliteLedger  # noqa: PLC0415 - heavy

    ledger = SqliteLedger(layout.ledger)
    try:
        return anchors.signers(ledger)
    finally:
        ledger.close()
