# SPDX-License-Identifier: Apache-2.0
"""What may change together in the spool: one transaction of it.

Rules: only sealed bytes, numbers and keyed digests go in; an envelope and the chain's
end move as one.
Not here: beginning and ending it (`agent/spool/spool.py`), reading (`view.py`).
"""

import os
import sqlite3
import zlib
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass
from enum import Enum

from agent.budget import TRIM_BYTES
from agent.spool.order import HeldOrder, orders, put
from wire import ledger
from wire.cbor import Plain
from wire.envelope import EnvelopeKind, Header, digest, header_name
from wire.ledger import Head
from wire.purposes import Purpose

Entropy = Callable[[int], bytes]
"""Returns so many random bytes."""


class SpoolClass(Enum):
    """What shares one quota of the spool, and what happens when it is full."""

    EVENT = 0
    """Reading stops: the sources keep what is not read."""
    SNAPSHOT = 1
    """Reading stops: the next state says as much."""
    METRIC = 2
    """Readings are left out, then the oldest are dropped and counted."""
    CONTROL = 3
    """Gap records and voids: what says that something is missing."""


class Sent(Enum):
    """How far an envelope has come."""

    WAITING = 0
    RECEIVED = 1
    """A receipt says that it is committed, or waits at the collector for its store; not
    sent again unless a mark stays out."""
    REFUSED = 2
    """The gate will never take it; kept for a person until the mark passes."""


@dataclass(frozen=True, slots=True)
class Filed:
    """What the spool knows of an envelope beside its octets.

    Attributes:
        purpose: why the records exist.
        retention: name of their retention class.
        kind: whose quota they take.
        records: how many are inside.
        since: first second that they may be of, seconds since the epoch.
        created: last second that they may be of.
        expires: when the retention clock has run out for them.
    """

    purpose: Purpose
    retention: str
    kind: SpoolClass
    records: int
    since: int
    created: int
    expires: int


@dataclass(frozen=True, slots=True)
class Owed:
    """A loss that is still to be announced.

    Attributes:
        purpose: of the records; None for every class of the plan.
        retention: name of their class; None for every class of the purpose.
        count: how many; None where nobody can know.
        since: first second that is missing.
        reason: as in a gap record.
    """

    purpose: Purpose | None
    retention: str | None
    count: int | None
    since: int
    reason: str


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


_TAGGED = (
    *("number", "incarnation", "sequence", "digest", "name", "previous", "purpose"),
    *("retention", "class", "records", "since", "created", "expires", "void", "size"),
)
ENVELOPE_TAG = f"tag({', '.join(_TAGGED)})"
"""The checksum of an envelope's row; a fate is not in it: what it costs is a repeat."""
FILE = (
    f"INSERT INTO envelopes ({', '.join(_TAGGED)}, sent, received, tag) "  # noqa: S608 - our own names
    f"VALUES ({', '.join('?' * (len(_TAGGED) + 3))})"
)
"""Adds an envelope's row: what its checksum covers, how far it has come, and when."""

_CURSOR = (
    "INSERT INTO cursors VALUES (?, ?, ?) ON CONFLICT (purpose, dataset) DO UPDATE "
    "SET cursor = excluded.cursor WHERE cursor IS NOT excluded.cursor"
)
_SNAPSHOT = (
    "INSERT INTO snapshots VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (purpose, dataset) "
    "DO UPDATE SET key_id = excluded.key_id, plan = excluded.plan, "
    "state = excluded.state, following = excluded.following, rows = excluded.rows"
)
_READ = (
    "INSERT INTO passes VALUES (?, ?, ?) ON CONFLICT (purpose, dataset) DO UPDATE "
    "SET time = excluded.time"
)
_NUMBER = (
    "INSERT INTO numbers VALUES (?, ?) ON CONFLICT (name) DO UPDATE "
    "SET value = excluded.value WHERE value != excluded.value"
)
"""Not OR REPLACE, which makes a new row each time, and writes its index's pages too."""


def tag(*values: str | float | bytes | None) -> int:
    """Return the checksum of a row's columns."""
    return zlib.crc32(repr(values).encode())


def place_of(database: sqlite3.Connection) -> Place:
    """Return where the next envelope goes."""
    incarnation, sequence, previous = database.execute(
        "SELECT incarnation, sequence, previous FROM chain"
    ).fetchone()
    return Place(incarnation, sequence + 1, previous)


