# SPDX-License-Identifier: Apache-2.0
"""A right is due in a month, once in three; an archive is told once and does not lie.

Rules: the keeper's own desk; time goes by only as the test says.
Not here: what an archive has (`test_rights_export.py`).
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from keeper_fixture import Machine
from people_fixture import said
from reader_fixture import make_site
from rights_room import RightsRoom

from server.errors import DeniedError, UsageError
from server.keeper import copies
from server.keeper.acts import answer
from server.keeper.bounds import EXPORT_KEEP_SECONDS
from server.keeper.desk import Desk
from server.keeper.process import opened
from server.keeper.rounds import exports, rights
from server.register import notices
from server.register.notices import NoticeKind
from wire.papers.decision import Act, Role
from wire.papers.matter import MATTER, MatterKind

pytestmark = pytest.mark.slow
DAY = 86_400


@dataclass
class Office:
    """A room, its desk, and who asks there."""

    room: RightsRoom
    desk: Desk

    def told(self, step: str, **question: str) -> Mapping[str, object]:
        """Return the answer of the act."""
        message = {"act": "subject", "step": step, **question}
        (found,) = answer(self.desk, message, "ops", self.room.machine.system)
        end = found["end"]
        assert isinstance(end, dict)
        return end

    def right(self, case: bytes) -> Mapping[str, object]:
        """Return how a right stands."""
        rights = self.told("list")["rights"]
        assert isinstance(rights, list)
        (found,) = [one for one in rights if one["case"] == case.hex()]
        assert isinstance(found, dict)
        return found


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """Install a collector with a planted fleet, and open its keeper's desk."""
    site = make_site(tmp_path / "collector")
    room = RightsRoom(site, Machine(site.now))
    room.plant(1, envelopes=3)
    with opened(site.layout, room.machine.sources) as desk:
        yield Office(room, desk)
    site.store.close()
    site.keyring.close()


def test_a_right_is_due_in_a_month_and_extended_once(office: Office) -> None:
    """30 days, then 90 in all; a second time, too late or without a reason: refused."""
    room, matter = office.room, office.room.matter(MatterKind.EXPORT, "user", "ann")
    room.ask(office.desk, matter)
    assert office.right(matter.case)["days"] == 30
    room.machine.passes(10 * DAY)
    assert office.right(matter.case)["days"] == 20
    case = matter.case.hex()
    with pytest.raises(UsageError, match="say with --reason why"):
        office.told("extend", case=case, reason=" ")
    due = office.told("extend", case=case, reason="forty archives")["due"]
    assert due == room.site.now + 90 * DAY
    assert (office.right(matter.case)["days"], office.right(matter.case)["due"]) == (
        80,
        due,
    )
    with pytest.raises(UsageError, match="extended once, before it is over"):
        office.told("extend", case=case, reason="again")
    room.machine.passes(90 * DAY)
    assert office.right(matter.case)["days"] == -10
    assert office.right(matter.case)["extended"]
    assert room.acts("subject-extended") == ["subject-extended"]


def test_what_is_over_is_not_extended(office: Office) -> None:
    """After the month, or once answered, there is nothing to extend."""
    room = office.room
    late = room.matter(MatterKind.EXPORT, "user", "ann")
    room.ask(office.desk, late)
    done = room.granted(office.desk, MatterKind.EXPORT, "user", "bea")
    assert office.right(done.case)["days"] is None
    with pytest.raises(UsageError, match="no right that waits for its answer"):
        office.told("extend", case=done.case.hex(), reason="why")
    room.machine.passes(31 * DAY)
    with pytest.raises(UsageError, match="answer the person now"):
        office.told("extend", case=late.case.hex(), reason="why")


