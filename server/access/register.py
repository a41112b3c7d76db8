# SPDX-License-Identifier: Apache-2.0
"""The register of people: one SQLite file of people, keys, sessions and preferences.

Rules: no password has a place here; a secret that lets somebody in stands as its
digest; what is deleted is overwritten, and a person's rows go with the person.
Not here: the tables (one file each, listed below), what is decided (`model.py`).
"""

import sqlite3
from pathlib import Path

from server.access import (
    invitations,
    links,
    passkey_rows,
    people,
    preferences,
    sessions,
)
from server.key_files import have_directory, have_file
from server.sqlite_file import SqliteFile, make_tables

TABLES = (
    *people.TABLES,
    invitations.TABLE,
    passkey_rows.TABLE,
    sessions.TABLE,
    links.TABLE,
    preferences.TABLE,
)
"""Each is `CREATE TABLE IF NOT EXISTS`: a register gets what a release adds."""


def open_people(path: Path) -> SqliteFile:
    """Return the register of an installation; made where there is none.

    Args:
        path: the file, in a directory of its own.

    Raises:
        StateError: it cannot be used.
    """
    if not path.exists():
        have_directory(path.parent)
        have_file(path)
    return SqliteFile(path, "the register of people", _prepare)


def look_at_people(path: Path) -> SqliteFile:
    """Return the register of an installation that has one, to read it alone.

    Args:
        path: the file, which this user need not be able to write.

    Raises:
        StateError: it cannot be used.
    """
    return SqliteFile(path, "the register of people", lambda _: None)


def _prepare(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA foreign_keys = ON")
    make_tables(connection, TABLES)
