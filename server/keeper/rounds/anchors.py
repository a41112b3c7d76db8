# SPDX-License-Identifier: Apache-2.0
"""The round `anchors`: the ledger is anchored, here and on another machine's disk.

What ended is told there too.

Rules: an anchor within an hour of an act and each day; what the place outside lacks is
handed out again and again, so that an hour without it loses nothing.
Not here: an anchor's form and when it is due (`server/anchors.py`).
"""

from server import anchors
from server.errors import StateError
from server.keeper import telling
from server.keeper.bounds import ROUND_SECONDS
from server.keeper.desk import Desk

EVERY_SECONDS = ROUND_SECONDS


def turn(desk: Desk, now: int) -> None:
    """Write an anchor when one is due, and hand out what is missing outside.

    Raises:
        StateError: it cannot be written, or there is no place outside.
        TrustError: the ledger does not go on from its last anchor.
    """
    directory = anchors.place(desk.layout)
    if anchors.is_due(desk.ledger, directory, now):
        key = desk.keyring.keeper_key()
        anchors.anchor(desk.ledger, key, desk.tenant, directory, now)
    outside = desk.settings().anchors
    if outside is None:
        msg = (
            "anchors of the ledger stay on this machine, whose owner could rewrite "
            "both, and a restore of the whole machine would bring back what ended "
            "early: name another machine's disk in config.toml, [anchors] directory"
        )
        raise StateError(msg)
    telling.hand_out(desk)
    anchors.hand_out(directory, outside)
