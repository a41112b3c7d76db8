# SPDX-License-Identifier: Apache-2.0
"""The spool: a bounded, crash-safe queue of sealed envelopes in one SQLite database.

Rules: cursors, states of snapshots, sequence numbers, envelopes and the agent's ledger
move in one transaction (WAL, synchronous=FULL); only sealed bytes and keyed digests
are in it; only what a mark covers is trimmed, a slice at a time, so that it fits a
full disk.
Not here: what may be asked of it (`view.py`), what may change together (`change.py`),
opening and setting aside (`opening.py`), quotas (`quotas.py`), when it is sent
(`agent/delivery/shipping.py`).
"""

import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from agent.errors import StateError
from agent.remedy import FREE_SPACE, Advised
from agent.spool import opening, quotas
from agent.spool.change import Entropy, Sent, Transaction
from agent.spool.facts import Facts
from agent.spool.last_sent import (
    KEPT,
    NAMES,
    LastSent,
    LastSentFile,
    kept_as,
    last_sent_of,
    short,
)
from agent.spool.log import Piece
from agent.spool.opening import Look
from agent.spool.queue import Held, Waiting
from agent.spool.view import SpoolView
from agent.write_budget import LATER_BYTES

__all__ = ["Facts", "Held", "Sent", "Spool", "Waiting", "open_spool"]
_T = TypeVar("_T")
_UNWRITABLE = "the spool cannot be written"


class Spool(SpoolView):
    """The queue; one process writes at a time."""

    def __init__(
        self,
        database: sqlite3.Connection,
        path: Path,
        entropy: Entropy = os.urandom,
        last: LastSentFile | None = None,
    ) -> None:
        """Use `open_spool`."""
        super().__init__(database)
        self._path = path
        self._entropy = entropy
        self._last = last or LastSentFile(last_sent_of(path))
        self._unclean = False
        self._last_to_lose = False

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
                    raise self._refused(None)
        except sqlite3.Error as problem:
            raise self._refused(problem) from problem
        if change.octets > LATER_BYTES:
            self._settle_log()

    def _settle_log(self) -> None:
        """Move the log into the database while that is small; it needs space to grow.

        A little may stay in it. What was committed is safe either way.
        """
        self._last_to_lose = False
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
            raise self._refused(problem) from problem

    def _refused(self, problem: sqlite3.Error | None) -> StateError:
        """Return what is raised where the disk refuses, or has too little room."""
        code = getattr(problem, "sqlite_errorcode", sqlite3.SQLITE_FULL)
        if code == sqlite3.SQLITE_FULL:
            return StateError(f"{_UNWRITABLE}: {FREE_SPACE}")
        return StateError(Advised(_UNWRITABLE, self._path.parent))

    @contextmanager
    def _begun(self) -> Iterator[Transaction]:
        quotas.require_mapped(self._path)
        self._database.execute("BEGIN IMMEDIATE")
        try:
            change = Transaction(self._database, self._entropy)
            yield change
            self._database.execute("COMMIT")
            self._last_to_lose = change.octets > 0
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
            raise self._refused(problem) from problem
        self._unclean, self._last_to_lose = bool(found[0]), False
        return not self._unclean

    def clean(self) -> None:
        """Empty the log, if it could not be when something was deleted.

        Else move it, if envelopes are the last of it: a damaged end is taken for a
        power cut, so no time goes by before something follows them or they are moved.

        Raises:
            StateError: the disk refuses.
        """
        if self._unclean:
            self.checkpoint()
        elif self._last_to_lose:
            self._settle_log()

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
        left = self.value(kept_as(incarnation, sequence)) if held is None else None
        if held != name and (left is None or left != short(name)):
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
        if left is not None:
            self.urgent(lambda change: change.forget(f"{KEPT}{incarnation.hex()}/"))
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

    def leaves(self, load: Sequence[Waiting]) -> None:
        """Remember that envelopes are about to leave; flushed when it returns.

        Whatever this disk forgets of them then, no other has their numbers again.

        Args:
            load: envelopes of one incarnation. Those of a former one need no memory:
                its numbers are not used any more.

        Raises:
            StateError: the disk refuses.
        """
        newest = max(load, key=lambda item: item.sequence)
        if newest.incarnation != self.incarnation():
            return
        names = self._database.execute(
            "SELECT name FROM envelopes WHERE incarnation = ? AND sequence <= ? "
            "AND sequence > ? ORDER BY sequence",
            (newest.incarnation, newest.sequence, newest.sequence - NAMES),
        )
        told = tuple(name for (name,) in names)
        last = LastSent(newest.incarnation, newest.sequence, told)
        try:
            self._last.put(last)
        except StateError:
            if not self.release():
                raise
            self._last.put(last)

    def resend_unmarked(self, through: int) -> int:
        """Send again what was received and no mark covers, through a number.

        Raises:
            StateError: the disk refuses.
        """
        return self.urgent(lambda change: change.resend(through))

    def set_value(self, name: str, value: int) -> None:
        """Remember a number."""
        self.urgent(lambda change: change.set_number(name, value))


def open_spool(  # noqa: PLR0913 - by keyword, what stands around it
    path: Path,
    now: int,
    marked: int | None = None,
    *,
    mend: bool = True,
    entropy: Entropy = os.urandom,
    check: bool = True,
    doubted: bool = False,
    last: LastSentFile | None = None,
    lost: frozenset[Piece] = frozenset(),
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
        doubted: look at its header and its log in any case, where nobody else has it
            open.
        last: where it is remembered how far its chain has left; None for the file
            beside it.
        lost: pages that are given up: a new one is made of all others, if the disk
            still refuses them.

    Raises:
        StateError: the directory or the disk refuses.
    """
    last = last or LastSentFile(last_sent_of(path))
    if not mend:
        seen = opening.look(path, last.newest(), check=check)
        return Spool(seen, path, entropy)
    rest = Look.ENDS if doubted else Look.NONE
    how = Look.WHOLE if check else rest
    around = last.newest(), entropy
    database = opening.connect(path, now, marked, *around, how=how, lost=lost)
    spool = Spool(database, path, entropy, last)
    if check:
        opening.clear_aside(path, now)
        with suppress(StateError):  # the next mark tries again
            spool.trim_rest()
    return spool
