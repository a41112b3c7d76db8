# SPDX-License-Identifier: Apache-2.0
"""`discreet-server person`: makes a key to decide with, and shows who decides.

Rules: the key never leaves its file without its lock; config.toml is written by a
person.
Not here: deciding (`case.py`), who may (`server/keeper/people.py`).
"""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from server.commands import deciding, printing
from server.layout import Layout

if TYPE_CHECKING:
    from server.commands.arguments import Subparsers

NAME = "person"


def add(subparsers: "Subparsers") -> None:
    """Declare the command."""
    parser = subparsers.add_parser(NAME, help="make a key to decide with, list people")
    acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
    key = acts.add_parser("key", help="make your key, locked by a passphrase")
    key.add_argument("file", type=Path, metavar="FILE", help="to be made")
    deciding.add_passphrase(key)
    shown = acts.add_parser("list", help="show who decides, and in which roles")
    shown.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    """Make a key, or list."""
    if options.act == "key":
        _make(options)
        return 0
    from server import configuration  # noqa: PLC0415 - heavy

    people = configuration.read(Layout(options.directory)).people
    rows = [
        (person.name, sorted(role.value for role in person.roles), person.public.hex())
        for _, person in sorted(people.items())
    ]
    if options.json:
        printing.show_json(
            [{"name": name, "roles": roles, "key": key} for name, roles, key in rows]
        )
        return 0
    printing.show_table(
        ("NAME", "ROLES", "PUBLIC KEY"),
        [(name, ", ".join(roles), key) for name, roles, key in rows],
    )
    return 0


def _make(options: argparse.Namespace) -> None:
    from server.person_keys import make_person_key  # noqa: PLC0415 - heavy
    from wire.papers.decision import Role  # noqa: PLC0415 - heavy

    public = make_person_key(options.file, deciding.passphrase_of(options, twice=True))
    printing.show(
        "[people.NAME]",
        f'key = "{public.hex()}"',
        'roles = ["requester"]',
    )
    printing.hint(
        f"discreet-server: {options.file} is made; let the operator add these lines to "
        f"config.toml, with your name and your roles: "
        f"{', '.join(role.value for role in Role)}"
    )
