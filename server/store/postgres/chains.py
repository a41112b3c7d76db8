# SPDX-License-Identifier: Apache-2.0
"""What a PostgreSQL store knows of chains: their holes, what devices say, what adds up.

Rules: as `../sqlite_chains.py` has them: a device's word moves no end of a chain and
deletes nothing; at most one chain of a device is known by its word alone; a hole is
given up only where its device says that it holds a mark beyond it, or has sent all that
it holds of that spool, and speaks of another.
Not here: storing envelopes (`put.py`).
"""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from psycopg import Connection

from server.store.bounds import HOLES, RECORDS
from server.store.chains import Chain, ChainAccount, Heard, Hole, Span
from server.store.device_rows import HEARD, NOTHING_MORE, heard_of, holds_former
from server.store.judging import Place, advanced
from server.store.postgres.known import lock_devices
from server.store.postgres.orders import say
from server.store.postgres.put import QUARANTINE, behind_of
from server.store.summing import Classes, holes, without
from wire.envelope import NO_PREVIOUS, EnvelopeKind
from wire.limits import CLOCK_SKEW_SECONDS, SEQUENCE

UNMARKED = (
    "SELECT tenant, device, incarnation, sequence, digest FROM chains"
    " WHERE sequence > marked ORDER BY number"
)
_FORGET_WORDS = (
    "DELETE FROM chains WHERE tenant = %b AND device = %b AND incarnation <> %b"
    " AND highest = 0"
)
_NAME = (
    "INSERT INTO chains (tenant, device, incarnation, sequence, digest)"
    " SELECT tenant, device, %b, 0, %b FROM devices WHERE tenant = %b AND device = %b"
    " ON CONFLICT DO NOTHING"
)
_AGAIN = (
    " AND EXISTS (SELECT 1 FROM chains mine JOIN chains other USING (tenant, device)"
    " WHERE mine.tenant = %b AND mine.device = %b AND mine.incarnation = %b"
    " AND mine.number < other.number AND mine.said_first IS NOT NULL"
    " AND other.said_first < %b)"
)
"""A spool speaks that another one of its device had followed: there are two of it."""
_SPEAKS_AGAIN = QUARANTINE.replace(" RETURNING", f"{_AGAIN} RETURNING", 1)
_SAID_NOW = (
    "UPDATE chains SET said_marked = %b, said_at = %b,"
    " said_first = coalesce(said_first, %b),"
    " doubted = CASE WHEN sequence < %b THEN least(coalesce(doubted, %b), %b) END"
    " WHERE tenant = %b AND device = %b AND incarnation = %b"
)
_SAID = (
    "UPDATE chains SET said = %b, said_accepted = %b"
    " WHERE tenant = %b AND device = %b AND incarnation = %b AND said <= %b"
    " AND (%b::bigint IS NOT NULL OR said_accepted IS NULL)"
)
_HELD = (
    "SELECT sequence FROM places WHERE tenant = %b AND device = %b"
    " AND incarnation = %b AND sequence > %b ORDER BY sequence LIMIT %b"
)
"""What has arrived behind a sequence, deleted or not."""
_HELD_ROWS = 1_000
_CHAINS = (
    "SELECT incarnation, sequence, highest, marked, said, said_accepted, said_marked,"
    " said_at FROM chains WHERE tenant = %b AND device = %b"
    " ORDER BY said_at, incarnation"
)
_THROUGH = (
    f"x.sequence <= CASE WHEN c.said_accepted IS NULL THEN {SEQUENCE} ELSE c.said END"
)
"""Whether a row is among those that its device spoke of."""
_OF_CHAIN = (
    "JOIN chains c USING (tenant, device, incarnation)"
    " WHERE x.tenant = %b AND x.device = %b"
)
_RECORDS = (
    f"sum(CASE WHEN x.records > {RECORDS} THEN {RECORDS} ELSE x.records END)::bigint"
)
"""`least` would take what is not known for very much."""
_DATA = (
    f"SELECT x.incarnation, x.purpose, x.retention, {_THROUGH}, x.spent, count(*),"  # noqa: S608 - constant names
    f" {_RECORDS} FROM places x {_OF_CHAIN} AND x.kind = {EnvelopeKind.DATA.value}"
    " GROUP BY 1, 2, 3, 4, 5"
)
_LEFT = (
    f"SELECT x.incarnation, x.purpose, x.retention, {_THROUGH}, count(*), {_RECORDS}"  # noqa: S608 - constant names
    f" FROM remainders x {_OF_CHAIN} GROUP BY 1, 2, 3, 4"
)
_LOSSES = (
    f"SELECT x.incarnation, x.purpose, x.retention, {_THROUGH}, x.kind, x.reason,"  # noqa: S608 - constant names
    f" count(*), {_RECORDS}, min(x.since), max(x.until)"
    f" FROM gaps x {_OF_CHAIN}"
    " GROUP BY 1, 2, 3, 4, 5, 6, x.records IS NULL ORDER BY 6, x.records IS NULL"
)
ANNOUNCED = (
    f"SELECT reason, count(*), sum(least(coalesce(records, 0), {RECORDS}))::bigint"  # noqa: S608 - constant names
    " FROM gaps WHERE tenant = %b GROUP BY reason ORDER BY reason"
)
_UNFILLABLE = (
    "SELECT tenant, device, incarnation, sequence, highest, said_marked, EXISTS"
    " (SELECT 1 FROM chains other WHERE other.tenant = mine.tenant"
    " AND other.device = mine.device AND other.number > mine.number)"
    " FROM chains mine WHERE doubted <= %b AND said_marked > sequence ORDER BY number"
)
_LOST = (
    "SELECT first, last FROM lost WHERE tenant = %b AND device = %b"
    " AND incarnation = %b ORDER BY first"
)
_GIVE_UP = "INSERT INTO lost VALUES (%b, %b, %b, %b, %b, %b) ON CONFLICT DO NOTHING"
_END = (
    "SELECT sequence, digest FROM chains WHERE tenant = %b AND device = %b"
    " AND incarnation = %b FOR NO KEY UPDATE"
)
_MOVE = (
    "UPDATE chains SET sequence = %b, digest = %b WHERE tenant = %b AND device = %b"
    " AND incarnation = %b"
)


