# SPDX-License-Identifier: Apache-2.0
"""What goes out of alerts: by webhook and mail, once, bounded, and without a value.

Rules: rows come through real seals and the real job; receivers are real sockets over
TLS; the keeper's round is called as the keeper does.
Not here: what raises alerts (`test_alerting.py`).
"""

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from alert_channels import Channels, channels
from alert_room import CATALOGUE, DAY, HOUR, AlertRoom, alert_room, disk
from keeper_fixture import running_keeper
from office_fixture import Office
from reader_fixture import running_reader

from server.alerts.bounds import EACH_A_MINUTE, GIVE_UP_SECONDS
from server.errors import ServerError, UnreachableError, UsageError
from server.keeper import acts
from server.keeper.alarms import sending
from server.keeper.desk import Desk
from server.keeper.process import opened
from server.keeper.rounds import alerts as rounds_alerts
from server.register import alert_messages
from server.store.interface import DeviceState
from wire.catalogue import Storage, storage
from wire.values import Value


@dataclass
class Sending:
    """A room, its keeper and its channels."""

    room: AlertRoom
    desk: Desk
    out: Channels

    def send(self, seconds: int = 0) -> str:
        """Let time go by and take a turn; returns what was wrong."""
        self.room.now += seconds
        try:
            sending.turn(self.desk, self.room.now)
        except ServerError as error:
            return str(error)
        return ""

    def fill(self, count: int = 1) -> None:
        """Have so many new devices tell of a disk that is nearly full, and look."""
        for _ in range(count):
            self.room.tell(self.room.site.enrol(), "file_systems", [disk(3)])
        while self.room.look().more:
            pass


@pytest.fixture(params=[False, True], ids=["implicit-tls", "starttls"])
def both(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Sending]:
    """Run everything."""
    with (
        alert_room(tmp_path / "site") as room,
        channels(tmp_path, starttls=request.param) as out,
    ):
        room.add(out.words)
        with opened(room.site.layout) as desk:
            yield Sending(room, desk, out)


@pytest.fixture
def out(tmp_path: Path) -> Iterator[Sending]:
    """Run everything."""
    with alert_room(tmp_path / "site") as room, channels(tmp_path) as held:
        room.add(held.words)
        with opened(room.site.layout) as desk:
            yield Sending(room, desk, held)


