# SPDX-License-Identifier: Apache-2.0
"""Tickets: what is read under them, how that ends, and what is left of them.

Rules: a real installation with keeper and reader in one process; time is the test's.
Not here: the reader's other decisions (`test_grants.py`, `test_reader.py`).
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from desk_room import ASKED, Clock
from desk_room import Room as Reading
from keeper_fixture import Room, signed
from reader_fixture import say_of_tickets, table

from server.errors import DeniedError, UsageError
from server.keeper import acts
from server.keeper.desk import Desk
from server.keeper.rounds import retention
from server.keeper.rounds import tickets as swept
from server.person import user_name
from server.reader import accounting
from server.reader.question import ACCOUNT, parse
from server.register.tickets import digest_of

pytestmark = pytest.mark.slow
DAY = 86_400
LISTED = {"sql": "", "ticket": "T-1"}


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    """Make an installation with data of two devices for support."""
    made = Room(tmp_path)
    yield made
    made.site.store.close()
    made.site.keyring.close()


@pytest.fixture
def desk(room: Room) -> Iterator[Desk]:
    """Return the keeper's desk."""
    with room.keeper() as opened:
        yield opened


def ask(desk: Desk, room: Room, **question: object) -> list[dict[str, object]]:
    """Ask the keeper, and return the tickets that it knows then."""
    asked = {"act": "ticket", **question}
    (message,) = acts.answer(desk, asked, "amelie", room.machine.system)
    end = message["end"]
    assert isinstance(end, dict)
    found: list[dict[str, object]] = end["tickets"]
    return found


def opened(desk: Desk, room: Room, **more: object) -> list[dict[str, object]]:
    """Open T-1 for an hour, unless more is said."""
    given = {"ticket": "T-1", "seconds": 3_600, "devices": [], **more}
    return ask(desk, room, do="open", **given)


def require(room: Room) -> None:
    """Have config.toml require tickets."""
    say_of_tickets(room.site.layout, 'tickets = "required"')


def denied(reading: Reading, **asked: object) -> str:
    """Return why a reading is refused."""
    with pytest.raises(DeniedError) as caught:
        list(reading.ask(**asked))
    return caught.value.reason


def test_support_needs_an_open_ticket(room: Room, desk: Desk) -> None:
    """Where tickets are required, nothing but an open one opens support's data."""
    require(room)
    reading = Reading(room.site)
    assert denied(reading, **LISTED) == "no-such-ticket"
    assert denied(reading, **{**LISTED, "ticket": ""}) == "no-ticket"
    opened(desk, room)
    assert len(list(reading.ask(**LISTED))) == 3
    ask(desk, room, do="close", ticket="T-1")
    assert denied(reading, **LISTED) == "ticket-closed"
    assert list(reading.ask(purpose="security", sql="", ticket=""))


def test_a_known_ticket_counts_where_none_is_required(room: Room, desk: Desk) -> None:
    """A word that is no ticket is a word; a ticket that is closed is obeyed."""
    reading = Reading(room.site)
    assert len(list(reading.ask(**LISTED))) == 3
    opened(desk, room)
    assert len(list(reading.ask(**LISTED))) == 3
    room.site.now += 3_600
    assert denied(reading, **LISTED) == "ticket-closed"


def test_closing_ends_a_reading_within_a_second(room: Room, desk: Desk) -> None:
    """Of a reading that goes on, no row is shown a second after its ticket's end."""
    opened(desk, room)
    clock = Clock()
    messages = Reading(room.site, clock).ask(**LISTED)
    assert "columns" in next(messages)
    ask(desk, room, do="close", ticket="T-1")
    clock.time += 1.0
    with pytest.raises(DeniedError, match="closed or expired"):
        next(messages)
    assert (room.site.acts()[-1].body or {})["denied"] == "ticket-closed"


def test_a_role_that_is_taken_ends_a_reading(room: Room) -> None:
    """Who loses the role sees no further row, a second later."""
    clock = Clock()
    messages = Reading(room.site, clock).ask(sql="")
    next(messages)
    path = room.site.layout.configuration
    path.write_text(path.read_text().replace(f'"{user_name()}" = [', '"other" = [', 1))
    next(messages)
    clock.time += 1.0
    with pytest.raises(DeniedError, match="needs one of the roles"):
        next(messages)


