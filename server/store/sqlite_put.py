# SPDX-License-Identifier: Apache-2.0
"""Judging and storing envelopes inside one SQLite transaction.

Rules: a fork quarantines the device at once and nothing more of it is stored, nor of
one that is revoked; one whose key ended before it came leaves its digest alone; what is
over the day's quota is not stored and not refused.
Not here: how a batch is judged (`known.py`), what is read for that
(`sqlite_known.py`), the transaction (`sqlite.py`), verifying (`server/gate`).
"""

import sqlite3
from collections.abc import Iterable, Sequence

from server.store import sqlite_usage
from server.store.bounds import DAY_SECONDS
from server.store.interface import DeviceState, Quotas, StoredEnvelope, Verdict
from server.store.judging import Place, advanced
from server.store.known import Known, behind_of_batch, judged
from server.store.room import Room
from server.store.sqlite_accounts import announce
from server.store.sqlite_known import about, known_of
from server.store.sqlite_rows import written

_INSTEAD = (
    "LEFT JOIN gaps g ON x.kind <> 0 AND g.tenant = x.tenant AND g.device = x.device"
    " AND g.incarnation = x.incarnation AND g.sequence = x.sequence"
    " WHERE x.tenant = ? AND x.device = ? AND x.incarnation = ?"
)
_BEHIND = (
    "SELECT x.sequence, x.digest, g.instead"  # noqa: S608 - constant names
    f" FROM envelopes x {_INSTEAD} AND x.sequence > ?"
    " UNION ALL SELECT x.sequence, x.digest, g.instead"
    f" FROM spent x {_INSTEAD} AND x.sequence > ? ORDER BY 1"
)
"""What stands, or stood, behind a place of a chain, in order."""
_CHAINS = "INSERT INTO chains (tenant, device, incarnation, sequence, digest, highest)"
_MOVE = (
    "ON CONFLICT (tenant, device, incarnation) DO UPDATE SET"
    " sequence = excluded.sequence, digest = excluded.digest,"
    " highest = max(highest, excluded.highest)"
)
_KEEP = "INSERT INTO envelopes VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
_SPEND = "INSERT INTO spent VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"


def put(
    database: sqlite3.Connection,
    envelopes: Sequence[StoredEnvelope],
    now: int,
    quotas: Quotas,
) -> list[Verdict]:
    """Store envelopes within the caller's transaction; one verdict each, in order."""
    day = now // DAY_SECONDS
    known, used = known_of(database, envelopes, day)

    def use(tenant: bytes, device: bytes | None) -> int:
        if device is None:
            return sqlite_usage.used(database, tenant, day)
        return used.get((tenant, device), 0)

    room = Room(use, quotas, day)
    found = judged(known, room, envelopes)
    _write(database, known, found.stored, now)
    for whose, state in found.changed.items():
        if state is DeviceState.GONE:
            _leave(database, *whose)
        else:
            quarantine(database, *whose)
    moved = [_moved(database, known, *chain) for chain in found.filed.items()]
    written(database, _CHAINS, moved, _MOVE)
    sqlite_usage.keep(database, room, used.keys())
    return found.verdicts


def _write(
    database: sqlite3.Connection,
    known: Known,
    envelopes: Sequence[StoredEnvelope],
    now: int,
) -> None:
    """Store envelopes; of what came after its key ended no octet is kept."""
    kept = [_kept(one, now) for one in envelopes if not known.spends(one)]
    database.executemany(_KEEP, kept)
    if len(kept) < len(envelopes):
        spent = [_spent(one) for one in envelopes if known.spends(one)]
        database.executemany(_SPEND, spent)
    for one in envelopes:
        if one.gap is not None:
            announce(
                database,
                (one.tenant, one.device, one.incarnation, one.sequence),
                (one.kind, one.purpose, one.retention),
                one.instead,
                one.gap,
            )


def _kept(envelope: StoredEnvelope, now: int) -> tuple[bytes | str | int, ...]:
    return (
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
    )


def _spent(envelope: StoredEnvelope) -> tuple[bytes | str | int, ...]:
    """Return what a deleted envelope leaves, and nothing of the envelope."""
    return (
        envelope.tenant,
        envelope.device,
        envelope.incarnation,
        envelope.sequence,
        envelope.digest,
        envelope.kind,
        envelope.purpose,
        envelope.retention,
        envelope.records,
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


def _leave(database: sqlite3.Connection, tenant: bytes, device: bytes) -> None:
    """Let a device be gone; a revoked one stays revoked."""
    database.execute(
        "UPDATE devices SET state = ? WHERE tenant = ? AND device = ? AND state <> ?",
        (DeviceState.GONE.value, tenant, device, DeviceState.REVOKED.value),
    )


def advance(database: sqlite3.Connection, place: Place) -> None:
    """Move a chain's end over all that has arrived without a hole, or was given up."""
    known, _ = about(database, [place])
    written(database, _CHAINS, [_moved(database, known, place, ())], _MOVE)


def _moved(
    database: sqlite3.Connection,
    known: Known,
    place: Place,
    stored: Sequence[StoredEnvelope],
) -> tuple[bytes | int, ...]:
    """Return where a chain's end is moved to, for `_CHAINS`.

    Args:
        database: within a transaction.
        known: the chain, as it was before.
        place: the chain.
        stored: of it, within the transaction.
    """
    since, before = known.reach(place)
    behind: Iterable[tuple[int, bytes, bytes | None]] = (
        database.execute(_BEHIND, (*place, since, *place, since))
        if before > since
        else behind_of_batch(stored)
    )
    sequence, name = advanced(known.end(place), known.lost[place], behind)
    highest = max((one.sequence for one in stored), default=0)
    return (*place, sequence, name, highest)
