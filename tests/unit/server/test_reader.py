# SPDX-License-Identifier: Apache-2.0
"""One reading at the desk: decided, written down, shown, and in this order."""

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from desk_room import ASKED, Clock, Room
from reader_fixture import CATALOGUE, Site, make_site, table

from server.access import sessions
from server.access.actions import Role
from server.access.changing import Changer, People
from server.access.model import Held
from server.access.register import open_people
from server.configuration import read
from server.errors import DeniedError, LimitError, StateError, UsageError
from server.person import user_name
from server.reader.entries import touched_by
from server.reader.grants import Grant
from server.reader.opened import Opened
from server.reader.question import parse
from wire.body import Mode, Op
from wire.purposes import Purpose


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """Install a collector with one log line in it."""
    made = make_site(tmp_path / "collector")
    made.say(made.enrol("Desk"), [table("event_logs", [{"message": "m"}])])
    yield made
    made.store.close()
    made.keyring.close()


@pytest.fixture
def room(site: Site) -> Iterator[Room]:
    """Open a desk."""
    made = Room(site)
    yield made
    made.ledger.close()


@pytest.mark.slow
def test_the_ledger_has_the_reading_before_the_first_message(room: Room) -> None:
    """When the first column is known to the person, the line is on the disk."""
    answers = room.ask()
    assert next(answers) == {"columns": [["message", "VARCHAR"]]}
    act = room.site.acts()[-1]
    assert act.act == "opened"
    assert act.body is not None
    assert act.body["user"] == user_name()
    assert (act.body["purpose"], act.body["role"]) == ("support", "technician")
    assert (act.body["reason"], act.body["ticket"]) == (ASKED["reason"], "T-1")
    assert act.body["until"] == room.site.now + 3_600
    assert act.body["envelopes"] == 1
    assert {"rows": [["m"]]} in list(answers)


@pytest.mark.slow
def test_the_line_names_what_an_incident_asks_for(room: Room) -> None:
    """Policy version, devices, keys, datasets and how many columns were opened."""
    site = room.site
    list(room.ask())
    (stored,) = site.store.envelopes(site.tenant)
    body = site.acts()[-1].body
    assert body is not None
    assert body["policy"] == 1
    assert (body["devices"], body["keys"]) == ([stored.device], [stored.key_id])
    assert (body["datasets"], body["columns"]) == (["event_logs"], {"event_logs": 11})


def test_a_fleet_is_counted_not_named() -> None:
    """Where more devices were opened than a line names, it says how many there were."""
    grant = Grant("amelie", "technician", Purpose.SUPPORT, "why", "", 0, {}, 3)
    opened = Opened(devices={number.to_bytes(16, "big") for number in range(64)})
    assert len(touched_by(opened, grant)["devices"]) == 64  # type: ignore[arg-type]  # a list
    opened.devices.add(bytes(range(16)))
    told = touched_by(opened, grant)
    assert (told["every"], "devices" in told) == (65, False)


@pytest.mark.slow
def test_a_broken_state_is_asked_for_and_written_down(room: Room) -> None:
    """A reading that finds a state broken leaves a resync, a line and a count."""
    speaker = room.site.enrol()
    row = [{"process.pid": 7}]
    change = table("processes", row, mode=Mode.DELTA, changes=[(Op.ADD, 4)])
    room.site.say(speaker, [change])
    for asked in (1, 0):
        *_, last = room.ask(sql="SELECT count(*) FROM processes")
        assert isinstance(last["end"], dict)
        assert last["end"]["asked"] == asked
    opened, told, _ = room.site.acts()[-3:]
    assert (opened.act, told.act) == ("opened", "resync-asked")
    assert told.body == {"purpose": "support", "datasets": ["processes"], "devices": 1}
    (held,) = room.site.store.resyncs(room.site.tenant, speaker.device)
    assert (held.purpose, held.dataset) == ("support", "processes")
    assert held.incarnation == speaker.incarnation


def test_the_list_of_tables_is_a_reading_as_well(room: Room) -> None:
    """Counting rows opens them, so it is written down and names the purpose's only."""
    _, shown, end = list(room.ask(sql=""))
    assert room.site.acts()[-1].act == "opened"
    names = [row[0] for row in shown["rows"]]  # type: ignore[attr-defined]  # a list
    answers = [name for name in names if CATALOGUE.datasets[name].diagnostic]
    others = [name for name in names if name not in answers]
    assert others == ["crashes", "event_logs", "processes"]
    assert names == sorted([*answers, *others])
    assert isinstance(end["end"], dict)


