# SPDX-License-Identifier: Apache-2.0
"""Judging and storing envelopes inside one SQLite transaction.

Rules: two contents for one place of a chain are a fork, and so are neighbours that do
not name each other; a fork quarantines the device at once and nothing more of it is
stored, nor of one that is revoked; an envelope and the void that stands for it are
one content; a deleted one, or one whose key ended before it came, is compared by the
digest that it left; a chain's end moves only over a sequence without a hole, but for
what was given up; what is over the day's quota is not stored and not refused.
Not here: the transaction itself (`sqlite.py`), verifying (`server/gate`).
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from server.store.interface import (
    DeviceState,
    Quotas,
    StoredEnvelope,
    Verdict,
)
from server.store.sqlite_accounts import announce
from server.store.sqlite_ended import is_ended
from server.store.sqlite_usage import Room
from wire.envelope import NO_PREVIOUS, EnvelopeKind, named
from wire.limits import SEQUENCE
from wire.messages import Fate

FORKED = "forked"
_STORED = Verdict(Fate.STORED, "")
_DUPLICATE = Verdict(Fate.DUPLICATE, "")
_FORKED = Verdict(Fate.REFUSED, FORKED)
_OVER_QUOTA = Verdict(Fate.RETRY, "over-quota")
_UNHEARD = {
    DeviceState.QUARANTINED.value: _FORKED,
    DeviceState.REVOKED.value: Verdict(Fate.REFUSED, "revoked"),
}
_GONE = Verdict(Fate.REFUSED, "gone")
"""After a farewell nothing new comes: whoever sends it holds a copy of the keys."""
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

Place = tuple[bytes, bytes, bytes]
"""Tenant, device and incarnation."""


@dataclass(frozen=True, slots=True)
class _Held:
    """What stands, or stood, at a place.

    Attributes:
        digest: its own.
        previous: of the one before it; None of what was deleted.
        instead: of a void.
    """

    digest: bytes
    previous: bytes | None
    instead: bytes | None

    @property
    def names(self) -> bytes | None:
        """Return the digest that stands for its place; None: unknown."""
        return named(self.digest, self.instead)


def put(
    database: sqlite3.Connection,
    envelopes: Sequence[StoredEnvelope],
    now: int,
    quotas: Quotas,
) -> list[Verdict]:
    """Store envelopes within the caller's transaction; one verdict each, in order."""
    verdicts = []
    room = Room(database, quotas, now)
    highest: dict[Place, int] = {}
    for envelope in envelopes:
        verdict = _judge(database, envelope)
        if verdict is _STORED and not room.takes(envelope):
            verdict = _OVER_QUOTA
        if verdict is _STORED:
            _insert(database, envelope, now)
            place = envelope.tenant, envelope.device, envelope.incarnation
            highest[place] = max(highest.get(place, 0), envelope.sequence)
        elif verdict is _FORKED:
            quarantine(database, envelope.tenant, envelope.device)
        verdicts.append(verdict)
    for place, sequence in highest.items():
        advance(database, place)
        database.execute(
            "UPDATE chains SET highest = max(highest, ?) WHERE tenant = ?"
            " AND device = ? AND incarnation = ?",
            (sequence, *place),
        )
    room.keep()
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
    verdict = _placed(database, envelope, place)
    gone = state is not None and state[0] == DeviceState.GONE.value
    return _GONE if gone and verdict is _STORED else verdict


def _placed(
    database: sqlite3.Connection, envelope: StoredEnvelope, place: Place
) -> Verdict:
    """Compare with what stands, or stood, at its place of the chain and beside it."""
    first, last = envelope.sequence - 1, min(envelope.sequence + 1, SEQUENCE)
    near = {
        sequence: _Held(*held)
        for sequence, *held in database.execute(
            _NEAR, (*place, first, last, *place, first, last)
        )
    }
    same = near.get(envelope.sequence)
    if same is not None:
        return _DUPLICATE if _agree(same, envelope) else _FORKED
    below, above = near.get(first), near.get(envelope.sequence + 1)
    if not _joins(envelope, below, above) or _shared_previous(database, envelope):
        return _FORKED
    if _given_up(database, place, envelope.sequence):
        return _DUPLICATE
    return _at_end(database, place, envelope, joined=below is not None)


def _joins(envelope: StoredEnvelope, below: _Held | None, above: _Held | None) -> bool:
    """Tell whether an envelope and those beside it name each other, where known."""
    if below is not None and below.names not in (None, envelope.previous):
        return False
    return (
        above is None
        or None in (above.previous, envelope.names)
        or above.previous == envelope.names
    )


def _agree(held: _Held, envelope: StoredEnvelope) -> bool:
    """Tell whether two contents of one place are one: the same, or one's void."""
    if held.digest == envelope.digest:
        return True
    if held.instead is None and envelope.instead is None:
        return False
    return None in (held.names, envelope.names) or held.names == envelope.names


def _given_up(database: sqlite3.Connection, place: Place, sequence: int) -> bool:
    row = database.execute(
        "SELECT 1 FROM lost WHERE tenant = ? AND device = ? AND incarnation = ?"
        " AND first <= ? AND last >= ?",
        (*place, sequence, sequence),
    ).fetchone()
    return row is not None


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
    database: sqlite3.Connection,
    place: Place,
    envelope: StoredEnvelope,
    *,
    joined: bool,
) -> Verdict:
    """Compare with the chain's end, which outlives what an older release deleted.

    Args:
        database: within the caller's transaction.
        place: of the chain.
        envelope: whose own place is empty.
        joined: whether the one before it is known, and it follows that.
    """
    row = database.execute(
        "SELECT sequence, digest FROM chains WHERE tenant = ? AND device = ?"
        " AND incarnation = ?",
        place,
    ).fetchone()
    if row is None:
        return _STORED
    sequence, name = row
    if envelope.sequence < sequence:
        return _DUPLICATE
    if envelope.sequence == sequence:
        return _DUPLICATE if envelope.names in (None, name) else _FORKED
    if not joined and envelope.sequence == sequence + 1 and envelope.previous != name:
        return _FORKED
    return _STORED


def _insert(database: sqlite3.Connection, envelope: StoredEnvelope, now: int) -> None:
    """Store an envelope; of what came after its key ended no octet is kept."""
    if is_ended(database, envelope.tenant, envelope.key_id):
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
    row = database.execute(
        "SELECT sequence, digest FROM chains WHERE tenant = ? AND device = ?"
        " AND incarnation = ?",
        place,
    ).fetchone()
    end, name = row or (0, NO_PREVIOUS)
    given_up = dict(
        database.execute(
            "SELECT first, last FROM lost WHERE tenant = ? AND device = ?"
            " AND incarnation = ? AND last > ?",
            (*place, end),
        )
    )
    for sequence, digest, instead in database.execute(
        _BEHIND, (*place, end, *place, end)
    ):
        expected = end + 1
        while expected in given_up:
            expected = given_up[expected] + 1
        if sequence != expected:
            break
        end, name = sequence, named(digest, instead) or digest
    database.execute(
        "INSERT INTO chains (tenant, device, incarnation, sequence, digest)"
        " VALUES (?, ?, ?, ?, ?) ON CONFLICT (tenant, device, incarnation)"
        " DO UPDATE SET sequence = excluded.sequence, digest = excluded.digest",
        (*place, end, name),
    )
