# SPDX-License-Identifier: Apache-2.0
"""What people approve is what they were told of lately, and the head says how much.

Rules: the keeper's own desk; time is the machine's; the authority's side is `wire` and
`recipient` alone.
Not here: which records a disclosure is of (`test_disclosing.py`).
"""

from dataclasses import replace

import pytest
from disclosing_desk import planted_desk, planted_room  # noqa: F401 - fixtures
from disclosing_room import DAY, Case, of_ann, question
from people_fixture import said
from reader_fixture import table
from release_room import register

from recipient import words
from server.authority import open_authority
from server.errors import DeniedError
from server.keeper import casework
from server.keeper.acts import answer
from server.keeper.desk import Desk
from server.keeper.sharing import writing
from server.register import cases
from server.register.cases import State
from tests.vectors import release_world
from wire import trust
from wire.papers.decision import Act, Role
from wire.papers.matter import Matter
from wire.papers.recipient import RecipientRole
from wire.papers.release import Release, verify_release
from wire.purposes import Purpose

pytestmark = pytest.mark.slow
WEEK = 7 * DAY


def count(room: Case, desk: Desk, matter: Matter) -> None:
    """Count again, as people do."""
    list(answer(desk, question("dry-run", matter), "ops", room.machine.system))


def refused(room: Case, desk: Desk, matter: Matter, name: str = "bo") -> str:
    """Return for what reason an approval is refused."""
    with pytest.raises(DeniedError) as found:
        room.approve(desk, matter, name)
    return found.value.reason


def test_a_count_stands_for_a_week(room: Case, desk: Desk) -> None:
    """A second later nobody approves by it, until it is counted again."""
    matter = room.asking(of_ann(room))
    room.ask(desk, matter)
    room.machine.passes(WEEK + 1)
    assert refused(room, desk, matter) == "counted-too-long-ago"
    acts = [entry.act for entry in room.site.acts()]
    assert ("case-decided" in acts, "disclosed" in acts) == (False, False)
    count(room, desk, matter)
    assert room.approve(desk, matter) is State.DONE


def test_on_its_last_second_a_count_is_approved(room: Case, desk: Desk) -> None:
    """A week is a week."""
    matter = room.asking(of_ann(room))
    room.ask(desk, matter)
    room.machine.passes(WEEK)
    assert room.approve(desk, matter) is State.DONE


def test_who_refuses_needs_no_count(room: Case, desk: Desk) -> None:
    """To say no, nobody has to open anything again."""
    matter = room.asking(of_ann(room))
    room.ask(desk, matter)
    room.machine.passes(WEEK + 1)
    now = room.machine.system
    octets = said(matter, "bo", Act.REFUSE, Role.COUNSEL, now)
    assert casework.decide(desk, matter.case, octets, now) is State.REFUSED


def test_a_late_keeper_gives_nothing_away(room: Case, desk: Desk) -> None:
    """Killed behind the approval and back after a week, it waits for a new count."""
    matter = room.asking(of_ann(room))
    room.ask(desk, matter)
    now = room.machine.system
    octets = said(matter, "bo", Act.APPROVE, Role.COUNSEL, now)
    held = casework.open_case(desk, matter.case)
    people = casework.present_people(desk, now)
    verdict = casework.people.check(matter, [*held.decisions, octets], people, now)
    with desk.register.transaction() as connection:
        cases.move(connection, matter.case, State.ASKED, State.APPROVED)
    room.machine.passes(WEEK + 1)
    with pytest.raises(DeniedError, match="count it again with disclose dry-run"):
        casework.carry_out(desk, matter.case, verdict, room.machine.system)
    assert "disclosed" not in [entry.act for entry in room.site.acts()]
    count(room, desk, matter)
    casework.carry_out(desk, matter.case, verdict, room.machine.system)
    assert "disclosed" in [entry.act for entry in room.site.acts()]


def sealed(room: Case, desk: Desk) -> Release:
    """Disclose to a registered court; return the head, as it verifies offline."""
    entry = replace(
        release_world.recipient(),
        tenant=room.site.tenant,
        name="court",
        role=RecipientRole.AUTHORITY,
        purposes=(Purpose.SUPPORT,),
        agreement_until=room.machine.system + 100 * DAY,
    )
    register(desk, entry)
    matter = room.asking(of_ann(room), to="court")
    room.ask(desk, matter)
    room.approve(desk, matter)
    with open_authority(room.site.layout) as authority:
        digest = trust.root_digest(authority.root())
    place = writing.directory_of(desk, matter.case)
    return verify_release((place / "head").read_bytes(), digest)


def test_the_head_tells_whose_signatures_were_verified(room: Case, desk: Desk) -> None:
    """So many envelopes as have rows in scope, and the ones that did not verify."""
    part = table("event_logs", [{"message": "x", "user.id": "ann"}])
    octets = room.speakers[0].seal(room.site.key(), [part], room.site.now)
    room.site.put(octets)
    room.site.damage(octets)
    head = sealed(room, desk)
    devices = {
        (device, created)
        for purpose, device, created, row in room.planted
        if purpose is Purpose.SUPPORT and row["user.id"] == "ann"
    }
    custody = head.custody
    assert custody is not None
    assert custody.by == "keeper"
    assert (custody.verified, custody.extracts) == (len(devices), 0)
    assert custody.left_out == 1
    assert custody.counted == room.machine.system


def test_the_head_is_told_in_words(room: Case, desk: Desk) -> None:
    """Offline: who asked and approved, when, and what devices vouch for."""
    head = sealed(room, desk)
    told = words.of(head)
    assert "asked for by amelie as requester at " in told
    assert "approved by bo as counsel at " in told
    assert "released by keeper\n" in told
    assert head.custody is not None
    whole = head.custody.verified
    assert f"device signatures verified: {whole} of {whole} envelopes\n" in told
