# SPDX-License-Identifier: Apache-2.0
"""`discreet-server root technician`: who may authorise diagnostics.

Rules: only the offline root key adds; a removal counts within minutes without it, and
for ever with the next root; the fingerprint is shown, to be compared by another way.
Not here: the list (`server/technicians.py`), the root (`root.py`), making keys
(`technician/`).
"""

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING

from server.commands import printing
from server.layout import Layout

if TYPE_CHECKING:
    from server.authority import Authority
    from server.commands.arguments import Subparsers

NAME = "technician"
MAY = ("ask", "approve", "both")


def add(subparsers: "Subparsers") -> None:
    """Declare the act."""
    parser = subparsers.add_parser(NAME, help="add, remove or list technicians' keys")
    acts = parser.add_subparsers(dest="do", required=True, metavar="ACT")
    added = acts.add_parser("add", help="name a technician's key in the next root")
    added.add_argument(
        "file", type=Path, metavar="FILE", help="public file of discreet-authorise"
    )
    added.add_argument("--name", help="what you call the person (default: the file's)")
    added.add_argument(
        "--may",
        choices=MAY,
        required=True,
        help="ask for diagnostics, approve what others ask, or both",
    )
    removed = acts.add_parser("remove", help="let a technician's key sign no more")
    removed.add_argument(
        "name", metavar="WHO", help="a name, or first digits of a fingerprint"
    )
    for act, needed in ((added, True), (removed, False)):
        act.add_argument(
            "--key",
            type=Path,
            required=needed,
            metavar="FILE",
            help="the offline root key",
        )
    listed = acts.add_parser("list", help="show technicians' keys")
    listed.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    """Add, remove or list."""
    from server.authority import open_authority  # noqa: PLC0415 - heavy

    with open_authority(Layout(options.directory)) as authority:
        act = {"add": _add, "remove": _remove, "list": _list}[options.do]
        act(options, authority)
    return 0


def _add(options: argparse.Namespace, authority: "Authority") -> None:
    from server import technicians  # noqa: PLC0415 - heavy
    from server.key_files import read_signing_key  # noqa: PLC0415 - with the above
    from server.person import user_name  # noqa: PLC0415 - with the above
    from wire.technicians import May  # noqa: PLC0415 - heavy

    one = technicians.read_registration(options.file, options.name, May(options.may))
    version = authority.add_technician(
        read_signing_key(options.key), one, int(time.time()), user_name()
    )
    printing.show(
        f"{printing.safe(one.name)} may {_words(options.may)} from root version"
        f" {version} on, which devices take with their next poll.",
        "Compare this fingerprint with the owner's, by another way than the file came:",
        fingerprint(one.identity),
        "Take the root key off this machine.",
    )


def _remove(options: argparse.Namespace, authority: "Authority") -> None:
    from server import technicians  # noqa: PLC0415 - heavy
    from server.key_files import read_signing_key  # noqa: PLC0415 - with the above
    from server.person import user_name  # noqa: PLC0415 - with the above

    one = technicians.find(authority.root().technicians, options.name)
    key = None if options.key is None else read_signing_key(options.key)
    authority.remove_technician(one, key, int(time.time()), user_name())
    printing.show(
        f"The key {fingerprint(one.identity)} of {printing.safe(one.name)} counts no"
        " more: devices are told before they obey any order."
    )
    if key is None:
        printing.show(
            "Take it out of the root, too, with the same command and --key FILE."
        )


def _list(options: argparse.Namespace, authority: "Authority") -> None:
    root, removed = authority.root(), authority.removals().last().technicians
    if options.json:
        printing.show_json(
            [
                {
                    "name": one.name,
                    "fingerprint": one.identity.hex(),
                    "kind": one.kind.value,
                    "may": one.may.value,
                    "origin": one.origin,
                    "removed": one.identity in removed,
                }
                for one in root.technicians
            ]
        )
        return
    if not root.technicians:
        printing.show(
            "Nobody may authorise a diagnostic: discreet-server root technician add"
            " names a key."
        )
        return
    printing.show_table(
        ("NAME", "MAY", "KIND", "FINGERPRINT", "ORIGIN", "STATE"),
        [
            (
                one.name,
                one.may.value,
                one.kind.value,
                fingerprint(one.identity),
                one.origin or "-",
                "removed" if one.identity in removed else "counts",
            )
            for one in root.technicians
        ],
    )


def fingerprint(identity: bytes) -> str:
    """Return a key's identity as people compare it."""
    digits = identity.hex()
    return " ".join(digits[at : at + 4] for at in range(0, len(digits), 4))


def _words(may: str) -> str:
    return {"both": "ask and approve"}.get(may, may)
