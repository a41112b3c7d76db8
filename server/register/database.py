# SPDX-License-Identifier: Apache-2.0
"""The keeper's register: one SQLite database, written by the keeper alone.

Rules: what a transaction says is durable when it ends, or nothing of it is; what is
deleted is overwritten; a table is declared beside the functions that use it.
Not here: the tables (one file each, listed below).
"""

import sqlite3
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

from server.errors import StateError
from server.key_files import have_directory, write_new
from server.register import (
    aggregates,
    cases,
    certificates,
    clock,
    contract,
    counts,
    erasures,
    findings,
    holds,
    incidents,
    jobs,
    notices,
    packages,
    purges,
    recipients,
    releases,
    resolutions,
    reviews,
    rights,
    siem,
    standins,
    tickets,
)
from server.sqlite_file import SqliteFile, make_tables

TABLES = (
    clock.TABLE,
    jobs.TABLE,
    certificates.TABLE,
    contract.TABLE,
    counts.TABLE,
    *cases.TABLES,
    holds.TABLE,
    *erasures.TABLES,
    findings.TABLE,
    *incidents.TABLES,
    notices.TABLE,
    packages.TABLE,
    *purges.TABLES,
    *recipients.TABLES,
    *releases.TABLES,
    resolutions.TABLE,
    reviews.TABLE,
    *rights.TABLES,
    *aggregates.TABLES,
    tickets.TABLE,
    siem.TABLE,
    standins.TABLE,
)
"""Each is `CREATE TABLE IF NOT EXISTS`: a register gets what a release adds."""


class Register:
    """The register of one installation; any thread may use it."""

    def __init__(self, path: Path) -> None:
        """Open the register that `create` made, and add the tables that it lacks.

        Raises:
            StateError: it is absent or cannot be used.
        """
        self._file = SqliteFile(path, "it", partial(make_tables, tables=TABLES))

    @classmethod
    def create(cls, path: Path) -> "Register":
        """Make an empty register, and its directory where there is none.

        Raises:
            StateError: there is one already, or the disk refuses.
        """
        have_directory(path.parent)
        write_new(path, b"")
        return cls(path)

    def close(self) -> None:
        """Release the file."""
        self._file.close()

    def transaction(self) -> AbstractContextManager[sqlite3.Connection]:
        """Hold one transaction that writes: all of it or nothing.

        Raises:
            StateError: the register cannot be written.
        """
        return self._file.writing()

    def view(self) -> AbstractContextManager[sqlite3.Connection]:
        """Hold one transaction that reads: all of it as at one moment.

        Raises:
            StateError: the register cannot be read.
        """
        return self._file.reading()


def open_register(path: Path) -> tuple[Register, bool]:
    """Return the register of an installation, and whether it was made just now.

    Raises:
        StateError: it cannot be used.
    """
    try:
        return Register.create(path), True
    except StateError:  # it is there, or another process was first
        if not path.exists():
            raise
        return Register(path), False
