# SPDX-License-Identifier: Apache-2.0
"""Nothing of a tenant moves to an acquirer before the client was told and had its time.

Rules: a real installation; the ledger has each refusal; the recipient's side is `wire`
alone.
Not here: what people type (`test_commands_transfer.py`), a keeper that is killed
(`test_transferring_killed.py`).
"""

from collections.abc import Callable

import pytest
from holding_room import say_as_ann, scope_of
from release_room import DAY
from transfer_desk import transfer_desk, transfer_room  # noqa: F401 - fixtures
from transfer_room import ACQUIRER, PROOF, TransferRoom

from server.errors import DeniedError, UsageError
from server.keeper import notices
from server.keeper.bounds import TRANSFER_SECONDS, TRANSFER_WINDOW_SECONDS
from server.keeper.desk import Desk
from server.keeper.transferring import judging, notice
from server.register import cases, recipients
from server.register.cases import State
from wire.papers.decision import Role
from wire.papers.recipient import RecipientRole
from wire.purposes import Purpose

pytestmark = pytest.mark.slow


def denied(call: Callable[[], object]) -> tuple[str, str]:
    """Return for what reason something is refused, and the sentence."""
    with pytest.raises(DeniedError) as refused:
        call()
    return refused.value.reason, str(refused.value)


def test_nothing_goes_before_the_client_was_told(
    room: TransferRoom, desk: Desk
) -> None:
    """Without a notice, and with one that nobody delivered, nobody can even ask."""
    matter = room.transfer()
    assert denied(lambda: room.ask(desk, matter))[0] == "no-notice"
    room.tell(desk)
    room.machine.passes(40 * DAY)
    matter = room.transfer()
    reason, sentence = denied(lambda: room.ask(desk, matter))
    assert reason == "notice-not-delivered"
    assert "nothing goes before the client was told" in sentence
    assert room.refused() == ["no-notice", "notice-not-delivered"]


def test_nothing_goes_before_the_window_has_passed(
    room: TransferRoom, desk: Desk
) -> None:
    """Not a second before, with until when in the sentence; on that second it may."""
    number = room.told(desk, TRANSFER_WINDOW_SECONDS - 1)
    delivered = notices.held(desk, number).delivered
    assert delivered is not None
    reason, sentence = denied(lambda: room.ask(desk, room.transfer()))
    assert reason == "notice-window"
    assert judging.moment(delivered + TRANSFER_WINDOW_SECONDS) in sentence
    assert room.refused() == ["notice-window"]
    room.machine.passes(1)
    assert room.ask(desk, room.transfer())["envelopes"] == 4


def test_a_clock_that_is_set_does_not_shorten_the_window(
    room: TransferRoom, desk: Desk
) -> None:
    """Set ahead it changes nothing, and set back at the delivery neither."""
    room.tell(desk)
    room.machine.system -= 40 * DAY
    number = room.told(desk, 0)
    room.machine.system += 40 * DAY
    assert notices.held(desk, number).delivered == room.machine.system
    room.machine.system += 40 * DAY
    assert denied(lambda: room.ask(desk, room.transfer()))[0] == "notice-window"
    room.machine.system -= 40 * DAY
    room.machine.passes(TRANSFER_WINDOW_SECONDS - 1)
    assert denied(lambda: room.ask(desk, room.transfer()))[0] == "notice-window"
    room.machine.passes(1)
    assert room.ask(desk, room.transfer())


@pytest.mark.parametrize(("said", "days"), [("45d", 45), ("7d", 30)])
def test_config_toml_lengthens_the_window_and_never_shortens_it(
    room: TransferRoom, desk: Desk, said: str, days: int
) -> None:
    """A longer one counts also for who was told before; a shorter one does not."""
    room.told(desk, 0)
    with room.site.layout.configuration.open("a") as file:
        file.write(f'\n[transfers]\nwindow = "{said}"\n')
    room.machine.passes(days * DAY - 1)
    _, sentence = denied(lambda: room.ask(desk, room.transfer()))
    assert f"the client has {days} days" in sentence
    room.machine.passes(1)
    assert room.ask(desk, room.transfer())


def test_who_asked_does_not_approve_and_counsel_must(
    room: TransferRoom, desk: Desk
) -> None:
    """Two others approve, one of them counsel, and nobody counts twice."""
    room.told(desk)
    matter = room.transfer()
    room.ask(desk, matter)
    own = denied(lambda: room.approve(desk, matter, "amelie", Role.COUNSEL))
    assert own[0] == "same-person"
    room.approve(desk, matter, "cy", Role.APPROVER)
    twice = denied(lambda: room.approve(desk, matter, "cy", Role.PRIVACY_OFFICER))
    assert twice[0] == "same-person-twice"
    assert denied(lambda: room.export(desk, matter))[0] == "not-approved"
    assert [one for one in room.site.acts() if one.act == "transfer-opened"] == []
    room.approve(desk, matter)
    assert [went.purpose.value for went in room.export(desk, matter)] == [
        "support",
        "security",
    ]


