# SPDX-License-Identifier: Apache-2.0
"""Who does not count any more, for ways that know people by a user or by a key.

Rules: config.toml gives, and the register of people takes away alone: whoever it does
not know, or knows as active and trained, has what config.toml says, and no more.
Not here: what config.toml says (`server/configuration.py`), the register's changes.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from server.access import people
from server.access.actions import UNTRAINED, Action
from server.access.model import Reason, Standing, may
from server.access.people import Entry
from server.sqlite_file import SqliteFile
from wire.purposes import Purpose


def of_account(path: Path, account: str, now: int) -> Reason | None:
    """Return why a user of this machine does not count; None where they do.

    Args:
        path: the register, which need not be there.
        account: the user's name, by the kernel's word.
        now: seconds since the epoch.

    Raises:
        StateError: the register cannot be read.
    """
    with _looking(path) as connection:
        if connection is None:
            return None
        entry = people.of_account(connection, account)
        left = people.has_left(connection, account)
    if entry is None:
        return Reason.REMOVED if left else None
    return _why(entry, now)


def of_keys(path: Path, publics: Iterable[bytes], now: int) -> frozenset[bytes]:
    """Return those of some keys that do not count.

    Args:
        path: the register, which need not be there.
        publics: Ed25519 keys.
        now: seconds since the epoch.

    Raises:
        StateError: the register cannot be read.
    """
    with _looking(path) as connection:
        if connection is None:
            return frozenset()
        return frozenset(
            public
            for public in publics
            if people.has_ended(connection, public)
            or (
                (entry := people.of_key(connection, public)) is not None
                and _why(entry, now) is not None
            )
        )


def of_senders(
    path: Path, names: Iterable[str], tenant: bytes, now: int
) -> frozenset[str]:
    """Return those of some senders of orders that may not ask any more.

    Args:
        path: the register, which need not be there.
        names: ids of people, or users of this machine, as the ledger has them.
        tenant: whose devices were asked.
        now: seconds since the epoch.

    Raises:
        StateError: the register cannot be read.
    """
    with _looking(path) as connection:
        if connection is None:
            return frozenset()
        return frozenset(
            name for name in names if not _may_ask(connection, name, tenant, now)
        )


@contextmanager
def _looking(path: Path) -> Iterator[sqlite3.Connection | None]:
    """Hold a connection to the register that reads; None where there is none."""
    if not path.exists():
        yield None
        return
    register = SqliteFile(path, "the register of people", lambda _: None)
    try:
        with register.reading() as connection:
            yield connection
    finally:
        register.close()


def _may_ask(
    connection: sqlite3.Connection, name: str, tenant: bytes, now: int
) -> bool:
    if people.is_id(name):
        entry = people.find(connection, name)
        if entry is None:
            return False
        there = replace(entry.person, verified=now)  # they were, when they sent it
        return may(there, Action.DIAGNOSE_ASK, tenant, Purpose.SUPPORT, now).allowed
    entry = people.of_account(connection, name)
    if entry is None:
        return not people.has_left(connection, name)
    return _why(entry, now) is None


def _why(entry: Entry, now: int) -> Reason | None:
    person = entry.person
    if person.standing is not Standing.ACTIVE:
        return Reason(person.standing.value)
    staff = not {held.role for held in person.held} <= UNTRAINED
    return Reason.UNTRAINED if staff and now >= person.trained_until else None
