# SPDX-License-Identifier: Apache-2.0
"""The round `arrears`: what died elsewhere, or came back in a restore, ends here too.

Rules: nobody reads before it had its first turn since `serve` started; in that turn the
keyring learns what ledger, store and the journal outside know to be dead; what is
sealed to a key with a tombstone goes through a destruction like any other, to a
certificate; what only the journal outside knows to be dead opens at once no more, and
its holds and laws are taken out before it dies; what is sealed to a key that nobody
knows is told and stays, for perhaps the keyring is the one that is too old; what people
had erased and is here again goes before anybody reads, also where only the journal
knows of it; what came late goes soon after.
Not here: the steps of a destruction (`server/keeper/ending.py`), of an erasure
(`server/keeper/rights/erasure.py`), erasures of the journal (`rights/returned.py`).
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from server.errors import StateError
from server.keeper import ending, telling
from server.keeper.bounds import ARREARS_SECONDS, KEYS_OF_A_JOB
from server.keeper.desk import Desk
from server.keeper.ledger_lines import add_once
from server.keeper.rights import erasure, returned
from server.keeper.telling import Learned
from server.restoring import dead_elsewhere

if TYPE_CHECKING:
    from wire.cbor import Plain

EVERY_SECONDS = ARREARS_SECONDS
CAME_BACK = "came-back"
LINES = 1_000
"""Entries among which an alarm is looked for before it is written again."""


def turn(desk: Desk, now: int) -> None:
    """Begin to end what is dead and still here, then say what nobody knows.

    Raises:
        StateError: something is sealed to a key that nobody knows.
    """
    renewing, learned = desk.keyring.renewing(), Learned([], [], 0)
    with desk.ending:
        if renewing:
            learned = telling.learn(desk)
            _bury(desk, learned, _busy(desk), now)
        dead = [one.key_id for one in desk.keyring.tombstones()]
        left = desk.store.end_keys(desk.tenant, dead, now)
        busy = _busy(desk)
        came = [key for key in left if key not in busy]
        _tell(desk, came)
        _begin(desk, came)
        returned.begin(desk, learned.erased)
        if renewing:
            returned.replace(desk)
            telling.tell_erased(desk, erasure.early(desk))
        erasure.again(desk)
    if renewing:
        desk.keyring.set_renewing(on=False)
    with desk.ending:
        erasure.look_for_late(desk)
    _tell_unknown(desk, set(dead))
    if learned.missing:
        msg = (
            f"{learned.missing} lines of the journal of what ended are gone, here and "
            "in [anchors] directory: find out who could remove them"
        )
        raise StateError(msg)


def _busy(desk: Desk) -> set[bytes]:
    return {key for work in ending.under_way(desk) for key in work.plan.keys}


def _bury(desk: Desk, learned: Learned, busy: set[bytes], now: int) -> None:
    """Let die what came back; what a destruction has still to take out waits for it."""
    outside = learned.dead
    told = [*dead_elsewhere(desk.ledger, desk.store, desk.tenant)]
    known = {one.key_id for one in told}.union(busy)
    live = {key.key_id for key in desk.keyring.live(desk.tenant)}
    restored = {one.key_id: one for one in outside if one.key_id in live - known}
    here = {one.key_id for one in told} & live - busy
    _tell(desk, [*restored, *here])
    for number, one in restored.items():
        desk.keyring.lower(number, min(one.destroyed, now))
    _begin(desk, sorted(restored))
    left = busy | restored.keys()
    dead = (one for one in (*told, *outside) if one.key_id not in left)
    desk.keyring.bury(dead, now)


def _tell(desk: Desk, keys: Sequence[bytes]) -> None:
    """Write down that what is dead is here again, before anything of it goes."""
    if keys:
        body: dict[str, Plain] = {"by": "keeper", "keys": len(keys)}
        desk.ledger.add("restored", body, desk.clock.latest())


def _begin(desk: Desk, keys: Sequence[bytes]) -> None:
    for first in range(0, len(keys), KEYS_OF_A_JOB):
        ending.begin(desk, keys[first : first + KEYS_OF_A_JOB], CAME_BACK)


def _tell_unknown(desk: Desk, dead: set[bytes]) -> None:
    unknown = [
        key
        for key in desk.store.sealed_keys(desk.tenant)
        if key not in dead and desk.keyring.for_ending(key) is None
    ]
    if unknown:
        after = max(0, desk.ledger.head().index - LINES)
        add_once(desk, "keys-unknown", {"keys": len(unknown)}, ("keys",), after)
        msg = (
            f"the store has data of {len(unknown)} keys that the keyring never had: "
            "restore the newest backup of the keyring; nothing of it was deleted"
        )
        raise StateError(msg)
