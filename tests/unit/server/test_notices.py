# SPDX-License-Identifier: Apache-2.0
"""Notices: written once, due on a day, delayed by people, delivered with proof.

Rules: the keeper's own desk on a real installation; time goes by as the test says.
Not here: which uses need one (`test_uses.py`), what people type
(`test_commands_notice.py`).
"""

import datetime as dt
import hashlib
from dataclasses import replace

import pytest
from hold_desk import hold_desk, hold_room  # noqa: F401 - fixtures
from holding_room import HoldRoom

from policies import catalogue, preset
from server.authority import open_authority
from server.errors import DeniedError, StateError, UsageError
from server.keeper import copies, notices
from server.keeper.acts import answer
from server.keeper.bounds import CASE_KEEP_SECONDS, NOTICE_BYTES, NOTICE_KEEP_SECONDS
from server.keeper.desk import Desk
from server.keeper.notices import Delay, Telling
from server.keeper.rounds import notices as round_of
from server.register import notices as register
from server.register.cases import State
from server.register.notices import NoticeKind, Standing
from wire.papers.decision import Role
from wire.papers.matter import Matter, MatterKind, Term
from wire.policy_source import compile_policy

pytestmark = pytest.mark.slow
DAY = 86_400
PROOF = hashlib.sha256(b"a receipt").digest()
TOLD = Telling(NoticeKind.DISCLOSURE, "client", b"c" * 16, "We gave 3 rows away.\n\n")


def write(
    room: HoldRoom, desk: Desk, told: Telling = TOLD, days: int | None = 3
) -> bytes:
    """Have a notice written that is due so many days from now."""
    now = room.machine.system
    return notices.due(desk, told, None if days is None else now + days * DAY, now)


def standing(room: HoldRoom, desk: Desk, number: bytes) -> Standing:
    """Return how a notice stands now."""
    return notices.held(desk, number).standing(room.machine.system)


def acts(room: HoldRoom) -> list[str]:
    """Return what the ledger says of notices."""
    return [one.act for one in room.site.acts() if one.act.startswith("notice")]


def delaying(room: HoldRoom, number: bytes, days: int = 60, **terms: str) -> Matter:
    """Return that a notice may wait."""
    moment = dt.datetime.fromtimestamp(room.machine.system + days * DAY, dt.UTC)
    named = {"notice": number.hex(), "basis": "section 95a of the code", **terms}
    named.setdefault("until", moment.date().isoformat())
    every = tuple(Term(name, text) for name, text in sorted(named.items()) if text)
    return room.matter(None, kind=MatterKind.DELAY_NOTICE, terms=every)


def test_a_notice_waits_in_the_outbox(room: HoldRoom, desk: Desk) -> None:
    """Its text is a file that only the keeper's user reads, in a place of its own."""
    number = write(room, desk)
    path = notices.path_of(desk, number)
    assert path == room.site.layout.directory / "outbox" / f"{number.hex()}.txt"
    assert path.read_text() == "We gave 3 rows away.\n"
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (
        *(0o600, 0o700),
    )
    assert copies.strangers(room.site.layout) == []
    assert (
        notices.held(desk, number).digest
        == hashlib.sha256(b"We gave 3 rows away.\n").digest()
    )
    (line,) = [one for one in room.site.acts() if one.act == "notice-due"]
    assert (line.body or {})["until"] == room.machine.system + 3 * DAY


def test_a_notice_is_written_once(room: HoldRoom, desk: Desk) -> None:
    """Told again with other words it stays as it is; of another event it is another."""
    number = write(room, desk)
    assert write(room, desk, replace(TOLD, words="Otherwise.")) == number
    assert notices.text_of(desk, notices.held(desk, number)).startswith("We gave 3")
    assert write(room, desk, replace(TOLD, event=b"d" * 16)) != number
    assert write(room, desk, replace(TOLD, to="acme-soc")) != number
    assert acts(room) == ["notice-due"] * 3


def test_a_text_has_a_bound(room: HoldRoom, desk: Desk) -> None:
    """What is longer is refused, and nothing is written."""
    with pytest.raises(UsageError, match="has 65536 bytes at most: say less"):
        write(room, desk, replace(TOLD, words="x" * NOTICE_BYTES))
    assert acts(room) == []
    write(room, desk, replace(TOLD, words="x" * (NOTICE_BYTES - 1)))


