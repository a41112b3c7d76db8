# SPDX-License-Identifier: Apache-2.0
"""A copy of the register of people, and a register that is made of one again.

Rules: no session, invitation, passkey or account elsewhere is in a copy, for nothing
says later which of them had ended; what the ledger says was taken since the copy is
taken again before anybody counts, and what was given since is not given; a copy of
before the ledger's words is refused.
Not here: the commands (`server/commands`), changes (`changing.py`).
"""

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from server.access import people
from server.access.actions import Role
from server.access.model import Standing
from server.access.register import open_people
from server.errors import StateError, UsageError
from server.key_files import have_directory, sync_directory, write_new
from server.ledger import Act
from wire.purposes import Purpose

if TYPE_CHECKING:
    from wire.cbor import Plain

CHANGED, INVITED = "person-changed", "person-invited"
_COPIED = "CREATE TABLE copied (entry INTEGER NOT NULL) STRICT"
_LEFT_OUT = ("sessions", "invitations", "passkeys", "links")


@dataclass(frozen=True, slots=True)
class Restored:
    """What became of a copy.

    Attributes:
        people: how many there are.
        taken: how often something was taken again, by the ledger's word for it.
        missing: how many were entered after the copy, and are not there.
    """

    people: int
    taken: Mapping[str, int]
    missing: int


def snapshot(register: Path, copy: Path, newest: Callable[[], int]) -> None:
    """Copy the register as it is at one moment to where nothing is.

    Nobody changes it meanwhile, so whatever is not in it is behind that entry.

    Args:
        register: the file.
        copy: its owner's alone.
        newest: returns the number of the ledger's newest entry.

    Raises:
        StateError: something is there, or the disk refuses.
    """
    if copy.exists():
        msg = f"{copy} is there already: choose another name"
        raise StateError(msg)
    part = copy.with_name(f"{copy.name}.part")
    with suppress(FileNotFoundError):  # of a copy that was killed
        part.unlink()
    write_new(part, b"")
    with (
        closing(open_people(register)) as held,
        closing(sqlite3.connect(part, isolation_level=None)) as target,
        held.writing(),
        closing(_looked_at(register)) as source,
    ):
        source.backup(target)
        _lessen(target, newest())
    part.rename(copy)
    sync_directory(copy.parent)


def _lessen(target: sqlite3.Connection, entry: int) -> None:
    """Leave out what lets somebody in, so that no octet of it stays."""
    target.execute("PRAGMA journal_mode = DELETE")
    for table in _LEFT_OUT:
        target.execute(f"DELETE FROM {table}")  # noqa: S608 - constant names
    target.execute(_COPIED)
    target.execute("INSERT INTO copied VALUES (?)", (entry,))
    target.execute("VACUUM")


def _looked_at(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)


def copied_at(copy: Path) -> int:
    """Return the number of the ledger's newest entry before a copy.

    Raises:
        UsageError: it is no copy of a register.
    """
    try:
        with closing(_looked_at(copy)) as source:
            (entry,) = source.execute("SELECT entry FROM copied").fetchone()
    except (sqlite3.Error, TypeError):
        msg = f"{copy} is no copy that discreet-server backup made of the people"
        raise UsageError(msg) from None
    return int(entry)


def restore(copy: Path, register: Path, since: Iterable[Act]) -> Restored:
    """Make the register of a copy, and take again what was taken since.

    Args:
        copy: as `snapshot` made it.
        register: where nothing is.
        since: the ledger's entries after the copy, in order.

    Raises:
        UsageError: a register is there, or the ledger's words of then have ended.
        StateError: the disk refuses.
    """
    if register.exists():
        msg = (
            f"a register is there: stop `serve` and move {register} and the files "
            "beside it away first"
        )
        raise UsageError(msg)
    words = [one for one in since if one.act in {CHANGED, INVITED}]
    if any(one.body is None for one in words):
        msg = "the ledger does not say any more what was taken since: invite anew"
        raise UsageError(msg)
    have_directory(register.parent)
    part = register.with_name(f"{register.name}.part")
    with suppress(FileNotFoundError):
        part.unlink()
    write_new(part, copy.read_bytes())
    found = _taken_again(part, words)
    part.rename(register)
    sync_directory(register.parent)
    return found


def _taken_again(part: Path, words: Iterable[Act]) -> Restored:
    opened, taken, missing = open_people(part), Counter[str](), set[str]()
    try:
        with opened.writing() as connection:
            connection.execute("DROP TABLE copied")
            for one in words:
                body = one.body or {}
                number, change = str(body["person"]), str(body.get("change", ""))
                if people.find(connection, number) is None:
                    missing |= {number} if one.act == INVITED else set()
                    missing -= {number} if change == "removed" else set()
                else:
                    _take(connection, number, body)
                    taken[change] += change in _TAKES
            count = people.count(connection)
        with opened.guarded() as connection:  # nothing of it stays in a file beside
            connection.execute("PRAGMA journal_mode = DELETE")
    finally:
        opened.close()
    return Restored(count, +taken, len(missing))


_TAKES = frozenset({"removed", "suspended", "role-taken", "account"})
"""Words of the ledger that a person hears the count of; of another user of this machine
the copy's stays, for who has none here counts by config.toml alone."""


def _take(
    connection: sqlite3.Connection, number: str, body: "Mapping[int | str, Plain]"
) -> None:
    """Do again what a line of the ledger says, as far as it gives nothing."""
    match body:
        case {"change": "removed"}:
            people.remove(connection, number)
        case {"change": "suspended"}:
            people.set_standing(connection, number, Standing.SUSPENDED)
        case {"change": "resumed"}:
            people.set_standing(connection, number, Standing.ACTIVE)
        case {"change": "training", **rest}:
            until = rest.get("until")
            people.set_trained(
                connection, number, until if isinstance(until, int) else 0
            )
        case {"change": "role-taken", "role": str(role)}:
            _narrow(connection, number, Role(role), frozenset())
        case {"change": "role-given", "role": str(role), "purposes": [_, *_] as left}:
            purposes = frozenset(Purpose(str(one)) for one in left)
            _narrow(connection, number, Role(role), purposes)


def _narrow(
    connection: sqlite3.Connection,
    number: str,
    role: Role,
    purposes: frozenset[Purpose],
) -> None:
    """Leave a role no purpose but some; without one of those that it had, no role."""
    entry = people.find(connection, number)
    for held in entry.person.held if entry else ():
        if held.role is role:
            left = replace(held, purposes=held.purposes & purposes)
            people.take(connection, number, role, held.tenant)
            if left.purposes:
                people.give(connection, number, left)
