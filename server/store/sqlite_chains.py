# SPDX-License-Identifier: Apache-2.0
"""What an SQLite store knows of chains: their holes, what devices say, what adds up.

Rules: a device's word moves no end of a chain and deletes nothing; at most one chain
of a device is known by its word alone, so that it cannot fill the store with names; a
hole is given up only where its device says that it holds a mark beyond it, or has
sent all that it holds of that spool, and speaks of another.
Not here: storing envelopes (`sqlite_put.py`), the tables (`sqlite_accounts.py`).
"""

import sqlite3
from collections.abc import Iterator, Sequence
from itertools import islice

from server.store.bounds import HOLES, RECORDS
from server.store.chains import Chain, ChainAccount, Heard, Hole, Span
from server.store.device_rows import heard_of, holds_former
from server.store.sqlite_damaged import sound
from server.store.sqlite_devices import HEARD, NOTHING_MORE
from server.store.sqlite_put import advance, quarantine
from server.store.summing import Classes, holes, without
from wire.envelope import NO_PREVIOUS, EnvelopeKind
from wire.limits import CLOCK_SKEW_SECONDS, SEQUENCE

_HELD = (
    "SELECT sequence FROM envelopes WHERE tenant = ? AND device = ?"
    " AND incarnation = ? AND sequence > ? AND typeof(sequence) = 'integer'"
    " UNION ALL SELECT sequence FROM spent WHERE tenant = ? AND device = ?"
    " AND incarnation = ? AND sequence > ? AND typeof(sequence) = 'integer'"
    " ORDER BY sequence"
)
"""What has arrived behind a sequence, deleted or not."""
_CHAINS = (
    "SELECT incarnation, sequence, highest, marked, said, said_accepted, said_marked,"  # noqa: S608 - constant names
    f" said_at FROM chains x WHERE {sound('chains', 'x')} AND tenant = ?"
    " AND device = ? ORDER BY said_at, incarnation"
)
_THROUGH = (
    f"x.sequence <= CASE WHEN c.said_accepted IS NULL THEN {SEQUENCE} ELSE c.said END"
)
"""Whether a row is among those that its device spoke of."""
_OF_CHAIN = (
    "JOIN chains c ON c.tenant = x.tenant AND c.device = x.device"
    " AND c.incarnation = x.incarnation WHERE x.tenant = ? AND x.device = ?"
)
_RECORDS = (
    f"SELECT x.incarnation, x.purpose, x.retention, {_THROUGH}, count(*),"  # noqa: S608 - constant names
    f" sum(min(x.records, {RECORDS})) FROM {{table}} x {_OF_CHAIN} AND x.kind = ?"
    " AND {sound}"
    " GROUP BY 1, 2, 3, 4"
)
_LEFT = (
    f"SELECT x.incarnation, x.purpose, x.retention, {_THROUGH}, count(*),"  # noqa: S608 - constant names
    f" sum(min(x.records, {RECORDS})) FROM remainders x {_OF_CHAIN}"
    f" AND {sound('remainders', 'x')} GROUP BY 1, 2, 3, 4"
)
_LOSSES = (
    f"SELECT x.incarnation, x.purpose, x.retention, {_THROUGH}, x.kind, x.reason,"  # noqa: S608 - constant names
    f" count(*), sum(min(x.records, {RECORDS})), min(x.since), max(x.until)"
    f" FROM gaps x {_OF_CHAIN} AND {sound('gaps', 'x')}"
    " GROUP BY 1, 2, 3, 4, 5, 6, x.records IS NULL ORDER BY 6, x.records IS NULL"
)
ANNOUNCED = (
    f"SELECT reason, count(*), sum(min(coalesce(records, 0), {RECORDS}))"  # noqa: S608 - constant names
    " FROM gaps WHERE tenant = ? GROUP BY reason ORDER BY reason"
)


def heard(database: sqlite3.Connection, poll: Heard, now: int) -> None:
    """Write down what a device says; what it said of a later state stays.

    A poll that tells no count leaves the last count and the sequence that it is of. A
    device whose former spool speaks again is set aside: there are two of it. A doubt is
    never of a later time than now: a clock that was far ahead would make it last.
    """
    whose = poll.tenant, poll.device
    if not database.execute(HEARD, heard_of(poll, now)).rowcount:
        return
    database.execute(
        "DELETE FROM chains WHERE tenant = ? AND device = ? AND incarnation <> ?"
        " AND highest = 0",
        (*whose, poll.incarnation),
    )
    database.execute(
        "INSERT INTO chains (tenant, device, incarnation, sequence, digest)"
        " VALUES (?, ?, ?, 0, ?) ON CONFLICT DO NOTHING",
        (*whose, poll.incarnation, NO_PREVIOUS),
    )
    place = *whose, poll.incarnation
    if holds_former(poll):
        database.execute(NOTHING_MORE, (now, now, *place))
    if _speaks_again(database, poll):
        quarantine(database, *whose)
    database.execute(
        "UPDATE chains SET said_marked = ?, said_at = ?,"
        " said_first = coalesce(said_first, ?),"
        " doubted = CASE WHEN sequence < ? THEN min(coalesce(doubted, ?), ?) END"
        " WHERE tenant = ? AND device = ? AND incarnation = ?",
        (poll.marked, now, now, poll.marked, now, now, *place),
    )
    database.execute(
        "UPDATE chains SET said = ?, said_accepted = ?"
        " WHERE tenant = ? AND device = ? AND incarnation = ? AND said <= ?"
        " AND (? IS NOT NULL OR said_accepted IS NULL)",
        (poll.sequence, poll.accepted, *place, poll.sequence, poll.accepted),
    )