def test_what_is_not_delivered_is_overdue(
    room: HoldRoom, desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    """From its day on it is, and the keeper says so each day; delivered it is not."""
    number = write(room, desk)
    waits = write(room, desk, replace(TOLD, kind=NoticeKind.TRANSFER), None)
    room.machine.passes(3 * DAY - 1)
    assert standing(room, desk, number) is Standing.DUE
    round_of.turn(desk, room.machine.system)
    assert capsys.readouterr().err == ""
    room.machine.passes(1)
    assert standing(room, desk, number) is Standing.OVERDUE
    assert standing(room, desk, waits) is Standing.WRITTEN
    round_of.turn(desk, room.machine.system)
    assert "keeper: 1 notices are overdue" in capsys.readouterr().err
    notices.deliver(desk, number, PROOF, "ops", room.machine.system)
    assert standing(room, desk, number) is Standing.DELIVERED
    round_of.turn(desk, room.machine.system)
    assert capsys.readouterr().err == ""


def test_a_delivery_is_proved_once(room: HoldRoom, desk: Desk) -> None:
    """The first proof stays; the ledger has who entered it and its digest."""
    number = write(room, desk)
    notices.deliver(desk, number, PROOF, "ops", room.machine.system)
    with pytest.raises(UsageError, match="its proof stays as it is"):
        notices.deliver(desk, number, bytes(32), "ops", room.machine.system)
    assert notices.held(desk, number).proof == PROOF
    (line,) = [one for one in room.site.acts() if one.act == "notice-delivered"]
    body = line.body or {}
    assert (body["by"], body["notice"], body["digest"]) == ("ops", number, PROOF)


def test_people_let_a_notice_wait(room: HoldRoom, desk: Desk) -> None:
    """With a lawful basis, until a day, by counsel: then it is late from that day."""
    number = write(room, desk)
    matter = delaying(room, number)
    room.ask(desk, matter)
    assert standing(room, desk, number) is Standing.DUE
    with pytest.raises(DeniedError, match="that is for counsel"):
        room.approve(desk, matter, "cy", Role.PRIVACY_OFFICER)
    assert room.approve(desk, matter) is State.DONE
    held = notices.held(desk, number)
    assert held.delayed_by == matter.case
    assert standing(room, desk, number) is Standing.DELAYED
    assert held.delayed is not None
    room.machine.passes(held.delayed - room.machine.system)
    assert standing(room, desk, number) is Standing.OVERDUE
    assert acts(room) == ["notice-due", "notice-delayed"]


@pytest.mark.parametrize(
    ("days", "terms", "sentence"),
    [
        (60, {"basis": ""}, "on what lawful basis"),
        (60, {"until": "soon"}, "say until which day the notice waits"),
        (-1, {}, "lies ahead, within a year"),
        (368, {}, "lies ahead, within a year"),
        (60, {"notice": "zz"}, "name the notice by its id"),
        (60, {"notice": "00" * 16}, "there is no such notice"),
    ],
)
def test_a_delay_has_a_reason_and_an_end(
    room: HoldRoom, desk: Desk, days: int, terms: dict[str, str], sentence: str
) -> None:
    """What is missing or wrong is one sentence, and opens no case."""
    matter = delaying(room, write(room, desk), days, **terms)
    with pytest.raises(UsageError, match=sentence):
        room.ask(desk, matter)
    assert acts(room) == ["notice-due"]


@pytest.mark.parametrize(
    "kind", sorted(set(NoticeKind) - notices.DELAYABLE, key=lambda one: one.value)
)
def test_most_notices_cannot_wait(room: HoldRoom, desk: Desk, kind: NoticeKind) -> None:
    """Only what a law may forbid to tell at once waits."""
    number = write(room, desk, replace(TOLD, kind=kind))
    with pytest.raises(UsageError, match=f"no law lets a notice of {kind.value} wait"):
        room.ask(desk, delaying(room, number))


def test_what_was_delivered_does_not_wait(room: HoldRoom, desk: Desk) -> None:
    """Nor does an approval that comes too late change anything."""
    number = write(room, desk)
    matter = delaying(room, number)
    room.ask(desk, matter)
    notices.deliver(desk, number, PROOF, "ops", room.machine.system)
    assert room.approve(desk, matter) is State.DONE
    assert notices.held(desk, number).delayed is None
    with pytest.raises(UsageError, match="there is nothing to delay"):
        room.ask(desk, delaying(room, number))


def test_a_notice_may_wait_from_its_beginning(room: HoldRoom, desk: Desk) -> None:
    """Where people decided so with what it tells of."""
    now = room.machine.system
    waits = Delay(now + 90 * DAY, TOLD.event)
    number = notices.due(desk, TOLD, now + DAY, now, waits)
    room.machine.passes(89 * DAY)
    assert standing(room, desk, number) is Standing.DELAYED
    assert acts(room) == ["notice-due", "notice-delayed"]


def test_texts_end_a_month_after_delivery(room: HoldRoom, desk: Desk) -> None:
    """Then the digest and the proof are left, for three years; the rest stays."""
    old, new = write(room, desk), write(room, desk, replace(TOLD, event=b"d" * 16))
    notices.deliver(desk, old, PROOF, "ops", room.machine.system)
    room.machine.passes(NOTICE_KEEP_SECONDS - 1)
    round_of.turn(desk, room.machine.system)
    assert notices.path_of(desk, old).exists()
    room.machine.passes(1)
    round_of.turn(desk, room.machine.system)
    assert not notices.path_of(desk, old).exists()
    assert notices.text_of(desk, notices.held(desk, old)) == ""
    assert notices.path_of(desk, new).exists()
    room.machine.passes(CASE_KEEP_SECONDS)
    round_of.turn(desk, room.machine.system)
    with desk.register.view() as connection:
        assert [one.id for one in register.every(connection)] == [new]


def test_an_altered_text_is_not_shown(room: HoldRoom, desk: Desk) -> None:
    """What lies in the outbox is what was written, or it is said."""
    number = write(room, desk)
    notices.path_of(desk, number).write_text("We gave nothing away.\n")
    with pytest.raises(StateError, match="is not the text that was written"):
        notices.text_of(desk, notices.held(desk, number))


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ({"step": "send"}, "does not understand"),
        ({"step": "show", "notice": ""}, "no notice, or more than one"),
        ({"step": "delivered", "notice": "zz", "proof": "00"}, "no notice, or more"),
        ({"step": "change-of-use", "uses": "", "text": "x"}, "names a purpose"),
        ({"step": "change-of-use", "uses": "fun", "text": "x"}, "names a purpose"),
    ],
)
def test_what_is_no_question_is_refused(
    room: HoldRoom, desk: Desk, question: dict[str, str], sentence: str
) -> None:
    """Each with one sentence, and nothing is written."""
    message: dict[str, object] = {"act": "notice", **question}
    with pytest.raises(UsageError, match=sentence):
        list(answer(desk, message, "ops", room.machine.system))
    assert acts(room) == []