def test_whom_it_may_not_go_to(room: TransferRoom, desk: Desk) -> None:
    """Nobody unregistered, suspended, of another role, too far, or past its end."""
    assert denied(lambda: room.tell(desk, "nobody"))[0] == "no-recipient"
    room.register(desk, role=RecipientRole.VENDOR)
    assert denied(lambda: room.tell(desk))[0] == "no-acquirer"
    room.register(desk, role=RecipientRole.PAYMENT)
    assert denied(lambda: room.tell(desk))[0] == "payment-gets-nothing"
    room.register(desk, role=RecipientRole.ACQUIRER, transfer_tool=None)
    assert denied(lambda: room.tell(desk))[0] == "country"
    room.register(desk, transfer_tool="a decision", purposes=(Purpose.IMPROVEMENT,))
    reason, sentence = denied(lambda: room.tell(desk))
    assert reason == "purpose-not-granted"
    assert "improvement has no rows" in sentence
    room.register(desk, agreement_until=room.machine.system - 1)
    assert denied(lambda: room.tell(desk))[0] == "recipient-expired"
    with desk.register.transaction() as connection:
        recipients.suspend(connection, ACQUIRER, room.machine.system)
    assert denied(lambda: room.tell(desk))[0] == "recipient-suspended"


def test_whom_it_may_not_go_to_any_more(room: TransferRoom, desk: Desk) -> None:
    """After the approval the acquirer is judged anew, and its entry is the very one."""
    room.told(desk)
    matter = room.decided(desk)
    before = room.acquirer
    room.register(desk, contact="another@example.com")
    assert denied(lambda: room.export(desk, matter))[0] == "other-recipient"
    room.acquirer = before
    room.register(desk)
    with desk.register.transaction() as connection:
        recipients.suspend(connection, ACQUIRER, room.machine.system)
    assert denied(lambda: room.export(desk, matter))[0] == "recipient-suspended"
    room.register(desk)
    room.machine.passes(31 * DAY)
    assert denied(lambda: room.export(desk, matter))[0] == "transfer-over"
    room.machine.passes(270 * DAY)
    assert denied(lambda: room.export(desk, matter))[0] == "recipient-expired"


def test_another_entry_is_told_anew(room: TransferRoom, desk: Desk) -> None:
    """With other keys or purposes it is not whom the client was told of."""
    room.told(desk)
    room.register(desk, purposes=(Purpose.SUPPORT,))
    asked = room.transfer(purposes="support")
    assert denied(lambda: room.ask(desk, asked))[0] == "no-notice"


@pytest.mark.parametrize(
    ("terms", "sentence"),
    [
        ({"purposes": ""}, "names the purposes"),
        ({"purposes": "support fun"}, "names the purposes"),
        ({"basis": ""}, "on what legal basis"),
        ({"basis": "x" * 449}, "in 448 bytes at most"),
        ({"format": "ocsf"}, "--format is one of jsonl, csv, parquet"),
        ({"until": "soon"}, "through which day"),
        ({"until": "2020-01-01"}, "lies ahead, within 92 days"),
        ({"until": "2099-01-01"}, "lies ahead, within 92 days"),
    ],
)
def test_what_is_missing_is_a_sentence(
    room: TransferRoom, desk: Desk, terms: dict[str, str], sentence: str
) -> None:
    """Each opens no case, and is not written down as a refusal."""
    room.told(desk)
    with pytest.raises(UsageError, match=sentence):
        room.ask(desk, room.transfer(**terms))
    assert room.refused() == []


def test_the_last_day_is_within_a_quarter(room: TransferRoom, desk: Desk) -> None:
    """So long machines are moved; on the day after, people decide again."""
    room.told(desk)
    last = judging.moment(room.machine.system + TRANSFER_SECONDS - DAY) or ""
    room.ask(desk, room.transfer(until=last[:10]))


def test_a_case_of_another_kind_is_no_transfer(room: TransferRoom, desk: Desk) -> None:
    """What people approved otherwise exports nothing."""
    with pytest.raises(UsageError, match="no such case"):
        room.export(desk, room.matter(None))
    device = say_as_ann(room).device
    hold = room.hold(desk, scope_of(room, device))
    with pytest.raises(UsageError, match="is no transfer"):
        room.export(desk, hold)


def test_an_approval_that_nobody_signed_counts_for_nothing(
    room: TransferRoom, desk: Desk
) -> None:
    """A register that calls a case decided does not make it so."""
    room.told(desk)
    matter = room.transfer()
    room.ask(desk, matter)
    with desk.register.transaction() as connection:
        cases.move(connection, matter.case, State.ASKED, State.DONE, 1)
    assert denied(lambda: room.export(desk, matter))[0] == "not-approved"


def test_the_letter_says_who_what_and_how_long(room: TransferRoom, desk: Desk) -> None:
    """With the purposes that go and no other, and it is written once."""
    number = room.tell(desk)
    text = notices.text_of(desk, notices.held(desk, number))
    assert "To: example-buyer, soc@example.com, in CH" in text
    assert "  support (Support and troubleshooting): " in text
    assert "event_logs" in text
    assert "  improvement" not in text
    assert "Nothing goes before 30 days have passed" in text
    assert room.tell(desk) == number
    acts = [one.act for one in room.site.acts()]
    assert (acts.count("transfer-noticed"), acts.count("notice-due")) == (1, 1)
    notices.deliver(desk, number, PROOF, "ops", room.machine.system)
    with pytest.raises(UsageError, match="in one line"):
        notice.write(desk, ACQUIRER, "two\nlines", "ops", room.machine.system)
