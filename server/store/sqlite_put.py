# SPDX-License-Identifier: Apache-2.0
"""Judging and storing envelopes inside one SQLite transaction.

Rules: two contents for one place of a chain are a fork, and so are neighbours that do
not name each other; a fork quarantines the device at once and nothing more of it is
stored, nor of one that is revoked; a chain's end moves only over a sequence without a
hole.
Not here: the transaction itself (`sqlite.py`), verifying (`server/gate`).
"""

import sqlite3
from collections.abc import Sequence

from server.store.interface import DeviceState, StoredEnvelope, Verdict
from wire.envelope import NO_PREVIOUS, EnvelopeKind
from wire.limits import SEQUENCE
from wire.messages import Fate

FORKED = "forked"
_STORED = Verdict(Fate.STORED, "")
_DUPLICATE = Verdict(Fate.DUPLICATE, "")
_FORKED = Verdict(Fate.REFUSED, FORKED)
_UNHEARD = {
    DeviceState.QUARANTINED.value: _FORKED,
    DeviceState.REVOKED.value: Verdict(Fate.REFUSED, "revoked"),
}

Place = tuple[bytes, bytes, bytes]
"""Tenant, device and incarnation."""


def put(
    database: sqlite3.Connection, envelopes: Sequence[StoredEnvelope], now: int
) -> list[Verdict]:
    """Store envelopes within the caller's transaction; one verdict each, in order."""
    verdicts = []
    touched: dict[Place, None] = {}
    for envelope in envelopes:
        verdict = _judge(database, envelope)
        if verdict is _STORED:
            _insert(database, envelope, now)
            touched[envelope.tenant, envelope.device, envelope.incarnation] = None
        elif verdict is _FORKED:
            _set_state(database, envelope, DeviceState.QUARANTINED)
        verdicts.append(verdict)
    for place in touched:
        _advance(database, place)
    return verdicts


def _judge(database: sqlite3.Connection, envelope: StoredEnvelope) -> Verdict:
    place = envelope.tenant, envelope.device, envelope.incarnation
    state = database.execute(
        "SELECT state FROM devices WHERE tenant = ? AND device = ?", place[:2]
    ).fetchone()
    # revoked since the gate looked: what waited for a commit is not taken either
    unheard = _UNHEARD.get(state[0]) if state is not None else None
    if unheard is not None:
        return unheard
    near = {
        sequence: (digest, previous)
        for sequence, digest, previous in database.execute(
            "SELECT sequence, digest, previous FROM envelopes WHERE tenant = ?"
            " AND device = ? AND incarnation = ? AND sequence BETWEEN ? AND ?",
            (*place, envelope.sequence - 1, min(envelope.sequence + 1, SEQUENCE)),
        )
    }
    same = near.get(envelope.sequence)
    if same is not None:
        return _DUPLICATE if same[0] == envelope.digest else _FORKED
    below, above = near.get(envelope.sequence - 1), near.get(envelope.sequence + 1)
    if below is not None and below[0] != envelope.previous:
        return _FORKED
    if above is not None and above[1] != envelope.digest:
        return _FORKED
    if _shared_previous(database, envelope):
        return _FORKED
    return _at_end(database, place, envelope)


def _shared_previous(database: sqlite3.Connection, envelope: StoredEnvelope) -> bool:
    """Tell whether another envelope of the device follows the same one."""
    if envelope.previous == NO_PREVIOUS:
        return False
    row = database.execute(
        "SELECT 1 FROM envelopes WHERE tenant = ? AND device = ? AND previous = ?",
        (envelope.tenant, envelope.device, envelope.previous),
    ).fetchone()
    return row is not None


def _at_end(
    database: sqlite3.Connection, place: Place, envelope: StoredEnvelope
) -> Verdict:
    """Compare with the chain's end, which outlives what retention deletes."""
    row = database.execute(
        "SELECT sequence, digest FROM chains WHERE tenant = ? AND device = ?"
        " AND incarnation = ?",
        place,
    ).fetchone()
    if row is None:
        return _STORED
    sequence, digest = row
    if envelope.sequence < sequence:
        return _DUPLICATE
    if envelope.sequence == sequence:
        return _DUPLICATE if digest == envelope.digest else _FORKED
    if envelope.sequence == sequence + 1 and envelope.previous != digest:
        return _FORKED
    return _STORED


def _insert(database: sqlite3.Connection, envelope: StoredEnvelope, now: int) -> None:
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
    if envelope.kind == EnvelopeKind.FAREWELL.value:
        _set_state(database, envelope, DeviceState.GONE)


def _set_state(
    database: sqlite3.Connection, envelope: StoredEnvelope, state: DeviceState
) -> None:
    """Change the state of an envelope's device; a revoked one stays revoked."""
    database.execute(
        "UPDATE devices SET state = ? WHERE tenant = ? AND device = ? AND state <> ?",
        (state.value, envelope.tenant, envelope.device, DeviceState.REVOKED.value),
    )


def _advance(database: sqlite3.Connection, place: Place) -> None:
    """Move a chain's end over all that has arrived without a hole."""
    row = database.execute(
        "SELECT sequence, digest FROM chains WHERE tenant = ? AND device = ?"
        " AND incarnation = ?",
        place,
    ).fetchone()
    end, digest = row or (0, NO_PREVIOUS)
    for sequence, found in database.execute(
        "SELECT sequence, digest FROM envelopes WHERE tenant = ? AND device = ?"
        " AND incarnation = ? AND sequence > ? ORDER BY sequence",
        (*place, end),
    ):
        if sequence != end + 1:
            break
        end, digest = sequence, found
    database.execute(
        "INSERT INTO chains (tenant, device, incarnation, sequence, digest)"
        " VALUES (?, ?, ?, ?, ?) ON CONFLICT (tenant, device, incarnation)"
        " DO UPDATE SET sequence = excluded.sequence, digest = excluded.digest",
        (*place, end, digest),
    )
