# SPDX-License-Identifier: Apache-2.0
"""Makes a new spool of what is sound in a damaged one, so that only the rest is lost.

Rules: the damaged file is only read, and not what is given up of it; the new one lies
beside it until it is whole; the chain goes on only if its row is sound, fits what waits
and knows all that has left, and no part of the log is given up, else a new incarnation
begins, sources are read from now on and the loss is owed; envelopes keep their places;
each that is missing between them has a row without octets, for which a void is made.
Not here: what is sound (`found.py`), setting aside (`opening.py`), voids and
signatures (`voids.py`).
"""

import shutil
import sqlite3
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from agent.budget import TRIM_BYTES
from agent.errors import StateError
from agent.spool import checksums, schema
from agent.spool.change import FILE, Entropy, Sent, Transaction, tag
from agent.spool.found import End, Filing, Found, Row, find
from agent.spool.last_sent import LastSent
from agent.spool.log import Piece, made_anew, read_log
from agent.spool.missing import Remade
from agent.spool.order import ORDERS_SINCE
from agent.spool.pages import Pages
from agent.spool.quotas import no_space, release, reserve_of
from agent.spool.sectors import gives_all
from wire.ledger import EMPTY

_OWN_NUMBERS = frozenset({schema.SCHEMA, schema.RELEASE})
"""Numbers that a new spool has of its own."""
_NO_SPACE = (
    "the damaged spool is made anew where there is space for a second one: free space "
    "in the state directory"
)
_NOT_GIVEN = (
    "the disk does not give back what is written: check the state directory's disk"
)


def is_of_this_release(path: Path) -> bool:
    """Tell whether a spool whose first page names a newer release is of this one."""
    with suppress(OSError), path.open("rb", buffering=0) as file:
        found = find(Pages(file, read_log(path).pages))
        return found.release() == schema.VERSION
    return False


def salvage(
    path: Path,
    now: int,
    since: int,
    entropy: Entropy,
    last: LastSent | None,
    lost: frozenset[Piece] = frozenset(),
) -> bool:
    """Make a new spool of what is sound in a damaged one.

    Args:
        path: of the damaged one, which is left as it is.
        now: seconds since the epoch, for the ledger.
        since: seconds since the epoch after which records may be missing, if the chain
            cannot go on.
        entropy: draws an incarnation and a secret.
        last: how far of a chain has left; None where that is not known.
        lost: what is given up of it, for the disk refuses it.

    Returns:
        False where nothing is sound, or no spool can be made of it.

    Raises:
        StateError: there is too little space for a second one, or the disk fails.
    """
    _require_space(path)
    making = path.with_name(f"{path.name}.making")
    with path.open("rb", buffering=0) as file:
        log = read_log(path, lost)
        pages = log.pages
        found = find(Pages(file, pages, lost))
        if log.torn != pages and _is_behind(found.end, last):
            pages = log.torn
            found = find(Pages(file, pages, lost))
        if log.gaps and pages == log.torn:
            # one row may be older than another, the cursors than what waits
            found.end = None
        if not found.end and not found.filings and not found.bodies:
            return False
        for suffix in ("", "-wal", "-shm"):
            making.with_name(making.name + suffix).unlink(missing_ok=True)
        database = sqlite3.connect(making, isolation_level=None)
        try:
            making.chmod(0o600)
            _Making(database, found, now, last).make(since, entropy)
        except sqlite3.Error as problem:
            if no_space(problem):  # what is sound waits for a disk that takes it
                raise StateError(_NO_SPACE) from problem
            database.close()
            if not gives_all(making):
                raise StateError(_NOT_GIVEN) from problem
            return False
        finally:
            database.close()
    making.replace(made_anew(path))
    return True


def _is_behind(end: End | None, last: LastSent | None) -> bool:
    return bool(end and last and last.is_behind(end.incarnation, end.sequence))


def lacking(path: Path) -> int:
    """Return how many bytes are too few for a second spool, less what is held back.

    Raises:
        OSError: the disk does not tell.
    """
    reserve = reserve_of(path)
    held = reserve.stat().st_size if reserve.exists() else 0
    return max(_needed(path) - _free(path) - held, 0)


def _require_space(path: Path) -> None:
    """Require the space of a second spool; what is held back is given up for it.

    It is asked for before anything is read: on a full disk that is done each minute.
    """
    if lacking(path):
        raise StateError(_NO_SPACE)
    if _free(path) < _needed(path):
        release(path)


def _needed(path: Path) -> int:
    return path.stat().st_size + 2 * TRIM_BYTES


def _free(path: Path) -> int:
    return shutil.disk_usage(path.parent).free


