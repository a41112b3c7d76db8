# SPDX-License-Identifier: Apache-2.0
"""Tests of who may ask keeper and office by a session."""

import time
from collections.abc import Iterator

import pytest
from orders_room import TICKET, Collector, asking
from session_fixture import signed_in

from server.access.actions import Role
from server.console.desks import gathered
from server.errors import DeniedError, UsageError
from server.keeper import acts as keeper_acts
from server.keeper.by_session import TABLE
from server.ledger import SqliteLedger
from server.office.acts import acts as office_acts
from server.office.door import answer

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def collector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collector]:
    """Return a collector with a device and a ticket."""
    with asking(tmp_path_factory.mktemp("by-session")) as made:
        yield made


def session(collector: Collector, *roles: Role) -> tuple[str, str]:
    """Return who is signed in, and by what."""
    site = collector.room.site
    return signed_in(site.layout, site.tenant, roles)


def kept(collector: Collector, **question: object) -> dict[str, object]:
    """Ask the keeper; return how its answer ends."""
    now = int(time.time())
    with collector.room.keeper() as desk:
        *_, last = keeper_acts.answer(desk, question, "service", now)
    return last


def told(collector: Collector, **question: object) -> dict[str, object]:
    """Ask the office; return how its answer ends."""
    layout = collector.room.site.layout
    *_, last = answer(layout, question, "service", int(time.time()))
    return last


def bodies(collector: Collector, act: str) -> list[dict[int | str, object]]:
    """Return what the ledger has of an act."""
    ledger = SqliteLedger(collector.room.site.layout.ledger)
    try:
        return [dict(one.body or {}) for one in ledger.entries() if one.act == act]
    finally:
        ledger.close()


def test_a_ticket_is_opened_in_the_name_of_the_person(collector: Collector) -> None:
    """A ticket opened by a session is the person's, whatever the session says of it."""
    person, secret = session(collector, Role.TECHNICIAN)
    asked = {"act": "ticket", "do": "open", "ticket": "T-7", "seconds": 60}
    kept(collector, **asked, devices=[], source="webhook", session=secret)
    opened = bodies(collector, "ticket-opened")[-1]
    assert (opened["by"], opened["source"]) == (person, "typed")


@pytest.mark.parametrize(
    ("roles", "question", "why"),
    [
        ((Role.CLIENT,), {"act": "ticket", "do": "list"}, "no-role"),
        ((Role.AUDITOR,), {"act": "ticket", "do": "close"}, "no-role"),
        ((Role.TECHNICIAN,), {"act": "ticket", "do": "refused"}, "no-person-may"),
        ((Role.TECHNICIAN,), {"act": "ticket"}, "no-person-may"),
        ((Role.OPERATOR,), {"act": "clock"}, "no-person-may"),
    ],
)
def test_what_is_not_let_through_is_denied_and_written_down(
    collector: Collector, roles: tuple[Role, ...], question: dict[str, object], why: str
) -> None:
    """What a role may not, or no session may, ends in a line of the ledger."""
    person, secret = session(collector, *roles)
    with pytest.raises(DeniedError) as denied:
        kept(collector, **question, ticket=TICKET, session=secret)
    assert denied.value.reason == why
    last = bodies(collector, "access-denied")[-1]
    assert (last["person"], last["denied"]) == (person, why)


def test_nobody_asks_by_a_session_that_does_not_count(collector: Collector) -> None:
    """A session that nobody has is not signed in, for the keeper as for the office."""
    for ask, act in ((kept, "overdue"), (told, "fleet")):
        for secret in ("A" * 43, ""):
            with pytest.raises(DeniedError) as denied:
                ask(collector, act=act, session=secret)
            assert denied.value.reason == "not-signed-in"


def test_the_office_wants_a_session(collector: Collector) -> None:
    """Who asks the office without a session is nobody, also as the operator's user."""
    with pytest.raises(DeniedError):
        told(collector, act="fleet")


def test_devices_are_told_to_who_may_see_them(collector: Collector) -> None:
    """A technician sees the devices; a client's reader is denied, and that is noted."""
    _, secret = session(collector, Role.TECHNICIAN)
    layout, asked = collector.room.site.layout, {"act": "fleet", "session": secret}
    listed = gathered(answer(layout, asked, "service", int(time.time())), "devices")
    assert "printer-room" in [one["label"] for one in listed]
    person, secret = session(collector, Role.CLIENT)
    with pytest.raises(DeniedError):
        told(collector, act="fleet", session=secret)
    assert bodies(collector, "access-denied")[-1]["person"] == person


def test_an_unknown_act_of_the_office_is_said(collector: Collector) -> None:
    """An act of another release is one sentence."""
    _, secret = session(collector, Role.TECHNICIAN)
    with pytest.raises(UsageError, match="restart"):
        told(collector, act="nothing", session=secret)


def test_what_is_let_through_exists() -> None:
    """Each act that a session may ask is one of the keeper's, and each file an act."""
    assert TABLE.keys() <= keeper_acts.acts().keys()
    assert "fleet" in office_acts()
