# SPDX-License-Identifier: Apache-2.0
"""What people should have done by now: reviews, receipts, deletions; one list of all.

Rules: real installations; time goes by as the test says.
Not here: findings and incidents themselves (`test_findings.py`,
`test_incident_record.py`).
"""

from pathlib import Path
from typing import Any

import pytest
from disclosing_desk import planted_desk, planted_room  # noqa: F401 - fixtures
from disclosing_room import LETTER, Case, of_ann
from release_room import ID, ReleaseRoom

from policies import risks
from server.errors import UsageError
from server.keeper import casework, ending
from server.keeper.acts import answer
from server.keeper.desk import Desk
from server.keeper.due import begin_due
from server.keeper.rounds import owed as round_owed
from server.keeper.rounds import reviews as round_reviews
from server.keeper.rounds import risks as round_risks
from server.keeper.sharing import fetching
from server.register import reviews
from server.register.cases import State
from tests.vectors import release_world
from wire.papers.decision import Role
from wire.papers.fetch import Received, Said, sign_received
from wire.papers.matter import Matter
from wire.papers.release import head_digest

pytestmark = pytest.mark.slow
DAY = 86_400


@pytest.fixture
def abroad(tmp_path: Path) -> ReleaseRoom:
    """Install a collector with one recipient."""
    return ReleaseRoom(tmp_path)


def ask(desk: Desk, now: int, **question: object) -> dict[str, Any]:
    """Ask the keeper as Cy; returns its one answer."""
    (message,) = answer(desk, dict(question), "cy", now)
    found = message["end"]
    assert isinstance(found, dict)
    return found


def protected(room: Case, desk: Desk) -> Matter:
    """Let data be used to protect rights; its review is in a hundred days."""
    review = {"memo": LETTER, "review": room.matter(None).term("review") or ""}
    matter = room.asking(of_ann(room), "protect", **review)
    room.ask(desk, matter)
    room.approve(desk, matter)
    assert room.approve(desk, matter, "cy", Role.APPROVER) is State.DONE
    return matter


def listed(room: Case, desk: Desk, matter: Matter) -> tuple[int, bool]:
    """Return by when a case is looked at again, and whether that is late."""
    found = ask(desk, room.machine.system, act="case", step="list")["cases"]
    (one,) = (case for case in found if case["id"] == matter.case.hex())
    return one["review"], one["late"]


def looked(room: Case, desk: Desk, matter: Matter, said: str) -> int:
    """Say that a use is still needed, or over; returns when it is looked at again."""
    now, case = room.machine.system, matter.case.hex()
    asked = {"act": "case", "step": "review", "case": case, "said": said}
    due = ask(desk, now, **asked, reason="canary-reason: the claim goes on")["review"]
    assert isinstance(due, int)
    return due


