# SPDX-License-Identifier: Apache-2.0
"""The record of an incident at the keeper's desk: clocks, words, who is told, its end.

Rules: a real installation; time goes by as the test says.
Not here: what people type (`test_commands_incident.py`), what was touched
(`test_incidents.py`, `test_game_day.py`).
"""

import datetime as dt
import hashlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from holding_room import HoldRoom

from server.errors import StateError, UsageError
from server.keeper import incident_record, notices
from server.keeper.acts import answer
from server.keeper.bounds import CASE_KEEP_SECONDS, INCIDENT_TEXT_BYTES
from server.keeper.desk import Desk
from server.keeper.rounds import incidents as round_of
from server.register import incidents
from server.register.incidents import Part
from wire.papers.matter import MatterKind, Term

pytestmark = pytest.mark.slow
HOUR, DAY = 3_600, 86_400
PROOF = "ab" * 32
WORDS = {
    "facts": "canary-facts: a laptop was left in a train",
    "effects": "canary-effects: logs of one week",
    "action": "canary-action: its key was revoked",
}
CONTROLLER = '\n[controller]\nname = "Example"\ncontact = "privacy@example.org"\n'


@pytest.fixture
def room(tmp_path: Path) -> Iterator[HoldRoom]:
    """Install a collector with three people, and with somebody to ask."""
    made = HoldRoom(tmp_path)
    with made.site.layout.configuration.open("a") as file:
        file.write(CONTROLLER)
    yield made
    made.close()


@pytest.fixture
def desk(room: HoldRoom) -> Iterator[Desk]:
    """Open its keeper's desk."""
    with room.keeper() as opened:
        yield opened


def ask(room: HoldRoom, desk: Desk, step: str, **given: object) -> dict[str, Any]:
    """Ask the keeper as Amelie; returns its one answer."""
    question = {"act": "incident", "step": step, "incident": "inc-1", **given}
    (message,) = answer(desk, question, "amelie", room.machine.system)
    found = message["end"]
    assert isinstance(found, dict)
    return found


def opened(room: HoldRoom, desk: Desk, **changes: object) -> dict[str, Any]:
    """Open an incident that became known now, with changes."""
    asked: dict[str, object] = {
        "nature": "confidentiality",
        "about": "device",
        "subject": "Reception",
        "known": room.machine.system,
    }
    return ask(room, desk, "open", **{**asked, **changes})


def told(room: HoldRoom, desk: Desk, whom: str, **given: object) -> dict[str, Any]:
    """Enter that somebody was told, with the proof unless another word is given."""
    asked = {"whom": whom, "proof": PROOF, "why": "", **given}
    return ask(room, desk, "tell", **asked)


def delivered(room: HoldRoom, desk: Desk) -> bytes:
    """Write to the client and enter its proof; return the notice's id."""
    number = bytes.fromhex(told(room, desk, "client", proof="")["notice"])
    notices.deliver(desk, number, bytes(32), "amelie", room.machine.system)
    return number


def states(answered: dict[str, Any]) -> dict[str, str]:
    """Return how it stands with each who is to be told."""
    return {one["whom"]: one["state"] for one in answered["told"]}


def test_clocks_run_from_when_it_became_known(room: HoldRoom, desk: Desk) -> None:
    """The client has a day, the authority 72 hours, however late it was opened."""
    known = room.machine.system - 30 * HOUR
    answered = opened(room, desk, known=known)
    assert [(one["whom"], one["due"], one["left"]) for one in answered["told"]] == [
        ("client", known + 24 * HOUR, -6 * HOUR),
        ("authority", known + 72 * HOUR, 42 * HOUR),
        ("people", 0, None),
    ]
    assert states(answered) == {
        "client": "overdue",
        "authority": "due",
        "people": "open",
    }