@dataclass(slots=True)
class _Making:
    """A spool that is made of what was found.

    Attributes:
        database: a connection to an empty file.
        found: what is sound.
        now: seconds since the epoch.
        last: how far of a chain has left; None where that is not known.
    """

    database: sqlite3.Connection
    found: Found
    now: int
    last: LastSent | None

    def make(self, since: int, entropy: Entropy) -> None:
        """Fill the database."""
        rows = Remade(self.found, since)
        rows.make()
        whole = rows.is_whole() and not _is_behind(self.found.end, self.last)
        end = self.found.end if whole else None
        made = entropy(16), entropy(32)
        schema.prepare(self.database, *made, None if end else since, check=False)
        self.database.execute("BEGIN IMMEDIATE")
        filings = sorted(rows.filings.values(), key=lambda one: one.number)
        self._put(filings)
        self._put_chain(end, filings[-1].number if filings else 0)
        self._put_rows()
        if end:
            self._put_places(states=not rows.missing)
        elif self.last:
            self._put_names(self.last, filings)
        for first in rows.unknown:
            self._owe(first)
        Transaction(self.database, entropy).note(
            "salvaged",
            {
                "envelopes": len(filings) - rows.missing,
                "missing": rows.missing,
                "anew": end is None,
            },
            self.now,
        )
        self.database.execute("COMMIT")
        self.database.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _put(self, filings: list[Filing]) -> None:
        """Add the envelopes, so many at once as fit the log."""
        total = 0
        for filing in filings:
            sent = filing.sent if filing.sent in {fate.value for fate in Sent} else 0
            row = (*filing.columns, sent, filing.received, tag(*filing.columns))
            self.database.execute(FILE, row)
            cell = self.found.bodies.get(filing.number)
            octets = self.found.octets(cell) if cell else None
            if octets is not None:
                self.database.execute(
                    "INSERT INTO bodies VALUES (?, ?)", (filing.number, octets)
                )
                total += len(octets)
            if total > TRIM_BYTES:
                self.database.execute("COMMIT")
                self.database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                self.database.execute("BEGIN IMMEDIATE")
                total = 0

    def _put_chain(self, end: End | None, newest: int) -> None:
        """Go on with the chain and the ledger, or begin behind all numbers."""
        head = EMPTY
        for reached, row in self.found.entries():
            head = reached
            self.database.execute("INSERT INTO ledger VALUES (?, ?, ?, ?)", row)
        if end:
            self.database.execute("DELETE FROM chain")
            self._insert("chain", end.row)
        else:
            self.database.execute(
                "UPDATE chain SET base = ?, ledger_index = ?, ledger_digest = ?",
                (newest, head.index, head.digest),
            )

    def _put_names(self, last: LastSent, filings: list[Filing]) -> None:
        """Remember what has left and is here no more: a mark may be of any of it.

        It covers what is here of the same chain, and is not for another spool.
        """
        here = [one.place[1] for one in filings if one.place[0] == last.incarnation]
        for row in last.behind(max(here)).items() if here else ():
            self._insert("numbers", row)

    def _put_rows(self) -> None:
        """Add the numbers, and what is owed."""
        rows, lost = self.found.rows, self.found.lost
        for row in rows["numbers"].values():
            if row[0] not in _OWN_NUMBERS:
                self._insert("numbers", row)
        for row in rows["owed"].values():
            self._insert("owed", (None, *row[1:]))
        former = (self.found.release() or 0) < schema.CHECKED
        if former or lost.get("owed"):
            self._owe(0)
        if lost.get("numbers"):  # how long a mark is awaited is one of them
            self.database.execute(
                "UPDATE envelopes SET sent = ? WHERE sent = ?",
                (Sent.WAITING.value, Sent.RECEIVED.value),
            )

    def _put_places(self, *, states: bool) -> None:
        """Add where sources were read up to.

        Args:
            states: with the states of snapshots: where envelopes are missing of which
                it is not known what was in them, states are sent whole again.
        """
        for name in ("passes", "cursors", "orders", *(["snapshots"] if states else [])):
            for row in self.found.rows[name].values():
                self._insert(name, row)
        for key in self.found.lost.get("cursors", ()):
            checksums.start_here(self.database, key)
        # an order that was begun may be among what is lost
        self._insert("numbers", (ORDERS_SINCE, self.now))

    def _insert(self, name: str, row: Row) -> None:
        marks = ", ".join("?" * len(row))
        self.database.execute(
            f"INSERT OR REPLACE INTO {name} VALUES ({marks})",  # noqa: S608 - our own names
            row,
        )

    def _owe(self, since: int) -> None:
        self.database.execute(
            "INSERT INTO owed VALUES (NULL, NULL, NULL, NULL, ?, 'damaged')", (since,)
        )
