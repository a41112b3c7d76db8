# SPDX-License-Identifier: Apache-2.0
"""Findings at the keeper's desk: opened, overdue, closed with what shows it.

Rules: a real installation; time goes by as the test says.
Not here: what people type (`test_commands_finding.py`), the evidence
(`test_evidence_open.py`).
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from keeper_fixture import Room

from server.errors import UsageError
from server.keeper.acts import answer
from server.keeper.bounds import CASE_KEEP_SECONDS, FINDING_DUE_SECONDS
from server.keeper.desk import Desk
from server.keeper.rounds import findings as round_of
from server.register import findings

pytestmark = pytest.mark.slow
DAY = 86_400
TEST = "tests/fault/test_forgery.py::test_no_forgery_is_accepted"
TITLE = "The console answers to any origin"
ASKED = {
    "finding": "pt-2026-03",
    "title": TITLE,
    "severity": "high",
    "source": "penetration-test",
    "owner": "platform",
}


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    """Install a collector."""
    made = Room(tmp_path)
    yield made
    made.close()


@pytest.fixture
def desk(room: Room) -> Iterator[Desk]:
    """Open its keeper's desk."""
    with room.keeper() as opened:
        yield opened


def ask(room: Room, desk: Desk, step: str, **given: object) -> dict[str, Any]:
    """Ask the keeper as Amelie; returns its one answer."""
    question = {"act": "finding", "step": step, **given}
    (message,) = answer(desk, question, "amelie", room.machine.system)
    found = message["end"]
    assert isinstance(found, dict)
    return found


def opened(room: Room, desk: Desk, **changes: object) -> dict[str, Any]:
    """Open a finding that is due in thirty days, with changes."""
    due = room.machine.system + 30 * DAY
    return ask(room, desk, "open", **{**ASKED, "due": due, **changes})


def closed(room: Room, desk: Desk, **shown: object) -> dict[str, Any]:
    """Close the finding with what is given."""
    whole = {"finding": "pt-2026-03", "test": "", "proof": "", **shown}
    return ask(room, desk, "close", **whole)


def test_a_finding_is_written_down(room: Room, desk: Desk) -> None:
    """The ledger has who opened what and by when it ends; of its title the digest."""
    told = opened(room, desk)
    assert (told["state"], told["title"]) == ("open", TITLE)
    line = room.site.acts()[-1]
    assert (line.act, line.body) == (
        "finding-opened",
        {
            "by": "amelie",
            "finding": "pt-2026-03",
            "severity": "high",
            "source": "penetration-test",
            "due": told["due"],
            "digest": hashlib.sha256(TITLE.encode()).digest(),
        },
    )
    assert ask(room, desk, "list")["findings"] == [told]


@pytest.mark.parametrize(
    ("shown", "line"),
    [
        ({"test": TEST}, {"test": TEST}),
        ({"proof": "ab" * 32}, {"digest": b"\xab" * 32}),
    ],
    ids=["test", "file"],
)
def test_it_closes_with_what_shows_it(
    room: Room, desk: Desk, shown: dict[str, str], line: dict[str, object]
) -> None:
    """A test or a file's digest closes it once, and the ledger says by whom."""
    opened(room, desk)
    room.machine.passes(DAY)
    told = closed(room, desk, **shown)
    assert told["state"] == "closed"
    assert (told["closed"], told["closed_by"]) == (room.machine.system, "amelie")
    body = room.site.acts()[-1].body
    assert body == {"by": "amelie", "finding": "pt-2026-03", **line}
    with pytest.raises(UsageError, match="no such finding, or it is closed"):
        closed(room, desk, **shown)


@pytest.mark.parametrize(
    ("shown", "sentence"),
    [
        ({}, "closes with what shows it"),
        ({"test": TEST, "proof": "ab" * 32}, "closes with what shows it"),
        ({"test": "it is fixed"}, "name a test as pytest does"),
        ({"proof": "ab"}, "the SHA-256 digest of a file"),
    ],
)
def test_nothing_closes_without_it(
    room: Room, desk: Desk, shown: dict[str, str], sentence: str
) -> None:
    """Without a test or a digest it stays open, and nothing is written down."""
    opened(room, desk)
    before = room.site.acts()
    with pytest.raises(UsageError, match=sentence):
        closed(room, desk, **shown)
    assert room.site.acts() == before
    assert ask(room, desk, "list")["findings"][0]["state"] == "open"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"finding": "Amelie's"}, "name a finding with lower-case words"),
        ({"owner": "Amelie Example"}, "name the owner, a role or team"),
        ({"title": " "}, "say what is wrong in one line"),
        ({"title": "two\nlines"}, "say what is wrong in one line"),
        ({"severity": "bad"}, "the severity is one of critical, high, medium, low"),
        ({"source": "rumour"}, "the source is one of assessment, penetration-test"),
        ({"due": 1}, "due on a day within a year"),
        ({"due": 2**40}, "due on a day within a year"),
        ({"due": "soon"}, "does not understand this command"),
    ],
)
def test_a_finding_has_all_its_parts(
    room: Room, desk: Desk, change: dict[str, object], sentence: str
) -> None:
    """What lacks a name, owner, day or known words is refused in one sentence."""
    before = room.site.acts()
    with pytest.raises(UsageError, match=sentence):
        opened(room, desk, **change)
    assert room.site.acts() == before


def test_a_name_is_used_once(room: Room, desk: Desk) -> None:
    """A finding is not written over, whether it is open or closed."""
    opened(room, desk)
    for _ in range(2):
        with pytest.raises(UsageError, match="there is a finding of this name"):
            opened(room, desk, title="Another")
        if ask(room, desk, "list")["findings"][0]["state"] == "open":
            closed(room, desk, test=TEST)
    assert ask(room, desk, "list")["findings"][0]["title"] == TITLE


def test_what_is_late_is_told(
    room: Room, desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    """From its day on a finding is overdue, said each day, and in the ledger once."""
    told = opened(room, desk)
    opened(room, desk, finding="au-1", due=room.machine.system + FINDING_DUE_SECONDS)
    room.machine.passes(30 * DAY - 1)
    round_of.turn(desk, room.machine.system)
    assert capsys.readouterr().err == ""
    room.machine.passes(1)
    for _ in range(2):
        round_of.turn(desk, room.machine.system)
        assert "keeper: 1 findings are overdue" in capsys.readouterr().err
    late = [one.body for one in room.site.acts() if one.act == "finding-overdue"]
    assert late == [{"finding": "pt-2026-03", "severity": "high", "due": told["due"]}]
    states = [one["state"] for one in ask(room, desk, "list")["findings"]]
    assert states == ["overdue", "open"]
    closed(room, desk, test=TEST)
    round_of.turn(desk, room.machine.system)
    assert capsys.readouterr().err == ""


def test_closed_findings_end(room: Room, desk: Desk) -> None:
    """Three years after its closing a finding is forgotten; an open one never is."""
    opened(room, desk)
    opened(room, desk, finding="stays")
    closed(room, desk, test=TEST)
    for more, left in ((CASE_KEEP_SECONDS - 1, 2), (1, 1)):
        room.machine.passes(more)
        round_of.turn(desk, room.machine.system)
        with desk.register.view() as connection:
            assert len(findings.every(connection)) == left
