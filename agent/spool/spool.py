# SPDX-License-Identifier: Apache-2.0
"""The spool: a bounded, crash-safe queue of sealed envelopes in one SQLite database.

Rules: cursors, states of snapshots, sequence numbers, envelopes and the agent's ledger
move in one transaction (WAL, synchronous=FULL); only sealed bytes and keyed digests
are in it; an envelope is compared with its digest before it is sent; only what a mark
covers is trimmed, a slice at a time, so that it fits a full disk.
Not here: what may change together (`change.py`), opening and setting aside
(`opening.py`), quotas (`quotas.py`), when it is sent (`agent/delivery/shipping.py`).
"""

import hashlib
import hmac
import secrets
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from agent.errors import StateError
from agent.spool import facts, opening, order, queue, quotas, schema
from agent.spool.change import Entropy, Owed, Sent, Snapshot, SpoolClass, Transaction
from agent.spool.facts import Facts
from agent.spool.order import HeldOrder
from agent.spool.queue import Held, Waiting
from wire.ledger import Head

__all__ = ["Facts", "Held", "Sent", "Spool", "Waiting", "open_spool"]
_T = TypeVar("_T")
_FULL = "the spool cannot be written: free space in the state directory"


class Spool:
    """The queue; one process writes at a time."""

    def __init__(
        self,
        database: sqlite3.Connection,
        path: Path,
        entropy: Entropy = secrets.token_bytes,
    ) -> None:
        """Use `open_spool`."""
        self._database = database
        self._path = path
        self._entropy = entropy
        self._damaged: set[int] = set()
        self._unclean = False

    def close(self) -> None:
        """Release the database."""
        self._database.close()

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Change everything or nothing; durable when it returns.

        Raises:
            StateError: the disk refuses (full, read-only, damaged).
        """
        try:
            with self._begun() as change:
                yield change
                if change.octets and not quotas.has_room(self._path, change.octets):
                    raise StateError(_FULL)
        except sqlite3.Error as problem:
            raise StateError(_FULL) from problem
        if change.octets:
            self._settle_log()

    def _settle_log(self) -> None:
        """Move the log into the database while that is small; it needs space to grow.

        What was committed is safe either way.
        """
        with suppress(sqlite3.Error):
            try:
                self._database.execute("PRAGMA wal_checkpoint(PASSIVE)")
            except sqlite3.Error:
                self.release()
                self._database.execute("PRAGMA wal_checkpoint(PASSIVE)")

    def urgent(self, work: Callable[[Transaction], _T]) -> _T:
        """Make a change that frees space or tells of a loss: it fits a full disk.

        Args:
            work: changes the spool, and may be called twice.

        Raises:
            StateError: the disk refuses, and nothing is held back any more.
        """
        try:
            try:
                with self._begun() as change:
                    return work(change)
            except sqlite3.Error as problem:
                if not quotas.no_space(problem) or not self.release():
                    raise
            self.checkpoint()
            with self._begun() as change:
                return work(change)
        except sqlite3.Error as problem:
            raise StateError(_FULL) from problem

    @contextmanager
    def _begun(self) -> Iterator[Transaction]:
        self._database.execute("BEGIN IMMEDIATE")
        try:
            yield Transaction(self._database, self._entropy)
            self._database.execute("COMMIT")
        except BaseException:
            if self._database.in_transaction:  # SQLite ends it on a full disk
                self._database.execute("ROLLBACK")
            raise

    def keep_reserve(self) -> bool:
        """Hold space back for what must always fit; false where there is too little."""
        return quotas.keep(self._path)

    def release(self) -> bool:
        """Give up what is held back; false where nothing is."""
        return quotas.release(self._path)

    def checkpoint(self) -> bool:
        """Empty the log, which still has what was deleted, into the database.

        Returns:
            False where who reads beside is in the way: it is tried again after the
            next change.

        Raises:
            StateError: the disk refuses.
        """
        try:
            found = self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except sqlite3.Error as problem:
            raise StateError(_FULL) from problem
        self._unclean = bool(found[0])
        return not self._unclean

    def clean(self) -> None:
        """Empty the log, if it could not be when something was deleted.

        Raises:
            StateError: the disk refuses.
        """
        if self._unclean:
            self.checkpoint()

    def incarnation(self) -> bytes:
        """Return the 16 random bytes drawn when this spool was made."""
        return self._chain("incarnation")

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
        return self.passes().get((purpose, dataset))

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
        """Return the queue in numbers, without a look at any envelope's octets."""
        return facts.facts_of(self._database)

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
            octets: most bytes of them; a first one is returned whatever its size.
            live: the number from which on they are live.
            backlog: most bytes of older ones; None for no other bound.
        """
        bounds = count, octets, backlog
        return queue.waiting(self._database, live, bounds, self._damaged)

    def octets_of(self, number: int) -> bytes | None:
        """Return the octets of an envelope, whatever they are; None where none are."""
        return queue.octets_of(self._database, number)

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

    def trim(self, incarnation: bytes, sequence: int, name: bytes, now: int) -> int:
        """Remove what a mark covers, a slice at a time.

        Args:
            incarnation: the mark's.
            sequence: the mark's number.
            name: the mark's digest: must be that of our envelope of this number.
            now: seconds since the epoch, for the ledger.

        Returns:
            How many envelopes are removed; 0 where the mark is not ours.

        Raises:
            StateError: the disk refuses.
        """
        held = self._octets(
            "SELECT name FROM envelopes WHERE incarnation = ? AND sequence = ?",
            *(incarnation, sequence),
        )
        if held != name:
            return 0
        removed = self._number(
            "SELECT COUNT(*) FROM envelopes WHERE incarnation = ? AND sequence <= ?",
            *(incarnation, sequence),
        )

        def mark(change: Transaction) -> int:
            change.mark(incarnation, sequence)
            change.note("trimmed", {"through": sequence, "envelopes": removed}, now)
            return change.trim(incarnation, sequence)

        if self.urgent(mark):
            self.checkpoint()
        self._trim_marked(incarnation, sequence)
        return removed or 0

    def _trim_marked(self, incarnation: bytes, sequence: int) -> None:
        """Delete in slices, each of which fits what is held back."""
        while self.urgent(lambda change: change.trim(incarnation, sequence)):
            self.checkpoint()

    def trim_rest(self) -> None:
        """Go on with a trimming that was broken off.

        Raises:
            StateError: the disk refuses.
        """
        incarnation, marked = self._database.execute(
            "SELECT incarnation, marked FROM chain"
        ).fetchone()
        left = self._number(
            "SELECT 1 FROM envelopes WHERE incarnation = ? AND sequence <= ? LIMIT 1",
            *(incarnation, marked),
        )
        if left:
            self._trim_marked(incarnation, marked)

    def resend_unmarked(self, through: int) -> int:
        """Send again what was received and no mark covers, through a number.

        Raises:
            StateError: the disk refuses.
        """
        return self.urgent(lambda change: change.resend(through))

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
            raise StateError(opening.CLOSED) from problem
        return entries, Head(index, name)

    def values(self) -> Mapping[str, int]:
        """Return all remembered numbers by name."""
        return dict(self._database.execute("SELECT name, value FROM numbers"))

    def value(self, name: str) -> int | None:
        """Return a remembered number (clock offset, newest verified time)."""
        return self._number("SELECT value FROM numbers WHERE name = ?", name)

    def set_value(self, name: str, value: int) -> None:
        """Remember a number."""
        self.urgent(lambda change: change.set_number(name, value))

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


def open_spool(
    path: Path,
    now: int,
    marked: int | None = None,
    *,
    mend: bool = True,
    entropy: Entropy = secrets.token_bytes,
    check: bool = True,
) -> Spool:
    """Open the spool, or set one aside that cannot be used and start anew.

    A new spool where there was one before owes a gap record (`Spool.owed`).

    Args:
        path: the database's file.
        now: seconds since the epoch, names what is set aside.
        marked: time of the newest mark, which outlives a spool; None where none is.
        mend: false for who only looks: a damaged or missing spool is then an error,
            and left for the agent.
        entropy: draws a new spool's incarnation and secret, and the ledger's salts.
        check: look at all of the database; not needed by a pass's child, whose parent
            has.

    Raises:
        StateError: the directory or the disk refuses.
    """
    if not mend:
        return Spool(opening.look(path), path, entropy)
    database = opening.connect(path, now, marked, entropy, check=check)
    spool = Spool(database, path, entropy)
    if check:
        opening.clear_aside(path, now)
        with suppress(StateError):  # the next mark tries again
            spool.trim_rest()
    return spool
