# SPDX-License-Identifier: Apache-2.0
"""What is not in order stands in the package of evidence, and cannot be missed.

Rules: a real installation; the package is built and verified as it ships.
Not here: the package's form (`test_evidence.py`), findings themselves
(`test_findings.py`).
"""

import html
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from disclosing_room import LETTER, Case, of_ann
from evidence_room import EvidenceRoom
from release_room import ReleaseRoom

from policies import risks
from server import __main__ as program
from server.evidence.risks import risks as told_risks
from server.keeper.acts import answer
from server.keeper.desk import Desk
from server.keeper.rounds import findings as findings_round
from server.keeper.rounds import incidents as incidents_round
from server.keeper.rounds import owed as owed_round
from server.keeper.rounds import reviews as reviews_round
from server.keeper.sharing import fetching
from server.register import findings
from wire.papers.decision import Role

pytestmark = pytest.mark.slow
DAY = 86_400
FACTS = {"facts": "planted-words: a laptop was left in a train"}
FATES = {True: "passed", False: "failed"}
TEST = "tests/fault/test_forgery.py::test_no_forgery_is_accepted"


@pytest.fixture
def room(tmp_path: Path) -> Iterator[EvidenceRoom]:
    """Install a collector."""
    made = EvidenceRoom(tmp_path)
    yield made
    made.close()


def ask(room: EvidenceRoom, desk: Desk, **question: object) -> dict[str, Any]:
    """Ask the keeper as Amelie; returns its one answer."""
    (message,) = answer(desk, dict(question), "amelie", room.machine.system)
    found = message["end"]
    assert isinstance(found, dict)
    return found


def open_finding(room: EvidenceRoom, desk: Desk, name: str, days: int) -> None:
    """Open a finding that is due after some days."""
    ask(
        *(room, desk),
        act="finding",
        step="open",
        finding=name,
        title="The console | answers <any> origin",
        severity="high",
        source="audit",
        owner="platform",
        due=room.machine.system + days * DAY,
    )


def test_an_overdue_finding_is_visible(room: EvidenceRoom) -> None:
    """A day after it was due it is red on the page, first in the file, and counted."""
    with room.keeper() as desk:
        for name, days in (("late", 1), ("open", 9), ("closed", 1)):
            open_finding(room, desk, name, days)
        closing = {"act": "finding", "step": "close", "test": TEST, "proof": ""}
        ask(room, desk, finding="closed", **closing)
        findings_round.turn(desk, room.machine.system)
        assert json.loads(room.built()["findings.json"])["overdue"] == 0
        room.machine.passes(2 * DAY)
        findings_round.turn(desk, room.machine.system)
    files = room.built()
    told = json.loads(files["findings.json"])
    assert [(one["finding"], one["state"]) for one in told["list"]] == [
        *(("late", "overdue"), ("open", "open"), ("closed", "closed")),
    ]
    assert (told["overdue"], told["open"], told["closed"]) == (1, 1, 1)
    assert told["list"][2]["shown by"] == {"test": TEST, "result": "not run here"}
    page = files["index.html"].decode()
    assert page.count('<span class="bad">overdue</span>') == 1
    assert '<dt>findings overdue</dt><dd class="bad">1</dd>' in page
    assert "The console | answers &lt;any&gt; origin" in page
    assert "amelie" not in page + files["findings.json"].decode()


