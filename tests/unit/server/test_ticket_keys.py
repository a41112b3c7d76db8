# SPDX-License-Identifier: Apache-2.0
"""What tickets bring: sealed to a key of their own, kept, read and ended by it.

Rules: a real installation; rows are sealed to a ticket's key as a device seals them;
time is the test's.
Not here: tickets themselves (`test_tickets.py`), how a device comes to the key
(`tests/unit/agent/test_orders_running.py`, `test_orders_sent.py`).
"""

import sqlite3
from pathlib import Path

import pytest
from disclosing_room import COLUMNS, Case, of_ann
from erasing_room import ErasingRoom
from hold_desk import hold_desk, hold_room  # noqa: F401 - fixtures
from holding_room import HoldRoom, opened_by, rows_of, say_as_ann, scope_of
from keeper_fixture import Room, signed
from reader_fixture import Site, Speaker, table

from server.keeper import acts
from server.keeper.desk import Desk
from server.keeper.rounds import tickets as swept
from server.keyring import LiveKey
from server.keyring.keyring import DATABASE
from server.register.tickets import digest_of
from server.store.interface import StoredEnvelope
from server.ticket_keys import age_of
from tests.unit.server.test_disclosing import cells
from wire.envelope import Gap
from wire.limits import TICKET_LATE_SECONDS
from wire.papers.scope import DatasetScope
from wire.purposes import Purpose

pytestmark = pytest.mark.slow
DAY = 86_400
HOUR = 3_600
NAME = "INC-4711"


def ask(desk: Desk, now: int, **question: object) -> list[dict[str, object]]:
    """Ask the keeper, and return the tickets that it knows then."""
    (message,) = acts.answer(desk, {"act": "ticket", **question}, "amelie", now)
    end = message["end"]
    assert isinstance(end, dict)
    found: list[dict[str, object]] = end["tickets"]
    return found


def opened(room: Room, desk: Desk, name: str = NAME) -> LiveKey:
    """Open a ticket for a day, and have support sealed to its key; return that."""
    now = room.machine.system
    ask(desk, now, do="open", ticket=name, seconds=DAY, devices=[])
    (key,) = desk.keyring.tickets.live(desk.tenant, digest_of(desk.tenant, name))
    room.site.ticket = key.ticket
    return key


def closed(room: Room, desk: Desk, name: str = NAME) -> LiveKey:
    """Close a ticket; return its key as it is then."""
    ask(desk, room.machine.system, do="close", ticket=name)
    (key,) = desk.keyring.tickets.live(desk.tenant, digest_of(desk.tenant, name))
    return key


def say(site: Site, message: str) -> Speaker:
    """Have a new device seal a message for support."""
    speaker = site.enrol(message)
    site.say(speaker, [table("event_logs", [{"message": message}])])
    return speaker


def sealed_to(site: Site, key: LiveKey) -> list[StoredEnvelope]:
    """Return what the store has under a key."""
    every = site.store.envelopes(site.tenant)
    return [one for one in every if one.key_id == key.key_id]


def test_no_two_tickets_share_a_key(room: HoldRoom, desk: Desk) -> None:
    """Opened in the same second to the same end, each has one, which is no epoch's."""
    keys = [opened(room, desk, name) for name in ("T-1", "T-2")]
    numbers = {key.key_id for key in keys} | {room.live().key_id}
    now = room.machine.system
    assert len(numbers) == len(keys) + (room.live() not in keys)
    assert {(key.purpose, key.retention, key.start, key.end) for key in keys} == {
        (Purpose.SUPPORT, "tickets", now, now + DAY + TICKET_LATE_SECONDS)
    }


def test_a_closed_ticket_ends_its_data_and_no_other(room: HoldRoom, desk: Desk) -> None:
    """When class and close are over: key and rows go; a certificate names it."""
    opened(room, desk)
    say(room.site, "under the ticket")
    other = opened(room, desk, "T-2")
    say(room.site, "under another")
    room.machine.passes(HOUR)
    key = closed(room, desk)
    assert key.until == room.machine.system + TICKET_LATE_SECONDS + 30 * DAY
    assert key.until < other.until
    room.machine.passes(key.until - room.machine.system - 1)
    room.turn(desk)
    assert len(sealed_to(room.site, key)) == 1
    room.machine.passes(1)
    room.turn(desk)
    assert sealed_to(room.site, key) == []
    assert len(sealed_to(room.site, other)) == 1
    # a period of the epoch may have ended in between, which is another certificate's
    (certificate,) = [one for one in signed(desk) if any(k.ticket for k in one.keys)]
    (dead,) = certificate.keys
    assert dead.ticket == digest_of(desk.tenant, NAME)
    assert (dead.key_id, certificate.counts.records) == (key.key_id, 1)


def test_losses_of_the_class_outlive_a_ticket(room: HoldRoom, desk: Desk) -> None:
    """What announces a loss is of no ticket, and stays when one's key dies."""
    opened(room, desk)
    speaker = say(room.site, "kept")
    lost = Gap(3, room.site.now, room.site.now, "spool-full")
    room.site.put(speaker.gap(Purpose.SUPPORT, lost, room.site.now))
    key = closed(room, desk)
    room.machine.passes(key.until - room.machine.system)
    room.turn(desk)
    left = room.site.store.envelopes(
        desk.tenant, device=speaker.device, bare=lambda _: True
    )
    assert [one.kind for one in left] == [1]


