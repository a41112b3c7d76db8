# SPDX-License-Identifier: Apache-2.0
"""A collector's directory for root to divide, with users that are numbers alone.

Rules: real files and registers; nobody has these numbers.
Not here: any expectation.
"""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from server.apart import dividing
from server.key_files import make_directory, write_new
from server.layout import Layout
from server.users import User

NUMBERS = {user: 61_300 + index for index, user in enumerate(User)}
OFFICE = NUMBERS[User.OFFICE]
_FOLDERS = ("authority", "offline", "update-keys", "store", "gate", "keyring", "ledger")
_FOLDERS += ("access", "keeper", "console", "run", "run/reader", "run/keeper")
_REGISTERS = ("ledger/ledger.sqlite", "access/people.sqlite")
_REGISTERS += ("keeper/keeper.sqlite", "keeper/alerts.sqlite")
needs_root = pytest.mark.skipif(
    getattr(os, "geteuid", lambda: 1)() != 0, reason="only root gives files to users"
)


def collector(place: Path, monkeypatch: pytest.MonkeyPatch) -> Layout:
    """Return a directory that is the office's, with what is divided."""
    monkeypatch.setattr(dividing, "number", NUMBERS.__getitem__)
    made = Layout(place)
    for name in ("", *_FOLDERS):
        make_directory(made.directory / name)
    write_new(made.configuration, b"")
    for name in _REGISTERS:
        with closing(sqlite3.connect(made.directory / name)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("CREATE TABLE t (a TEXT)")
    for path in (made.directory, *made.directory.rglob("*")):
        os.chown(path, OFFICE, OFFICE)
    return made