@pytest.mark.parametrize(
    ("change", "slug"),
    [
        ({"user": "mallory"}, "no-reader-role"),
        ({"purpose": "improvement"}, "no-person-may-read"),
        ({"purpose": "curiosity"}, "unknown-purpose"),
        ({"reason": ""}, "no-reason"),
        ({"minutes": 0}, "too-long"),
        ({"minutes": -3}, "too-long"),
        ({"minutes": 10**30}, "too-long"),
        ({"reason": "\x1b[2J"}, "reason-not-readable"),
        ({"purpose": "p" * 5_000}, "unknown-purpose"),
    ],
)
def test_a_denial_is_in_the_ledger(
    room: Room, change: dict[str, str], slug: str
) -> None:
    """Who was refused what is written down, with the words that can be printed."""
    before = len(room.site.acts())
    with pytest.raises(DeniedError) as caught:
        next(room.ask(**change))
    assert caught.value.reason == slug
    (act,) = room.site.acts()[before:]
    assert act.act == "denied"
    assert act.body is not None
    assert (act.body["denied"], act.body["user"]) == (
        slug,
        change.get("user", user_name()),
    )
    assert all(str(word).isprintable() for word in act.body.values())


def _full(path: Path) -> None:
    with sqlite3.connect(path) as database:
        database.execute(
            "CREATE TRIGGER full BEFORE INSERT ON entries"
            " BEGIN SELECT RAISE(ABORT, 'disk full'); END"
        )
    database.close()


def _away(path: Path) -> None:
    path.rename(path.with_name("elsewhere"))


@pytest.mark.slow
def test_who_is_suspended_reads_nothing(room: Room) -> None:
    """A user whom the register of people knows reads as long as it lets them."""
    now, root = room.site.now, Changer("root")
    people = People(open_people(room.site.layout.people), room.ledger, room.site.tenant)
    number, _ = people.invite(root, "Ann", [], now + 60, now)
    people.set_account(root, number, user_name(), now)
    assert list(room.ask())[-1].keys() == {"end"}
    people.suspend(root, number, now)
    with pytest.raises(DeniedError) as caught:
        next(room.ask())
    assert caught.value.reason == "suspended"
    people.remove(root, number, now)
    with pytest.raises(DeniedError) as caught:
        next(room.ask())
    assert caught.value.reason == "removed"
    assert [act.act for act in room.site.acts()][-3:] == [
        *("denied", "person-changed", "denied"),
    ]
    people.register.close()


@pytest.mark.slow
def test_who_is_signed_in_reads_as_the_table_and_the_policy_say(room: Room) -> None:
    """A session reads under its person's id, for their purposes, until it ends."""
    now, root, tenant = room.site.now, Changer("root"), room.site.tenant
    people = People(open_people(room.site.layout.people), room.ledger, tenant)
    held = [Held(Role.TECHNICIAN, tenant, frozenset({Purpose.SUPPORT}))]
    number, _ = people.invite(root, "Ann", held, now + 60, now)
    with people.register.writing() as connection:
        secret = sessions.begin(connection, number, sessions.KEY_FILE, now)

    def denied(**changed: object) -> str:
        with pytest.raises(DeniedError) as caught:
            next(room.ask(**{"session": secret} | changed))
        body = room.site.acts()[-1].body
        assert body is not None
        assert body["denied"] == caught.value.reason
        return caught.value.reason

    assert denied() == "untrained"
    people.attest(root, number, now + 60, now)
    assert list(room.ask(user="nobody", session=secret))[-1].keys() == {"end"}
    opened = [act.body for act in room.site.acts() if act.act == "opened"][-1]
    assert opened is not None
    assert (opened["user"], opened["role"]) == (number, "technician")
    assert denied(purpose="provision") == "other-purpose"
    assert denied(purpose="improvement") == "no-person-may-read"
    assert denied(session="A" * 43) == "not-signed-in"
    people.give(root, number, Held(Role.AUDITOR, tenant), now)
    people.take(root, number, Role.TECHNICIAN, tenant, now)
    assert denied() == "no-role"
    people.suspend(root, number, now)
    assert denied() == "not-signed-in"
    people.register.close()


