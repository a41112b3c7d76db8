# SPDX-License-Identifier: Apache-2.0
"""The round `evidence`: builds packages that people asked for, and ends old ones.

Rules: as of `server/keeper/packing.py`; somebody waits, so it looks each second.
Not here: asking for one (`server/keeper/acts/evidence.py`).
"""

from server.keeper import packing
from server.keeper.bounds import EVIDENCE_SECONDS
from server.keeper.desk import Desk

EVERY_SECONDS = EVIDENCE_SECONDS


def turn(desk: Desk, now: int) -> None:
    """Build what was asked for, and end what is over.

    Raises:
        StateError: ledger or register cannot be written, or a file stays.
    """
    packing.turn(desk, now)
