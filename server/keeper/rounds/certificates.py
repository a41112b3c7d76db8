# SPDX-License-Identifier: Apache-2.0
"""The round `certificates`: what one says ends with the ledger's line of it.

Rules: by the time to delete by, and not while it is pending; its number stays.
Not here: until when (`server/keeper/ledger_ends.py`), pending ones (`pending.py`).
"""

from server.keeper import certifying, facts, ledger_ends
from server.keeper.bounds import CERTIFICATES_SECONDS
from server.keeper.desk import Desk
from server.register import certificates

EVERY_SECONDS = CERTIFICATES_SECONDS


def turn(desk: Desk, now: int) -> None:
    """Forget what the certificates say whose time is over.

    Raises:
        ServerError: register or laws cannot be read.
    """
    known, believed = facts.facts(desk), desk.clock.now()
    with desk.register.view() as connection:
        found = certificates.every(connection)
    for one in found:
        if ledger_ends.last(certifying.kept(desk, one, known)) <= believed:
            with desk.register.transaction() as connection:
                certificates.forget(connection, one.number)
