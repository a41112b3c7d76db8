# SPDX-License-Identifier: Apache-2.0
"""Who is erased is gone from all that the store has, and stays gone.

Rules: a real installation; cases, steps and certificates are the keeper's own.
Not here: the arithmetic of rows (`tests/model/erasing`), a keeper that is killed
(`test_erasing_killed.py`).
"""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from erasing_room import ErasingRoom
from holding_room import opened_by, rows_of, scope_of
from keeper_fixture import signed
from reader_fixture import table

from server.errors import DeniedError, StateError, UsageError
from server.keeper.rights import erasure
from server.keeper.rounds import arrears, pending, retention
from server.register import erasures, notices, releases
from server.register.cases import State
from server.register.notices import NoticeKind
from server.register.releases import Made
from server.store.traces import traces
from wire.papers.certificate import CopyKind, KeptFor, Method
from wire.papers.certificate import State as Certified
from wire.papers.decision import Role

DAY = 86_400
HOUR = 3_600


@pytest.fixture
def room(tmp_path: Path) -> Iterator[ErasingRoom]:
    """Install a collector."""
    made = ErasingRoom(tmp_path)
    yield made
    made.close()


def test_who_is_erased_is_gone(room: ErasingRoom) -> None:
    """Their rows are, nobody else's; the case ends with a certificate: Clear."""
    room.people_speak()
    with room.keeper() as desk:
        matter = room.erase(desk, "ann")
        assert room.users() == ["bob", "bob"]
        assert room.state_of(desk, matter) == (State.DONE, True)
        (certificate,) = signed(desk)
    counts = certificate.counts
    assert (counts.envelopes, counts.records, counts.devices) == (2, 2, 2)
    assert certificate.method is Method.CLEAR
    assert certificate.until == room.live().until
    assert [copy.kind for copy in certificate.copies] == [CopyKind.EPOCH_KEY]
    assert {"later-data", "recipients"} <= set(certificate.not_claimed)
    acts = [one.act for one in room.site.acts()]
    assert acts.count("subject-erased") == acts.count("certified") == 1


def test_no_octet_of_what_was_erased_is_left(room: ErasingRoom) -> None:
    """The sealed envelopes are in no page and no log of the store."""
    room.people_speak()
    devices = room.devices()
    samples = [
        one.octets[-32:]
        for one in room.site.store.envelopes(room.site.tenant)
        if one.device in devices
    ]
    store = room.site.layout.store.parent
    assert sum(traces([*store.iterdir()], samples)) > 0
    with room.keeper() as desk:
        room.erase(desk, "ann")
    assert sum(traces([*store.iterdir()], samples)) == 0


def test_nobody_found_nothing_done(room: ErasingRoom) -> None:
    """An unknown person is refused with a sentence, and nothing is different."""
    room.people_speak()
    before = [*room.site.store.envelopes(room.site.tenant)]
    with room.keeper() as desk:
        with pytest.raises(DeniedError, match="nobody is found by that") as caught:
            room.ask(desk, room.erasure_of("nobody"))
        assert caught.value.reason == "unknown-subject"
        with pytest.raises(UsageError):
            room.ask(desk, room.erasure_of("ann", "colour"))
        erasure.go_on(desk)
        assert signed(desk) == []
    assert [*room.site.store.envelopes(room.site.tenant)] == before


def test_who_asked_cannot_approve(room: ErasingRoom) -> None:
    """An erasure takes two people, one of them the privacy officer."""
    room.people_speak()
    with room.keeper() as desk:
        matter = room.erasure_of("ann")
        room.ask(desk, matter)
        for name, role in (
            ("amelie", Role.REQUESTER),
            ("bo", Role.COUNSEL),
        ):
            with pytest.raises(DeniedError):
                room.approve(desk, matter, name, role)
        erasure.go_on(desk)
    assert room.users() == ["ann", "ann", "bob", "bob"]


