# SPDX-License-Identifier: Apache-2.0
"""What may be asked of a spool: places of sources, envelopes that wait, its ledger.

Rules: nothing here changes the database; an envelope is compared with its digest
before it is handed out, and one that differs is left out and listed.
Not here: what changes it (`spool.py`, `change.py`), the statements themselves
(`queue.py`, `facts.py`, `order.py`).
"""

import hashlib
import hmac
import sqlite3
from collections.abc import Iterable, Mapping, Sequence

from agent.errors import StateError
from agent.spool import facts, opening, order, queue, schema
from agent.spool.change import Owed, Place, Snapshot, SpoolClass, place_of
from agent.spool.facts import Facts
from agent.spool.order import HeldOrder
from agent.spool.queue import Held, Waiting
from wire.ledger import Head


class SpoolView:
    """A spool, to be asked."""

    def __init__(self, database: sqlite3.Connection) -> None:
        """Ask a spool's open database."""
        self._database = database
        self._damaged: set[int] = set()
        self._facts: tuple[tuple[int, int], Facts] | None = None

    def incarnation(self) -> bytes:
        """Return the 16 random bytes drawn when this spool was made."""
        return self._chain("incarnation")

    def place(self) -> Place:
        """Return where the next envelope goes."""
        return place_of(self._database)

    def cursor(self, purpose: str, dataset: str) -> bytes | None:
        """Return where a source was read up to for a purpose."""
        return self._octets(
            "SELECT cursor FROM cursors WHERE purpose = ? AND dataset = ?",
            purpose,
            dataset,
        )

    def snapshot(self, purpose: str, dataset: str) -> Snapshot | None:
        """Return the state that was sealed last."""
        found = self._database.execute(
            "SELECT key_id, plan, state, following, rows FROM snapshots "
            "WHERE purpose = ? AND dataset = ?",
            (purpose, dataset),
        ).fetchone()
        return None if found is None else Snapshot(*found)

    def last_pass(self, purpose: str, dataset: str) -> int | None:
        """Return when a dataset was last read for a purpose."""
        return self._number(
            "SELECT time FROM passes WHERE purpose = ? AND dataset = ?",
            *(purpose, dataset),
        )

    def passes(self) -> Mapping[tuple[str, str], int]:
        """Return when each (purpose, dataset) was last read."""
        found = self._database.execute("SELECT purpose, dataset, time FROM passes")
        return {(purpose, dataset): time for purpose, dataset, time in found}

    def keyed(self, content: bytes) -> bytes:
        """Return the HMAC by which this spool remembers content without keeping it."""
        return hmac.digest(self._chain("secret"), content, hashlib.sha256)

    def room(self, kind: SpoolClass) -> int:
        """Return how many bytes a class may still take."""
        return facts.room_of(self._database, kind)

    def facts(self) -> Facts:
        """Return the queue in numbers, without a look at any envelope's octets.

        Counted anew when this connection has written, or another has committed.
        """
        if self._database.in_transaction:  # what is rolled back counts as written
            return facts.facts_of(self._database)
        (others,) = self._database.execute("PRAGMA data_version").fetchone()
        now = self._database.total_changes, others
        if self._facts is None or self._facts[0] != now:
            self._facts = now, facts.facts_of(self._database)
        return self._facts[1]

    def newest(self) -> int:
        """Return the highest number: what comes after is live."""
        base, sequence = self._database.execute(
            "SELECT base, sequence FROM chain"
        ).fetchone()
        return int(base + sequence)

    def waiting(
        self, count: int, octets: int, live: int = 0, backlog: int | None = None
    ) -> list[Waiting]:
        """Return envelopes to send, of one incarnation, each as it was sealed.

        Those from `live` on come first, then older ones, each oldest first. One that
        is not what was put in is left out, and listed by `damaged`.

        Args:
            count: most of them.
            octets: most bytes of them; a first one is returned whatever its size, but
                no older one where the backlog may have nothing.
            live: the number from which on they are live.
            backlog: most bytes of older ones; None for no other bound.
        """
        bounds = count, octets, backlog
        return queue.waiting(self._database, live, bounds, self._damaged)

    def octets_of(self, number: int) -> bytes | None:
        """Return the octets of an envelope, whatever they are; None where none are."""
        return queue.octets_of(self._database, number)

    def is_at(self, number: int, place: tuple[bytes, int]) -> bool:
        """Tell whether an envelope of such a place has this number."""
        return queue.is_at(self._database, number, place)

    def damaged(self) -> list[Held]:
        """Return what `waiting` has found to be other than what was put in."""
        return queue.damaged(self._database, self._damaged)

    def unsent(self, numbers: Iterable[int]) -> list[Held]:
        """Return what is known of those of some envelopes that wait."""
        return queue.unsent(self._database, numbers)

    def unmarked(self, reason: str) -> list[Owed]:
        """Return what would be lost with this queue, beside what it owes already."""
        return queue.unmarked(self._database, reason)

    def oldest(self, kind: SpoolClass, octets: int) -> list[Held]:
        """Return the oldest of a class that take so many bytes, or all there are."""
        return queue.oldest(self._database, kind, octets)

    def expired(self, now: int) -> list[Held]:
        """Return what the retention clock has run out for."""
        return queue.expired(self._database, now)

    def orders(self, *, busy: bool = False) -> Sequence[HeldOrder]:
        """Return the orders remembered, the oldest first; or those to be looked at."""
        return order.orders(self._database, busy=busy)

    def owed(self) -> list[Owed]:
        """Return the losses that are still to be announced."""
        return queue.owed(self._database)

    def follows(self) -> bool:
        """Tell whether this spool took the place of one that was lost."""
        return bool(self.value(schema.FOLLOWS))

    def unmarked_since(self, incarnation: bytes, sequence: int) -> int:
        """Return the first second of which records may be that a mark leaves out."""
        return queue.unmarked_since(self._database, incarnation, sequence)

    def ledger(self) -> tuple[list[tuple[bytes, bytes | None, bytes | None]], Head]:
        """Return the ledger's entries and where it must end, of one moment.

        Raises:
            StateError: it cannot be read.
        """
        try:
            self._database.execute("BEGIN")  # one view, though an agent is at work
            try:
                entries = self._database.execute(
                    "SELECT entry, body, salt FROM ledger ORDER BY number"
                ).fetchall()
                index, name = self._database.execute(
                    "SELECT ledger_index, ledger_digest FROM chain"
                ).fetchone()
            finally:
                self._database.execute("COMMIT")
        except sqlite3.Error as problem:
            msg = f"{opening.CLOSED}: discreet-agent doctor looks at its owner and disk"
            raise StateError(msg) from problem
        return entries, Head(index, name)

    def values(self) -> Mapping[str, int]:
        """Return all remembered numbers by name."""
        return dict(self._database.execute("SELECT name, value FROM numbers"))

    def value(self, name: str) -> int | None:
        """Return a remembered number (clock offset, newest verified time)."""
        return self._number("SELECT value FROM numbers WHERE name = ?", name)

    def _octets(self, query: str, *values: object) -> bytes | None:
        row = self._database.execute(query, values).fetchone()
        return bytes(row[0]) if row else None

    def _number(self, query: str, *values: object) -> int | None:
        row = self._database.execute(query, values).fetchone()
        return None if row is None or row[0] is None else int(row[0])

    def _chain(self, column: str) -> bytes:
        found = self._octets(f"SELECT {column} FROM chain")  # noqa: S608 - our own column names
        if found is None:
            msg = "the spool has no chain: remove it, its loss will be recorded"
            raise StateError(msg)
        return found