def test_what_comes_late_is_refused_by_name(room: HoldRoom, desk: Desk) -> None:
    """After the key's death nothing under it is stored, and nothing makes it anew."""
    opened(room, desk)
    late = room.site.enrol("Late")
    octets = late.seal(
        room.site.key(), [table("event_logs", [{"message": "m"}])], room.site.now
    )
    key = closed(room, desk)
    room.machine.passes(key.until - room.machine.system)
    room.turn(desk)
    room.site.put(octets)
    assert sealed_to(room.site, key) == []
    assert desk.keyring.scoped(desk.tenant, Purpose.SUPPORT, 0).why(key.key_id) == (
        "key-destroyed"
    )


def test_one_that_expires_is_ended_alike(room: HoldRoom, desk: Desk) -> None:
    """Without anybody who closes it, a ticket's data ends a class after its end."""
    key = opened(room, desk)
    say(room.site, "forgotten")
    room.machine.passes(2 * DAY)
    swept.turn(desk, room.machine.system)
    (after,) = desk.keyring.tickets.live(desk.tenant, key.ticket)
    assert (after.end, after.until) == (key.end, key.until)
    room.machine.passes(key.until - room.machine.system)
    room.turn(desk)
    assert sealed_to(room.site, key) == []


def test_a_keyring_set_back_keeps_nothing_longer(room: HoldRoom, desk: Desk) -> None:
    """Of a ticket that is closed the period is over again at the next round."""
    before = opened(room, desk)
    closed(room, desk)
    path = room.site.layout.keyring / DATABASE
    with sqlite3.connect(path) as connection:
        connection.execute(
            "UPDATE epochs SET end = ?, until = ? WHERE key_id = ?",
            (before.end, before.until, before.key_id),
        )
    connection.close()
    swept.turn(desk, room.machine.system)
    (after,) = desk.keyring.tickets.live(desk.tenant, before.ticket)
    assert after.end == room.machine.system + TICKET_LATE_SECONDS


def test_it_is_never_older_than_its_purpose_allows() -> None:
    """However long ticket and class are, nothing of support is kept beyond 90 days."""
    long, short = 30 * DAY, DAY
    assert [age_of(90 * DAY, 0, end) + end for end in (long, short)] == [90 * DAY] * 2
    assert age_of(30 * DAY, 0, long) == 30 * DAY


def test_a_clock_set_back_ends_nothing_early(room: HoldRoom, desk: Desk) -> None:
    """A ticket that is closed while the clock is years behind is closed now."""
    opened(room, desk)
    desk.clock.now()
    true = room.machine.system
    room.machine.system -= 4_000 * DAY
    key = closed(room, desk)
    assert key.end == true + TICKET_LATE_SECONDS


def test_a_dead_key_of_a_ticket_is_not_made_again(room: HoldRoom, desk: Desk) -> None:
    """A ticket that is open on has no second key: what it would bring is not kept."""
    key = opened(room, desk)
    desk.keyring.destroy([key.key_id], "contract", room.machine.system)
    place = desk.tenant, key.ticket, Purpose.SUPPORT, "tickets", key.start, key.end
    again = desk.keyring.tickets.add(*place, maximum_age=DAY, now=room.machine.system)
    assert again is None


def test_a_hold_keeps_what_it_names(room: HoldRoom, desk: Desk) -> None:
    """Of a ticket's data the held rows are taken along, their neighbours die."""
    opened(room, desk)
    speaker = say_as_ann(room)
    hold = room.hold(desk, scope_of(room, speaker.device))
    key = closed(room, desk)
    room.machine.passes(key.until - room.machine.system)
    room.turn(desk)
    assert sealed_to(room.site, key) == []
    found = [rows_of(one) for _, held in opened_by(desk, hold) for one in held]
    assert found == [[{"message": "canary-held"}]]


def test_it_is_explained_with_its_ticket(room: HoldRoom, desk: Desk) -> None:
    """`why` names the ticket, its end as the reason, and the day."""
    opened(room, desk)
    speaker = say(room.site, "why")
    key = closed(room, desk)
    question: dict[str, object] = {"act": "why", "what": speaker.device.hex()}
    (message,) = acts.answer(desk, question, "amelie", room.machine.system)
    group, *_ = message["end"]["kept"]  # type: ignore[index]  # an answer's end
    assert (group["ticket"], group["until"]) == (NAME, key.until)
    assert "30 days after its ticket's end" in group["because"][0]["words"]


def test_the_list_says_until_when_its_data_is_here(room: HoldRoom, desk: Desk) -> None:
    """As long as anything is, the ticket is listed; then it is not known any more."""
    opened(room, desk)
    key = closed(room, desk)
    (told,) = ask(desk, room.machine.system, do="list")
    assert told["data_until"] == key.until


def test_who_is_erased_is_gone_from_a_ticket(tmp_path: Path) -> None:
    """Rows of one person leave what a ticket brought; its key lives on."""
    room = ErasingRoom(tmp_path)
    with room.keeper() as desk:
        key = opened(room, desk)
        room.people_speak()
        room.erase(desk, "ann")
        assert room.users() == ["bob", "bob"]
        (certificate,) = signed(desk)
        assert [copy.name for copy in certificate.copies] == [key.key_id.hex()]
    room.close()


def test_a_disclosure_reads_it(tmp_path: Path) -> None:
    """A production has what a ticket brought, cell for cell, and nothing beside it."""
    room = Case(tmp_path)
    with room.keeper() as desk:
        opened(room, desk)
        room.plant(1)
        wanted = (DatasetScope("event_logs", COLUMNS),)
        scope = of_ann(room, datasets=wanted)
        expected = room.expected(scope)
        assert cells(desk, room.asking(scope)) == expected
        assert expected
    room.close()
