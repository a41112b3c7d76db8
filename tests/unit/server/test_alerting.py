# SPDX-License-Identifier: Apache-2.0
"""The job of alerts: what it finds in real seals, and what it opens for that.

Rules: a real installation, store and keys; rules as they ship.
Not here: what flaps or waits (`test_alert_standing.py`), sending
(`test_alert_sending.py`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from alert_room import CATALOGUE, DAY, HOUR, AlertRoom, alert_room, disk
from reader_fixture import Speaker, fold, table

from server.alerts.standing import Event
from server.errors import StateError
from server.reader.alerting import AlertJob
from server.reader.process import alert_opening
from server.store.interface import DeviceState
from wire.body import Mode
from wire.envelope import Gap
from wire.purposes import Purpose
from wire.values import Value

Row = Mapping[str, Value]
SERVICE = {"state": "active", "start_type": "enabled"}
SCANNER = {"kind": "antivirus", "enabled": True, "running": True}


@pytest.fixture
def room(tmp_path: Path) -> Iterator[AlertRoom]:
    """Install a collector whose job of alerts has an owner."""
    with alert_room(tmp_path) as made:
        yield made


@pytest.mark.parametrize(
    ("rule", "dataset", "well", "ill"),
    [
        ("disk-nearly-full", "file_systems", disk(50), disk(9)),
        ("service-failed", "services", SERVICE, SERVICE | {"state": "failed"}),
        (
            "service-stopped",
            "services",
            {"state": "running", "start_type": "automatic"},
            {"state": "stopped", "start_type": "automatic"},
        ),
        (
            "update-failed",
            "patches",
            {"install_state": "installed"},
            {"install_state": "failed"},
        ),
        ("protection-off", "security_products", SCANNER, SCANNER | {"enabled": False}),
    ],
)
def test_a_rule_begins_and_ends_with_rows(
    room: AlertRoom, rule: str, dataset: str, well: Row, ill: Row
) -> None:
    """What a device seals raises the one alert of the rule, and clears it."""
    speaker = room.site.enrol("Desk")
    room.tell(speaker, dataset, [well])
    room.look()
    room.look(seconds=HOUR)
    assert room.names() == []
    room.change(speaker, dataset, ill, 0)
    room.look()
    room.look(seconds=HOUR)
    assert room.names() == [rule]
    assert room.standing()[0].device == speaker.device
    room.change(speaker, dataset, well, 0)
    room.look()
    room.look(seconds=2 * HOUR)
    assert room.names() == []


@pytest.mark.parametrize(
    ("rule", "dataset", "column", "well", "ill"),
    [
        ("certificate-expiring", "certificates", "not_after", 60 * DAY, 20 * DAY),
        ("updates-overdue", "update_status", "update_time", -30 * DAY, -46 * DAY),
    ],
)
def test_a_rule_about_time_begins_and_ends(
    room: AlertRoom, rule: str, dataset: str, column: str, well: int, ill: int
) -> None:
    """A time that comes near, or lies long ago, raises the rule's alert."""
    speaker = room.site.enrol()
    room.tell(speaker, dataset, [{column: room.now + ill}])
    room.look()
    assert room.names() == [rule]
    room.change(speaker, dataset, {column: room.now + well}, 0)
    room.look()
    assert room.names() == []


def test_time_alone_raises_what_ends(room: AlertRoom) -> None:
    """A device that sends nothing new is looked at again a day later."""
    speaker = room.site.enrol()
    room.tell(speaker, "certificates", [{"not_after": room.now + 21 * DAY + HOUR}])
    room.look("certificate-expiring")
    assert room.names() == []
    assert room.look("certificate-expiring", seconds=HOUR).due == 0
    assert room.look("certificate-expiring", seconds=DAY).due == 1
    assert room.names() == ["certificate-expiring"]


def test_what_ended_long_ago_is_not_told(room: AlertRoom) -> None:
    """An authority that expired years ago is no alert."""
    room.tell(room.site.enrol(), "certificates", [{"not_after": room.now - 400 * DAY}])
    room.look()
    assert room.names() == []


