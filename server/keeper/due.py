# SPDX-License-Identifier: Apache-2.0
"""Begins to end what is due, and stops what would end too much before its time.

Rules: what is due goes by the time that is believed; the calendar is never stopped;
what a policy, a contract or a need ends early is, once it is too much in a day, until
people allow it or it is due no more.
Not here: until when a key is kept (`keeping.py`), the steps of a destruction
(`ending.py`).
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from server.keeper import ending, facts
from server.keeper.bounds import KEYS_OF_A_JOB, PURGE_SECONDS
from server.keeper.desk import Desk
from server.keeper.keeping import Due, Keeping, due
from server.keyring import LiveKey
from server.register import purges
from wire.papers.decision import Decided

Kept = Sequence[tuple[LiveKey, Keeping]]


def begin_due(desk: Desk) -> None:
    """Begin a destruction for each reason that ends something now.

    Raises:
        ServerError: something of the installation cannot be used.
    """
    with desk.ending:
        found, early = _found(desk)
        stopped = [one for one in found if one.unusual]
        with desk.register.transaction() as connection:
            new = purges.stop(connection, [one.key_id for one in stopped])
        if new:
            _tell_stopped(desk, stopped, early)
        _begin(desk, [one for one in found if not one.unusual], early)


def begin_allowed(desk: Desk, through: int, decided: Sequence[Decided]) -> None:
    """Begin to end what was stopped and is allowed now, as far as it is still due.

    Args:
        desk: what the keeper works with.
        through: number of the newest key that waited when people were asked.
        decided: what they decided it by.

    Raises:
        ServerError: something of the installation cannot be used.
    """
    with desk.ending:
        found, early = _found(desk)
        with desk.register.view() as connection:
            allowed = purges.through(connection, through)
        going = [one for one in found if one.unusual and one.key_id in allowed]
        _begin(desk, going, early, decided)
        with desk.register.transaction() as connection:
            purges.go_on(connection, through)


def _found(desk: Desk) -> tuple[list[Due], dict[bytes, int]]:
    """Return what is due and in no job yet, and what of it would end early."""
    now = desk.clock.now()
    busy = {key for work in ending.under_way(desk) for key in work.plan.keys}
    kept = [(key, keep) for key, keep in facts.kept(desk) if key.key_id not in busy]
    early = _early(desk, kept, now)
    with desk.register.transaction() as connection:
        lately = purges.early_since(connection, now - PURGE_SECONDS)
    return due(kept, early, now, lately=lately), early


def _early(desk: Desk, kept: Kept, now: int) -> dict[bytes, int]:
    """Return how much is sealed to each key that would end before its time."""
    return {
        key.key_id: desk.store.sealed_to(desk.tenant, key.key_id).envelopes
        for key, keep in kept
        if keep.key_dies <= now < key.until
    }


def _begin(
    desk: Desk,
    found: Sequence[Due],
    early: Mapping[bytes, int],
    decided: Sequence[Decided] = (),
) -> None:
    """Begin a destruction for each reason, and count what of it is before its time."""
    now = desk.clock.now()
    grouped = defaultdict(list)
    for one in found:
        grouped[one.because.slug].append(one.key_id)
    for reason, keys in grouped.items():
        count = sum(key in early for key in keys)
        if count:
            with desk.register.transaction() as connection:
                purges.add_early(connection, count, now)
        for first in range(0, len(keys), KEYS_OF_A_JOB):
            ending.begin(desk, keys[first : first + KEYS_OF_A_JOB], reason, decided)


def _tell_stopped(
    desk: Desk, stopped: Sequence[Due], envelopes: Mapping[bytes, int]
) -> None:
    """Write down that much would end before its time, and waits for people."""
    reasons = sorted({one.because.slug for one in stopped})
    body: dict[str, int | str] = {
        "keys": len(stopped),
        "envelopes": sum(envelopes[one.key_id] for one in stopped),
        "reason": ", ".join(reasons),
    }
    desk.ledger.add("purge-stopped", body, desk.clock.latest())
