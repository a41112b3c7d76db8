# SPDX-License-Identifier: Apache-2.0
"""The round `owed`: somebody hears of recipients that owe a receipt or a deletion.

Rules: a receipt is owed a week after the key was given out, word of the deletion from
the release's end on; what is owed is in the ledger once.
Not here: taking either in (`server/keeper/sharing/fetching.py`).
"""

import sys
from typing import TYPE_CHECKING

from server.keeper.bounds import OWED_SECONDS
from server.keeper.desk import Desk
from server.keeper.ledger_lines import add_once
from server.register import releases

if TYPE_CHECKING:
    from wire.cbor import Plain

EVERY_SECONDS = OWED_SECONDS


def turn(desk: Desk, now: int) -> None:
    """Tell how many receipts and deletions are owed.

    Raises:
        StateError: register or ledger cannot be used.
    """
    with desk.register.view() as connection:
        made = releases.every(connection)
    owed = [(one, what) for one in made for what in one.owes(now)]
    for one, what in owed:
        body: dict[str, Plain] = {
            "release": one.id,
            "recipient": one.recipient,
            "kind": what.value,
        }
        add_once(desk, "release-owed", body, ("release", "kind"), 0)
    if owed:
        names = ", ".join(sorted({one.recipient for one, _ in owed}))
        sys.stderr.write(
            f"keeper: {len(owed)} receipts or attestations of deletion are overdue, of "
            f"{names}: ask for them; discreet-server recipient list shows whose\n"
        )