def test_rows_that_a_rule_leaves_out_raise_nothing(room: AlertRoom) -> None:
    """A full disk of another machine, a full disc, and one of no size are no alerts."""
    rows = [
        disk(1, network=True),
        disk(1, read_only=True),
        disk(0, **{"system.filesystem.limit": 0}),
        {"network": False, "read_only": False},
    ]
    room.tell(room.site.enrol(), "file_systems", rows)
    room.look()
    assert room.names() == []


def test_a_silent_device_is_told_and_heard_again(room: AlertRoom) -> None:
    """A day in which the collector listened raises the alert; a poll clears it."""
    speaker = room.site.enrol()
    room.hear(speaker)
    room.watch("device-silent", seconds=DAY - HOUR)
    assert room.names() == []
    room.watch("device-silent", seconds=2 * HOUR)
    assert room.names() == ["device-silent"]
    room.hear(speaker)
    room.look("device-silent")
    assert room.names() == []


def test_lost_records_are_told_for_a_day(room: AlertRoom) -> None:
    """A gap record of any purpose raises the alert, which ends a day after the last."""
    speaker = room.site.enrol()
    gap = Gap(3, room.now - 60, room.now, "spool-full")
    room.site.put(speaker.gap(Purpose.SUPPORT, gap, room.now))
    room.look("records-lost")
    assert room.names() == ["records-lost"]
    room.look("records-lost", seconds=60)
    room.look("records-lost", seconds=DAY - HOUR)
    assert room.names() == ["records-lost"]
    room.look("records-lost", seconds=2 * HOUR)
    assert room.names() == []


def test_the_job_can_open_one_class_alone(room: AlertRoom) -> None:
    """Of all keys of the keyring, the job's open those of the class of alerts only."""
    site = room.site
    keys = alert_opening(site.layout, site.keyring, site.tenant).keys(site.now)
    opened = {
        (key.purpose, key.retention)
        for key in site.keyring.public_keys(site.tenant)
        if keys.opening_key(key.id) is not None
    }
    assert opened == {(Purpose.ADMINISTRATION, "alerts")}


def test_a_lying_index_opens_nothing_else(room: AlertRoom) -> None:
    """What the gate calls alerts and is sealed to another class stays shut."""
    speaker, rows = room.site.enrol(), [disk(1)]
    part = table("file_systems", rows, Purpose.ADMINISTRATION, Mode.FULL)
    key = room.key("inventory")
    room.site.put(speaker.seal(key, [part], room.now), retention="alerts")
    done = room.look()
    assert (done.due, done.envelopes, room.names()) == (1, 0, [])


def test_each_look_that_opens_is_one_line_in_the_ledger(room: AlertRoom) -> None:
    """The line names job, owner, purpose and class, and numbers, never a value."""
    room.tell(room.site.enrol(), "file_systems", [disk(3)])
    room.look()
    room.look(seconds=60)
    lines = [act.body for act in room.site.acts() if act.act == "alerts-looked"]
    assert lines == [
        {
            "job": "alerts",
            "owner": "root",
            "purposes": ["administration"],
            "retention": "alerts",
            "devices": 1,
            "envelopes": 1,
            "blocks": 0,
            "doubtful": 0,
            "raised": 1,
            "cleared": 0,
        }
    ]


def test_a_job_that_nobody_owns_opens_nothing(room: AlertRoom) -> None:
    """Without an owner in config.toml there is no alert and no line."""
    path = room.site.layout.configuration
    path.write_text(path.read_text().replace('alerts = "root"\n', ""))
    room.tell(room.site.enrol(), "file_systems", [disk(3)])
    assert room.look().due == 0
    assert room.names() == []


def test_only_what_is_new_is_opened(room: AlertRoom) -> None:
    """A look opens devices that sent something of the class, from their blocks on."""
    quiet, busy = room.site.enrol(), room.site.enrol()
    for speaker in (quiet, busy):
        room.tell(speaker, "file_systems", [disk(50)])
    assert room.look().due == 2
    room.put(
        busy,
        table("devices", [{"chassis": "x"}], Purpose.ADMINISTRATION, Mode.FULL),
        retention="inventory",
    )
    assert room.look(seconds=60).due == 0
    fold(room.site)
    room.change(busy, "file_systems", disk(40), 0)
    done = room.look(seconds=60)
    assert (done.due, done.blocks, done.envelopes) == (1, 1, 1)


