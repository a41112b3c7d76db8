# SPDX-License-Identifier: Apache-2.0
"""`discreet-server backup`: copies the sealed store and the people while in use.

Rules: the ledger has it before a copy is made; a copy is whole or not there, its
owner's alone, and never takes the place of a file; it opens nothing; of the people
nothing is in it that lets somebody in by itself.
Not here: copying (`server/store`, `server/access/backing.py`), the keyring's backup
(`keyring.py`).
"""

import argparse
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from server.commands import printing
from server.errors import StateError, UsageError
from server.layout import Layout

if TYPE_CHECKING:
    from server.commands.arguments import Subparsers

NAME = "backup"
PEOPLE = ".people"
"""What the copy of the register of people has behind the name of the store's."""


def add(subparsers: "Subparsers") -> None:
    """Declare the command."""
    parser = subparsers.add_parser(
        NAME, help="copy the sealed store and the people while in use"
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="where nothing is yet")


def run(options: argparse.Namespace) -> int:
    """Copy the store.

    Raises:
        StateError: something is there already, or the disk refuses.
    """
    from server import configuration  # noqa: PLC0415 - heavy
    from server.access.backing import snapshot  # noqa: PLC0415 - heavy
    from server.ledger import SqliteLedger  # noqa: PLC0415 - heavy
    from server.person import user_name  # noqa: PLC0415 - with the above
    from server.processes import Process  # noqa: PLC0415 - heavy
    from server.storing import open_sealed  # noqa: PLC0415 - heavy

    layout, copy = Layout(options.directory), options.file.absolute()
    if configuration.read(layout).store is not None:
        msg = (
            "the store is in PostgreSQL: back it up with pg_basebackup or pg_dump "
            "(docs/howto/store-in-postgresql.md)"
        )
        raise UsageError(msg)
    people = copy.with_name(f"{copy.name}{PEOPLE}") if layout.people.exists() else None
    if people is not None and people.exists():
        msg = f"{people} is there already: choose another name"
        raise StateError(msg)
    with (
        closing(open_sealed(layout, Process.READER)) as store,
        closing(SqliteLedger(layout.ledger)) as ledger,
    ):
        ledger.add("store-copied", {"by": user_name()}, int(time.time()))
        store.snapshot(copy)
        if people is not None:
            snapshot(layout.people, people, lambda: ledger.head().index)
    printing.show(
        f"The sealed store is in {copy}. It opens nothing without the keyring."
    )
    if people is not None:
        printing.show(
            f"The people are in {people}; person restore brings them back. Keep it "
            "where only you read it."
        )
    return 0
