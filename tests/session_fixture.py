# SPDX-License-Identifier: Apache-2.0
"""Somebody who is signed in at an installation, for processes asked by session.

Rules: the register and the session are real; the proof of presence is left out, for
what is tested is not how people come in.
Not here: coming in (`access_room.py`).
"""

import time
from collections.abc import Sequence

from access_room import DAY, ROOT

from server.access import sessions
from server.access.actions import PURPOSES, Role
from server.access.bounds import INVITATION_SECONDS
from server.access.changing import People
from server.access.model import Held
from server.access.register import open_people
from server.layout import Layout
from server.ledger import SqliteLedger


def signed_in(
    layout: Layout, tenant: bytes, roles: Sequence[Role], name: str = "Ann"
) -> tuple[str, str]:
    """Enter somebody with these roles; return their id and their session's secret.

    Args:
        layout: the installation.
        tenant: 16 bytes.
        roles: each for every purpose that it may read for.
        name: theirs.
    """
    now = int(time.time())
    register, ledger = open_people(layout.people), SqliteLedger(layout.ledger)
    try:
        people = People(register, ledger, tenant)
        held = [Held(role, tenant, PURPOSES.get(role, frozenset())) for role in roles]
        number, _ = people.invite(ROOT, name, held, now + INVITATION_SECONDS, now)
        people.attest(ROOT, number, now + 365 * DAY, now)
        with register.writing() as connection:
            return number, sessions.begin(connection, number, sessions.PASSKEY, now)
    finally:
        register.close()
        ledger.close()
