# SPDX-License-Identifier: Apache-2.0
"""`discreet-server root`: shows the root and signs the next one with the offline key.

Rules: the root key is read from where it was brought to and is written nowhere.
Not here: what a root says (`server/roots.py`), when to (docs/howto).
"""

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING

from server.commands import printing, root_technician
from server.layout import Layout

if TYPE_CHECKING:
    from server.commands.arguments import Subparsers
    from wire.trust import Root

NAME = "root"
ROLES = ("policy", "keys", "revocation")


def add(subparsers: "Subparsers") -> None:
    """Declare the command."""
    parser = subparsers.add_parser(NAME, help="show the root, or sign the next one")
    acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
    show = acts.add_parser("show", help="show which keys the root names")
    show.add_argument("--json", action="store_true", help="print JSON")
    renew = acts.add_parser("renew", help="sign the next root with the root key")
    renew.add_argument(
        "--key", type=Path, required=True, metavar="FILE", help="the offline root key"
    )
    renew.add_argument(
        "--replace",
        action="append",
        default=[],
        choices=ROLES,
        help="give this role a new key; may be repeated",
    )
    root_technician.add(acts)


def run(options: argparse.Namespace) -> int:
    """Show or renew, or look after technicians."""
    if options.act == root_technician.NAME:
        return root_technician.run(options)
    from server.authority import open_authority  # noqa: PLC0415 - heavy
    from server.key_files import read_signing_key  # noqa: PLC0415 - with the above
    from server.person import user_name  # noqa: PLC0415 - with the above
    from server.roots import Role  # noqa: PLC0415 - with the above

    with open_authority(Layout(options.directory)) as authority:
        if options.act == "show":
            root = authority.root()
            (_show_json if options.json else _show)(root)
            return 0
        key = read_signing_key(options.key)
        replaced = [Role(name) for name in options.replace]
        root = authority.renew_root(key, replaced, int(time.time()), user_name())
    changed = ", ".join(sorted(set(options.replace))) or "none"
    printing.show(
        f"Root version {root.version} is signed; replaced keys: {changed}.",
        "Devices take it with their next poll. Take the root key off this machine.",
    )
    return 0


def _keys(root: "Root") -> dict[str, tuple[bytes, ...]]:
    return {
        "root": root.roots,
        "policy": root.policy,
        "keys": root.keys,
        "revocation": root.revocation,
        "gate": root.gate,
        "store": root.store,
    }


def _show(root: "Root") -> None:
    from wire.trust import root_digest  # noqa: PLC0415 - heavy

    printing.show_pairs(
        [
            ("version", str(root.version)),
            ("signed", printing.moment(root.issued)),
            ("valid until", printing.moment(root.not_after)),
            ("pinned digest", root_digest(root).hex()),
            ("CA key", ", ".join(item.hex() for item in root.authorities)),
        ],
        indent="",
    )
    printing.show("")
    printing.show_table(
        ("ROLE", "PUBLIC KEY"),
        [(role, key.hex()) for role, keys in _keys(root).items() for key in keys],
    )


def _show_json(root: "Root") -> None:
    from wire.trust import root_digest  # noqa: PLC0415 - heavy

    printing.show_json(
        {
            "version": root.version,
            "issued": printing.moment(root.issued),
            "not_after": printing.moment(root.not_after),
            "digest": root_digest(root).hex(),
            "threshold": root.threshold,
            "authorities": [item.hex() for item in root.authorities],
            "keys": {
                role: [key.hex() for key in keys] for role, keys in _keys(root).items()
            },
        }
    )