def test_a_state_in_doubt_is_not_judged(room: AlertRoom) -> None:
    """Where a change is missing an alert stays as it was, and the ledger counts it."""
    speaker = room.site.enrol()
    room.tell(speaker, "file_systems", [disk(3)])
    room.look()
    part = table("file_systems", [disk(50)], Purpose.ADMINISTRATION, Mode.FULL)
    room.put(speaker, replace(part, state=bytes(32)))
    done = room.look(seconds=2 * HOUR)
    assert done.doubtful == 1
    assert room.names() == ["disk-nearly-full"]


@pytest.mark.parametrize("state", [DeviceState.REVOKED, DeviceState.GONE])
def test_alerts_of_a_device_that_is_over_go_with_it(
    room: AlertRoom, state: DeviceState
) -> None:
    """Nothing with its id is left, in the file's octets either."""
    speaker = room.site.enrol()
    room.add('[alerts.webhook]\nurl = "https://h.example/"\nsecret_file = "/x"\n')
    room.tell(speaker, "file_systems", [disk(3)])
    assert room.look().events[Event.RAISED] == 1
    room.end(speaker, state)
    room.look(seconds=60)
    with room.register.view() as connection:
        for name in ("alerts", "looks", "messages"):
            count = connection.execute(f"SELECT count(*) FROM {name}")  # noqa: S608
            assert count.fetchone() == (0,)


def test_what_is_over_is_forgotten_in_time(room: AlertRoom) -> None:
    """An alert that ended is kept for no longer than the class is."""
    speaker = room.site.enrol()
    room.tell(speaker, "patches", [{"install_state": "failed"}])
    room.look()
    room.change(speaker, "patches", {"install_state": "installed"}, 0)
    room.look()
    room.look(seconds=29 * DAY)
    with room.register.view() as connection:
        assert connection.execute("SELECT count(*) FROM alerts").fetchone() == (1,)
    room.look(seconds=2 * DAY)
    with room.register.view() as connection:
        assert connection.execute("SELECT count(*) FROM alerts").fetchone() == (0,)


def _silent(room: AlertRoom, count: int) -> list[Speaker]:
    """Enrol devices that are heard once."""
    speakers = [room.site.enrol() for _ in range(count)]
    room.hear(*speakers)
    return speakers


@pytest.mark.parametrize("jump", [30 * DAY, -30 * DAY])
def test_a_clock_that_jumps_makes_no_device_silent(room: AlertRoom, jump: int) -> None:
    """After a jump, or a time in which the collector was down, silence counts anew."""
    _silent(room, 3)
    room.look("device-silent")
    room.look("device-silent", seconds=jump)
    room.look("device-silent", seconds=60)
    assert room.names() == []
    if jump > 0:
        room.watch("device-silent", seconds=DAY + HOUR)
        assert room.names() == ["device-silent"] * 3


def test_a_look_that_the_disk_stops_is_made_again(room: AlertRoom) -> None:
    """Nothing of it is kept, so the next look finds what it found, once."""
    room.tell(room.site.enrol(), "file_systems", [disk(3)])
    with room.register.transaction() as connection:
        connection.execute(
            "CREATE TRIGGER full BEFORE INSERT ON looks BEGIN"
            " SELECT RAISE(ABORT, 'full'); END"
        )
    with pytest.raises(StateError):
        room.look()
    assert room.names() == []
    with room.register.transaction() as connection:
        connection.execute("DROP TRIGGER full")
    assert room.look().events[Event.RAISED] == 1
    assert room.look().due == 0
    assert room.names() == ["disk-nearly-full"]


def test_a_restricted_device_is_not_looked_at(room: AlertRoom) -> None:
    """No job works with rows of a device whose processing is restricted."""
    speaker, site = room.site.enrol(), room.site
    room.tell(speaker, "file_systems", [disk(3)])
    opening = alert_opening(site.layout, site.keyring, site.tenant)
    opening = replace(opening, restricted=lambda: {speaker.device})
    room.job = AlertJob(site.store, opening, room.ledger, CATALOGUE, room.register)
    assert room.look().due == 0
    room.job = room.begun()
    assert room.look().due == 1
