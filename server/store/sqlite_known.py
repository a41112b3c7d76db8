# SPDX-License-Identifier: Apache-2.0
"""What an SQLite store knows of a batch of envelopes, read in a few statements.

Rules: one statement for each question, whatever the batch.
Not here: what comes of it (`judging.py`), writing (`sqlite_put.py`), statements of many
rows (`sqlite_rows.py`).
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence

from server.store.interface import DeviceState, StoredEnvelope
from server.store.judging import Held, Place
from server.store.known import Known, Whose, place_of
from server.store.sqlite_rows import asked
from wire.envelope import NO_PREVIOUS
from wire.limits import SEQUENCE

_ABOUT = (
    "SELECT a.column1, a.column2, a.column3, d.state, c.sequence, c.digest, c.highest,"
    " EXISTS (SELECT 1 FROM lost l WHERE l.tenant = a.column1"
    " AND l.device = a.column2 AND l.incarnation = a.column3), u.octets FROM a"
    " LEFT JOIN devices d ON d.tenant = a.column1 AND d.device = a.column2"
    " LEFT JOIN chains c ON c.tenant = a.column1 AND c.device = a.column2"
    " AND c.incarnation = a.column3"
    " LEFT JOIN usage u ON u.tenant = a.column1 AND u.day = a.column4"
    " AND u.device = a.column2"
)
"""A device's state, where a chain ends, whether anything of it was given up, and what
the device has used of a day."""
_STANDS = (
    "SELECT a.column1, a.column2, a.column3, x.sequence, x.digest, {previous},"
    " g.instead FROM a CROSS JOIN {table} x ON x.tenant = a.column1"
    " AND x.device = a.column2 AND x.incarnation = a.column3"
    " AND x.sequence BETWEEN a.column4 AND a.column5"
    " LEFT JOIN gaps g ON x.kind <> 0 AND g.tenant = x.tenant AND g.device = x.device"
    " AND g.incarnation = x.incarnation AND g.sequence = x.sequence"
)
_NEAR = (
    _STANDS.format(table="envelopes", previous="x.previous"),
    _STANDS.format(table="spent", previous="NULL"),
)
"""What stands, and what stood, at some stretches of chains."""
_FOLLOWED = (
    "SELECT a.column1, a.column2, a.column3 FROM a WHERE EXISTS (SELECT 1"
    " FROM envelopes x WHERE x.tenant = a.column1 AND x.device = a.column2"
    " AND x.previous = a.column3)"
)
_KEYS = (
    "SELECT a.column1, a.column2 FROM a CROSS JOIN ended e"
    " ON e.tenant = a.column1 AND e.key_id = a.column2"
)
_LOST = (
    "SELECT l.first, l.last FROM lost l"
    " WHERE l.tenant = ? AND l.device = ? AND l.incarnation = ?"
)
_STATES = {state.value: state for state in DeviceState}


def known_of(
    database: sqlite3.Connection, envelopes: Sequence[StoredEnvelope], day: int
) -> tuple[Known, dict[Whose, int]]:
    """Return what is known of a batch, and what its devices have used of a day.

    Args:
        database: within a transaction.
        envelopes: the batch.
        day: since the epoch.
    """
    sequences: dict[Place, set[int]] = {}
    for one in envelopes:
        sequences.setdefault(place_of(one), set()).add(one.sequence)
    known, used = about(database, sequences, day)
    stretches = [
        (*place, *stretch)
        for place, numbers in sequences.items()
        for stretch in _stretches(sorted(numbers))
    ]
    for query in _NEAR:
        for *place, sequence, digest, previous, instead in asked(
            database, query, stretches
        ):
            held = Held(digest, previous, instead)
            known.stands((place[0], place[1], place[2]), sequence, held)
    before = {(one.tenant, one.device, one.previous) for one in envelopes}
    before = {one for one in before if one[2] != NO_PREVIOUS}
    for tenant, device, previous in asked(database, _FOLLOWED, before):
        known.follows(tenant, device, previous)
    keys = {(one.tenant, one.key_id) for one in envelopes}
    known.ended.update(asked(database, _KEYS, keys))
    return known, used


def about(
    database: sqlite3.Connection, places: Iterable[Place], day: int = 0
) -> tuple[Known, dict[Whose, int]]:
    """Return what is known of chains, and what their devices have used of a day."""
    known = Known(places)
    used: dict[Whose, int] = {}
    rows = [(*place, day) for place in known.lost]
    for tenant, device, incarnation, state, *found in asked(database, _ABOUT, rows):
        sequence, digest, highest, lost, octets = found
        place = tenant, device, incarnation
        if state in _STATES:
            known.states[place[:2]] = _STATES[state]
        if sequence is not None:
            known.ends[place] = sequence, digest, highest
        if lost:
            known.lost[place].update(database.execute(_LOST, place))
        if octets is not None:
            used[place[:2]] = octets
    return known, used


def _stretches(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield stretches of numbers and of those beside them; numbers are in order."""
    first = last = numbers[0]
    for number in numbers[1:]:
        if number > last + 2:
            yield first - 1, last + 1
            first = number
        last = number
    yield first - 1, min(last + 1, SEQUENCE)
