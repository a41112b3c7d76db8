# SPDX-License-Identifier: Apache-2.0
"""What one ticket brought is opened under that ticket alone, by whichever way is asked.

Rules: a real installation; each ticket's rows are sealed to its key as a device seals
them; a person asks the reader.
Not here: tickets themselves (`test_tickets.py`), their keys' ends
(`test_ticket_keys.py`), a store in PostgreSQL (`tests/e2e`).
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from desk_room import ASKED
from desk_room import Room as Reading
from fleet_room import messages, shown, together
from keeper_fixture import Room
from reader_fixture import fold, table, with_state

from server.keeper import acts
from server.keeper.desk import Desk
from server.keyring import NO_TICKET
from server.person import user_name
from server.reader import accounting
from server.reader.crew import Places
from server.reader.question import ACCOUNT, parse
from server.reader.remembered import Memory
from server.register.tickets import digest_of
from wire.body import Mode
from wire.purposes import Purpose

pytestmark = pytest.mark.slow
ORDINARY = ["Desk", "Desk", "Shed", "Shed", "again"]
"""What is of no ticket."""
BROUGHT = {"T-1": "canary-one", "T-2": "canary-two"}
UNDER = [*BROUGHT, "", "T-unknown"]
"""Under what people read: two open tickets, none, and words."""
WAYS: dict[str, dict[str, object]] = {
    "sql": {},
    "a device": {"devices": ["Till"]},
    "a window": {"since": 1},
    "an export": {"sql": "", "form": "csv"},
    "an export of a device": {"sql": "", "form": "csv", "devices": ["Till"]},
}


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    """Make an installation that tests only look at."""
    yield from spoken(Room(tmp_path_factory.mktemp("apart")))


@pytest.fixture
def changing(tmp_path: Path) -> Iterator[Room]:
    """Make one that a test changes."""
    yield from spoken(Room(tmp_path))


def spoken(made: Room) -> Iterator[Room]:
    """Open two tickets, and have one device answer under each."""
    with made.keeper() as desk:
        for name in BROUGHT:
            ask(desk, made, do="open", ticket=name, seconds=3_600, devices=[])
    speaker = made.site.enrol("Till")
    for name, message in BROUGHT.items():
        made.site.ticket = digest_of(made.site.tenant, name)
        made.site.say(speaker, [table("event_logs", [{"message": message}])])
    made.site.ticket = b""
    yield made
    made.close()


def ask(desk: Desk, room: Room, **question: object) -> None:
    """Ask the keeper about tickets."""
    list(acts.answer(desk, {"act": "ticket", **question}, "amelie", room.site.now))


def read(room: Room, ticket: str, **way: object) -> list[str]:
    """Return the messages that are shown, in order."""
    reading = Reading(room.site)
    try:
        answers = list(reading.ask(ticket=ticket, **way))
    finally:
        reading.ledger.close()
    if not way.get("form"):
        return sorted(str(row[0]) for one in answers for row in one.get("rows", []))  # type: ignore[attr-defined]
    found, at = [], -1
    for one in answers:
        if "columns" in one:
            names = [name for name, *_ in one["columns"]]  # type: ignore[attr-defined]
            at = names.index("message") if "message" in names else -1
        if at >= 0:
            found += [str(row[at]) for row in one.get("rows", [])]  # type: ignore[attr-defined]
    return sorted(found)


def ended(room: Room, ticket: str, **way: object) -> dict[str, object]:
    """Return what a reading says beside its rows."""
    reading = Reading(room.site)
    *_, last = reading.ask(ticket=ticket, **way)
    reading.ledger.close()
    end = last["end"]
    assert isinstance(end, dict)
    return end


def skipped(room: Room, ticket: str, **way: object) -> object:
    """Return what a reading says that it does not show."""
    return ended(room, ticket, **way)["skipped"]


@pytest.mark.parametrize("way", WAYS)
def test_what_another_ticket_brought_is_not_opened(room: Room, way: str) -> None:
    """Under a ticket come its own rows and those of none; else the latter alone."""
    ordinary = ORDINARY if "devices" not in WAYS[way] else []
    for ticket in UNDER:
        own = [BROUGHT[ticket]] if ticket in BROUGHT else []
        assert read(room, ticket, **WAYS[way]) == sorted(ordinary + own)
        assert skipped(room, ticket, **WAYS[way]) == {"other-ticket": 2 - len(own)}


def test_the_list_of_tables_counts_its_own(room: Room) -> None:
    """What there is under a ticket is told without the rows of another."""
    reading = Reading(room.site)
    for ticket in UNDER:
        (rows,) = [
            one["rows"]
            for one in reading.ask(ticket=ticket, sql="", devices=["Till"])
            if "rows" in one
        ]
        told = {row[0]: row for row in rows}  # type: ignore[attr-defined]
        assert (1 in told["event_logs"]) is (ticket in BROUGHT)


def test_the_keyring_gives_out_no_key_of_another(room: Room) -> None:
    """It is refused where keys are; who registered to read all of support gets each."""
    site = room.site
    every = [key for key in site.keyring.live(site.tenant) if key.ticket]
    for name in BROUGHT:
        keys = site.keys().of_ticket(digest_of(site.tenant, name))
        for key in every:
            own = key.ticket == digest_of(site.tenant, name)
            assert (keys.opening_key(key.key_id) is not None) is own
            assert own or keys.why(key.key_id) == "other-ticket"
        assert keys.opening_key(room.live().key_id) is not None
    for key in every:
        assert site.keys().of_ticket(NO_TICKET).opening_key(key.key_id) is None
        assert site.keys().opening_key(key.key_id) is not None


def test_a_gate_that_lies_about_a_key_opens_nothing(changing: Room) -> None:
    """Of an envelope that the index puts under an epoch's key, its header counts."""
    site, epoch = changing.site, changing.live().key_id
    site.ticket = digest_of(site.tenant, "T-1")
    part = table("event_logs", [{"message": "canary-lie"}])
    octets = site.enrol("Liar").seal(site.key(), [part], site.now)
    site.ticket = b""
    site.put(octets, key_id=epoch)
    assert "canary-lie" in read(changing, "T-1")
    assert "canary-lie" not in read(changing, "T-2")
    assert skipped(changing, "T-2") == {"other-ticket": 2}


