# SPDX-License-Identifier: Apache-2.0
"""The keys of what tickets bring: one for each ticket and retention class.

Rules: such a key is one of its purpose like any epoch's, in the purpose's scope; its
period is the ticket's: so whatever reads, keeps, holds, erases or ends epochs does so
with it; no two tickets share one; a ticket whose key was destroyed gets no other; its
period is never lengthened.
Not here: tickets (`server/keeper/tickets.py`), the key of a ticket's note (`cases.py`).
"""

import sqlite3

from server.keyring.epochs import LiveKey, live
from server.keyring.schema import EPOCH, scope_of
from server.keyring.wrapping import Wrapping
from wire.crypto.opening import OpeningKey
from wire.crypto.sealing import key_id
from wire.keys import PurposeKey
from wire.purposes import Purpose

NO_EPOCH = 0
"""The number of an epoch, of a key that has none."""


class TicketKeys:
    """What one keyring has for tickets; any thread may use it."""

    def __init__(self, wrapping: Wrapping) -> None:
        """Know of which keyring."""
        self._wrapping = wrapping

    def add(  # noqa: PLR0913 - what one key is for and for how long
        self,
        tenant: bytes,
        ticket: bytes,
        purpose: Purpose,
        retention: str,
        start: int,
        end: int,
        *,
        maximum_age: int,
        now: int,
    ) -> PurposeKey | None:
        """Return the key of a ticket, made now where there was never one.

        Args:
            tenant: 16 bytes.
            ticket: its digest, 16 bytes.
            purpose: for which purpose.
            retention: retention class within the purpose.
            start: when the ticket was opened.
            end: first second in which nothing is sealed to a new key.
            maximum_age: seconds after its end that a new key may open.
            now: seconds since the epoch.

        Returns:
            None where the ticket's key was destroyed.

        Raises:
            StateError: the keyring cannot be written.
        """
        whose = tenant, purpose.value, retention, ticket
        with self._wrapping.transaction(writing=True) as connection:
            found = _find(connection, whose)
            if found is not None or _ended(connection, whose, start):
                return found
            key = OpeningKey.generate()
            number = key_id(key.public)
            connection.execute(
                "INSERT INTO epochs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    *(number, *whose[:3], NO_EPOCH, start, end, key.public, now),
                    *(maximum_age, end + maximum_age, ticket),
                ),
            )
            scope = scope_of(tenant, purpose.value)
            self._wrapping.keep(scope, EPOCH + number, key.seed())
        return PurposeKey(purpose, retention, NO_EPOCH, start, end, key.public)

    def live(self, tenant: bytes, ticket: bytes) -> list[LiveKey]:
        """Return the keys of a ticket, the first to end first."""
        with self._wrapping.transaction() as connection:
            every = live(connection, tenant)
        return [key for key in every if key.ticket == ticket]

    def close(self, tenant: bytes, ticket: bytes, end: int) -> None:
        """Let the period of a ticket's keys be over, and with it their time begin.

        Args:
            tenant: 16 bytes.
            ticket: its digest.
            end: first second in which nothing is sealed to them; an earlier one stays.

        Raises:
            StateError: the keyring cannot be written.
        """
        with self._wrapping.transaction(writing=True) as connection:
            connection.execute(
                "UPDATE epochs SET until = min(until, until - end + ?),"
                " end = min(end, ?) WHERE tenant = ? AND ticket = ?",
                (end, end, tenant, ticket),
            )


def _find(
    connection: sqlite3.Connection, whose: tuple[bytes, str, str, bytes]
) -> PurposeKey | None:
    row = connection.execute(
        "SELECT purpose, retention, epoch, start, end, public FROM epochs"
        " WHERE tenant = ? AND purpose = ? AND retention = ? AND ticket = ?",
        whose,
    ).fetchone()
    return None if row is None else PurposeKey(Purpose(row[0]), *row[1:])


def _ended(
    connection: sqlite3.Connection, whose: tuple[bytes, str, str, bytes], start: int
) -> bool:
    """Tell whether a ticket's key was destroyed; an earlier one of its name is none."""
    query = (
        "SELECT 1 FROM tombstones WHERE tenant = ? AND purpose = ? AND retention = ?"
        " AND ticket = ? AND start = ?"
    )
    return connection.execute(query, (*whose, start)).fetchone() is not None