def test_a_ticket_is_bound_to_devices(room: Room, desk: Desk) -> None:
    """Under a ticket of one device no other's rows are shown, asked for or not."""
    (told,) = opened(desk, room, devices=["Shed"])
    reading = Reading(room.site)
    rows = [
        row
        for message in reading.ask(ticket="T-1")
        for row in message.get("rows", [])  # type: ignore[attr-defined]
    ]
    assert sorted(rows) == [["Shed"], ["Shed"], ["again"]]
    with pytest.raises(UsageError, match="bound to other devices"):
        list(reading.ask(ticket="T-1", devices=["Desk"]))
    assert len(told["devices"]) == 1  # type: ignore[arg-type]


def rows_of(reading: Reading) -> list[list[object]]:
    """Return the rows that are read under T-1."""
    return sorted(
        row
        for message in reading.ask(ticket="T-1")
        for row in message.get("rows", [])  # type: ignore[attr-defined]
    )


def named(told: dict[str, object]) -> list[str]:
    """Return the devices of a ticket."""
    found = told["devices"]
    assert isinstance(found, list)
    return found


def test_a_device_is_attached_later(room: Room, desk: Desk) -> None:
    """From then on its rows are read under the ticket; the ledger says whose."""
    (before,) = opened(desk, room, devices=["Shed"])
    reading = Reading(room.site)
    few = rows_of(reading)
    (after,) = ask(desk, room, do="attach", ticket="T-1", device="Desk", age=0)
    assert set(named(before)) < set(named(after))
    assert len(rows_of(reading)) > len(few)
    (line,) = [one.body or {} for one in room.site.acts() if "attached" in one.act]
    (device,) = set(named(after)) - set(named(before))
    assert (line["ticket"], line["devices"]) == ("T-1", [bytes.fromhex(device)])


def test_a_device_is_attached_with_a_window(room: Room, desk: Desk) -> None:
    """What it made before stays unread under the ticket, what it makes is read."""
    opened(desk, room, devices=["Shed"])
    speaker = room.site.enrol("Late")
    for message, ago in (("before", 7_200), ("within", 60)):
        part = table("event_logs", [{"message": message}])
        room.site.say(speaker, [part], created=room.site.now - ago)
    (told,) = ask(desk, room, do="attach", ticket="T-1", device="Late", age=3_600)
    assert told["since"] == {speaker.device.hex(): room.machine.system - 3_600}
    asked = {
        "ticket": "T-1",
        "devices": ["Late"],
        "sql": "SELECT message FROM event_logs",
    }
    rows = [
        row
        for message in Reading(room.site).ask(**asked)
        for row in message.get("rows", [])  # type: ignore[attr-defined]
    ]
    assert rows == [["within"]]


def test_a_window_that_is_moved_ends_a_reading(room: Room, desk: Desk) -> None:
    """Attached anew for a shorter time, a reading of more goes on no further."""
    opened(desk, room, devices=["Shed", "Desk"])
    clock = Clock()
    messages = Reading(room.site, clock).ask(ticket="T-1", sql="")
    next(messages)
    ask(desk, room, do="detach", ticket="T-1", device="Desk")
    ask(desk, room, do="attach", ticket="T-1", device="Desk", age=60)
    clock.time += 1.0
    with pytest.raises(DeniedError, match="devices changed"):
        next(messages)


def test_accounting_keeps_to_the_tickets_devices(room: Room, desk: Desk) -> None:
    """To count is to open: not for another device, nor for a part of one."""
    opened(desk, room, devices=["Shed"])
    ask(desk, room, do="attach", ticket="T-1", device="Desk", age=60)
    enrolled, reading = room.site.enrol("Other").device.hex(), Reading(room.site)
    for device, sentence in ((enrolled, "other devices"), ("Desk", "shows a part")):
        asked = {**ASKED, "job": ACCOUNT, "ticket": "T-1", "devices": [device]}
        request = parse(asked, user_name())
        with pytest.raises(UsageError, match=sentence):
            list(accounting.counted(reading.desk, request, room.site.now))


def test_a_detached_device_is_read_no_more(room: Room, desk: Desk) -> None:
    """Not by who asks then, and of a reading that goes on no row a second later."""
    opened(desk, room, devices=["Shed", "Desk"])
    clock = Clock()
    messages = Reading(room.site, clock).ask(ticket="T-1", sql="")
    next(messages)
    ask(desk, room, do="detach", ticket="T-1", device="Desk")
    clock.time += 1.0
    with pytest.raises(DeniedError, match="devices changed while"):
        next(messages)
    assert (room.site.acts()[-1].body or {})["denied"] == "device-detached"
    with pytest.raises(UsageError, match="bound to other devices"):
        list(Reading(room.site).ask(ticket="T-1", devices=["Desk"]))