def test_somebody_hears_before_it_is_late(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing in the first weeks; from a week before the end how many, never who."""
    room = office.room
    room.ask(office.desk, room.matter(MatterKind.EXPORT, "user", "ann"))
    rights.turn(office.desk, room.machine.system + 22 * DAY)
    assert capsys.readouterr().err == ""
    rights.turn(office.desk, room.machine.system + 24 * DAY)
    assert (
        "1 persons are to be answered within a week, and 0" in capsys.readouterr().err
    )
    rights.turn(office.desk, room.machine.system + 31 * DAY)
    assert (
        "0 persons are to be answered within a week, and 1" in capsys.readouterr().err
    )


def test_a_password_is_told_once(office: Office) -> None:
    """Then nobody is told it again, and the ledger has who was."""
    matter = office.room.granted(office.desk, MatterKind.EXPORT, "user", "ann")
    assert office.right(matter.case)["waits"]
    case = matter.case.hex()
    told = office.told("fetch", case=case)
    assert len(str(told["password"])) == 29
    assert Path(str(told["path"])).exists()
    with pytest.raises(UsageError, match="no archive waits"):
        office.told("fetch", case=case)
    assert not office.right(matter.case)["waits"]
    assert office.room.acts("subject-fetched") == ["subject-fetched"]
    assert copies.strangers(office.room.site.layout) == []


def test_what_nobody_fetches_ends(office: Office) -> None:
    """After a week file and password are gone; a younger archive stays."""
    room = office.room
    old = room.granted(office.desk, MatterKind.EXPORT, "user", "ann")
    path = office.desk.layout.exports / f"{old.case.hex()}.zip"
    os.utime(path, (room.site.now, room.site.now))
    room.machine.passes(EXPORT_KEEP_SECONDS + 1)
    new = room.granted(office.desk, MatterKind.EXPORT, "user", "bea")
    younger = office.desk.layout.exports / f"{new.case.hex()}.zip"
    os.utime(younger, (room.machine.system, room.machine.system))
    exports.turn(office.desk, room.machine.system)
    assert [one.name for one in office.desk.layout.exports.iterdir()] == [younger.name]
    assert not office.right(old.case)["waits"]
    assert office.right(new.case)["waits"]


def test_a_processor_hands_a_request_over(office: Office) -> None:
    """It ends forwarded: the notice names case, right and day, and never the person."""
    room = office.room
    with room.processing():
        matter = room.granted(
            office.desk, MatterKind.FORWARD, "user", "querulinda", right="access"
        )
    (notice,) = office.desk.layout.outbox.iterdir()
    words = notice.read_text()
    assert "To Acme privacy@acme.example\n" in words
    assert "for their right: access.\n" in words
    assert f"Ask us for case {matter.case.hex()}:" in words
    assert "querulinda" not in words
    assert office.right(matter.case)["state"] == "forwarded"
    assert room.acts("subject") == ["subject-forwarded"]
    with office.desk.register.view() as connection:
        (kept,) = notices.every(connection)
    assert (kept.kind, kept.event) == (NoticeKind.REQUEST, matter.case)
    assert kept.due == room.site.now + 30 * DAY
    assert copies.strangers(room.site.layout) == []


def test_only_a_processor_hands_over(office: Office) -> None:
    """Who answers for the data answers; a request without its right is none."""
    room = office.room
    given = room.matter(MatterKind.FORWARD, "user", "ann", right="access")
    with pytest.raises(UsageError, match="there is no client to hand it to"):
        room.ask(office.desk, given)
    with pytest.raises(UsageError, match="say with --right"):
        room.ask(office.desk, room.matter(MatterKind.FORWARD, "user", "ann"))


def test_what_stays_in_force_says_so(office: Office) -> None:
    """A restriction is answered once it is placed, and done once it is lifted."""
    placed = office.room.granted(office.desk, MatterKind.RESTRICT, "user", "ann")
    right = office.right(placed.case)
    assert (right["state"], right["days"]) == ("in-force", None)
    office.room.granted(office.desk, MatterKind.LIFT, case=placed.case.hex())
    assert office.right(placed.case)["state"] == "done"


def test_who_looks_has_signed_it(office: Office) -> None:
    """Counts by purpose and table; a role that may not look sees none, and is noted."""
    room = office.room
    matter = room.matter(MatterKind.EXPORT, "user", "ann")
    octets = MATTER.encode(matter).hex()

    def signed(name: str, role: Role) -> str:
        return said(matter, name, Act.ASK, role, room.machine.system).hex()

    told = office.told("find", matter=octets, decision=signed("amelie", Role.REQUESTER))
    rows = told["rows"]
    assert isinstance(rows, list)
    assert sum(count for _, _, count in rows) == len(room.planted["ann"])
    assert ["security", "user_accounts.home", "shorten_path"] in told["blind"]  # type: ignore[operator]  # a list
    with pytest.raises(DeniedError, match="that is for privacy-officer or requester"):
        office.told("find", matter=octets, decision=signed("cy", Role.OPERATOR))
    assert room.acts("denied") == ["denied"]
    assert room.acts("case") == []


def test_what_is_no_question_is_refused(office: Office) -> None:
    """A step that nobody knows, or one without its words."""
    for step in ("", "look", "find"):
        with pytest.raises(UsageError, match="does not understand this command"):
            office.told(step)
