# SPDX-License-Identifier: Apache-2.0
"""Ends keys for ever: what is left of each is its tombstone.

Rules: the tombstone is in the journal before anything is deleted, so a crash leaves
the key or its tombstone, and the next opening goes through with it; afterwards a new
generation holds and no older copy of the database opens what died.
Not here: which keys are due, and for what reason (who calls it).
"""

import sqlite3
from collections.abc import Iterable, Sequence

from server.keyring import backups
from server.keyring.journal import Journal, Line
from server.keyring.schema import (
    EPOCH,
    Spot,
    case_scope,
    pseudonym_context,
    scope_of,
)
from server.keyring.tombstones import KeyKind, Tombstone, lay, of_row
from server.keyring.wrapping import Wrapping

_DYING = """
SELECT key_id, :now, :reason, :generation, created, tenant, purpose, retention, epoch,
    start, end, NULL, nullif(ticket, x'') FROM epochs WHERE key_id = :number
UNION ALL
SELECT key_id, :now, :reason, :generation, created, tenant, NULL, NULL, NULL,
    NULL, NULL, kind, NULL FROM cases WHERE key_id = :number
"""
_SPOT = "tenant = ? AND purpose = ? AND start = ? AND end = ?"


def destroy(
    wrapping: Wrapping,
    journal: Journal,
    numbers: Sequence[bytes],
    reason: str,
    now: int,
) -> list[Tombstone]:
    """Destroy the keys that there are; those that are gone already are passed over.

    Raises:
        StateError: something cannot be written; the next opening goes through with it.
    """
    with wrapping.transaction(writing=True) as connection:
        told = {"now": now, "reason": reason, "generation": wrapping.generation()}
        dying = [
            of_row(row)
            for number in dict.fromkeys(numbers)
            for row in connection.execute(_DYING, {**told, "number": number})
        ]
        if dying:
            size = journal.add([Line(tombstone=one) for one in dying])
            connection.execute("UPDATE master SET journal = ?", (size,))
            _end(wrapping, connection, dying)
    return dying


def take_in(wrapping: Wrapping, lines: Iterable[Line], size: int) -> int:
    """Destroy what is here and dead by the journal, and know the backups that it names.

    Args:
        wrapping: the keyring.
        lines: the journal's.
        size: its octets, which are herewith taken in.

    Returns:
        How many keys were destroyed.
    """
    with wrapping.transaction(writing=True) as connection:
        read = list(lines)
        for line in read:
            if line.backup is not None:
                backups.put(connection, line.backup)
        told = [line.tombstone for line in read if line.tombstone is not None]
        dying = [one for one in told if _is_here(connection, one.key_id)]
        for one in told:
            lay(connection, one)
        connection.execute("UPDATE master SET journal = ?", (size,))
        if dying:
            _end(wrapping, connection, dying)
    return len(dying)


def bury(
    wrapping: Wrapping, journal: Journal, told: Iterable[Tombstone], now: int
) -> int:
    """Destroy what is here and dead elsewhere; arguments are those of `Keyring.bury`.

    What is still here dies now, not when it died elsewhere: a backup that was made in
    between has it.
    """
    with wrapping.transaction(writing=True) as connection:
        known = {
            number for (number,) in connection.execute("SELECT key_id FROM tombstones")
        }
        fresh = {one.key_id: one for one in told if one.key_id not in known}
        if not fresh:
            return 0
        dying = []
        for one in fresh.values():
            asked = {"now": now, "reason": one.reason, "number": one.key_id}
            asked["generation"] = wrapping.generation()
            dying += [of_row(row) for row in connection.execute(_DYING, asked)]
        fresh |= {one.key_id: one for one in dying}
        size = journal.add([Line(tombstone=one) for one in fresh.values()])
        connection.execute("UPDATE master SET journal = ?", (size,))
        for one in fresh.values():
            lay(connection, one)
        if dying:
            _end(wrapping, connection, dying)
    return len(dying)


def _end(
    wrapping: Wrapping, connection: sqlite3.Connection, dying: Sequence[Tombstone]
) -> None:
    """Delete keys, and wrap anew what is left in their scopes."""
    touched = set()
    for one in dying:
        lay(connection, one)
        scope = _end_epoch(wrapping, connection, one.key_id)
        if scope is None:
            _end_case(wrapping, connection, one.key_id)
        else:
            touched.add(scope)
    wrapping.renew(touched)


def _end_epoch(
    wrapping: Wrapping, connection: sqlite3.Connection, number: bytes
) -> str | None:
    """Delete an epoch's key, with the last that shares it the pseudonym key.

    Returns:
        Its scope; None where the key is not an epoch's.
    """
    row = connection.execute(
        "DELETE FROM epochs WHERE key_id = ? RETURNING tenant, purpose, start, end,"
        " ticket",
        (number,),
    ).fetchone()
    if row is None:
        return None
    *place, ticket = row
    spot = Spot(*place)
    scope = scope_of(spot.tenant, spot.purpose)
    wrapping.forget(scope, EPOCH + number)
    if (
        not ticket
        and not connection.execute(
            f"SELECT 1 FROM epochs WHERE {_SPOT} AND ticket = x''",  # noqa: S608 - a literal of ours
            spot,
        ).fetchone()
    ):
        connection.execute(
            f"DELETE FROM pseudonyms WHERE {_SPOT}",  # noqa: S608 - likewise
            spot,
        )
        wrapping.forget(scope, pseudonym_context(spot))
    return scope


def _end_case(
    wrapping: Wrapping, connection: sqlite3.Connection, number: bytes
) -> None:
    """Delete the key of a case, hold or ticket, and what it locked."""
    kind, name = connection.execute(
        "DELETE FROM cases WHERE key_id = ? RETURNING kind, name", (number,)
    ).fetchone()
    wrapping.drop(case_scope(KeyKind(kind), name))


def _is_here(connection: sqlite3.Connection, number: bytes) -> bool:
    query = (
        "SELECT 1 FROM epochs WHERE key_id = :number"
        " UNION ALL SELECT 1 FROM cases WHERE key_id = :number"
    )
    return connection.execute(query, {"number": number}).fetchone() is not None
