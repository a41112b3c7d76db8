# SPDX-License-Identifier: Apache-2.0
"""The round `incidents`: somebody hears of who is to be told of a breach, in time.

Rules: told each hour from a day before; a duty that is late is in the ledger once; what
is recorded ends three years after the incident closed.
Not here: the clocks (`server/register/incident_duties.py`).
"""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from server.keeper import ends, incident_record
from server.keeper.bounds import INCIDENT_ALARM_SECONDS, INCIDENTS_SECONDS
from server.keeper.desk import Desk
from server.keeper.ledger_lines import add_once
from server.register import incidents
from server.register.incident_duties import Duty, Standing
from server.register.incidents import Held

if TYPE_CHECKING:
    from wire.cbor import Plain

EVERY_SECONDS = INCIDENTS_SECONDS


def turn(desk: Desk, now: int) -> None:
    """Tell what is due within a day or late, and end old records.

    Raises:
        StateError: register, keyring or ledger cannot be written.
    """
    with desk.register.view() as connection:
        found = incidents.every(connection)
    waiting = [one for one in found if one.incident.closed is None]
    pairs = [
        (one, duty)
        for one in waiting
        for duty in incident_record.duties(desk, one, now)
    ]
    late = [pair for pair in pairs if pair[1].standing is Standing.OVERDUE]
    for pair in late:
        _note(desk, *pair)
    left = [duty.left(now) for _, duty in pairs]
    soon = sum(0 < one <= INCIDENT_ALARM_SECONDS for one in left if one is not None)
    if soon or late:
        sys.stderr.write(
            f"keeper: of incidents {soon} are to be told within a day, and {len(late)} "
            "are overdue: look at discreet-server incident list\n"
        )
    _end_old(desk, found, now)


def _end_old(desk: Desk, found: Sequence[Held], now: int) -> None:
    believed = desk.clock.now()
    for one in found:
        if ends.case(one.incident) <= believed:
            with desk.ending:
                incident_record.forget(desk, one, now)


def _note(desk: Desk, held: Held, duty: Duty) -> None:
    body: dict[str, Plain] = {
        "incident": held.incident.name,
        "to": duty.whom.value,
        "due": duty.due or 0,
    }
    add_once(desk, "incident-overdue", body, ("incident", "to", "due"), 0)
