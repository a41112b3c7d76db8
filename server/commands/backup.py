# SPDX-License-Identifier: Apache-2.0
"""`discreet-server backup`: copies the sealed store while it is in use.

Rules: the ledger has it before a copy is made; a copy is whole or not there, its
owner's alone, and never takes the place of a file; it opens nothing.
Not here: copying (`server/store`), the keyring's backup (`keyring.py`).
"""

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING

from server.commands import printing
from server.layout import Layout

if TYPE_CHECKING:
    from server.commands.arguments import Subparsers

NAME = "backup"


def add(subparsers: "Subparsers") -> None:
    """Declare the command."""
    parser = subparsers.add_parser(
        NAME, help="copy the sealed store while it is in use"
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="where nothing is yet")


def run(options: argparse.Namespace) -> int:
    """Copy the store.

    Raises:
        StateError: something is there already, or the disk refuses.
    """
    from server.ledger import SqliteLedger  # noqa: PLC0415 - heavy
    from server.person import user_name  # noqa: PLC0415 - with the above
    from server.store.sqlite import open_store  # noqa: PLC0415 - heavy

    layout, copy = Layout(options.directory), options.file.absolute()
    store = open_store(layout.store)
    try:
        ledger = SqliteLedger(layout.ledger)
        try:
            ledger.add("store-copied", {"by": user_name()}, int(time.time()))
        finally:
            ledger.close()
        store.snapshot(copy)
    finally:
        store.close()
    printing.show(
        f"The sealed store is in {copy}. It opens nothing without the keyring."
    )
    return 0