def test_who_verifies_hears_of_it(
    room: EvidenceRoom, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`evidence verify` says, by file and digest alone, how much was overdue then."""
    with room.keeper() as desk:
        open_finding(room, desk, "late", 1)
        before = room.package()
        room.machine.passes(2 * DAY)
        findings_round.turn(desk, room.machine.system)
    paths = {"before": before, "after": room.package()}
    told = {}
    for name, octets in paths.items():
        path = tmp_path / name
        path.write_bytes(octets)
        asked = ["evidence", "verify", str(path), "--root", room.root.hex()]
        assert program.main(asked) == 0
        told[name] = capsys.readouterr().out.splitlines()[-1]
    assert told == {
        "before": "No finding and no incident was overdue then.",
        "after": "1 findings or duties of incidents were overdue then: see index.html.",
    }


def test_a_finding_cannot_be_taken_out_of_a_package(room: EvidenceRoom) -> None:
    """Whoever verifies a package notices that a finding was taken out of it."""
    with room.keeper() as desk:
        open_finding(room, desk, "late", 1)
    files = room.built()
    wanted = json.loads(files["findings.json"])
    assert room.problem_of(files) == ""
    files["findings.json"] = json.dumps(wanted | {"list": []}).encode()
    assert "findings.json was changed" in room.problem_of(files)


def test_a_register_of_an_earlier_release_has_none(room: EvidenceRoom) -> None:
    """An installation that never had a finding says none, and builds its package."""
    with room.keeper() as desk, desk.register.view() as connection:
        assert findings.every(connection) == []
    assert json.loads(room.built()["findings.json"])["list"] == []


def open_incident(room: EvidenceRoom, desk: Desk, name: str, about: str) -> None:
    """Open an incident that became known now, and record what it touched."""
    ask(
        *(room, desk),
        act="incident",
        step="open",
        incident=name,
        nature="confidentiality",
        about="person",
        subject=about,
        known=room.machine.system,
    )
    asked = {"act": "incident", "incident": name, "digest": "ab" * 32}
    counts = {"devices": 7, "columns": 3, "recipients": 1}
    ask(room, desk, step="attach", **asked, **counts)
    ask(room, desk, act="incident", step="record", incident=name, parts=FACTS)


def test_an_incident_and_its_clocks_are_visible(room: EvidenceRoom) -> None:
    """Who is not told in time is red and counted; no word and no name is told."""
    with room.keeper() as desk:
        open_incident(room, desk, "inc-1", "amelie")
        told = {"act": "incident", "step": "tell", "incident": "inc-1", "why": ""}
        ask(room, desk, **told, whom="authority", proof="cd" * 32)
        room.machine.passes(2 * DAY)
        incidents_round.turn(desk, room.machine.system)
    files = room.built()
    found = json.loads(files["incidents.json"])
    (one,) = found["list"]
    assert (found["open"], found["overdue"]) == (1, 1)
    assert {whom: duty["state"] for whom, duty in one["told"].items()} == {
        "client": "overdue",
        "authority": "told",
        "people": "open",
    }
    assert one["touched"] == {"file": "ab" * 32, "devices": 7, "columns": 3} | {
        "recipients": 1
    }
    assert list(one["recorded"]) == ["facts"]
    page = files["index.html"].decode()
    assert page.count('<span class="bad">overdue</span>') == 1
    assert "<dt>incidents open</dt><dd>1</dd>" in page
    whole = b"".join(files.values())
    assert b"amelie" not in whole
    assert b"planted-words" not in whole


class ProtectRoom(Case, EvidenceRoom):
    """A room whose people use data to protect rights."""


class OwedRoom(ReleaseRoom, EvidenceRoom):
    """A room with a recipient."""


def test_a_use_that_nobody_looked_at_is_visible(tmp_path: Path) -> None:
    """Past its day the review of a use to protect rights is red, and a hold's too."""
    room = ProtectRoom(tmp_path)
    room.plant(1)
    with room.keeper() as desk:
        review = {"memo": LETTER, "review": room.matter(None).term("review") or ""}
        matter = room.asking(of_ann(room), "protect", **review)
        room.ask(desk, matter)
        room.approve(desk, matter)
        room.approve(desk, matter, "cy", Role.APPROVER)
        assert json.loads(room.built()["holds.json"])["protect"]["review past"] == 0
        room.machine.passes(101 * DAY)
        reviews_round.turn(desk, room.machine.system)
    files = room.built()
    assert json.loads(files["holds.json"])["protect"] == {
        "in force": 1,
        "review past": 1,
        "over": 0,
    }
    assert '<span class="bad">review past</span>' in files["index.html"].decode()
    room.close()


@pytest.mark.parametrize(
    ("days", "said"), [(8, "receipt overdue"), (15, "deletion not attested")]
)
def test_what_a_recipient_owes_is_visible(tmp_path: Path, days: int, said: str) -> None:
    """A missing receipt, and a deletion that nobody attested, are red and counted."""
    room = OwedRoom(tmp_path)
    with room.desk() as desk:
        room.make(desk, ["a"])
        fetching.give(desk, room.request(), room.machine.system)
        room.machine.passes(days * DAY)
        owed_round.turn(desk, room.machine.system)
    page = room.built()["index.html"].decode()
    assert f'<span class="bad">{said}</span>' in page
    assert '<dt>releases with something owed</dt><dd class="bad">1</dd>' in page
    room.close()


def test_residual_risks_are_told(room: EvidenceRoom) -> None:
    """Each risk that ships is on the page with what limits it and what is left."""
    with room.keeper():
        files = room.built()
    told = json.loads(files["risks.json"])
    shipped = risks.read(risks.shipped())
    assert [one["name"] for one in told] == [one.name for one in shipped]
    page = html.unescape(files["index.html"].decode())
    for one in shipped:
        assert one.risk in page
        assert one.residual in page
    assert {word for one in told for word in one["tests"].values()} == {"not run here"}


def test_a_risk_that_nobody_looked_at_is_told() -> None:
    """From the day after its review on, a risk is called past it; results are told."""
    first = risks.read(risks.shipped())[0]
    (before,) = told_risks([first], None, first.due - 1)
    (after,) = told_risks([first], None, first.due)
    assert (before["state"], after["state"]) == ("in force", "review past")


def test_a_limit_whose_test_fails_is_told() -> None:
    """A risk of which one test failed is called failed; results stand beside tests."""
    first = risks.read(risks.shipped())[0]
    results = {test: number > 0 for number, test in enumerate(first.tests)}
    (told,) = told_risks([first], results, first.due)
    assert told["state"] == "failed"
    assert list(told["tests"].values()) == ["failed", "passed", "passed"]  # type: ignore[attr-defined]  # a dict


def test_a_finding_whose_test_fails_is_open_again(room: EvidenceRoom) -> None:
    """Closed with a test that fails now, a finding is back on the page, in red."""
    with room.keeper() as desk:
        open_finding(room, desk, "au-1", 9)
        closing = {"act": "finding", "step": "close", "test": TEST, "proof": ""}
        ask(room, desk, finding="au-1", **closing)
    rows = {}
    for passed in (True, False):
        files = room.built({TEST: passed})
        (one,) = json.loads(files["findings.json"])["list"]
        assert one["shown by"] == {"test": TEST, "result": FATES[passed]}
        page = files["index.html"].decode().partition("Open findings</h2>")[2]
        rows[passed] = page.partition("</section>")[0].count("<td>au-1</td>")
        assert one["state"] == ("closed" if passed else "failed")
    assert rows == {True: 0, False: 1}