def test_a_use_to_protect_rights_is_reviewed(
    room: Case, desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    """From the day that people approved somebody hears of it, until it is looked at."""
    matter = protected(room, desk)
    due, late = listed(room, desk, matter)
    assert (0 < due - room.machine.system <= 100 * DAY, late) == (True, False)
    room.machine.passes(due - 1 - room.machine.system)
    round_reviews.turn(desk, room.machine.system)
    assert capsys.readouterr().err == ""
    room.machine.passes(1)
    for _ in range(2):
        round_reviews.turn(desk, room.machine.system)
        told = capsys.readouterr().err
        assert "the yearly review of 1 uses that protect rights is past" in told
    assert listed(room, desk, matter) == (due, True)
    lines = [one for one in room.site.acts() if one.act == "case-unreviewed"]
    assert [(one.body or {})["review"] for one in lines] == [due]
    assert looked(room, desk, matter, "needed") == room.machine.system + 366 * DAY
    round_reviews.turn(desk, room.machine.system)
    assert capsys.readouterr().err == ""


def test_it_is_reviewed_until_it_is_over(room: Case, desk: Desk) -> None:
    """Each year again; once it is over nobody is reminded, and nothing is reviewed."""
    matter = protected(room, desk)
    looked(room, desk, matter, "needed")
    room.machine.passes(366 * DAY)
    assert listed(room, desk, matter)[1]
    assert looked(room, desk, matter, "over") == 0
    assert listed(room, desk, matter) == (0, False)
    with pytest.raises(UsageError, match="only an approved use to protect rights"):
        looked(room, desk, matter, "needed")
    acts = [one.body for one in room.site.acts() if one.act == "case-reviewed"]
    assert [(one or {})["act"] for one in acts] == ["needed", "over"]
    assert {(one or {})["by"] for one in acts} == {"cy"}
    octets = [
        path.read_bytes()
        for path in room.site.layout.directory.rglob("*")
        if path.is_file()
    ]
    assert not any(b"canary-reason" in one for one in octets)


def test_what_is_not_reviewed(room: Case, desk: Desk) -> None:
    """A hold has its own day; without a reason nothing is noted."""
    hold = room.hold(desk, of_ann(room))
    with pytest.raises(UsageError, match="only an approved use to protect rights"):
        looked(room, desk, hold, "needed")
    matter = protected(room, desk)
    with pytest.raises(UsageError, match="say with --reason why"):
        casework.review(desk, matter.case, " ", "cy", room.machine.system, over=False)


def test_a_use_of_an_earlier_release_has_a_year(room: Case, desk: Desk) -> None:
    """Where no day was noted a use is looked at a year after it was asked for."""
    matter = protected(room, desk)
    with desk.register.transaction() as connection:
        connection.execute("DELETE FROM reviews")
    with desk.register.view() as connection:
        (use,) = reviews.uses(connection)
    assert use.due == use.case.opened + 366 * DAY
    casework.forget(desk, matter.case, room.machine.system)
    with desk.register.view() as connection:
        assert reviews.uses(connection) == []


def test_what_a_recipient_owes_is_told(
    abroad: ReleaseRoom, capsys: pytest.CaptureFixture[str]
) -> None:
    """A receipt a week after the key left, a deletion from the end on; each once."""
    with abroad.desk() as desk:
        head, now = abroad.make(desk, ["a"]), abroad.machine.system

        def heard(at: int) -> str:
            round_owed.turn(desk, at)
            return capsys.readouterr().err

        def take(said: Said) -> None:
            received = Received(ID, "example-soc", head_digest(head), said, now)
            fetching.take(desk, sign_received(received, release_world.SIGNING), now)

        assert heard(head.expires + 1) == ""
        fetching.give(desk, abroad.request(), now)
        assert heard(now + 7 * DAY - 1) == ""
        assert "1 receipts or attestations of deletion are over" in heard(now + 7 * DAY)
        assert "2 receipts" in heard(head.expires + 1)
        take(Said.RECEIVED)
        told = heard(head.expires + 1)
        assert "1 receipts" in told
        assert "of example-soc: ask for them" in told
        take(Said.DELETED)
        assert heard(head.expires + 1) == ""
    lines = [one.body or {} for one in abroad.site.acts() if one.act == "release-owed"]
    assert [one["kind"] for one in lines] == ["receipt", "attestation"]


def test_one_list_has_all_of_it(room: Case, desk: Desk) -> None:
    """What is overdue is one line for each sort, the longest overdue first."""
    now = room.machine.system
    assert ask(desk, now, act="overdue")["overdue"] == []
    room.hold(desk, of_ann(room))
    protected(room, desk)
    ask(
        *(desk, now),
        act="finding",
        step="open",
        finding="au-1",
        title="A door is open",
        severity="low",
        source="audit",
        owner="platform",
        due=now + DAY,
    )
    asked = {"act": "incident", "step": "open", "nature": "integrity", "about": "key"}
    ask(desk, now, **asked, incident="inc-1", subject="00", known=now)
    assert ask(desk, now, act="overdue")["overdue"] == []
    found = ask(desk, now + 101 * DAY, act="overdue")["overdue"]
    counts = {one["what"]: one["count"] for one in found}
    assert counts.pop("deletions late") > 0
    assert counts == {
        "findings": 1,
        "duties to tell of an incident": 2,
        "notices not delivered": 1,
        "holds not reviewed": 1,
        "uses to protect rights not reviewed": 1,
    }
    times = [one["since"] for one in found]
    assert times == sorted(times)
    assert times[0] == now + DAY


def test_a_risk_past_its_review_is_told(
    room: Case, desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    """From the day after, somebody hears of it, the ledger has it and the list too."""
    every = risks.read(risks.shipped())
    first = min(one.due for one in every)
    round_risks.turn(desk, first - 1)
    assert capsys.readouterr().err == ""
    for _ in range(2):
        round_risks.turn(desk, first)
    late = [one.name for one in every if one.due == first]
    assert (
        f"the review of {len(late)} residual risks is past" in capsys.readouterr().err
    )
    lines = [one.body for one in room.site.acts() if one.act == "risk-unreviewed"]
    assert lines == [{"risk": name, "due": first} for name in late]
    told = ask(desk, first, act="overdue")["overdue"]
    (line,) = (one for one in told if one["what"] == "residual risks not reviewed")
    assert (line["count"], line["since"]) == (len(late), first)


def test_a_deletion_that_is_late_is_told(room: Case, desk: Desk) -> None:
    """A key that lives a day past its end is told, and a week without a certificate."""

    def late(now: int) -> tuple[int, int]:
        told = ask(desk, now, act="overdue")["overdue"]
        found = [one for one in told if one["what"] == "deletions late"]
        assert all(one["command"] == "retention show" for one in found)
        return (found[0]["count"], found[0]["since"]) if found else (0, 0)

    key = room.until_due(desk)
    assert late(key.until + DAY - 1) == (0, 0)
    assert late(key.until + DAY) == (1, key.until + DAY)
    begin_due(desk)
    (work,) = ending.under_way(desk)
    week = work.job.begun + 7 * DAY
    keys, since = late(week - 1)
    assert since == key.until + DAY
    assert late(week)[0] == keys
    assert late(week)[1] > since
    room.turn(desk)
    assert late(week)[0] == keys - 1
