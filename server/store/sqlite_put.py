# SPDX-License-Identifier: Apache-2.0
"""Judging and storing envelopes inside one SQLite transaction.

Rules: a fork quarantines the device at once and nothing more of it is stored, nor of
one that is revoked; one whose key ended before it came leaves its digest alone; what is
over the day's quota is not stored and not refused.
Not here: how an envelope is judged (`judging.py`), the transaction itself
(`sqlite.py`), verifying (`server/gate`).
"""

import sqlite3
from collections.abc import Sequence
from functools import partial
from typing import Any

from server.store import sqlite_usage
from server.store.interface import DeviceState, Quotas, StoredEnvelope, Verdict
from server.store.judging import (
    FORKED,
    OVER_QUOTA,
    STORED,
    Held,
    Place,
    advanced,
    judge,
)
from server.store.room import Room
from server.store.sqlite_accounts import announce
from server.store.sqlite_ended import is_ended
from wire.envelope import EnvelopeKind
from wire.limits import SEQUENCE

_INSTEAD = (
    "LEFT JOIN gaps g ON x.kind <> 0 AND g.tenant = x.tenant AND g.device = x.device"
    " AND g.incarnation = x.incarnation AND g.sequence = x.sequence"
    " WHERE x.tenant = ? AND x.device = ? AND x.incarnation = ?"
)
_NEAR = (
    "SELECT x.sequence, x.digest, x.previous, g.instead"  # noqa: S608 - constant names
    f" FROM envelopes x {_INSTEAD} AND x.sequence BETWEEN ? AND ?"
    " UNION ALL SELECT x.sequence, x.digest, NULL, g.instead"
    f" FROM spent x {_INSTEAD} AND x.sequence BETWEEN ? AND ?"
)
"""What stands, or stood, at some places of a chain."""
_BEHIND = (
    "SELECT x.sequence, x.digest, g.instead"  # noqa: S608 - constant names
    f" FROM envelopes x {_INSTEAD} AND x.sequence > ?"
    " UNION ALL SELECT x.sequence, x.digest, g.instead"
    f" FROM spent x {_INSTEAD} AND x.sequence > ? ORDER BY 1"
)
"""What stands, or stood, behind a place of a chain, in order."""
_CHAIN = (
    "SELECT c.sequence, c.digest, EXISTS (SELECT 1 FROM lost WHERE tenant = ?"
    " AND device = ? AND incarnation = ?) FROM (SELECT 1) LEFT JOIN chains c"
    " ON c.tenant = ? AND c.device = ? AND c.incarnation = ?"
)
"""A chain's end, and whether anything of it was given up."""
_MOVE = (
    "INSERT INTO chains (tenant, device, incarnation, sequence, digest, highest)"
    " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (tenant, device, incarnation)"
    " DO UPDATE SET sequence = excluded.sequence, digest = excluded.digest,"
    " highest = max(highest, excluded.highest)"
)
_STATES = {state.value: state for state in DeviceState}


class _Known:
    """What the store knows, as `judge` asks for it.

    A chain's end and which keys have ended are read once: within a transaction only
    its last part, `advance`, moves the one, and nothing the other.
    """

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self._ends: dict[Place, tuple[tuple[int, bytes] | None, bool]] = {}
        self._ended: dict[tuple[bytes, bytes], bool] = {}

    def state(self, tenant: bytes, device: bytes) -> DeviceState | None:
        row = self._row(
            "SELECT state FROM devices WHERE tenant = ? AND device = ?", tenant, device
        )
        return None if row is None else _STATES.get(row[0])

    def near(self, place: Place, sequence: int) -> dict[int, Held]:
        first, last = sequence - 1, min(sequence + 1, SEQUENCE)
        rows = self._database.execute(_NEAR, (*place, first, last, *place, first, last))
        return {at: Held(*held) for at, *held in rows}

    def followed(self, envelope: StoredEnvelope) -> bool:
        query = (
            "SELECT 1 FROM envelopes WHERE tenant = ? AND device = ? AND previous = ?"
        )
        whose = envelope.tenant, envelope.device
        return self._row(query, *whose, envelope.previous) is not None

    def given_up(self, place: Place, sequence: int) -> bool:
        query = (
            "SELECT 1 FROM lost WHERE tenant = ? AND device = ? AND incarnation = ?"
            " AND first <= ? AND last >= ?"
        )
        if not self.has_lost(place):
            return False
        return self._row(query, *place, sequence, sequence) is not None

    def end(self, place: Place) -> tuple[int, bytes] | None:
        return self._chain(place)[0]

    def has_lost(self, place: Place) -> bool:
        """Tell whether anything of a chain was given up."""
        return self._chain(place)[1]

    def is_ended(self, tenant: bytes, key_id: bytes) -> bool:
        """Tell whether a key has ended."""
        key = tenant, key_id
        if key not in self._ended:
            self._ended[key] = is_ended(self._database, tenant, key_id)
        return self._ended[key]

    def _chain(self, place: Place) -> tuple[tuple[int, bytes] | None, bool]:
        if place not in self._ends:
            sequence, digest, lost = self._row(_CHAIN, *place, *place) or (None, b"", 0)
            end = None if sequence is None else (sequence, digest)
            self._ends[place] = end, bool(lost)
        return self._ends[place]

    def _row(self, query: str, *values: bytes | int) -> tuple[Any, ...] | None:
        row: tuple[Any, ...] | None = self._database.execute(query, values).fetchone()
        return row