class Transaction:
    """What may change together; used inside `Spool.transaction`.

    Attributes:
        octets: bytes of the envelopes that were added.
    """

    def __init__(
        self, database: sqlite3.Connection, entropy: Entropy = os.urandom
    ) -> None:
        self._database = database
        self._entropy = entropy
        self.octets = 0

    def place(self) -> Place:
        """Return where the next envelope goes."""
        return place_of(self._database)

    def put(self, place: Place, octets: bytes, filed: Filed) -> None:
        """Add the envelope that was sealed for a place; its records are accepted."""
        self.octets += len(octets)
        name = digest(octets)
        (base,) = self._database.execute("SELECT base FROM chain").fetchone()
        number = base + place.sequence
        row = (
            *(number, place.incarnation, place.sequence, name, name),
            *(place.previous, filed.purpose.value, filed.retention),
            *(filed.kind.value, filed.records, filed.since, filed.created),
            *(filed.expires, 0, len(octets)),
        )
        self._database.execute(FILE, (*row, Sent.WAITING.value, 0, tag(*row)))
        self._database.execute("INSERT INTO bodies VALUES (?, ?)", (number, octets))
        self._database.execute(
            "UPDATE chain SET sequence = ?, previous = ?, accepted = accepted + ?",
            (place.sequence, name, filed.records),
        )

    def refile(self, number: int, octets: bytes, header: Header) -> None:
        """Write anew what is known of an envelope, by what it says itself.

        Args:
            number: of the envelope.
            octets: it, whose signature holds.
            header: its own.
        """
        name = digest(octets)
        self._database.execute(
            "UPDATE envelopes SET incarnation = ?, sequence = ?, digest = ?, name = ?, "
            "previous = ?, purpose = ?, retention = ?, records = ?, created = ?, "
            "void = ?, sent = 0, size = ? WHERE number = ?",
            (
                *(header.incarnation, header.sequence, name),
                *(header_name(header, name), header.previous),
                *(header.purpose.value, header.retention, header.records),
                *(header.created, header.kind is EnvelopeKind.VOID),
                *(len(octets), number),
            ),
        )
        self._tag("number = ?", number)

    def put_off(self, seconds: int, now: int) -> None:
        """Move when the time is over of what a wrong clock made, and not a right one.

        Args:
            seconds: by how much; negative for earlier: then it was made later than now.
            now: signed time, seconds since the epoch.
        """
        self._database.execute(
            "UPDATE envelopes SET expires = max(expires + ?, 0) WHERE void = 0 AND "
            "created > ? AND created <= ?",
            (seconds, 0 if seconds > 0 else now, now - seconds),
        )
        self._tag("void = ?", 0)

    def void(self, number: int, octets: bytes, name: bytes, records: int) -> None:
        """Put a void in the place of an envelope, and count what it says is missing.

        Args:
            number: of the envelope.
            octets: the void.
            name: the name that it keeps in the chain.
            records: how many it stands for; counted once for each envelope.
        """
        self._database.execute(
            "UPDATE chain SET dropped = dropped + ?, voids = voids + 1 WHERE "
            "(SELECT void = 0 AND envelopes.incarnation = chain.incarnation "
            "FROM envelopes WHERE number = ?)",
            (records, number),
        )
        self._database.execute(
            "UPDATE envelopes SET digest = ?, name = ?, class = ?, void = 1, sent = 0, "
            "size = ? WHERE number = ?",
            (digest(octets), name, SpoolClass.CONTROL.value, len(octets), number),
        )
        self._tag("number = ?", number)
        self._database.execute(
            "INSERT OR REPLACE INTO bodies VALUES (?, ?)", (number, octets)
        )

    def _tag(self, where: str, value: int) -> None:
        self._database.execute(
            f"UPDATE envelopes SET tag = {ENVELOPE_TAG} WHERE {where}",  # noqa: S608 - our own names
            (value,),
        )

    def settle(self, fates: Sequence[tuple[int, Sent]], now: int) -> None:
        """Write down what a receipt said, by number; nothing is trimmed by it.

        Args:
            fates: number of each envelope and how far it has come.
            now: signed time, seconds since the epoch.
        """
        self._database.executemany(
            "UPDATE envelopes SET sent = ?, received = ? WHERE number = ?",
            [(fate.value, now, number) for number, fate in fates],
        )

    def mark(self, incarnation: bytes, sequence: int) -> None:
        """Remember through which envelope a mark covers, if it is of this chain."""
        self._database.execute(
            "UPDATE chain SET marked = ? WHERE incarnation = ?", (sequence, incarnation)
        )

    def trim(self, incarnation: bytes, sequence: int) -> int:
        """Remove one slice of the envelopes through one; return how many."""
        total = 0
        last = 0
        for number, size in self._database.execute(
            "SELECT number, size FROM envelopes WHERE incarnation = ? AND "
            "sequence <= ? ORDER BY sequence",
            (incarnation, sequence),
        ):
            if last and total + size > TRIM_BYTES:
                break
            total += size
            last = number
        return int(
            self._database.execute(
                "DELETE FROM envelopes WHERE incarnation = ? AND number <= ?",
                (incarnation, last),
            ).rowcount
        )

    def resend(self, through: int) -> int:
        """Have what was sent wait again, through a number; return how many.

        What was refused as well: no mark passes it, and who refused may have lied.
        """
        return int(
            self._database.execute(
                "UPDATE envelopes SET sent = 0 WHERE sent != 0 AND number <= ?",
                (through,),
            ).rowcount
        )

    def orders(self, *, busy: bool = False) -> Sequence[HeldOrder]:
        """Return the orders, which nobody else changes before this has ended."""
        return orders(self._database, busy=busy)

    def put_order(self, held: HeldOrder) -> None:
        """Remember an order, or its new state."""
        put(self._database, held)

    def forget_order(self, held: HeldOrder) -> None:
        """Forget an order that can never be obeyed again."""
        self._database.execute("DELETE FROM orders WHERE id = ?", (held.id,))

    def owe(self, owed: Owed) -> None:
        """Remember a loss that is still to be announced."""
        purpose = owed.purpose.value if owed.purpose else None
        self._database.execute(
            "INSERT INTO owed VALUES (NULL, ?, ?, ?, ?, ?)",
            (purpose, owed.retention, owed.count, owed.since, owed.reason),
        )

    def paid(self) -> None:
        """Forget what was owed: it is announced in this transaction."""
        self._database.execute("DELETE FROM owed")

    def set_cursor(self, purpose: str, dataset: str, cursor: bytes) -> None:
        """Remember where a source was read up to."""
        self._database.execute(_CURSOR, (purpose, dataset, cursor))

    def set_snapshot(self, purpose: str, dataset: str, sealed: Snapshot) -> None:
        """Remember the state that was sealed last."""
        self._database.execute(_SNAPSHOT, (purpose, dataset, *astuple(sealed)))

    def forget_snapshot(self, purpose: str, dataset: str) -> bool:
        """Forget a state, so that the next is sealed whole; false where none was."""
        return bool(
            self._database.execute(
                "DELETE FROM snapshots WHERE purpose = ? AND dataset = ?",
                (purpose, dataset),
            ).rowcount
        )

    def forget_snapshots(self, purpose: str) -> None:
        """Forget every state of a purpose, so that the next are sealed whole."""
        self._database.execute("DELETE FROM snapshots WHERE purpose = ?", (purpose,))

    def set_pass(self, purpose: str, dataset: str, now: int) -> None:
        """Remember when a dataset was last read for a purpose."""
        self._database.execute(_READ, (purpose, dataset, now))

    def set_number(self, name: str, value: int) -> None:
        """Remember a number."""
        self._database.execute(_NUMBER, (name, value))

    def forget(self, begins: str) -> None:
        """Forget the numbers whose names begin so."""
        self._database.execute("DELETE FROM numbers WHERE name GLOB ?", (f"{begins}*",))

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
        salt = self._entropy(ledger.SALT_BYTES)
        head, entry, octets = ledger.append(Head(index, name), act, body, salt, now)
        self._database.execute(
            "INSERT INTO ledger VALUES (?, ?, ?, ?)", (head.index, entry, octets, salt)
        )
        self._database.execute(
            "UPDATE chain SET ledger_index = ?, ledger_digest = ?",
            (head.index, head.digest),
        )