def test_devices_change_only_where_that_narrows_nothing_by_surprise(
    room: Room, desk: Desk
) -> None:
    """Not of a ticket for all, not twice, not the last one, not unknown, not closed."""
    opened(desk, room)
    opened(desk, room, ticket="T-2", devices=["Shed"])

    def refused(do: str, ticket: str, device: str) -> str:
        with pytest.raises(UsageError) as caught:
            ask(desk, room, do=do, ticket=ticket, device=device, age=0)
        return str(caught.value)

    assert "for all devices" in refused("attach", "T-1", "Shed")
    assert "for all devices" in refused("detach", "T-1", "Shed")
    assert "has this device already" in refused("attach", "T-2", "Shed")
    assert "does not have this device" in refused("detach", "T-2", "Desk")
    assert "would be for all" in refused("detach", "T-2", "Shed")
    assert refused("attach", "T-2", "Nobody")
    assert "no such ticket is open" in refused("attach", "T-9", "Desk")
    ask(desk, room, do="close", ticket="T-2")
    assert "no such ticket is open" in refused("attach", "T-2", "Desk")
    assert "no such ticket is open" in refused("detach", "T-2", "Shed")


def test_an_expired_ticket_takes_no_device(room: Room, desk: Desk) -> None:
    """Also before the keeper has closed it."""
    opened(desk, room, devices=["Shed"])
    room.machine.passes(3_600)
    with pytest.raises(UsageError, match="no such ticket is open"):
        ask(desk, room, do="attach", ticket="T-1", device="Desk", age=0)


def test_what_expires_is_closed_and_ends(room: Room, desk: Desk) -> None:
    """An expired ticket is closed by itself; a month later key and name are gone."""
    opened(desk, room)
    room.machine.passes(3_600)
    swept.turn(desk, room.machine.system)
    (told,) = ask(desk, room, do="list")
    assert (told["open"], told["closed"]) == (False, room.machine.system)
    until = told["data_until"]
    assert isinstance(until, int)
    room.machine.passes(until - room.machine.system - 1)
    for _ in range(2):
        assert [one["ticket"] for one in ask(desk, room, do="list")] == ["T-1"]
        swept.turn(desk, room.machine.system)
        retention.turn(desk, room.machine.system)
    room.machine.passes(1)
    for _ in range(2):
        retention.turn(desk, room.machine.system)
        swept.turn(desk, room.machine.system)
    retention.turn(desk, room.machine.system)
    assert ask(desk, room, do="list") == []
    assert "ticket-closed" in [one.reason for one in signed(desk)]
    swept.turn(desk, room.machine.system)
    octets = room.site.layout.register.read_bytes()
    assert digest_of(desk.tenant, "T-1") not in octets


def test_the_ledger_tells_who_opened_and_closed(room: Room, desk: Desk) -> None:
    """Opening, closing and expiry are lines with who did it."""
    opened(desk, room)
    ask(desk, room, do="close", ticket="T-1")
    opened(desk, room, ticket="T-2")
    room.machine.passes(3_600)
    swept.turn(desk, room.machine.system)
    lines = [one for one in room.site.acts() if one.act.startswith("ticket-")]
    assert [
        (one.act, (one.body or {})["by"], (one.body or {})["source"]) for one in lines
    ] == [
        ("ticket-opened", "amelie", "typed"),
        ("ticket-closed", "amelie", "typed"),
        ("ticket-opened", "amelie", "typed"),
        ("ticket-closed", "keeper", "expired"),
    ]


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ({"do": "open", "ticket": "the printer", "seconds": 1, "devices": []}, "named"),
        ({"do": "open", "ticket": "T-2", "seconds": 0, "devices": []}, "up to 30 days"),
        (
            {"do": "open", "ticket": "T-2", "seconds": 31 * DAY, "devices": []},
            "up to 30 days",
        ),
        ({"do": "open", "ticket": "T-1", "seconds": 1, "devices": []}, "there is or"),
        ({"do": "close", "ticket": "T-2"}, "no such ticket is open"),
        ({"do": "sell"}, "ask to open"),
    ],
)
def test_what_will_not_do_is_a_sentence(
    room: Room, desk: Desk, question: dict[str, object], said: str
) -> None:
    """A ticket without an id, an end or a beginning is refused and changes nothing."""
    before = opened(desk, room)
    with pytest.raises(UsageError, match=said):
        ask(desk, room, **question)
    assert ask(desk, room, do="list") == before