@pytest.fixture(autouse=True)
def _directory(tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()


def test_an_alert_is_told_once_by_each_channel(both: Sending) -> None:
    """Its ids, rule and severity go out signed and over TLS, once."""
    both.fill()
    assert [both.send(), both.send(10), both.send(10)] == ["", "", ""]
    (alert,) = both.room.standing()
    (said,) = both.out.webhook.said
    assert said["type"] == "alert.raised"
    assert said["data"] == {
        "rule": "disk-nearly-full",
        "severity": "high",
        "count": 1,
        "alert": alert.id.hex(),
        "device": alert.device.hex(),
    }
    (mail,) = both.out.mail.bodies
    for word in (alert.id.hex(), alert.device.hex(), "[high] disk-nearly-full: raised"):
        assert word.encode() in mail


def test_no_password_and_no_mail_goes_in_clear(both: Sending) -> None:
    """Before TLS stands a mail server hears a greeting and nothing else."""
    both.fill()
    assert both.send() == ""
    raw = both.out.mail.raw
    first = next((at for at, line in enumerate(raw) if b"STARTTLS" in line), -1)
    assert all(
        line.lower().startswith((b"ehlo", b"starttls")) for line in raw[: first + 1]
    )


@pytest.mark.parametrize("word", ["gruen-ü", b"\xff\xfe"])
def test_a_password_that_cannot_be_said_is_told(
    out: Sending, tmp_path: Path, word: str | bytes
) -> None:
    """The sentence says what to do, and nothing of it; the message still waits."""
    octets = word if isinstance(word, bytes) else word.encode()
    (tmp_path / "word").write_bytes(octets)
    out.fill()
    said = out.send()
    assert "not ASCII: give alerts another password" in said
    assert "gruen" not in said
    (tmp_path / "word").write_text("correct horse")
    assert out.send(HOUR) == ""
    assert len(out.out.mail.bodies) == 1


def test_the_end_is_told_too(out: Sending) -> None:
    """What was raised and is over is told as cleared."""
    speaker = out.room.site.enrol()
    out.room.tell(speaker, "file_systems", [disk(3)])
    out.room.look()
    out.room.change(speaker, "file_systems", disk(60), 0)
    out.room.look(seconds=60)
    out.room.look(seconds=HOUR)
    assert out.send() == ""
    assert [one["type"] for one in out.out.webhook.said] == [
        "alert.raised",
        "alert.cleared",
    ]


def test_a_storm_is_a_few_messages(out: Sending) -> None:
    """Of many alerts of one rule in a minute some go out, and one that counts more."""
    out.fill(EACH_A_MINUTE + 25)
    assert out.send() == ""
    assert len(out.out.webhook.bodies) == EACH_A_MINUTE
    assert out.send(60) == ""
    assert len(out.out.webhook.bodies) == EACH_A_MINUTE + 1
    assert out.out.webhook.said[-1]["data"] == {
        "rule": "disk-nearly-full",
        "severity": "high",
        "count": 25,
    }
    assert b"(25 alerts)" in out.out.mail.bodies[-1]


def test_a_channel_that_is_down_loses_nothing(out: Sending) -> None:
    """It rests between tries, holds up no other, and is told all when it is back."""
    out.out.webhook.refuses = True
    out.fill(3)
    assert "HTTP status 503" in out.send()
    assert len(out.out.mail.bodies) == 3
    tried = len(out.out.webhook.raw)
    assert out.send(10) == ""
    assert len(out.out.webhook.raw) == tried == 1
    out.out.webhook.refuses = False
    assert out.send(60) == ""
    assert len(out.out.webhook.bodies) == 3
    assert len(out.out.mail.bodies) == 3


def test_a_mail_server_that_is_down_loses_nothing(out: Sending) -> None:
    """What it does not take now it takes later, under the same id."""
    out.out.mail.refuses = True
    out.fill()
    assert "SMTP status 451" in out.send()
    out.out.mail.refuses = False
    assert out.send(60) == ""
    ids = {
        line
        for body in out.out.mail.raw
        for line in body.splitlines()
        if line.lower().startswith(b"message-id")
    }
    assert (len(ids), len(out.out.mail.bodies)) == (1, 1)


def test_what_nobody_takes_is_given_up_where_people_see_it(out: Sending) -> None:
    """After days it is put aside and counted, in the ledger too."""
    out.out.webhook.refuses = True
    out.fill()
    out.send()
    assert out.send(GIVE_UP_SECONDS) == ""
    assert len(out.out.webhook.raw) == 2
    with out.desk.alerts.view() as connection:
        assert alert_messages.given_up(connection) == {"webhook": 1}
    lines = [act.body for act in out.room.site.acts() if act.act == "alerts-untold"]
    assert lines == [{"count": 1}]
    out.send(DAY)
    assert len(out.out.webhook.raw) == 2


def test_what_was_given_up_is_sent_again_by_a_person(out: Sending) -> None:
    """Under its old id, once the channel works; the ledger has who asked for it."""
    out.out.webhook.refuses = True
    out.fill()
    out.send()
    out.send(GIVE_UP_SECONDS)
    out.out.webhook.refuses = False
    asked = {"act": "alert", "step": "resend"}
    assert list(acts.answer(out.desk, asked, "amelie", out.room.now)) == [
        {"end": {"count": 1}}
    ]
    assert out.send() == ""
    with out.desk.alerts.view() as connection:
        assert alert_messages.given_up(connection) == {}
    ids = {
        line
        for body in out.out.webhook.raw
        for line in body.splitlines()
        if line.lower().startswith(b"webhook-id")
    }
    assert (len(ids), len(out.out.webhook.raw)) == (1, 3)
    lines = [act.body for act in out.room.site.acts() if act.act == "alert-resent"]
    assert lines == [{"by": "amelie", "count": 1}]
    with pytest.raises(UsageError, match="no message was given up"):
        list(acts.answer(out.desk, asked, "amelie", out.room.now))


def test_where_alerts_go_is_in_the_ledger_first(out: Sending) -> None:
    """Each place is named once, before anything is sent to it."""
    out.fill()
    out.send()
    out.send(60)
    named = [act.body for act in out.room.site.acts() if act.act == "alerts-named"]
    assert [one["kind"] for one in named if one] == ["webhook", "mail"]


@pytest.mark.parametrize("times", [1, 2])
def test_a_restart_sends_nothing_twice_and_loses_nothing(
    out: Sending, times: int
) -> None:
    """A job and a keeper that start again go on where the last ones were."""
    out.fill(2)
    for _ in range(times):
        out.room.job = out.room.begun()
        out.room.look(seconds=60)
        with opened(out.room.site.layout) as desk:
            sending.turn(desk, out.room.now)
    assert len(out.out.webhook.bodies) == 2
    assert len(out.room.standing()) == 2


def test_a_try_that_was_broken_off_is_made_again_under_its_id(out: Sending) -> None:
    """A keeper killed between sending and noting it sends again what receivers know."""
    out.fill()
    with out.desk.alerts.view() as connection:
        (one,) = alert_messages.due(connection, "webhook", out.room.now, 10)
    with out.desk.alerts.transaction() as connection:
        alert_messages.begin(connection, one)
    assert out.send() == ""
    assert f"msg_{one.id.hex()}".encode() in out.out.webhook.raw[0]


def test_no_value_leaves_in_any_column(out: Sending) -> None:
    """Canaries in every column of every dataset of alerts are in no octet sent."""
    canary = "canary-7f3a91"
    speaker = out.room.site.enrol("Desk-label-canary")
    for rule, ill in (
        (
            "file_systems",
            {
                "network": False,
                "read_only": False,
                "available": 7_654_321,
                "system.filesystem.limit": 987_654_321,
            },
        ),
        ("services", {"state": "failed"}),
        ("security_products", {"kind": "antivirus", "enabled": False}),
        ("patches", {"install_state": "failed"}),
        ("certificates", {"not_after": out.room.now + DAY + 4_321}),
        ("update_status", {"update_time": out.room.now - 60 * DAY - 1_234}),
    ):
        row = dict[str, Value](ill)
        for column in CATALOGUE.datasets[rule].columns:
            if storage(column.type) is Storage.UTF8:
                row.setdefault(column.name, f"{canary}-{column.name}")
        out.room.tell(speaker, rule, [row])
    out.room.look()
    out.room.look(seconds=HOUR)
    assert len(out.room.names()) == 6
    assert out.send() == ""
    sent = b"".join((*out.out.webhook.raw, *out.out.mail.raw))
    names = ("7654321", "987654321", str(out.room.now - HOUR + DAY + 4_321))
    for word in (canary, "label-canary", "antivirus", *names):
        assert word.encode() not in sent
    kept = out.room.site.layout.alerts
    files = [kept, kept.with_name(kept.name + "-wal")]
    octets = b"".join(file.read_bytes() for file in files if file.exists())
    assert canary.encode() not in octets
    assert json.dumps("label-canary").encode() not in octets


def test_what_nobody_looks_for_any_more_goes_too(out: Sending) -> None:
    """Without an owner of the job the keeper ends alerts of devices that are over."""
    out.fill(2)
    path = out.room.site.layout.configuration
    path.write_text(path.read_text().replace('alerts = "root"\n', ""))
    gone = out.room.standing()[0].device
    out.room.site.store.set_state(out.room.site.tenant, gone, DeviceState.REVOKED)
    rounds_alerts.turn(out.desk, out.room.now)
    assert [one.device == gone for one in out.room.standing()] == [False]
    rounds_alerts.turn(out.desk, out.room.now + 31 * DAY)
    assert out.room.standing() == []


@pytest.mark.slow
def test_processes_find_and_tell(tmp_path: Path, out: Sending) -> None:
    """Reader and keeper as `serve` runs them: from sealed rows to a signed request."""
    out.room.tell(out.room.site.enrol(), "file_systems", [disk(3)])
    office = Office(out.room.site, tmp_path)
    with running_reader(out.room.site), running_keeper(out.room.site):
        office.typed("alert", "look")
        assert "disk-nearly-full" in office.typed("alert", "list")
        until = time.monotonic() + 30
        while not out.out.webhook.bodies and time.monotonic() < until:
            threading.Event().wait(0.05)
    assert [one["type"] for one in out.out.webhook.said] == ["alert.raised"]


def test_a_channel_can_be_tried(out: Sending) -> None:
    """A test goes out by each channel, and what is wrong is told in a sentence."""
    assert sending.tried(out.desk, out.room.now) == {"webhook": "", "mail": ""}
    out.out.webhook.refuses = True
    found = sending.tried(out.desk, out.room.now)
    assert "HTTP status 503" in found["webhook"]
    assert out.out.webhook.said[0]["type"] == "alert.test"


def test_a_receiver_that_proves_nothing_gets_nothing(
    out: Sending, tmp_path: Path
) -> None:
    """With another authority neither webhook nor mail server hears a message."""
    (tmp_path / "other").mkdir()
    with channels(tmp_path / "other"):
        other = (tmp_path / "other" / "ca.pem").read_text()
    (tmp_path / "ca.pem").write_text(other)
    out.fill()
    assert "not to be trusted" in out.send()
    assert (out.out.webhook.raw, out.out.mail.raw) == ([], [])


def test_a_bad_secret_is_told(out: Sending, tmp_path: Path) -> None:
    """A file that is no secret is named, and nothing is sent by that channel."""
    (tmp_path / "secret").write_text("hunter2")
    out.fill()
    said = out.send()
    assert "is no webhook secret" in said
    assert "hunter2" not in said


def test_nothing_listens(out: Sending) -> None:
    """A port on which nothing listens is a sentence, not an end."""
    path = out.room.site.layout.configuration
    path.write_text(path.read_text().replace(f":{out.out.mail.port}", ":1"))
    out.fill()
    assert "cannot send alerts to localhost port 1" in out.send()
    assert UnreachableError.exit_code