def put(
    database: sqlite3.Connection,
    envelopes: Sequence[StoredEnvelope],
    now: int,
    quotas: Quotas,
) -> list[Verdict]:
    """Store envelopes within the caller's transaction; one verdict each, in order."""
    verdicts = []
    known = _Known(database)
    room = Room(partial(sqlite_usage.used, database), quotas, now)
    highest: dict[Place, int] = {}
    for envelope in envelopes:
        verdict = judge(known, envelope)
        if verdict is STORED and not room.takes(envelope):
            verdict = OVER_QUOTA
        if verdict is STORED:
            _insert(database, known, envelope, now)
            place = envelope.tenant, envelope.device, envelope.incarnation
            highest[place] = max(highest.get(place, 0), envelope.sequence)
        elif verdict is FORKED:
            quarantine(database, envelope.tenant, envelope.device)
        verdicts.append(verdict)
    for place, sequence in highest.items():
        _advance(database, known, place, sequence)
    sqlite_usage.keep(database, room)
    return verdicts


def _insert(
    database: sqlite3.Connection, known: _Known, envelope: StoredEnvelope, now: int
) -> None:
    """Store an envelope; of what came after its key ended no octet is kept."""
    if known.is_ended(envelope.tenant, envelope.key_id):
        _spend(database, envelope)
    else:
        _keep(database, envelope, now)
    if envelope.gap is not None:
        announce(
            database,
            (envelope.tenant, envelope.device, envelope.incarnation, envelope.sequence),
            (envelope.kind, envelope.purpose, envelope.retention),
            envelope.instead,
            envelope.gap,
        )
    if envelope.kind == EnvelopeKind.FAREWELL.value:
        _set_state(database, envelope.tenant, envelope.device, DeviceState.GONE)


def _keep(database: sqlite3.Connection, envelope: StoredEnvelope, now: int) -> None:
    database.execute(
        "INSERT INTO envelopes VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
        (
            envelope.tenant,
            envelope.device,
            envelope.incarnation,
            envelope.sequence,
            envelope.previous,
            envelope.digest,
            envelope.kind,
            envelope.purpose,
            envelope.retention,
            envelope.key_id,
            envelope.bucket,
            envelope.created,
            envelope.records,
            envelope.octets,
            now,
        ),
    )


def _spend(database: sqlite3.Connection, envelope: StoredEnvelope) -> None:
    """Keep what a deleted envelope leaves, and nothing of the envelope."""
    database.execute(
        "INSERT INTO spent VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            envelope.tenant,
            envelope.device,
            envelope.incarnation,
            envelope.sequence,
            envelope.digest,
            envelope.kind,
            envelope.purpose,
            envelope.retention,
            envelope.records,
        ),
    )


def quarantine(database: sqlite3.Connection, tenant: bytes, device: bytes) -> None:
    """Take no more of a device of which there seem to be two.

    One that has said farewell gives nothing any more as it is, and stays gone, so that
    what is known of it ends.
    """
    database.execute(
        "UPDATE devices SET state = ? WHERE tenant = ? AND device = ?"
        " AND state NOT IN (?, ?)",
        (
            DeviceState.QUARANTINED.value,
            *(tenant, device),
            *(DeviceState.REVOKED.value, DeviceState.GONE.value),
        ),
    )


def _set_state(
    database: sqlite3.Connection, tenant: bytes, device: bytes, state: DeviceState
) -> None:
    """Change the state of a device; a revoked one stays revoked."""
    database.execute(
        "UPDATE devices SET state = ? WHERE tenant = ? AND device = ? AND state <> ?",
        (state.value, tenant, device, DeviceState.REVOKED.value),
    )


def advance(database: sqlite3.Connection, place: Place) -> None:
    """Move a chain's end over all that has arrived without a hole, or was given up."""
    _advance(database, _Known(database), place, 0)


def _advance(
    database: sqlite3.Connection, known: _Known, place: Place, highest: int
) -> None:
    """Move a chain's end.

    Args:
        database: within a transaction.
        known: what that knew at its begin.
        place: the chain.
        highest: number that was just stored of it; 0 for none.
    """
    end = known.end(place)
    since = end[0] if end else 0
    given_up = {}
    if known.has_lost(place):
        given_up = dict(
            database.execute(
                "SELECT first, last FROM lost WHERE tenant = ? AND device = ?"
                " AND incarnation = ? AND last > ?",
                (*place, since),
            )
        )
    behind = database.execute(_BEHIND, (*place, since, *place, since))
    database.execute(_MOVE, (*place, *advanced(end, given_up, behind), highest))
