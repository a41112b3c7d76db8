# SPDX-License-Identifier: Apache-2.0
"""Tests of the page of alerts, over a keeper that runs."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from access_room import NOW
from alert_room import AlertRoom, disk
from authenticator_fixture import ORIGIN
from pages_room import Open, opened, somebody, words

from policies.saying import LANGUAGES
from server.access.actions import Role
from server.alerts.rules import Severity
from server.alerts.standing import Alert, State
from server.keeper.alarms.wording import link_of
from server.register import alert_messages
from server.register.alert_messages import Waiting

pytestmark = pytest.mark.slow
HOOK = """[alerts.webhook]
url = "https://localhost:9/hooks"
secret_file = "/nonexistent"
"""
_HIGH = Severity.HIGH
HOSTILE = "\u202e<script>alert(1)</script>"


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Open]:
    """Return a console where two alerts stand, one of a device with a wild name."""
    with opened(tmp_path_factory.mktemp("alerts"), "keeper") as made:
        alerts = AlertRoom(made.installation)
        for label in ("Desk", HOSTILE):
            alerts.tell(made.installation.enrol(label), "file_systems", [disk(3)])
        alerts.look()
        alerts.close()
        yield made


def test_what_stands_is_listed(room: Open) -> None:
    """Rule, severity, device and state are shown, a wild name inert, and no value."""
    text = somebody(room, [Role.TECHNICIAN]).get("/alerts").text
    said = words(text)
    assert "Alerts: 2" in said
    assert "Disk nearly full" in said
    assert "disk-nearly-full" in said
    assert "Desk" in said
    assert "<script>alert(1)" not in text
    assert "\u202e" not in text
    assert "30000" not in re.sub("[0-9a-f]{32}", "", text)  # ids are drawn


def test_an_alert_is_answered(room: Open) -> None:
    """Acknowledged and snoozed by a person, each in the ledger under their id."""
    ann = somebody(room, [Role.TECHNICIAN], "Answering")
    text = ann.get("/alerts").text
    number = text.split('name="alert" value="', 1)[1][:32]
    assert ann.post("/alerts/acknowledge", alert=number).status == 303
    assert "acknowledged" in words(ann.get(f"/alerts?alert={number}").text)
    assert ann.post("/alerts/snooze", alert=number, span="day").status == 303
    shown = words(ann.get(f"/alerts?alert={number}").text)
    assert "snoozed until" in shown
    assert "Who was told" in shown
    for act in ("alert-acknowledged", "alert-snoozed"):
        assert [body["by"] for body in ann.acts(act)] == [ann.number]


def test_a_message_leads_to_its_alert(room: Open) -> None:
    """The link of a message opens the alert that it is of; of many, the whole list."""
    ann = somebody(room, [Role.TECHNICIAN], "Told")
    number = ann.get("/alerts").text.split('name="alert" value="', 1)[1][:32]
    head = b"i" * 16, "webhook", "raised", "disk-nearly-full", "high"
    one = Waiting(*head, bytes.fromhex(number), b"d" * 16, 1, NOW, 0)
    many = replace(one, alert=None, device=None, count=2)
    link = link_of(one, ORIGIN)
    assert link.removeprefix(ORIGIN) == f"/alerts?alert={number}"
    assert "Who was told" in words(ann.get(link.removeprefix(ORIGIN)).text)
    assert link_of(many, ORIGIN) == f"{ORIGIN}/alerts"
    assert (link_of(one, ""), link_of(many, "")) == ("", "")


def test_a_wrong_answer_changes_nothing(room: Open) -> None:
    """A span that is none, and an alert that is none, are refused in words."""
    ann = somebody(room, [Role.TECHNICIAN], "Wrong")
    before = len(ann.acts("alert-snoozed"))
    number = ann.get("/alerts").text.split('name="alert" value="', 1)[1][:32]
    for fields in (
        {"alert": number, "span": "century"},
        {"alert": "ff" * 16, "span": "day"},
    ):
        told = ann.post("/alerts/snooze", **fields)
        assert told.status == 400
    assert len(ann.acts("alert-snoozed")) == before


def test_who_may_only_see_is_offered_no_answer(room: Open) -> None:
    """An operator sees alerts, and answers none, also by a form of their own."""
    bo = somebody(room, [Role.OPERATOR], "Bo")
    text = bo.get("/alerts").text
    assert 'action="/alerts/acknowledge"' not in text
    assert bo.post("/alerts/acknowledge", alert="00").status == 403


def test_what_was_given_up_is_sent_again_after_a_proof(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Who has just proved to be there is given the button, and the ledger has it."""
    with opened(tmp_path_factory.mktemp("untold"), "keeper") as made:
        site = made.installation
        alerts = AlertRoom(site)
        alerts.add(HOOK)
        alerts.tell(site.enrol("Desk"), "file_systems", [disk(3)])
        alerts.look()
        with alerts.register.transaction() as connection:
            assert alert_messages.give_up(connection, "webhook", site.now + 600)
        alerts.close()
        ann = somebody(made, [Role.TECHNICIAN])
        assert "Send them again" in words(ann.get("/alerts").text)
        assert ann.post("/alerts/resend").status == 303
        assert [one["by"] for one in ann.acts("alert-resent")] == [ann.number]
        assert "Send them again" not in words(ann.get("/alerts").text)
        assert ann.post("/alerts/resend").status == 400


