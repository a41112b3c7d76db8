# SPDX-License-Identifier: Apache-2.0
"""`discreet-server alert`, typed at an installation whose keeper runs as a process.

Rules: alerts are found in real seals; channels are real sockets.
Not here: finding (`test_alerting.py`), sending (`test_alert_sending.py`).
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from alert_channels import channels
from alert_room import AlertRoom, alert_room, disk
from keeper_fixture import running_keeper
from office_fixture import Office

from server.alerts.standing import State
from server.errors import UnreachableError, UsageError


@dataclass
class Desk:
    """A room and who types there."""

    room: AlertRoom
    office: Office


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """Run a keeper where one alert stands."""
    (tmp_path / "site").mkdir()
    with alert_room(tmp_path / "site") as room:
        room.tell(room.site.enrol("Desk"), "file_systems", [disk(3)])
        room.look()
        with running_keeper(room.site):
            yield Desk(room, Office(room.site, tmp_path))


def test_an_alert_is_listed_shown_and_answered(desk: Desk) -> None:
    """Whoever types sees the rule and the device, and answers; the ledger has it."""
    (alert,) = desk.room.standing()
    begun, typed = alert.id.hex()[:6], desk.office.typed
    listed = typed("alert", "list")
    assert alert.id.hex()[:12] in listed
    assert "high" in listed
    assert "Desk" in listed
    assert "is acknowledged." in typed("alert", "acknowledge", begun)
    assert "is snoozed until" in typed("alert", "snooze", begun, "--for", "4h")
    shown = typed("alert", "show", begun)
    assert "snoozed until" in shown
    acts = [one.act for one in desk.room.site.acts() if one.act.startswith("alert-")]
    assert acts == ["alert-acknowledged", "alert-snoozed"]


def test_json_has_whole_ids(desk: Desk) -> None:
    """A program gets what a person sees, with all digits."""
    (alert,) = desk.room.standing()
    told = json.loads(desk.office.typed("alert", "list", "--json"))
    assert [one["id"] for one in told["alerts"]] == [alert.id.hex()]
    assert told["owner"] == "root"


def test_however_many_stand_are_listed(desk: Desk) -> None:
    """An outage has more alerts than one message holds; what is over is apart."""
    (first,) = desk.room.standing()
    kept = [
        replace(first, id=number.to_bytes(16, "big"), rule=f"rule-{number}")
        for number in range(16_000)
    ]
    kept[7] = replace(kept[7], state=State.CLEARED, ended=first.since)
    kept[8] = replace(kept[8], state=State.PENDING)
    desk.room.keep(*kept)
    for words, count in ((), 15_999), (("--all",), 16_000):
        told = json.loads(desk.office.typed("alert", "list", *words, "--json"))
        assert len({one["id"] for one in told["alerts"]}) == count
        over = [one["id"] for one in told["alerts"] if one["state"] == "cleared"]
        assert over == [kept[7].id.hex()] * (count == len(kept))


def test_nobody_to_tell_is_said(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a channel the list says that nobody is told, and a test is refused."""
    desk.office.typed("alert", "list")
    assert "nobody is told" in capsys.readouterr().err
    desk.office.typed("alert", "test", code=UsageError.exit_code)
    assert "[alerts]" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("acknowledge", "ffffffffffff"), "alert list"),
        (("snooze", "00", "--for", "31d"), "10m to 30d"),
    ],
)
def test_a_wrong_answer_is_one_sentence(
    desk: Desk, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: str
) -> None:
    """An unknown id and an endless snooze are refused with what to do."""
    desk.office.typed("alert", *words, code=UsageError.exit_code)
    assert said in capsys.readouterr().err


def test_what_a_rule_lacks_is_shown(desk: Desk) -> None:
    """Rules are listed; under the shipped policy none lacks a column."""
    found = json.loads(desk.office.typed("alert", "rules", "--json"))
    assert [one["lacks"] for one in found] == [[]] * 9
    assert "disk-nearly-full" in desk.office.typed("alert", "rules")


def test_a_file_of_rules_with_mistakes_names_its_lines(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is wrong in alerts.toml is told line by line, and nothing is guessed."""
    desk.room.site.layout.alert_rules.write_text("format = 1\n[rule.x]\nseverity = 1\n")
    desk.office.typed("alert", "rules", code=UsageError.exit_code)
    err = capsys.readouterr().err
    assert "alerts.toml:2: when is missing" in err
    assert "alerts.toml:3: severity must be a line of text" in err


def test_a_channel_is_tried(desk: Desk, tmp_path: Path) -> None:
    """Each channel says whether it took a message; one that did not is an error."""
    with channels(tmp_path) as out:
        desk.room.add(out.words)
        assert desk.office.typed("alert", "test") == "mail: sent\nwebhook: sent\n"
        out.webhook.refuses = True
        code = UnreachableError.exit_code
        said = desk.office.typed("alert", "test", code=code)
        assert "webhook: localhost does not take alerts: HTTP status 503" in said