def test_a_proof_is_a_digest(room: HoldRoom, desk: Desk) -> None:
    """Anything shorter proves nothing."""
    number = write(room, desk)
    message: dict[str, object] = {"act": "notice", "step": "delivered"}
    message |= {"notice": number.hex(), "proof": "00"}
    with pytest.raises(UsageError, match="by the SHA-256 digest of a file"):
        list(answer(desk, message, "ops", room.machine.system))
    assert standing(room, desk, number) is Standing.DUE


def test_a_wider_policy_needs_a_delivered_notice(room: HoldRoom) -> None:
    """Without one it is refused, and the ledger has that; with one it is published."""
    now, layout = room.machine.system, room.site.layout
    narrow, wide = (
        compile_policy(preset(name), catalogue(), name)
        for name in ("minimal", "standard")
    )
    with open_authority(layout) as authority:
        authority.publish(narrow, now, "ops")
        with pytest.raises(DeniedError, match="adds administration, improvement, sec"):
            authority.publish(wide, now, "ops")
        assert authority.policy().version == 2
    assert [one.body for one in room.site.acts() if one.act == "denied"] == [
        {"user": "ops", "denied": "no-notice"}
    ]
    uses = "administration\nimprovement\nsecurity\nsupport"
    with room.keeper() as desk:
        message: dict[str, object] = {"act": "notice", "step": "change-of-use"}
        message |= {"uses": uses, "text": "We will read more."}
        (told,) = answer(desk, message, "ops", now)
        end = told["end"]
        assert isinstance(end, dict)
        with open_authority(layout) as authority:
            assert authority.untold(wide) == uses.splitlines()
        number = bytes.fromhex(end["id"])
        notices.deliver(desk, number, PROOF, "ops", now + 1)
    with open_authority(layout) as authority:
        assert authority.untold(wide) == []
        assert authority.publish(wide, now + 2, "ops").version == 3
        authority.publish(narrow, now + 3, "ops")
        assert authority.untold(wide) == uses.splitlines()
