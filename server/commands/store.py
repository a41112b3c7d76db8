# SPDX-License-Identifier: Apache-2.0
"""`discreet-server store`: tables, roles and distribution of a PostgreSQL store.

Rules: what changes a database is asked for by its owner, by an address of its own;
without one the statements are printed and nothing is changed; what a file had is copied
with the collector stopped, and stays in the file.
Not here: the statements and the copy (`server/store/postgres`), a store in SQLite's
file, which needs none of this.
"""

import argparse
import sys
import time
from collections.abc import Iterable
from contextlib import closing
from importlib.util import find_spec
from typing import TYPE_CHECKING

from server.commands import printing
from server.errors import UsageError
from server.layout import Layout

if TYPE_CHECKING:
    from server.commands.arguments import Subparsers

NAME = "store"
_ADDRESS = "ADDRESS"
_BAR = 24
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
    copy = acts.add_parser("copy", help="copy what this collector has in its file")
    copy.add_argument("address", metavar=_ADDRESS, help=_OWNER)
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
    if options.act == "copy":
        return _copy(options)
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


def _copy(options: argparse.Namespace) -> int:
    from server import configuration  # noqa: PLC0415 - heavy
    from server.keyring import open_keyring  # noqa: PLC0415 - heavy
    from server.ledger import SqliteLedger  # noqa: PLC0415 - heavy
    from server.person import user_name  # noqa: PLC0415 - with the above
    from server.store.postgres.copying import copy  # noqa: PLC0415 - heavy
    from server.store.postgres.store import PostgresStore  # noqa: PLC0415 - heavy
    from server.store.postgres.where import where  # noqa: PLC0415 - with the above

    layout, place = Layout(options.directory), where(options.address)
    settings = configuration.read(layout)
    if settings.store is not None:
        msg = "this collector has its store in PostgreSQL already"
        raise UsageError(msg)
    with closing(open_keyring(layout)) as keyring:
        keys = keyring.live(settings.tenant)
    with closing(PostgresStore(place)) as store:
        store.plan_ends(settings.tenant, {key.key_id: key.until for key in keys})
    with closing(SqliteLedger(layout.ledger)) as ledger:
        ledger.add("store-copied", {"by": user_name()}, int(time.time()))
    rows = copy(layout.store, place, _told)
    printing.show(
        f"{rows} rows are the same in both. Write [store] with its address into "
        f"{layout.configuration} before you start again; what is stored afterwards is "
        f"not in {layout.store}, which is a copy from then on."
    )
    return 0


def _told(name: str, done: int, every: int) -> None:
    """Show how far a table is: a bar that grows, or a line where nobody looks."""
    if sys.stderr.isatty():
        filled = _BAR * done // every if every else _BAR
        bar = "#" * filled + "-" * (_BAR - filled)
        end = "\n" if done == every else ""
        sys.stderr.write(f"\r{name:<36.36} [{bar}] {done}/{every}{end}")
        sys.stderr.flush()
    elif done == every:
        printing.hint(f"{name}: {done}")


def _print(statements: Iterable[str]) -> None:
    printing.show(*(f"{statement};" for statement in statements))