@pytest.mark.slow
@pytest.mark.parametrize("spoil", [_full, _away])
@pytest.mark.parametrize("sql", ["", "SELECT message FROM event_logs"])
def test_without_a_ledger_nothing_is_shown(
    room: Room, spoil: Callable[[Path], None], sql: str
) -> None:
    """A full disk or a ledger moved away ends a reading before its first message."""
    spoil(room.site.layout.ledger)
    with pytest.raises(StateError, match="ledger"):
        next(room.ask(sql=sql))


def test_without_a_ledger_a_denial_is_not_answered_either(room: Room) -> None:
    """A refusal that cannot be written down says that, and nothing of the policy."""
    _full(room.site.layout.ledger)
    with pytest.raises(StateError):
        next(room.ask(user="mallory"))


@pytest.mark.slow
@pytest.mark.parametrize("sql", ["", "SELECT message FROM event_logs"])
def test_no_row_is_shown_once_the_grant_has_ended(site: Site, sql: str) -> None:
    """A reading that outlasts its minutes ends, however far it is."""
    clock = Clock()
    room = Room(site, clock)
    answers = room.ask(sql=sql, minutes=2)
    assert "columns" in next(answers)
    clock.time = 120.0
    with pytest.raises(LimitError, match="--minutes"):
        next(answers)
    room.ledger.close()


def test_a_grant_that_ends_while_opening_opens_no_more(site: Site) -> None:
    """The minutes count while envelopes are opened, too."""
    room = Room(site, Clock(step=61.0))
    before = len(site.acts())
    with pytest.raises(LimitError, match="--minutes"):
        next(room.ask(minutes=1, sql=""))
    assert len(site.acts()) == before
    room.ledger.close()


@pytest.mark.slow
def test_a_purpose_does_not_show_the_column_of_another(room: Room) -> None:
    """Columns that the policy keeps for security are null to support, even if sent."""
    rows = [{"process.pid": 7, "process.executable.name": "x"}]
    odd = [{"network.local.port": 22}]
    room.site.say(
        room.site.enrol(), [table("processes", rows), table("listening_ports", odd)]
    )
    shown = list(room.ask(sql='SELECT "network.local.port" FROM listening_ports'))
    assert len(shown) == 2, "columns and an end, no row"
    end = shown[-1]["end"]
    assert isinstance(end, dict)
    assert end["skipped"] == {"dataset-not-in-policy": 1}


@pytest.mark.slow
def test_names_with_dots_and_empty_tables_can_be_asked(room: Room) -> None:
    """Each declared column of each dataset can be named in quotes, rows or none."""
    for name, dataset in CATALOGUE.datasets.items():
        columns = ", ".join(f'"{column.name}"' for column in dataset.columns)
        sql = f"SELECT {columns} FROM {name}"  # noqa: S608 - names of the catalogue
        answers = list(room.ask(sql=sql))
        named = [pair[0] for pair in answers[0]["columns"]]  # type: ignore[attr-defined]  # a list
        assert named == [column.name for column in dataset.columns]


@pytest.mark.slow
def test_devices_are_named_by_id_or_label(room: Room) -> None:
    """A name that means no device is a mistake, not an empty answer."""
    for name in ("Desk", room.site.store.devices(room.site.tenant)[0].device.hex()[:8]):
        assert {"rows": [["m"]]} in list(room.ask(devices=[name]))
    with pytest.raises(UsageError, match="no such device"):
        next(room.ask(devices=["Shed"]))
    with pytest.raises(UsageError, match="--dataset"):
        next(room.ask(datasets=["passwords"]))


@pytest.mark.parametrize(
    "change",
    [
        {"wish": 1},
        {"purpose": 7},
        {"devices": "Desk"},
        {"devices": [1]},
        {"since": -1},
        {"since": True},
        {"until": "now"},
        {"minutes": 1.5},
        {"sql": None},
        {"sql": "SELECT '\ud800'"},
        {"reason": "\udfff"},
        {"job": "another"},
        {"job": ["account"]},
        {"file": "rows.csv"},
    ],
)
def test_a_request_of_another_form_is_refused(change: dict[str, object]) -> None:
    """Unknown fields, other types and broken text never reach a decision."""
    with pytest.raises(UsageError):
        parse({**ASKED, **change}, "ann")


def test_roles_are_those_of_this_moment(room: Room) -> None:
    """A role that an operator takes away counts with the next reading."""
    path = room.site.layout.configuration
    assert "technician" in read(room.site.layout).roles[user_name()]
    path.write_text(path.read_text().replace("technician", "visitor"))
    with pytest.raises(DeniedError, match="technician"):
        next(room.ask())
