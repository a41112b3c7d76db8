# SPDX-License-Identifier: Apache-2.0
"""`discreet-server store`: tables, roles and distribution of a PostgreSQL store.

Rules: what changes a database is asked for by its owner, by an address of its own;
without one the statements are printed and nothing is changed.
Not here: the statements (`server/store/postgres`), a store in SQLite's file, which
needs none of this.
"""

import argparse
from collections.abc import Iterable
from importlib.util import find_spec
from typing import TYPE_CHECKING

from server.commands import printing
from server.errors import UsageError

if TYPE_CHECKING:
    from server.commands.arguments import Subparsers

NAME = "store"
_ADDRESS = "ADDRESS"
_OWNER = "postgresql://OWNER@HOST/DATABASE?..., as the owner of its tables"


def add(subparsers: "Subparsers") -> None:
    """Declare the command."""
    parser = subparsers.add_parser(
        NAME, help="prepare a PostgreSQL database for the sealed store"
    )
    acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
    migrate = acts.add_parser("migrate", help="bring its tables to this release")
    migrate.add_argument("address", metavar=_ADDRESS, help=_OWNER)
    migrate.add_argument(
        "--to",
        type=int,
        metavar="VERSION",
        help="a former version, before its release is installed again",
    )
    for name, what in (
        ("roles", "print what each process may do, as SQL"),
        ("distribute", "print how Citus spreads it by tenant, as SQL"),
    ):
        act = acts.add_parser(name, help=what)
        act.add_argument("--execute", metavar=_ADDRESS, help=f"do it there: {_OWNER}")


def run(options: argparse.Namespace) -> int:
    """Migrate, or print or execute statements.

    Raises:
        UsageError: the library is not here, or the address is none.
        StateError: the database refuses.
    """
    if find_spec("psycopg") is None or find_spec("psycopg_pool") is None:
        msg = "a PostgreSQL store needs libraries: install discreet[postgres]"
        raise UsageError(msg)
    if options.act == "migrate":
        return _migrate(options)
    from server.store.postgres import (  # noqa: PLC0415 - heavy
        distributing,
        roles,
    )
    from server.store.postgres.where import where  # noqa: PLC0415 - with the above

    acts = roles if options.act == "roles" else distributing
    if options.execute is None:
        _print(acts.statements())
    else:
        acts.apply(where(options.execute))
        printing.show(f"store {options.act}: done")
    return 0


def _migrate(options: argparse.Namespace) -> int:
    from server.store.postgres.migrating import migrate  # noqa: PLC0415 - heavy
    from server.store.postgres.schema import VERSION  # noqa: PLC0415 - with the above
    from server.store.postgres.where import where  # noqa: PLC0415 - with the above

    target = VERSION if options.to is None else options.to
    if not 0 <= target <= VERSION:
        msg = f"--to must be a version from 0 to {VERSION}"
        raise UsageError(msg)
    before, after = migrate(where(options.address), target)
    changed = "is" if before == after else f"was at version {before} and is now"
    printing.show(f"the store {changed} at version {after}")
    return 0


def _print(statements: Iterable[str]) -> None:
    printing.show(*(f"{statement};" for statement in statements))
