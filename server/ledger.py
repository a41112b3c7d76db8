# SPDX-License-Identifier: Apache-2.0
"""The collector's list of acts: who did what, in an order that cannot be changed.

Rules: an entry is added in one transaction together with the chain's new end and its
tree, one process at a time; only an act of the table is added, and with its words
alone; entries never change; a body whose days are over is erased and its salted digest
stays; a body names ids and counts, never a value.
Not here: the acts (`server/ledger_acts.py`), the chain (`wire/ledger.py`), checks
(`server/ledger_checks.py`), showing it (`server/commands/ledger.py`).
"""

import secrets
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from server import ledger_acts, ledger_checks, ledger_file
from server.errors import StateError
from server.key_files import write_new
from server.ledger_acts import BODY_ERASED
from server.ledger_checks import Kept, Row, damaged
from server.sqlite_file import SqliteFile
from wire import cbor, ledger
from wire.cbor import Plain
from wire.errors import DecodeError
from wire.ledger import ENTRY, SALT_BYTES, Head
from wire.papers import tree
from wire.papers.note import Checkpoint
from wire.papers.tree import Tree

Ends = Callable[[str, int], int]
"""Takes an act and its time; returns the second from which its body is due."""
_PAGE = 500
"""Entries read at a time, so that a slow printer holds up no writer."""
_ERASED_AT_ONCE = 5_000
"""Bodies erased in one transaction, which no writer waits for longer than its time."""


@dataclass(frozen=True, slots=True)
class Act:
    """One entry, as people read it.

    Attributes:
        index: 1, 2, 3 ...
        time: seconds since the epoch.
        act: kebab-case slug.
        body: what happened; None once it was erased.
        digest: the entry's own digest, which the next entry names.
    """

    index: int
    time: int
    act: str
    body: dict[int | str, Plain] | None
    digest: bytes


