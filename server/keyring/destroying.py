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
from server.keyring.schema import EPOCH, Spot, pseudonym_context, scope_of
from server.keyring.tombstones import Tombstone, lay, of_row
from server.keyring.wrapping import Wrapping

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
        generation = wrapping.generation()
        dying = [
            of_row(row)
            for number in dict.fromkeys(numbers)
            for row in connection.execute(
                "SELECT key_id, ?, ?, ?, created, tenant, purpose, retention, epoch,"
                " start, end FROM epochs WHERE key_id = ?",
                (now, reason, generation, number),
            )
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


def _end(
    wrapping: Wrapping, connection: sqlite3.Connection, dying: Sequence[Tombstone]
) -> None:
    """Delete keys, pseudonym keys with the last that shares one; wrap the rest anew."""
    touched = set()
    for one in dying:
        spot = Spot(
            *connection.execute(
                "DELETE FROM epochs WHERE key_id = ?"
                " RETURNING tenant, purpose, start, end",
                (one.key_id,),
            ).fetchone()
        )
        scope = scope_of(spot.tenant, spot.purpose)
        touched.add(scope)
        wrapping.forget(scope, EPOCH + one.key_id)
        lay(connection, one)
        if not connection.execute(
            f"SELECT 1 FROM epochs WHERE {_SPOT}",  # noqa: S608 - a literal of ours
            spot,
        ).fetchone():
            connection.execute(
                f"DELETE FROM pseudonyms WHERE {_SPOT}",  # noqa: S608 - likewise
                spot,
            )
            wrapping.forget(scope, pseudonym_context(spot))
    wrapping.renew(touched)


def _is_here(connection: sqlite3.Connection, number: bytes) -> bool:
    query = "SELECT 1 FROM epochs WHERE key_id = ?"
    return connection.execute(query, (number,)).fetchone() is not None