def test_a_device_is_erased_whole(room: ErasingRoom) -> None:
    """All rows of a device go, and no other's."""
    speaker = room.people_speak()
    with room.keeper() as desk:
        room.erase(desk, speaker.device.hex(), "device")
        assert room.users() == ["ann", "bob"]
        room.erase(desk, "ann")
    assert room.users() == ["bob"]


def test_a_hold_keeps_and_the_certificate_says_so(room: ErasingRoom) -> None:
    """What a hold covers of the rows is sealed for it, and stays when the key dies."""
    room.people_speak()
    with room.keeper() as desk:
        hold = room.hold(desk, scope_of(room))
        room.erase(desk, "ann")
        (certificate,) = signed(desk)
        assert [(one.case, one.why) for one in certificate.kept] == [
            (hold.case, KeptFor.HOLD)
        ]
        assert _held(desk, hold) == [{"message": "signed in"}] * 2
        room.until_due(desk)
        retention.turn(desk, room.machine.system)
        assert _held(desk, hold) == [{"message": "signed in"}] * 2
    assert room.users() == []


def _held(desk: object, hold: object) -> list[dict[str, object]]:
    found = opened_by(desk, hold)  # type: ignore[arg-type]  # the room's own
    return [row for _, tables in found for one in tables for row in rows_of(one)]


def test_a_hold_that_came_after_keeps_what_is_left(room: ErasingRoom) -> None:
    """From a remainder a hold takes the rows that are there, and no blank one."""
    room.people_speak()
    with room.keeper() as desk:
        room.erase(desk, "bob")
        hold = room.hold(desk, scope_of(room))
        room.until_due(desk)
        retention.turn(desk, room.machine.system)
        assert _held(desk, hold) == [{"message": "signed in"}] * 2


def test_the_end_of_the_key_makes_it_a_purge(room: ErasingRoom) -> None:
    """When the epoch's key is dead, another certificate replaces the first."""
    room.say('machine = "none"')
    room.people_speak()
    with room.keeper() as desk:
        room.erase(desk, "ann")
        first = signed(desk)[-1]
        key = room.until_due(desk)
        retention.turn(desk, room.machine.system)
        pending.turn(desk, room.machine.system)
        last = signed(desk)[-1]
    assert last.replaces == first.number
    assert (last.method, last.state) == (Method.PURGE, Certified.FINAL)
    assert [one.key_id for one in last.keys] == [key.key_id]


def test_what_comes_late_is_erased_too(room: ErasingRoom) -> None:
    """An envelope from before, out of a spool that was away, loses the same rows."""
    speaker = room.people_speak()
    late = speaker.seal(
        room.site.key(),
        [table("event_logs", [{"message": "m", "user.id": "ann"}])],
        room.site.now,
    )
    with room.keeper() as desk:
        room.erase(desk, "ann")
        room.site.put(late)
        assert room.users() == ["ann", "bob", "bob"]
        arrears.turn(desk, room.machine.system)
        assert room.users() == ["bob", "bob"]
        later = room.site.now + 60
        room.site.say(
            speaker,
            [table("event_logs", [{"message": "m", "user.id": "ann"}])],
            created=later,
        )
        arrears.turn(desk, room.machine.system)
    assert room.users() == ["ann", "bob", "bob"]


def test_a_restored_store_is_erased_again(room: ErasingRoom, tmp_path: Path) -> None:
    """A backup of the store brings nobody back: it is erased before it is read."""
    room.people_speak()
    backup = tmp_path / "backup.sqlite"
    with room.keeper() as desk:
        desk.store.snapshot(backup)
        room.erase(desk, "ann")
        room.erase(desk, "bob")
    room.site.store.close()
    for path in room.site.layout.store.parent.iterdir():
        path.unlink()
    shutil.copy(backup, room.site.layout.store)
    room.reopen()
    assert room.users() == ["ann", "ann", "bob", "bob"]
    with room.keeper() as desk:
        desk.keyring.set_renewing(on=True)
        arrears.turn(desk, room.machine.system)
        assert not desk.keyring.renewing()
    assert room.users() == []
    assert [one.act for one in room.site.acts()].count("erased-again") == 1