def heard(connection: Connection[Any], polls: Sequence[Heard], now: int) -> None:
    """Write down what devices say; what one said of a later state stays.

    Nothing is waited for in between, so it is one round trip however many polled.
    """
    with connection.pipeline():
        lock_devices(connection, ((one.tenant, one.device) for one in polls))
        for poll in polls:
            _heard(connection, poll, now)


def _heard(connection: Connection[Any], poll: Heard, now: int) -> None:
    whose = poll.tenant, poll.device
    place = *whose, poll.incarnation
    connection.execute(HEARD, heard_of(poll, now))
    connection.execute(_FORGET_WORDS, place)
    connection.execute(_NAME, (poll.incarnation, NO_PREVIOUS, *whose))
    if holds_former(poll):
        connection.execute(NOTHING_MORE, (now, now, *place))
    if poll.stated is not None:
        before = poll.stated - 2 * CLOCK_SKEW_SECONDS
        connection.execute(_SPEAKS_AGAIN, (*whose, *place, before))
    marked = poll.marked, now, now, poll.marked, now, now
    connection.execute(_SAID_NOW, (*marked, *place))
    word = poll.sequence, poll.accepted
    connection.execute(_SAID, (*word, *place, *word))
    say(connection, whose, poll.doing, now)


def chains(connection: Connection[Any], tenant: bytes, device: bytes) -> list[Chain]:
    """Return the chains of a device, that which spoke last at the end."""
    found = []
    for row in connection.execute(_CHAINS, (tenant, device), binary=True).fetchall():
        place = tenant, device, row[0]
        lost = _lost(connection, place)
        arrived = _arrived(connection, place, row[1])
        missing = tuple(islice(holes(arrived, row[1], lost), HOLES))
        found.append(Chain(*(*row, missing, tuple(lost))))
    return found


def accounts(
    connection: Connection[Any], tenant: bytes, device: bytes
) -> list[ChainAccount]:
    """Return the chains of a device and what there is of each."""
    classes = Classes()
    whose = tenant, device
    for row in connection.execute(_DATA, whose, binary=True):
        incarnation, purpose, retention, within, spent, *sums = row
        filed = incarnation, purpose, retention, within
        classes.count(*filed, *sums, deleted=spent)
    for row in connection.execute(_LEFT, whose, binary=True):
        classes.leave(*row)
    for row in connection.execute(_LOSSES, whose, binary=True):
        classes.announce(*row)
    return [
        ChainAccount(chain, classes.of(chain.incarnation))
        for chain in chains(connection, tenant, device)
    ]


def unfillable(connection: Connection[Any], before: int) -> list[Hole]:
    """Return the holes below the mark that their device holds, since before then."""
    found = []
    for row in connection.execute(_UNFILLABLE, (before,), binary=True).fetchall():
        *place, end, highest, marked, followed = row
        whose = place[0], place[1], place[2]
        lost = _lost(connection, whose)
        spans = list(islice(holes(_arrived(connection, whose, end), end, lost), HOLES))
        if followed and marked > highest:
            spans += without((highest + 1, marked), lost)
        found += [
            Hole(*whose, first, min(last, marked))
            for first, last in spans
            if first <= marked
        ]
    return found


def give_up(connection: Connection[Any], hole: Hole, now: int) -> None:
    """Let the end of a chain go on over a hole."""
    place = hole.tenant, hole.device, hole.incarnation
    lock_devices(connection, [place[:2]])
    connection.execute(_GIVE_UP, (*place, hole.first, hole.last, now))
    end = connection.execute(_END, place, binary=True).fetchone()
    if end is not None:
        given_up = dict(_lost(connection, place))
        moved = advanced(end, given_up, behind_of(connection, place, end[0]))
        connection.execute(_MOVE, (*moved, *place))


def _arrived(connection: Connection[Any], place: Place, end: int) -> Iterator[int]:
    """Yield what has arrived behind a sequence, as much as is asked for."""
    while True:
        values = *place, end, _HELD_ROWS
        rows = connection.execute(_HELD, values, binary=True).fetchall()
        yield from (sequence for (sequence,) in rows)
        if len(rows) < _HELD_ROWS:
            return
        end = rows[-1][0]


def _lost(connection: Connection[Any], place: Place) -> Sequence[Span]:
    return connection.execute(_LOST, place, binary=True).fetchall()