def _speaks_again(database: sqlite3.Connection, poll: Heard) -> bool:
    """Tell whether a spool speaks that another one of its device had followed.

    One machine never goes back to a spool that it gave up, but a copy or a restored
    snapshot of it does, and no number of a chain shows it. Which spool came first the
    order of rows tells, for the collector's clock may jump. A stated time may be off by
    the skew, and a poll as late as that, hence twice.
    """
    if poll.stated is None:
        return False
    found = database.execute(
        "SELECT 1 FROM chains mine JOIN chains other USING (tenant, device)"
        " WHERE mine.tenant = ? AND mine.device = ? AND mine.incarnation = ?"
        " AND mine.rowid < other.rowid AND mine.said_first IS NOT NULL"
        " AND other.said_first < ? LIMIT 1",
        (
            *(poll.tenant, poll.device, poll.incarnation),
            poll.stated - 2 * CLOCK_SKEW_SECONDS,
        ),
    ).fetchone()
    return found is not None


def chains(database: sqlite3.Connection, tenant: bytes, device: bytes) -> list[Chain]:
    """Return the chains of a device, that which spoke last at the end."""
    rows = database.execute(_CHAINS, (tenant, device)).fetchall()
    found = []
    for row in rows:
        place = tenant, device, row[0]
        missing = tuple(islice(_holes(database, place, row[1]), HOLES))
        found.append(Chain(*(*row, missing, tuple(_lost(database, place)))))
    return found


def accounts(
    database: sqlite3.Connection, tenant: bytes, device: bytes
) -> list[ChainAccount]:
    """Return the chains of a device and what there is of each."""
    classes = Classes()
    data = tenant, device, EnvelopeKind.DATA.value
    for table in ("envelopes", "spent"):
        for row in database.execute(
            _RECORDS.format(table=table, sound=sound(table, "x")), data
        ):
            classes.count(*row, deleted=table == "spent")
    for row in database.execute(_LEFT, data[:2]):
        classes.leave(*row)
    for row in database.execute(_LOSSES, data[:2]):
        classes.announce(*row)
    return [
        ChainAccount(chain, classes.of(chain.incarnation))
        for chain in chains(database, tenant, device)
    ]


def unfillable(database: sqlite3.Connection, before: int) -> list[Hole]:
    """Return the holes below the mark that their device holds, since before then.

    What is missing behind all that has arrived is one as soon as more arrives, or where
    another spool has followed, so that nothing more will.
    """
    found = []
    for *place, end, highest, marked, followed in database.execute(
        "SELECT tenant, device, incarnation, sequence, highest, said_marked, EXISTS"
        " (SELECT 1 FROM chains other WHERE other.tenant = mine.tenant"
        " AND other.device = mine.device AND other.rowid > mine.rowid)"
        " FROM chains mine WHERE doubted <= ? AND said_marked > sequence",
        (before,),
    ).fetchall():
        whose = place[0], place[1], place[2]
        spans = list(islice(_holes(database, whose, end), HOLES))
        if followed and marked > highest:
            spans += without((highest + 1, marked), _lost(database, whose))
        found += [
            Hole(*whose, first, min(last, marked))
            for first, last in spans
            if first <= marked
        ]
    return found


def give_up(database: sqlite3.Connection, hole: Hole, now: int) -> None:
    """Let the end of a chain go on over a hole."""
    place = hole.tenant, hole.device, hole.incarnation
    database.execute(
        "INSERT INTO lost VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        (*place, hole.first, hole.last, now),
    )
    advance(database, place)


def _holes(
    database: sqlite3.Connection, place: tuple[bytes, bytes, bytes], end: int
) -> Iterator[Span]:
    """Return what is missing between the end and the last that has arrived."""
    arrived = database.execute(_HELD, (*place, end, *place, end))
    lost = _lost(database, place)
    return holes((sequence for (sequence,) in arrived), end, lost)


def _lost(
    database: sqlite3.Connection, place: tuple[bytes, bytes, bytes]
) -> Sequence[Span]:
    return database.execute(
        f"SELECT first, last FROM lost x WHERE {sound('lost', 'x')}"  # noqa: S608 - constant names
        " AND tenant = ? AND device = ? AND incarnation = ? ORDER BY first",
        place,
    ).fetchall()