def test_it_is_told_in_time_and_each_hour(
    room: HoldRoom, desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    """A day before and from then on somebody hears of it; the ledger has it once."""
    opened(room, desk)
    room.machine.passes(24 * HOUR - 1)
    round_of.turn(desk, room.machine.system)
    assert "1 are to be told within a day, and 0 are overdue" in capsys.readouterr().err
    room.machine.passes(1)
    for _ in range(2):
        round_of.turn(desk, room.machine.system)
        assert "0 are to be told within a day, and 1 are" in capsys.readouterr().err
    room.machine.passes(48 * HOUR)
    round_of.turn(desk, room.machine.system)
    assert "0 are to be told within a day, and 2 are" in capsys.readouterr().err
    late = [one.body for one in room.site.acts() if one.act == "incident-overdue"]
    assert [(one or {})["to"] for one in late] == ["client", "authority"]


def test_words_lie_nowhere_in_the_clear(room: HoldRoom, desk: Desk) -> None:
    """Facts, effects and action are locked; the ledger has a salted digest of each."""
    opened(room, desk, subject="canary-subject")
    ask(room, desk, "record", parts=WORDS)
    shown = ask(room, desk, "show")["words"]
    assert shown == {"subject": "canary-subject", **WORDS}
    lines = [one.body for one in room.site.acts() if one.act == "incident-recorded"]
    assert [(one or {})["part"] for one in lines] == ["facts", "effects", "action"]
    for line, text in zip(lines, WORDS.values(), strict=True):
        assert (line or {})["digest"] != hashlib.sha256(text.encode()).digest()
    files = (one for one in room.site.layout.directory.rglob("*") if one.is_file())
    assert not any(b"canary-" in one.read_bytes() for one in files)


def test_a_part_that_was_altered_is_not_shown(room: HoldRoom, desk: Desk) -> None:
    """Words that were put in another part's place do not open."""
    opened(room, desk)
    ask(room, desk, "record", parts=WORDS)
    with sqlite3.connect(room.site.layout.register) as database:
        database.execute(
            "UPDATE incident_parts SET note = (SELECT note FROM incident_parts"
            " WHERE part = 'action') WHERE part = 'facts'"
        )
    database.close()
    with pytest.raises(Exception, match="a note was altered"):
        ask(room, desk, "show")


def test_the_newest_words_stand(room: HoldRoom, desk: Desk) -> None:
    """What is recorded again replaces what was there, and both are in the ledger."""
    opened(room, desk)
    for text in ("at first", "later"):
        ask(room, desk, "record", parts={"facts": text})
    assert ask(room, desk, "show")["words"]["facts"] == "later"
    held = incident_record.find(desk, "inc-1")
    digests = [
        (one.body or {})["digest"]
        for one in room.site.acts()
        if one.act == "incident-recorded"
    ]
    assert digests[-1] == held.parts[Part.FACTS].digest
    assert len(set(digests)) == 2


def test_the_client_is_told_by_a_notice(room: HoldRoom, desk: Desk) -> None:
    """The letter has kind, time, counts and whom to ask; its proof settles the duty."""
    known = room.machine.system - HOUR
    opened(room, desk, known=known, subject="canary-subject")
    ask(room, desk, "record", parts=WORDS)
    counts = {"devices": 3, "columns": 14, "recipients": 1}
    ask(room, desk, "attach", digest=PROOF, **counts)
    answered = told(room, desk, "client", proof="", why="Change your passwords.")
    assert states(answered)["client"] == "due"
    notice = notices.held(desk, bytes.fromhex(answered["notice"]))
    assert (notice.kind.value, notice.due) == ("breach", known + 24 * HOUR)
    text = notices.text_of(desk, notice)
    assert "Devices that it touched: 3.\nColumns: 14. Recipients: 1.\n" in text
    assert "Whom to ask: privacy@example.org.\n\nChange your passwords.\n" in text
    assert "canary" not in text
    with pytest.raises(UsageError, match="the client's notice is written"):
        told(room, desk, "client", proof="")
    notices.deliver(desk, notice.id, bytes(32), "amelie", room.machine.system)
    assert states(ask(room, desk, "show"))["client"] == "told"


def test_only_counsel_lets_the_client_wait(room: HoldRoom, desk: Desk) -> None:
    """A case delays the notice; until its day the duty waits, then it is overdue."""
    opened(room, desk)
    notice = told(room, desk, "client", proof="")["notice"]
    terms = {"notice": notice, "basis": "order of a court", "until": "2099-01-01"}
    day = room.machine.system + 5 * DAY
    terms["until"] = incident_day(day)
    matter = room.matter(
        None,
        kind=MatterKind.DELAY_NOTICE,
        terms=tuple(Term(name, text) for name, text in sorted(terms.items())),
    )
    room.ask(desk, matter)
    assert states(ask(room, desk, "show"))["client"] == "due"
    room.approve(desk, matter)
    room.machine.passes(2 * DAY)
    assert states(ask(room, desk, "show"))["client"] == "delayed"
    room.machine.passes(4 * DAY)
    assert states(ask(room, desk, "show"))["client"] == "overdue"


def incident_day(seconds: int) -> str:
    """Return the day of a time."""
    return dt.datetime.fromtimestamp(seconds, dt.UTC).date().isoformat()


def test_late_telling_needs_its_reason(room: HoldRoom, desk: Desk) -> None:
    """After 72 hours a proof counts with a reason alone, and stays called late."""
    opened(room, desk)
    room.machine.passes(73 * HOUR)
    with pytest.raises(UsageError, match="say with --reason why it is told late"):
        told(room, desk, "authority")
    answered = told(room, desk, "authority", why="nobody was at work")
    assert states(answered)["authority"] == "told late"
    assert ask(room, desk, "show")["words"]["why-authority"] == "nobody was at work"
    with pytest.raises(UsageError, match="authority: told late already"):
        told(room, desk, "authority")


def test_it_closes_only_with_what_was_done(room: HoldRoom, desk: Desk) -> None:
    """Facts, effects, action and everybody who is to be told: then it closes, once."""
    opened(room, desk)
    for text, words in (
        ("record first, with incident record: facts, effects, action", {}),
        ("record first, with incident record: action", {"action": ""}),
    ):
        if words:
            ask(room, desk, "record", parts=WORDS | words)
        with pytest.raises(UsageError, match=text):
            ask(room, desk, "close")
    ask(room, desk, "record", parts=WORDS)
    with pytest.raises(UsageError, match="with incident tell: client, authority, peo"):
        ask(room, desk, "close")
    delivered(room, desk)
    told(room, desk, "authority")
    told(room, desk, "people", proof="", why="the disk is encrypted")
    assert ask(room, desk, "close")["closed"] == room.machine.system
    assert room.site.acts()[-1].act == "incident-closed"
    changes: list[tuple[str, dict[str, object]]] = [
        ("close", {}),
        ("record", {"parts": WORDS}),
        ("attach", {"digest": PROOF, "devices": 1, "columns": 1, "recipients": 1}),
        ("tell", {"whom": "people", "proof": PROOF, "why": ""}),
        ("tell", {"whom": "client", "proof": "", "why": ""}),
    ]
    for step, given in changes:
        with pytest.raises(UsageError, match="this incident is closed"):
            ask(room, desk, step, **given)


def test_a_processor_tells_its_client_alone(room: HoldRoom, desk: Desk) -> None:
    """Where the client answers, authority and people are the client's to tell."""
    path = room.site.layout.configuration
    path.write_text(path.read_text() + 'mode = "processor"\n')
    assert states(opened(room, desk)) == {
        "client": "due",
        "authority": "the client's",
        "people": "the client's",
    }
    ask(room, desk, "record", parts=WORDS)
    delivered(room, desk)
    assert ask(room, desk, "close")["closed"]


@pytest.mark.parametrize(
    ("step", "given", "sentence"),
    [
        ("open", {"incident": "A laptop"}, "name an incident with lower-case words"),
        ("open", {"known": 2**40}, "it became known in the past"),
        ("open", {"known": 1}, "it became known in the past"),
        ("open", {"nature": "theft"}, "the nature is one of confidentiality"),
        ("open", {"about": "house"}, "the about is one of key, device"),
        ("open", {"incident": "inc-2", "subject": " "}, "a text has 1 to"),
        ("open", {}, "there is an incident of this name"),
        ("record", {"parts": {}}, "give facts, effects or action"),
        ("record", {"parts": {"facts": "x" * (INCIDENT_TEXT_BYTES + 1)}}, "a text has"),
        ("attach", {"digest": "ab"}, "a file is named by its SHA-256"),
        ("tell", {"whom": "press"}, "the whom is one of client, authority, people"),
        ("tell", {"whom": "people", "proof": ""}, "prove it with --proof"),
        ("tell", {"whom": "people", "proof": "ab"}, "a file is named by its SHA-256"),
        ("show", {"incident": "inc-2"}, "there is no such incident"),
    ],
)
def test_what_is_wrong_is_refused(
    room: HoldRoom, desk: Desk, step: str, given: dict[str, object], sentence: str
) -> None:
    """Each mistake is one sentence, and nothing is written down."""
    opened(room, desk)
    before = room.site.acts()
    whole = {
        "nature": "confidentiality",
        "about": "device",
        "subject": "Reception",
        "known": room.machine.system,
        "proof": PROOF,
        "why": "",
        "devices": 1,
        "columns": 1,
        "recipients": 1,
    }
    with pytest.raises(UsageError, match=sentence):
        ask(room, desk, step, **{**whole, **given})
    assert room.site.acts() == before


def test_without_anybody_to_ask_no_letter_goes(room: HoldRoom, desk: Desk) -> None:
    """A client is told whom to ask; where nobody is named, that is said."""
    path = room.site.layout.configuration
    path.write_text(path.read_text().replace(CONTROLLER, ""))
    opened(room, desk)
    with pytest.raises(UsageError, match=r"say under \[controller\] of config.toml"):
        told(room, desk, "client", proof="")


def test_the_record_ends_three_years_after_its_end(room: HoldRoom, desk: Desk) -> None:
    """Its key dies and nothing of it is left; an open incident stays."""
    opened(room, desk)
    ask(room, desk, "record", parts=WORDS)
    delivered(room, desk)
    for whom in ("authority", "people"):
        told(room, desk, whom)
    ask(room, desk, "close")
    opened(room, desk, incident="stays")
    held = incident_record.find(desk, "inc-1")
    room.machine.passes(CASE_KEEP_SECONDS - 1)
    desk.clock.now()
    round_of.turn(desk, room.machine.system)
    assert incident_record.find(desk, "inc-1") == held
    room.machine.passes(1)
    desk.clock.now()
    round_of.turn(desk, room.machine.system)
    with desk.register.view() as connection:
        left = incidents.every(connection)
        parts = connection.execute("SELECT number FROM incident_parts").fetchall()
    assert [one.incident.name for one in left] == ["stays"]
    assert parts == [(left[0].incident.number,)]
    with pytest.raises(StateError, match="the words of this case have ended"):
        incident_record.words(desk, held)