def test_who_may_not_see_is_told_so(room: Open) -> None:
    """A client has no such page, nor its tab."""
    told = somebody(room, [Role.CLIENT], "Client").get("/alerts")
    assert told.status == 403
    assert 'href="/alerts"' not in told.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_state_has_its_words(room: Open, language: str) -> None:
    """In each language the page is whole, also where nothing is found."""
    ann = somebody(room, [Role.TECHNICIAN], f"Reads {language}")
    ann.post("/me/preferences", language=language)
    for query in ("", "?state=cleared", "?alert=00", "?state=open"):
        assert ann.get(f"/alerts{query}").status == 200


def test_without_an_owner_or_a_keeper_the_page_says_so(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Nobody thinks that all is well where nobody looks."""
    with opened(tmp_path_factory.mktemp("idle"), "keeper") as made:
        told = somebody(made, [Role.OPERATOR]).get("/alerts")
        assert "Nobody owns the job" in told.text
    with opened(tmp_path_factory.mktemp("away")) as made:
        told = somebody(made, [Role.OPERATOR]).get("/alerts")
        assert told.status == 503
        assert "does not answer" in told.text


def test_many_are_shown_page_by_page(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """What needs a person comes first; a filter and a wrong page keep their place."""
    with opened(tmp_path_factory.mktemp("many"), "keeper") as made:
        alerts = AlertRoom(made.installation)
        device = made.installation.enrol("Desk").device
        kinds = [
            *((State.OPEN, Severity.CRITICAL, 2), (State.OPEN, Severity.LOW, 60)),
            *((State.ACKNOWLEDGED, Severity.CRITICAL, 1), (State.CLEARED, _HIGH, 3)),
        ]
        every = [kind[:2] for kind in kinds for _ in range(kind[2])]
        kept = [
            Alert(n.to_bytes(16, "big"), f"rule-{n}", severity, device, state, n, n)
            for n, (state, severity) in enumerate(every)
        ]
        alerts.keep(*reversed(kept))
        alerts.close()
        ann = somebody(made, [Role.TECHNICIAN])

        def shown(query: str) -> list[int]:
            text = ann.get(f"/alerts?{query}").text
            rows = re.findall(r'href="/alerts\?alert=([0-9a-f]{32})"', text)
            return [int(one, 16) for one in rows]

        newest_first = [1, 0, *range(61, 1, -1), 62]
        assert shown("") == newest_first[:50]
        assert shown("page=2") == shown("page=99") == newest_first[50:]
        assert shown("state=cleared") == [65, 64, 63]
        assert shown("state=none") == []
        said = words(ann.get("/alerts").text)
        assert ("Alerts: 63" in said, "Page 1 of 2" in said) == (True, True)
        one = words(ann.get(f"/alerts?alert={kept[40].id.hex()}").text)
        assert ("Alerts: 1" in one, "Page" in one) == (True, False)
        gone = words(ann.get(f"/alerts?alert={'ff' * 16}").text)
        assert "This alert is no more" in gone
