# SPDX-License-Identifier: Apache-2.0
"""The round `arrears`: what died elsewhere, or came back in a restore, ends here too.

Rules: nobody reads before it had its first turn since `serve` started; in that turn the
keyring learns what ledger and store know to be dead; what is sealed to a key with a
tombstone goes through a destruction like any other, to a certificate; what is sealed to
a key that nobody knows is told and stays, for perhaps the keyring is the one that is
too old.
Not here: the steps of a destruction (`server/keeper/ending.py`).
"""

from collections.abc import Collection

from server.errors import StateError
from server.keeper import ending
from server.keeper.bounds import ARREARS_SECONDS, KEYS_OF_A_JOB
from server.keeper.desk import Desk
from server.keeper.ledger_lines import add_once
from server.restoring import dead_elsewhere

EVERY_SECONDS = ARREARS_SECONDS
CAME_BACK = "came-back"
LINES = 1_000
"""Entries among which an alarm is looked for before it is written again."""


def turn(desk: Desk, now: int) -> None:
    """Begin to end what is dead and still here, then say what nobody knows.

    Raises:
        StateError: something is sealed to a key that nobody knows.
    """
    renewing = desk.keyring.renewing()
    with desk.ending:
        busy = {key for work in ending.under_way(desk) for key in work.plan.keys}
        if renewing:
            _bury(desk, busy, now)
        dead = [one.key_id for one in desk.keyring.tombstones()]
        left = desk.store.end_keys(desk.tenant, dead, now)
        keys = [key for key in left if key not in busy]
        for first in range(0, len(keys), KEYS_OF_A_JOB):
            ending.begin(desk, keys[first : first + KEYS_OF_A_JOB], CAME_BACK)
    if renewing:
        desk.keyring.set_renewing(on=False)
    _tell_unknown(desk, set(dead))


def _bury(desk: Desk, busy: Collection[bytes], now: int) -> None:
    """Let die what came back; what a destruction has still to take out waits for it."""
    told = dead_elsewhere(desk.ledger, desk.store, desk.tenant)
    desk.keyring.bury((one for one in told if one.key_id not in busy), now)


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
