# SPDX-License-Identifier: Apache-2.0
"""The keys of one purpose, case, hold or ticket, as a reading gets them.

Rules: it holds the key of its scope alone, so what belongs to another scope does not
decrypt; narrowed to a retention class it gives out no key of another, and narrowed to a
ticket none of another ticket; a key that is past its time is not given out, whoever is
late to destroy it.
Not here: who may read (`server/reader/grants.py`), the scopes (`wrapping.py`).
"""

import sqlite3
from typing import NamedTuple

from server.errors import StateError
from server.keyring.schema import CASE, EPOCH, case_scope, scope_of
from server.keyring.tombstones import KeyKind
from server.keyring.wrapping import Wrapping
from wire.crypto.opening import OpeningKey
from wire.errors import OpenError

DESTROYED = "key-destroyed"
OVERDUE = "key-overdue"
OTHER = "other-purpose"
OTHER_TICKET = "other-ticket"
NO_TICKET = b""
"""Narrowed to it, keys of epochs alone are given out."""
UNKNOWN = "unknown-key"
NOT_CAUGHT_UP = "not-caught-up"
"""Why nothing is read of what was restored, until the keeper has gone through it."""
NOT_CAUGHT_UP_WORDS = (
    "the keeper has not yet gone through what was restored: nothing is read until it "
    "has, so let `serve` run and try again in a minute"
)


class Place(NamedTuple):
    """Where a private key lies: its scope and name there, last second, class, ticket.

    The ticket is its digest, and empty for a key of no ticket.
    """

    scope: str
    context: bytes
    until: int | None
    retention: str | None = None
    ticket: bytes = NO_TICKET


def place_of(connection: sqlite3.Connection, number: bytes) -> Place | None:
    """Return where the private key of a key id lies; None where there is none."""
    row = connection.execute(
        "SELECT tenant, purpose, until, retention, ticket FROM epochs WHERE key_id = ?",
        (number,),
    ).fetchone()
    if row is not None:
        return Place(scope_of(row[0], row[1]), EPOCH + number, *row[2:])
    row = connection.execute(
        "SELECT kind, name FROM cases WHERE key_id = ?", (number,)
    ).fetchone()
    if row is not None:
        return Place(case_scope(KeyKind(row[0]), row[1]), CASE + number, None)
    return None


class ScopedKeys:
    """Opening keys of a scope at a moment; any thread may use it."""

    def __init__(
        self,
        wrapping: Wrapping,
        scope: str,
        now: int,
        retention: str | None = None,
        ticket: bytes | None = None,
    ) -> None:
        """Know for what; nothing is unwrapped yet."""
        self._wrapping = wrapping
        self._scope = scope
        self._now = now
        self._retention = retention
        self._ticket = ticket
        self._key = (0, b"")

    def of_class(self, retention: str) -> "ScopedKeys":
        """Return the keys of one retention class alone; those of others stay shut."""
        return ScopedKeys(
            self._wrapping, self._scope, self._now, retention, self._ticket
        )

    def of_ticket(self, ticket: bytes) -> "ScopedKeys":
        """Return the keys of epochs, and of one ticket; those of others stay shut.

        Args:
            ticket: its digest; NO_TICKET for the keys of epochs alone.
        """
        return ScopedKeys(
            self._wrapping, self._scope, self._now, self._retention, ticket
        )

    def opening_key(self, number: bytes) -> OpeningKey | None:
        """Return the private key of a key id; None where `why` says why not.

        Raises:
            StateError: the keeper has yet to go through what was restored.
            TrustError: the keyring was damaged or altered.
        """
        with self._wrapping.transaction() as connection:
            if self._wrapping.renewing():
                raise StateError(NOT_CAUGHT_UP_WORDS)
            place = place_of(connection, number)
            if place is None or self._is_past(place) or self._is_other(place):
                return None
            if not self._wrapping.has_scope(self._scope):
                return None
            key = self._scope_key()
            try:
                seed = self._wrapping.unwrapped(
                    key, self._scope, place.scope, place.context
                )
            except OpenError:
                if place.scope == self._scope:
                    raise self._wrapping.altered() from None
                return None
            return OpeningKey(seed)

    def why(self, number: bytes) -> str:
        """Return why there is no private key of a key id, as a slug."""
        with self._wrapping.transaction() as connection:
            if connection.execute(
                "SELECT 1 FROM tombstones WHERE key_id = ?", (number,)
            ).fetchone():
                return DESTROYED
            place = place_of(connection, number)
        if place is None:
            return UNKNOWN
        if self._is_of_other_ticket(place):
            return OTHER_TICKET
        return OVERDUE if self._is_past(place) else OTHER

    def _is_past(self, place: Place) -> bool:
        return place.until is not None and place.until <= self._now

    def _is_other(self, place: Place) -> bool:
        other = self._retention is not None and place.retention != self._retention
        return other or self._is_of_other_ticket(place)

    def _is_of_other_ticket(self, place: Place) -> bool:
        """Tell whether it is under a ticket, and not under the one that is read."""
        return self._ticket is not None and place.ticket not in {
            NO_TICKET,
            self._ticket,
        }

    def _scope_key(self) -> bytes:
        """Return the key of the scope in the generation that holds."""
        generation = self._wrapping.generation()
        if self._key[0] != generation:
            self._key = (generation, self._wrapping.scope_key(self._scope))
        return self._key[1]
