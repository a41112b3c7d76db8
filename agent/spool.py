# SPDX-License-Identifier: Apache-2.0
"""The spool: a bounded, crash-safe queue of sealed envelopes in one SQLite database.

Rules: cursors, states of snapshots, sequence numbers, envelopes and the agent's ledger
move in one transaction (WAL, synchronous=FULL); only sealed bytes and keyed digests
are in it; only what a mark covers is trimmed; a corrupt database is set aside and
start-up succeeds.
Not here: what may change together (`spool_change.py`), what is sealed
(`pipeline.py`), when it is sent (`shipping.py`).
"""

import hashlib
import hmac
import secrets
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from agent import spool_schema
from agent.budget import SPOOL_BUSY_SECONDS, SPOOL_BYTES
from agent.errors import StateError
from agent.spool_change import Snapshot, Transaction
from wire.ledger import Head


class Sent(Enum):
    """How far an envelope has come."""

    WAITING = 0
    RECEIVED = 1
    """A receipt says it is committed; not sent again unless a mark stays out."""
    REFUSED = 2
    """The gate will never take it; kept for a person until the mark passes."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """An envelope in the queue."""

    sequence: int
    octets: bytes


@dataclass(frozen=True, slots=True)
class Facts:
    """The queue in numbers; `oldest` is when the oldest waiting one was made.

    `gaps` counts the losses that it has announced.
    """

    waiting: int
    received: int
    refused: int
    octets: int
    oldest: int | None
    sequence: int
    marked: int
    gaps: int = 0


class Spool:
    """The queue of one incarnation; one process writes at a time."""

    def __init__(self, database: sqlite3.Connection) -> None:
        """Use `open_spool`."""
        self._database = database

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
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield Transaction(self._database)
                self._database.execute("COMMIT")
            except BaseException:
                if self._database.in_transaction:  # SQLite ends it on a full disk
                    self._database.execute("ROLLBACK")
                raise
        except sqlite3.Error as problem:
            msg = "the spool cannot be written: free space in the state directory"
            raise StateError(msg) from problem

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
        return self._number(
            "SELECT time FROM passes WHERE purpose = ? AND dataset = ?",
            purpose,
            dataset,
        )

    def keyed(self, content: bytes) -> bytes:
        """Return the HMAC by which this spool remembers content without keeping it."""
        return hmac.digest(self._chain("secret"), content, hashlib.sha256)

    def room(self) -> int:
        """Return how many bytes may still be queued."""
        return SPOOL_BYTES - self.facts().octets

    def facts(self) -> Facts:
        """Return the queue in numbers."""
        counts = dict(
            self._database.execute("SELECT sent, COUNT(*) FROM envelopes GROUP BY sent")
        )
        octets = self._number("SELECT COALESCE(SUM(LENGTH(octets)), 0) FROM envelopes")
        oldest = self._number("SELECT MIN(created) FROM envelopes WHERE sent = 0")
        sequence, marked = self._database.execute(
            "SELECT sequence, marked FROM chain"
        ).fetchone()
        return Facts(
            counts.get(0, 0),
            counts.get(1, 0),
            counts.get(2, 0),
            octets or 0,
            oldest,
            sequence,
            marked,
            self.value(spool_schema.GAPS) or 0,
        )

    def waiting(self, count: int, octets: int) -> list[Waiting]:
        """Return the oldest waiting envelopes within a count and a sum of bytes."""
        found: list[Waiting] = []
        total = 0
        for sequence, body in self._database.execute(
            "SELECT sequence, octets FROM envelopes WHERE sent = 0 "
            "ORDER BY sequence LIMIT ?",
            (count,),
        ):
            total += len(body)
            if found and total > octets:
                break
            found.append(Waiting(sequence, body))
        return found

    def settle(self, fates: Sequence[tuple[int, Sent]]) -> None:
        """Write down what a receipt said; nothing is trimmed by it."""
        with self.transaction():
            self._database.executemany(
                "UPDATE envelopes SET sent = ? WHERE sequence = ?",
                [(fate.value, sequence) for sequence, fate in fates],
            )

    def trim(self, sequence: int, name: bytes, now: int) -> int:
        """Remove what a mark covers.

        Args:
            sequence: the mark's number.
            name: the mark's digest: must be that of our envelope of this number.
            now: seconds since the epoch, for the ledger.

        Returns:
            How many envelopes were removed; 0 where the mark is not ours.
        """
        held = self._octets("SELECT digest FROM envelopes WHERE sequence = ?", sequence)
        if held != name:
            return 0
        with self.transaction() as change:
            removed = self._database.execute(
                "DELETE FROM envelopes WHERE sequence <= ?", (sequence,)
            ).rowcount
            self._database.execute("UPDATE chain SET marked = ?", (sequence,))
            change.note("trimmed", {"through": sequence, "envelopes": removed}, now)
        self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return int(removed)

    def resend_unmarked(self, before: int) -> int:
        """Send again what was received before a time and no mark covers."""
        with self.transaction():
            return int(
                self._database.execute(
                    "UPDATE envelopes SET sent = 0 WHERE sent = 1 AND created < ?",
                    (before,),
                ).rowcount
            )

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
            raise StateError(_CLOSED) from problem
        return entries, Head(index, name)

    def value(self, name: str) -> int | None:
        """Return a remembered number (clock offset, newest verified time)."""
        return self._number("SELECT value FROM numbers WHERE name = ?", name)

    def set_value(self, name: str, value: int) -> None:
        """Remember a number."""
        with self.transaction() as change:
            change.set_number(name, value)

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
    path: Path, now: int, marked: int | None = None, *, mend: bool = True
) -> Spool:
    """Open the spool, or set a corrupt one aside and start a new incarnation.

    A new spool where there was one before owes a gap record (`GAP_OWED`).

    Args:
        path: the database's file.
        now: names the file that was set aside.
        marked: time of the newest mark, which outlives a spool; None where none is.
        mend: false for who only looks: a damaged or missing spool is then an error,
            and left for the agent.

    Raises:
        StateError: the directory refuses, or a newer release wrote the spool.
    """
    try:
        if path.exists():
            return Spool(_connect(path, _owed(path, marked)))
        missing = True
    except OSError as problem:
        raise StateError(_CLOSED) from problem
    except sqlite3.DatabaseError as problem:
        if isinstance(problem, sqlite3.OperationalError):
            raise StateError(_CLOSED) from problem
        missing = False
    if not mend:
        what = "missing" if missing else "damaged"
        msg = f"the spool is {what}: the agent makes a new one and records the loss"
        raise StateError(msg)
    try:
        if not missing:
            _set_aside(path, now)
        return Spool(_connect(path, _owed(path, marked)))
    except (OSError, sqlite3.DatabaseError) as problem:
        raise StateError(_CLOSED) from problem


def _owed(path: Path, marked: int | None) -> int | None:
    """Return since when a new spool's records are missing; None where none were."""
    lost = marked is not None or any(path.parent.glob(f"{path.name}*.corrupt-*"))
    return (marked or 0) if lost else None


_CLOSED = "the spool cannot be opened: check the state directory's owner and space"


def _set_aside(path: Path, now: int) -> None:
    for suffix in ("-wal", "-shm", ""):
        damaged = path.with_name(path.name + suffix)
        if damaged.exists():
            damaged.replace(damaged.with_name(f"{damaged.name}.corrupt-{now}"))


def _connect(path: Path, owed: int | None) -> sqlite3.Connection:
    database = sqlite3.connect(
        path, timeout=SPOOL_BUSY_SECONDS, isolation_level=None, cached_statements=64
    )
    try:
        path.chmod(0o600)
        spool_schema.prepare(
            database, secrets.token_bytes(16), secrets.token_bytes(32), owed
        )
    except BaseException:
        database.close()
        raise
    return database