def test_a_folded_state_stays_with_its_ticket(changing: Room) -> None:
    """The job folds all; a block of one ticket shows nothing under another."""
    held = [{"process.state": "canary-state"}]
    changing.site.ticket = digest_of(changing.site.tenant, "T-1")
    speaker = changing.site.enrol("Folded")
    for _ in range(2):
        part = with_state(table("processes", held, mode=Mode.FULL), held)
        changing.site.say(speaker, [part])
    changing.site.ticket = b""
    assert fold(changing.site) == 1
    sql = 'SELECT "process.state" FROM processes'
    way = {"sql": sql, "devices": ["Folded"]}
    assert read(changing, "T-1", **way) == ["canary-state"]
    for ticket in ("T-2", ""):
        assert read(changing, ticket, **way) == []
        assert skipped(changing, ticket, **way) == {"other-ticket": 2}
        assert read(changing, ticket, sql=sql) == []


@pytest.mark.parametrize("places", [0, 2])
def test_a_fleet_is_opened_alike(room: Room, places: int) -> None:
    """Also by processes beside the reader, and from what it remembers."""
    site, memory = room.site, Memory()
    for name in [*BROUGHT, *BROUGHT]:
        keys = site.keys().of_ticket(digest_of(site.tenant, name))
        opened = together(site, Places(places), memory, keys=keys)
        assert messages(opened) == sorted([*ORDINARY, BROUGHT[name]])
        assert opened.skipped == Counter({"other-ticket": 1})
        assert shown(together(site, Places(places), memory, keys=keys)) == shown(opened)


def test_counting_opens_no_other_ticket(room: Room) -> None:
    """To count is to open: of another ticket's envelopes only that they are there."""
    reading = Reading(room.site)
    asked = {**ASKED, "job": ACCOUNT, "ticket": "T-2", "devices": ["Till"]}
    (message,) = accounting.counted(
        reading.desk, parse(asked, user_name()), room.site.now
    )
    end = message["end"]
    assert isinstance(end, dict)
    assert (end["rows"], end["unopened"]) == (1, {"other-ticket": 1})


def test_other_purposes_know_of_no_ticket(room: Room) -> None:
    """A ticket that is named for another purpose neither opens nor shuts anything."""
    way = {"purpose": Purpose.SECURITY.value, "sql": ""}
    told = [ended(room, ticket, **way) for ticket in UNDER]
    assert [one["envelopes"] for one in told] == [1] * len(UNDER)
    assert [one["skipped"] for one in told] == [{"dataset-not-in-policy": 1}] * 4


def test_who_is_closed_out_reads_of_no_ticket(changing: Room) -> None:
    """What a closed ticket brought is opened under no other, and not without one."""
    with changing.keeper() as desk:
        ask(desk, changing, do="close", ticket="T-1")
    for ticket in UNDER[1:]:
        assert BROUGHT["T-1"] not in read(changing, ticket)
