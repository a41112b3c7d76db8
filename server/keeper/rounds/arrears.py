# SPDX-License-Identifier: Apache-2.0
"""The round `arrears`: what died elsewhere, or came back in a restore, ends here too.

Rules: nobody reads before it had its first turn since `serve` started; what is sealed
to a key with a tombstone goes through a destruction like any other, to a certificate;
what is sealed to a key that nobody knows is told and stays,
for perhaps the keyring is the one that is too old.
Not here: the steps of a destruction (`server/keeper/ending.py`).
"""

from server.errors import StateError
from server.keeper import ending
from server.keeper.bounds import ARREARS_SECONDS, KEYS_OF_A_JOB
from server.keeper.desk import Desk
from server.keeper.ledger_lines import add_once

EVERY_SECONDS = ARREARS_SECONDS
CAME_BACK = "came-back"
LINES = 1_000
"""Entries among which an alarm is looked for before it is written again."""


def turn(desk: Desk, now: int) -> None:
    """Begin to end what is dead and still here, then say what nobody knows.

    Raises:
        StateError: something is sealed to a key that nobody knows.
    """
    dead = [one.key_id for one in desk.keyring.tombstones()]
    with desk.ending:
        busy = {key for work in ending.under_way(desk) for key in work.plan.keys}
        left = desk.store.end_keys(desk.tenant, dead, now)
        keys = [key for key in left if key not in busy]
        for first in range(0, len(keys), KEYS_OF_A_JOB):
            ending.begin(desk, keys[first : first + KEYS_OF_A_JOB], CAME_BACK)
    if desk.keyring.renewing():
        desk.keyring.set_renewing(on=False)
    _tell_unknown(desk, set(dead))


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