class SqliteLedger:
    """A ledger in a file; any process and thread may add to it."""

    def __init__(self, path: Path) -> None:
        """Open the ledger that `create` made; one of an earlier release is brought up.

        Raises:
            StateError: it is absent, or this user may not use it.
        """
        self._path = path
        self._file = SqliteFile(path, "the ledger", ledger_file.prepare)
        self._connection = self._file.connection

    @classmethod
    def create(cls, path: Path) -> "SqliteLedger":
        """Make an empty ledger.

        Raises:
            StateError: there is one already, or the disk refuses.
        """
        write_new(path, b"")
        opened = cls(path)
        with opened._file.guarded() as connection:
            ledger_file.make_tables(connection)
        return opened

    def close(self) -> None:
        """Release the file."""
        self._file.close()

    def add(self, act: str, body: Mapping[str, Plain], now: int) -> Head:
        """Add an entry durably and return the chain's new end.

        Args:
            act: a slug of `ledger_acts.ACTS`, such as "opened".
            body: ids, names and counts; never a value from data.
            now: seconds since the epoch.

        Raises:
            StateError: the ledger cannot be written, or the act or a name of its body
                is not in the table; then the act must not happen.
        """
        unknown = ledger_acts.unknown(act, body)
        if unknown:
            msg = f"the ledger has no line for {unknown}: nothing was done; report it"
            raise StateError(msg)
        with self._file.writing():
            return self._append(act, body, now)

    def erase_due(self, now: int, ends: Ends) -> int:
        """Erase the bodies whose days are over, and say so; returns how many.

        Args:
            now: seconds since the epoch, of the clock that retention trusts.
            ends: the second from which a body of an act and a time is due.

        Raises:
            StateError: the ledger cannot be written.
            TrustError: an entry is no entry any more.
        """
        due = [
            entry.index
            for entry in self.entries()
            if entry.body is not None and ends(entry.act, entry.time) <= now
        ]
        for first in range(0, len(due), _ERASED_AT_ONCE):
            numbers = due[first : first + _ERASED_AT_ONCE]
            erased: list[Plain] = [[*span] for span in ledger_checks.spans(numbers)]
            with self._file.writing():
                self._connection.executemany(
                    "UPDATE entries SET body = NULL, salt = NULL WHERE number = ?",
                    [(number,) for number in numbers],
                )
                self._append(BODY_ERASED, {"erased": erased}, now)
        return len(due)

    def head(self) -> Head:
        """Return the end of the chain: what a witness outside writes down."""
        with self._file.guarded():
            return self._head()

    def tree(self) -> Tree:
        """Return the tree over all entries: what an anchor is made of."""
        with self._file.reading():
            return ledger_file.read_tree(self._connection, self._head().index)

    def inclusion(self, index: int, size: int) -> tuple[bytes, ...]:
        """Return the proof that an entry is in the tree of the first entries.

        Args:
            index: the entry's number, from 1; at most the size.
            size: how many entries the tree has.
        """
        return tree.inclusion(self._leaves(size), index - 1)

    def consistency(self, before: int, after: int) -> tuple[bytes, ...]:
        """Return the proof that one anchor's ledger goes on from another's.

        Args:
            before: number of entries of the earlier one.
            after: number of entries of the later one.
        """
        return tree.consistency(self._leaves(after), before)

    def entries(self, after: int = 0) -> Iterator[Act]:
        """Yield the entries behind a number, in order; checks no chain.

        Raises:
            StateError: the file cannot be read.
            TrustError: an entry is no entry any more.
        """
        for number, row in self._rows(after):
            yield _act(number, row)

    def recent(self, since: int, act: str = "") -> Iterator[Act]:
        """Yield the entries of a time and after, the newest first; checks no chain.

        Args:
            since: seconds since the epoch; an entry before it ends the list.
            act: which alone is wanted; empty for all. The others are hardly looked at:
                reading one takes as long as passing a hundred.

        Raises:
            StateError: the file cannot be read.
            TrustError: an entry is no entry any more.
        """
        with self._file.reading():
            above = self._head().index
        named = act.encode()  # an entry has its act as it is
        while above > 0:
            first = max(0, above - _PAGE)
            rows = [*islice(self._rows(first), above - first)]
            for place, (number, row) in reversed([*enumerate(rows)]):
                if place and named not in row[0]:
                    continue
                entry = _act(number, row)
                if entry.time < since:
                    return
                if act in {"", entry.act}:
                    yield entry
            above = first

    def line(self, index: int) -> tuple[bytes, bytes, bytes]:
        """Return an entry as it is encoded, its body and its salt.

        Args:
            index: the number of an entry whose body has not ended.

        Raises:
            StateError: there is none of that number, or the file cannot be read.
        """
        number, (entry, body, salt) = next(
            self._rows(index - 1), (0, (b"", None, None))
        )
        if number != index or body is None or salt is None:
            msg = f"entry {index} of the ledger has no body any more"
            raise StateError(msg)
        return entry, body, salt

    def verify(self, anchors: Collection[Checkpoint] = ()) -> int:
        """Check the whole ledger and return the number of entries.

        Args:
            anchors: checkpoints that were kept elsewhere, their signatures checked.

        Raises:
            StateError: the file cannot be read.
            TrustError: it is not whole, or not the one that was anchored.
        """
        with self._file.reading():
            head = self._head()
            kept = Kept(
                head,
                ledger_file.read_tree(self._connection, head.index),
                *self._connection.execute(
                    "SELECT count(*), coalesce(max(number), 0) FROM entries"
                ).fetchone(),
            )
        return ledger_checks.check(self._rows(0), kept, anchors)

    def _append(self, act: str, body: Mapping[str, Plain], now: int) -> Head:
        before = self._head()
        salt = secrets.token_bytes(SALT_BYTES)
        head, entry, octets = ledger.append(before, act, dict(body.items()), salt, now)
        self._connection.execute(
            "INSERT INTO entries VALUES (?, ?, ?, ?)",
            (head.index, entry, octets, salt),
        )
        grown = ledger_file.read_tree(self._connection, before.index)
        ledger_file.grow(self._connection, grown, head.digest)
        self._connection.execute(
            "UPDATE head SET number = ?, digest = ?", (head.index, head.digest)
        )
        return head

    def _rows(self, after: int) -> Iterator[tuple[int, Row]]:
        page = [after]
        while page:
            with self._file.guarded():
                found = self._connection.execute(
                    "SELECT number, entry, body, salt FROM entries WHERE number > ?"
                    " ORDER BY number LIMIT ?",
                    (page[-1], _PAGE),
                ).fetchall()
            page = [row[0] for row in found]
            for number, *row in found:
                yield number, (row[0], row[1], row[2])

    def _leaves(self, size: int) -> list[bytes]:
        with self._file.guarded():
            rows = self._connection.execute(
                "SELECT entry FROM entries WHERE number <= ? ORDER BY number", (size,)
            ).fetchall()
        return [ledger.entry_digest(entry) for (entry,) in rows]

    def _head(self) -> Head:
        row = self._connection.execute("SELECT number, digest FROM head").fetchone()
        if row is None:
            msg = f"{self._path} is damaged: restore the ledger from its backup"
            raise StateError(msg)
        return Head(*row)


def _act(number: int, row: Row) -> Act:
    """Return an entry as people read it.

    Raises:
        TrustError: it is no entry any more.
    """
    octets, body, _ = row
    try:
        entry = ENTRY.decode(octets)
        told = None if body is None else _body(body)
    except DecodeError:
        raise damaged(number) from None
    digest = ledger.entry_digest(octets)
    return Act(number, entry.time, entry.act, told, digest)


def _body(octets: bytes) -> dict[int | str, Plain]:
    """Return a decoded body; a body is always a map."""
    body = cbor.decode(octets)
    return body if isinstance(body, dict) else {}
