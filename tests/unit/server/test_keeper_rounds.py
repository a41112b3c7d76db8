# SPDX-License-Identifier: Apache-2.0
"""What the keeper does by itself beside the calendar: pending ends, and what came back.

Rules: a real installation; time is the test's.
Not here: the destruction itself (`test_keeper_ending.py`).
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from keeper_fixture import Room, signed
from reader_fixture import table

from server.errors import StateError
from server.keeper.rounds import arrears, pending, refusals
from server.store.refusals import NOBODY, Refused
from wire.crypto.opening import OpeningKey
from wire.keys import PurposeKey
from wire.papers.certificate import Result, State

pytestmark = pytest.mark.slow
DAY = 86_400


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    """Make an installation with data."""
    made = Room(tmp_path)
    yield made
    made.close()


def test_a_pending_certificate_becomes_final_in_its_time(room: Room) -> None:
    """A second before the last backup's end it is pending, then another replaces it."""
    with room.keeper() as desk:
        room.until_due(desk)
        room.turn(desk)
        room.machine.passes(35 * DAY - 1)
        pending.turn(desk, room.machine.system)
        assert len(signed(desk)) == 1
        room.machine.passes(1)
        for _ in range(2):
            pending.turn(desk, room.machine.system)
        first, last = signed(desk)
    assert (first.state, last.state) == (State.PENDING, State.FINAL)
    assert (last.replaces, last.job) == (first.number, first.job)
    assert (last.keys, last.counts) == (first.keys, first.counts)
    results = {check.name: check.result for check in last.checks}
    assert results["keys-gone"] is Result.PASSED
    assert results["samples-not-in-database"] is Result.NOT_COVERED
    assert room.acts(first.job).count("certified") == 2


def test_a_clock_set_forward_makes_none_final(room: Room) -> None:
    """Backups do not end because somebody sets the clock."""
    with room.keeper() as desk:
        room.until_due(desk)
        room.turn(desk)
        room.machine.system += 3_650 * DAY
        pending.turn(desk, room.machine.system)
        assert [one.state for one in signed(desk)] == [State.PENDING]


def test_a_backup_that_was_destroyed_counts_no_more(room: Room) -> None:
    """Once a person says that every copy is gone, the certificate waits no longer."""
    room.say('machine = "none"')
    with room.keeper() as desk:
        made = desk.keyring.copies.register(room.live().until + 90 * DAY, room.site.now)
        room.until_due(desk)
        room.turn(desk)
        desk.keyring.copies.end(made.id, room.machine.system)
        pending.turn(desk, room.machine.system)
        states = [one.state for one in signed(desk)]
    assert states == [State.PENDING, State.FINAL]


def test_a_certificate_that_the_ledger_does_not_name_is_named(room: Room) -> None:
    """What a crash left between register and ledger is written, once."""
    with room.keeper() as desk:
        room.until_due(desk)
        room.turn(desk)
        with desk.register.transaction() as connection:
            connection.execute("UPDATE certificates SET told = 0")
        for _ in range(2):
            pending.turn(desk, room.machine.system)
        (certificate,) = signed(desk)
    assert room.acts(certificate.job).count("certified") == 1


def test_what_a_restored_store_brings_back_ends_again(room: Room) -> None:
    """The key has its tombstone, so the data goes, with a certificate of its own."""
    backup = room.site.layout.directory.with_name("backup.sqlite")
    room.site.store.snapshot(backup)
    with room.keeper() as desk:
        key = room.until_due(desk)
        room.turn(desk)
    room.site.store.close()
    for path in room.site.layout.store.parent.glob("store.sqlite*"):
        path.unlink()
    shutil.move(backup, room.site.layout.store)
    with room.keeper() as desk:
        assert desk.store.sealed_to(desk.tenant, key.key_id).envelopes == 3
        for _ in range(2):
            arrears.turn(desk, room.machine.system)
        room.turn(desk)
        assert desk.store.sealed_to(desk.tenant, key.key_id).gone
        first, again = signed(desk)
    assert (first.reason, again.reason) == ("maximum-age", "came-back")
    assert (again.keys, again.counts) == (first.keys, first.counts)
    told = [one.body for one in room.site.acts() if one.act == "restored"]
    assert told == [{"by": "keeper", "keys": 1}]


def test_data_of_a_key_that_nobody_knows_is_told_and_stays(room: Room) -> None:
    """Perhaps the keyring is too old: then its newest backup still opens the data."""
    known = room.site.key()
    stranger = PurposeKey(
        *(known.purpose, known.retention, known.epoch, known.start, known.end),
        OpeningKey.generate().public,
    )
    tables = [table("event_logs", [{"message": "m"}])]
    room.site.put(room.site.enrol("New").seal(stranger, tables, room.site.now))
    with room.keeper() as desk:
        for _ in range(2):
            with pytest.raises(StateError, match="data of 1 keys that the keyring"):
                arrears.turn(desk, room.machine.system)
        assert desk.store.sealed_to(desk.tenant, stranger.id).envelopes == 1
    acts = [one.act for one in room.site.acts()]
    assert acts.count("keys-unknown") == 1


def test_what_was_refused_is_kept_for_a_week_and_nothing_for_ever(room: Room) -> None:
    """What a gate that was taken over dates years ahead would never be old enough."""
    kept = room.site.store.refusals
    with room.keeper() as desk:
        now = desk.clock.now()
        for ago in (8 * DAY, 6 * DAY, 0, -3_650 * DAY):
            kept.add("west", [Refused(NOBODY, b"", "malformed", 1, now - ago)])
        refusals.turn(desk, now)
    hours = [one.hour for one in kept.hours(room.site.tenant, 0)]
    assert hours == [(now - 6 * DAY) // 3_600, now // 3_600]
