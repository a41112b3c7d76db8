# SPDX-License-Identifier: Apache-2.0
"""What one ticket brought is opened under that ticket alone, from PostgreSQL too.

Rules: a real server, where each process comes as its own role.
Not here: each way to ask (`tests/unit/server/test_tickets_apart.py`).
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import postgres_fixture
import pytest
from gates_room import DATABASE
from keeper_fixture import Room
from postgres_fixture import Cluster
from reader_fixture import table

from server.keeper import acts
from server.processes import Process
from server.register.tickets import digest_of
from server.storing import open_sealed
from tests.unit.server.desk_room import Room as Reading

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.slow,
    pytest.mark.postgres,
    pytest.mark.skipif(postgres_fixture.MISSING, reason="install postgresql"),
]
BROUGHT = {"T-1": "canary-one", "T-2": "canary-two"}


@pytest.fixture
def room(tmp_path: Path, cluster: Cluster) -> Iterator[Room]:
    """Return an installation whose store is there, with what two tickets brought."""
    made = Room(tmp_path, cluster.for_each(DATABASE))
    speaker = made.site.enrol("Till")
    for name, message in BROUGHT.items():
        asked = {"act": "ticket", "do": "open", "ticket": name, "devices": []}
        with made.keeper() as desk:
            list(acts.answer(desk, asked | {"seconds": 600}, "amelie", made.site.now))
        made.site.ticket = digest_of(made.site.tenant, name)
        made.site.say(speaker, [table("event_logs", [{"message": message}])])
    yield made
    made.close()


@pytest.mark.parametrize("way", [{}, {"devices": ["Till"]}, {"since": 1}])
def test_another_ticket_opens_nothing_of_it(room: Room, way: dict[str, object]) -> None:
    """Of a fleet, a device or a time come its own rows, and how many stayed shut."""
    site = replace(room.site, store=open_sealed(room.site.layout, Process.READER))
    for ticket in ("T-1", "T-2", ""):
        reading = Reading(site)
        answers = list(reading.ask(ticket=ticket, **way))
        reading.ledger.close()
        rows = {str(row[0]) for one in answers for row in one.get("rows", [])}  # type: ignore[attr-defined]
        own = {BROUGHT[ticket]} if ticket else set[str]()
        assert rows & {*BROUGHT.values()} == own
        assert answers[-1]["end"]["skipped"] == {"other-ticket": 2 - len(own)}  # type: ignore[index]
    site.store.close()
