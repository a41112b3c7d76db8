# SPDX-License-Identifier: Apache-2.0
"""Judging and storing envelopes inside one SQLite transaction.

Rules: a fork quarantines the device at once and nothing more of it is stored, nor of
one that is revoked; one whose key ended before it came leaves its digest alone; what is
over the day's quota is not stored and not refused.
Not here: how an envelope is judged (`judging.py`), the transaction itself
(`sqlite.py`), verifying (`server/gate`).
"""

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
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
_ABOUT = (
    "SELECT d.state, c.sequence, c.digest, c.highest,"
    " EXISTS (SELECT 1 FROM lost WHERE tenant = ? AND device = ? AND incarnation = ?)"
    " FROM (SELECT 1) LEFT JOIN devices d ON d.tenant = ? AND d.device = ?"
    " LEFT JOIN chains c ON c.tenant = ? AND c.device = ? AND c.incarnation = ?"
)
"""A device's state, where a chain ends, and whether anything of it was given up."""
_MOVE = (
    "INSERT INTO chains (tenant, device, incarnation, sequence, digest, highest)"
    " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (tenant, device, incarnation)"
    " DO UPDATE SET sequence = excluded.sequence, digest = excluded.digest,"
    " highest = max(highest, excluded.highest)"
)
_STATES = {state.value: state for state in DeviceState}


@dataclass(frozen=True, slots=True)
class _About:
    """What is known of a chain and its device.

    Attributes:
        state: of the device; None where it is not enrolled.
        end: of the chain, and its name; None where there is no such chain.
        highest: number that has arrived of it.
        lost: whether anything of it was given up.
    """

    state: DeviceState | None
    end: tuple[int, bytes] | None
    highest: int
    lost: bool


class _Known:
    """What the store knows, as `judge` asks for it.

    What is known of a chain is read once: within a transaction only its last part,
    `_advance`, moves an end, and `forget` is told of another state.
    """

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self._chains: dict[Place, _About] = {}
        self._ended: dict[tuple[bytes, bytes], bool] = {}

    def state(self, place: Place) -> DeviceState | None:
        return self.about(place).state

    def forget(self, tenant: bytes, device: bytes) -> None:
        """Read anew what a device is."""
        for place in [key for key in self._chains if key[:2] == (tenant, device)]:
            del self._chains[place]

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
        if not self.about(place).lost:
            return False
        return self._row(query, *place, sequence, sequence) is not None

    def end(self, place: Place) -> tuple[int, bytes] | None:
        return self.about(place).end

    def is_ended(self, tenant: bytes, key_id: bytes) -> bool:
        """Tell whether a key has ended."""
        key = tenant, key_id
        if key not in self._ended:
            self._ended[key] = is_ended(self._database, tenant, key_id)
        return self._ended[key]

    def about(self, place: Place) -> _About:
        """Return what was known of a chain at the begin, and its device's state."""
        if place not in self._chains:
            values = *place, *place[:2], *place
            row = self._database.execute(_ABOUT, values).fetchone()
            state, sequence, digest, highest, lost = row
            end = None if sequence is None else (sequence, digest)
            known = _About(_STATES.get(state), end, highest or 0, bool(lost))
            self._chains[place] = known
        return self._chains[place]

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
    filed: dict[Place, list[StoredEnvelope]] = {}
    for envelope in envelopes:
        verdict = judge(known, envelope)
        if verdict is STORED and not room.takes(envelope):
            verdict = OVER_QUOTA
        if verdict is STORED:
            _insert(database, known, envelope, now)
            place = envelope.tenant, envelope.device, envelope.incarnation
            filed.setdefault(place, []).append(envelope)
        elif verdict is FORKED:
            quarantine(database, envelope.tenant, envelope.device)
            known.forget(envelope.tenant, envelope.device)
        verdicts.append(verdict)
    for place, stored in filed.items():
        _advance(database, known.about(place), place, stored)
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
        known.forget(envelope.tenant, envelope.device)


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
    _advance(database, _Known(database).about(place), place, ())


def _advance(
    database: sqlite3.Connection,
    about: _About,
    place: Place,
    stored: Sequence[StoredEnvelope],
) -> None:
    """Move a chain's end.

    Args:
        database: within a transaction.
        about: the chain, as it was before.
        place: the chain.
        stored: of it, within the transaction.
    """
    since = about.end[0] if about.end else 0
    given_up: dict[int, int] = {}
    if about.lost:
        given_up = dict(
            database.execute(
                "SELECT first, last FROM lost WHERE tenant = ? AND device = ?"
                " AND incarnation = ? AND last > ?",
                (*place, since),
            )
        )
    # where all that had arrived is below the end, only what is new is behind it
    behind: Iterable[tuple[int, bytes, bytes | None]] = (
        database.execute(_BEHIND, (*place, since, *place, since))
        if about.highest > since
        else sorted((one.sequence, one.digest, one.instead) for one in stored)
    )
    end = advanced(about.end, given_up, behind)
    highest = max((one.sequence for one in stored), default=0)
    database.execute(_MOVE, (*place, *end, highest))
