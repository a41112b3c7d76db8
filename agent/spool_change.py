# SPDX-License-Identifier: Apache-2.0
"""What may change together in the spool: one transaction of it.

Rules: only sealed bytes, numbers and keyed digests go in; an envelope and the chain's
end move as one.
Not here: beginning and ending it, and reading (`agent/spool.py`).
"""

import secrets
import sqlite3
from dataclasses import astuple, dataclass

from wire import ledger
from wire.cbor import Plain
from wire.envelope import digest
from wire.ledger import Head


@dataclass(frozen=True, slots=True)
class Place:
    """Where the next envelope goes in the chain."""

    incarnation: bytes
    sequence: int
    previous: bytes


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A state that was sealed, as the spool remembers it: without a value.

    Attributes:
        key_id: of the epoch's key that it was sealed to.
        plan: digest of the columns and transforms that made it.
        state: keyed digest of the whole state.
        following: the number that the next new row takes.
        rows: number, keyed tag of the key and keyed tag of all values, of each row.
    """

    key_id: bytes
    plan: bytes
    state: bytes
    following: int
    rows: bytes


class Transaction:
    """What may change together; used inside `Spool.transaction`."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def place(self) -> Place:
        """Return where the next envelope goes."""
        incarnation, sequence, previous = self._database.execute(
            "SELECT incarnation, sequence, previous FROM chain"
        ).fetchone()
        return Place(incarnation, sequence + 1, previous)

    def put(self, place: Place, octets: bytes, purpose: str, created: int) -> None:
        """Add the envelope that was sealed for a place."""
        name = digest(octets)
        self._database.execute(
            "INSERT INTO envelopes (sequence, digest, purpose, created, octets) "
            "VALUES (?, ?, ?, ?, ?)",
            (place.sequence, name, purpose, created, octets),
        )
        self._database.execute(
            "UPDATE chain SET sequence = ?, previous = ?", (place.sequence, name)
        )

    def set_cursor(self, purpose: str, dataset: str, cursor: bytes) -> None:
        """Remember where a source was read up to."""
        self._database.execute(
            "INSERT OR REPLACE INTO cursors VALUES (?, ?, ?)",
            (purpose, dataset, cursor),
        )

    def set_snapshot(self, purpose: str, dataset: str, sealed: Snapshot) -> None:
        """Remember the state that was sealed last."""
        self._database.execute(
            "INSERT OR REPLACE INTO snapshots VALUES (?, ?, ?, ?, ?, ?, ?)",
            (purpose, dataset, *astuple(sealed)),
        )

    def forget_snapshot(self, purpose: str, dataset: str) -> bool:
        """Forget a state, so that the next is sealed whole; false where none was."""
        return bool(
            self._database.execute(
                "DELETE FROM snapshots WHERE purpose = ? AND dataset = ?",
                (purpose, dataset),
            ).rowcount
        )

    def set_pass(self, purpose: str, dataset: str, now: int) -> None:
        """Remember when a dataset was last read for a purpose."""
        self._database.execute(
            "INSERT OR REPLACE INTO passes VALUES (?, ?, ?)", (purpose, dataset, now)
        )

    def set_number(self, name: str, value: int) -> None:
        """Remember a number."""
        self._database.execute(
            "INSERT OR REPLACE INTO numbers VALUES (?, ?)", (name, value)
        )

    def count(self, name: str, more: int = 1) -> None:
        """Add to a remembered number."""
        self._database.execute(
            "INSERT INTO numbers VALUES (?, ?) "
            "ON CONFLICT (name) DO UPDATE SET value = value + excluded.value",
            (name, more),
        )

    def note(self, act: str, body: dict[int | str, Plain], now: int) -> None:
        """Enter an act into the agent's ledger."""
        index, name = self._database.execute(
            "SELECT ledger_index, ledger_digest FROM chain"
        ).fetchone()
        salt = secrets.token_bytes(ledger.SALT_BYTES)
        head, entry, octets = ledger.append(Head(index, name), act, body, salt, now)
        self._database.execute(
            "INSERT INTO ledger VALUES (?, ?, ?, ?)", (head.index, entry, octets, salt)
        )
        self._database.execute(
            "UPDATE chain SET ledger_index = ?, ledger_digest = ?",
            (head.index, head.digest),
        )