def test_many_in_an_hour_take_two_people(room: ErasingRoom) -> None:
    """The twenty-first is refused, unless two people approve it; an hour later not."""
    room.people_speak()
    with room.keeper() as desk:
        for _ in range(20):
            room.ask(desk, room.erasure_of("ann"))
        with pytest.raises(DeniedError, match="--second") as caught:
            room.ask(desk, room.erasure_of("ann"))
        assert caught.value.reason == "many-erasures"
        matter = room.erasure_of("ann", second="yes")
        room.ask(desk, matter)
        assert room.approved(desk, matter) is State.ASKED
        assert room.approve(desk, matter, "bo") is State.DONE
        room.machine.passes(HOUR + 1)
        room.ask(desk, room.erasure_of("bob"))


def test_an_erasure_ends_with_what_is_as_old(room: ErasingRoom) -> None:
    """When no key of its time lives any more, its places are known no more."""
    room.people_speak()
    with room.keeper() as desk:
        room.erase(desk, "ann")
        desk.clock.now()
        room.machine.passes(1_500 * DAY)
        retention.turn(desk, room.machine.system)
        arrears.turn(desk, room.machine.system)
        with desk.register.view() as connection:
            rows = [
                connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0]  # noqa: S608 - constant names
                for name in ("erasures", "erased", "searched")
            ]
    assert rows == [0, 0, 0]


def release(room: ErasingRoom, number: int, name: str, **changes: object) -> Made:
    """Return a release to a recipient."""
    made = Made(
        *(bytes([number]) * 16, b"g" * 32, name),
        *(room.site.now, room.site.now + DAY, 1, b"head", b"note"),
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # names of its fields


def test_who_was_given_rows_is_told(room: ErasingRoom) -> None:
    """Who fetched rows gets one notice; what nobody has fetched is revoked."""
    room.people_speak()
    with room.keeper() as desk:
        stored = [*room.site.store.envelopes(room.site.tenant)]
        theirs = [one.digest for one in stored if one.device in room.devices()]
        others = [one.digest for one in stored if one.device not in room.devices()]
        given = {
            1: ("scanner", theirs, room.site.now, None),
            2: ("scanner", theirs[:1], room.site.now, None),
            3: ("cloud", theirs, None, None),
            4: ("backup", others, room.site.now, None),
            5: ("monitor", theirs, room.site.now, room.site.now),
        }
        with desk.register.transaction() as connection:
            for number, (name, sources, fetched, _) in given.items():
                releases.add(connection, release(room, number, name), sources)
                if fetched is not None:
                    number_of = bytes([number]) * 16
                    releases.give(connection, number_of, b"n" * 16, b"a", fetched)
            releases.note_deleted(connection, b"\x05" * 16, room.site.now)
        room.erase(desk, "ann")
        with desk.register.view() as connection:
            told = notices.every(connection)
            revoked = [
                one.recipient for one in releases.every(connection) if one.revoked
            ]
    assert [(one.recipient, one.kind) for one in told] == [
        ("scanner", NoticeKind.ERASE_AT_RECIPIENT)
    ]
    assert revoked == ["cloud"]


def test_a_register_that_is_too_old_erases_no_other(room: ErasingRoom) -> None:
    """Where it does not know an erasure, no row of others goes, and it says so."""
    speaker = room.site.enrol("Front")
    three = [{"message": "m", "user.id": who} for who in ("ann", "bob", "cy")]
    room.site.say(speaker, [table("event_logs", three)])
    with room.keeper() as desk:
        room.erase(desk, "ann")
        room.erase(desk, "bob")
        with desk.register.transaction() as connection:
            erasures.end(connection, erasures.in_force(connection)[-1])
        arrears.turn(desk, room.machine.system)
        assert room.users() == ["cy"]
        with pytest.raises(StateError, match="does not know"):
            room.erase(desk, "cy")
    assert room.users() == ["cy"]
