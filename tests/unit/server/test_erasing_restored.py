# SPDX-License-Identifier: Apache-2.0
"""Who was erased stays so when the whole machine is set back to before it.

Rules: a real installation whose every file, keyring, master, register and ledger with
them, is set back; what only the journal outside knows is all that is left.
Not here: keys of that journal (`test_outside.py`), a store that is set back alone
(`test_erasing.py`).
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from erasing_room import ErasingRoom
from holding_room import opened_by, rows_of, scope_of
from keeper_fixture import signed
from reader_fixture import table

from server import outside
from server.errors import StateError, TrustError
from server.keeper import telling
from server.keeper.desk import Desk
from server.keeper.matters import erase
from server.keeper.rights import erasing
from server.keeper.rounds import arrears, erasures, pending, retention
from server.register import erasures as register
from server.register.cases import State
from server.register.erasures import Erased
from wire import limits
from wire.papers.certificate import State as Certified
from wire.papers.scope import DatasetScope

pytestmark = pytest.mark.slow
UNCLAIMED = "whole-machine-restore"
DAY = 86_400


@pytest.fixture
def room(tmp_path: Path) -> Iterator[ErasingRoom]:
    """Make an installation with people and a place outside of its machine."""
    made = ErasingRoom(tmp_path / "machine")
    (tmp_path / "outside").mkdir()
    with made.site.layout.configuration.open("a") as file:
        file.write(f'\n[anchors]\ndirectory = "{tmp_path / "outside"}"\n')
    made.people_speak()
    yield made
    made.close()


@pytest.fixture
def there(tmp_path: Path) -> Path:
    """Return the place outside."""
    return tmp_path / "outside"


def set_back(room: ErasingRoom, folder: Path) -> ErasingRoom:
    """Return the machine as a backup of now has it."""
    copy = ErasingRoom.__new__(ErasingRoom)
    made = room.copied(folder)
    copy.site, copy.machine, copy.number = made.site, made.machine, 50
    return copy


def starts(room: ErasingRoom, desk: Desk) -> None:
    """Let a keeper start as `serve` lets it: it looks before anybody reads."""
    desk.keyring.set_renewing(on=True)
    arrears.turn(desk, room.machine.system)


def test_a_machine_set_back_shows_nobody_who_was_erased(
    room: ErasingRoom, tmp_path: Path
) -> None:
    """Before anybody reads, the person's rows are gone again; others' are there."""
    before = set_back(room, tmp_path / "copy")
    with room.keeper() as desk:
        matter = room.erase(desk, "ann")
        (certificate,) = signed(desk)
    assert UNCLAIMED not in certificate.not_claimed
    assert before.users() == ["ann", "ann", "bob", "bob"]
    with before.keeper() as desk:
        starts(before, desk)
        assert not desk.keyring.renewing()
        assert before.users() == ["bob", "bob"]
        erasures.turn(desk, before.machine.system)
        (again,) = signed(desk)
    assert (again.job, again.reason) == (matter.case, "came-back")
    assert again.counts == certificate.counts
    assert "late-arrivals" in again.not_claimed
    (line,) = [one for one in before.site.acts() if one.act == "subject-erased"]
    assert (line.body or {})["reason"] == "came-back"
    before.close()


def test_nobody_reads_before_it_is_done(room: ErasingRoom, tmp_path: Path) -> None:
    """A keeper that is to end in between, or cannot go on, lets nobody read."""
    before = set_back(room, tmp_path / "copy")
    with room.keeper() as desk:
        room.erase(desk, "ann")
    with before.keeper() as desk:
        desk.stopping.set()
        with pytest.raises(StateError, match="is to end"):
            starts(before, desk)
        assert desk.keyring.renewing()
    with before.keeper() as desk:
        arrears.turn(desk, before.machine.system)
        assert not desk.keyring.renewing()
    assert before.users() == ["bob", "bob"]
    before.close()


def test_the_journal_names_nobody(room: ErasingRoom, there: Path) -> None:
    """A line has ids, digests and places: neither the person nor a device is in it."""
    devices = room.devices()
    with room.keeper() as desk:
        room.erase(desk, "ann")
    (line,) = [path.read_bytes() for path in there.glob("*.ended")]
    values = (b"ann", b"signed in", b"Front", *devices)
    assert [value for value in values if value in line] == []


def test_a_device_comes_back_no_more_than_a_person(
    room: ErasingRoom, tmp_path: Path, there: Path
) -> None:
    """All rows of a device that was erased go again, though no line has its id."""
    before, (first, *_) = set_back(room, tmp_path / "copy"), room.devices()
    with room.keeper() as desk:
        room.erase(desk, first.hex(), "device")
    assert all(first not in path.read_bytes() for path in there.glob("*.ended"))
    with before.keeper() as desk:
        starts(before, desk)
        rows = [
            one.records
            for one in before.site.store.envelopes(desk.tenant, device=first)
        ]
    assert before.users() == ["ann", "bob"]
    assert sum(rows) == 0
    before.close()


def test_an_erasure_of_before_is_told_at_the_next_start(
    room: ErasingRoom, there: Path
) -> None:
    """What an older release erased and told nobody is in the journal from then on."""
    with room.keeper() as desk:
        room.erase(desk, "ann")
        for directory in (there, outside.place(room.site.layout)):
            for path in directory.glob("*.ended"):
                path.unlink()
        starts(room, desk)
    assert len([*there.glob("*.ended")]) == 1


def test_a_line_that_was_cut_or_altered_stops_reading(
    room: ErasingRoom, tmp_path: Path, there: Path
) -> None:
    """Whoever shortens or alters the journal is found out before anybody reads."""
    before = set_back(room, tmp_path / "copy")
    with room.keeper() as desk:
        room.erase(desk, "ann")
    (path,) = there.glob("*.ended")
    whole = path.read_bytes()
    altered = bytearray(whole)
    altered[len(whole) // 2] ^= 1
    with before.keeper() as desk:
        for octets in (whole[:-1], bytes(altered), b""):
            path.write_bytes(octets)
            with pytest.raises(TrustError, match="does not hold"):
                starts(before, desk)
            assert desk.keyring.renewing()
        path.write_bytes(whole)
        starts(before, desk)
    assert before.users() == ["bob", "bob"]
    before.close()


def test_several_erasures_come_back_in_their_order(
    room: ErasingRoom, tmp_path: Path
) -> None:
    """Two of one envelope take the same rows again, and no other."""
    three = [{"message": "m", "user.id": who} for who in ("ann", "cy", "bob", "ann")]
    room.site.say(room.site.enrol("Front"), [table("event_logs", three)])
    before = set_back(room, tmp_path / "copy")
    with room.keeper() as desk:
        room.erase(desk, "ann")
        room.erase(desk, "bob")
    with before.keeper() as desk:
        starts(before, desk)
        assert before.users() == ["cy"]
        erasures.turn(desk, before.machine.system)
        assert [one.reason for one in signed(desk)] == ["came-back"] * 2
    before.close()


def test_what_was_found_late_is_told_too(room: ErasingRoom, tmp_path: Path) -> None:
    """An envelope that came late and lost rows loses them after a restore as well."""
    late = room.site.enrol("Front")
    sealed = late.seal(
        room.site.key(),
        [table("event_logs", [{"message": "m", "user.id": "ann"}])],
        room.site.now,
    )
    with room.keeper() as desk:
        room.erase(desk, "ann")
        room.site.put(sealed)
        before = set_back(room, tmp_path / "copy")
        forget(before)
        arrears.turn(desk, room.machine.system)
    with before.keeper() as desk:
        starts(before, desk)
    assert before.users() == ["bob", "bob"]
    before.close()


def forget(room: ErasingRoom) -> None:
    """Lose what a register has of erasures, words and all, and what was told here."""
    with room.keeper() as desk, desk.register.transaction() as connection:
        for name in ("erasures", "erased", "searched", "jobs", "cases"):
            connection.execute(f"DELETE FROM {name}")  # noqa: S608 - constant names
    for path in outside.place(room.site.layout).iterdir():
        path.unlink()


def test_a_long_erasure_takes_more_lines(room: ErasingRoom, there: Path) -> None:
    """Whatever a line holds, all is told, in whole tables, and nothing twice."""
    with room.keeper() as desk:
        case = room.erase(desk, "ann").case
        with desk.register.transaction() as connection:
            (erasure,) = register.in_force(connection)
            many = [
                Erased(number.to_bytes(32), "logins", b"", "", bytes(16), (0, number))
                for number in range(2, 2_002)
            ]
            wide = tuple(range(0, limits.BODY_ROWS, 2))
            large = [
                Erased(bytes([number]) * 32, "logins", b"", "", bytes(16), wide)
                for number in (1, 2, 3)
            ]
            register.note(connection, erasure, [*many, *large], register.Runs())
        for _ in range(2):
            telling.tell_erased(desk)
        told = [part for job, part in telling.learn(desk).erased if job == case]
    rows = [row for part in told for row in part.rows]
    assert len(rows) == len({row.source for row in rows}) == 2 + 2_000 + 3
    assert len(told) == len([*there.glob("*.ended")]) == 6


def test_a_register_that_was_lost_learns_here(room: ErasingRoom) -> None:
    """Where only the register is too old, the installation's own journal heals it."""
    with room.keeper() as desk:
        room.erase(desk, "ann")
        with desk.register.transaction() as connection:
            for name in ("erasures", "erased", "searched"):
                connection.execute(f"DELETE FROM {name}")  # noqa: S608 - constant names
        starts(room, desk)
        room.erase(desk, "bob")
        assert erasing.standing(desk, erasing.known(desk)) == 0
    assert room.users() == []


def test_a_case_that_waited_in_the_backup_is_done(
    room: ErasingRoom, tmp_path: Path
) -> None:
    """A backup that knows the words looks for the person in what comes late, too."""
    speaker = room.site.enrol("Front")
    late = speaker.seal(
        room.site.key(),
        [table("event_logs", [{"message": "m", "user.id": "ann"}])],
        room.site.now,
    )
    with room.keeper() as desk:
        matter = room.erasure_of("ann")
        room.ask(desk, matter)
        before = set_back(room, tmp_path / "copy")
        room.approved(desk, matter)
        erasures.turn(desk, room.machine.system)
    with before.keeper() as desk:
        starts(before, desk)
        erasures.turn(desk, before.machine.system)
        assert before.state_of(desk, matter) == (State.DONE, True)
        before.site.put(late)
        arrears.turn(desk, before.machine.system)
        (certificate,) = signed(desk)
    assert before.users() == ["bob", "bob"]
    assert "late-arrivals" not in certificate.not_claimed
    before.close()


def test_a_hold_keeps_what_comes_back(room: ErasingRoom, tmp_path: Path) -> None:
    """What a hold wants of the rows is sealed for it before they go again."""
    messages = DatasetScope("event_logs", ("message",))
    with room.keeper() as desk:
        devices = room.devices()
        hold = room.hold(desk, scope_of(room, *devices, datasets=(messages,)))
    before = set_back(room, tmp_path / "copy")
    with room.keeper() as desk:
        room.erase(desk, "ann")
    with before.keeper() as desk:
        starts(before, desk)
        held = [rows_of(one) for _, (one,) in opened_by(desk, hold)]
    assert sum(map(len, held)) == 4
    assert before.users() == ["bob", "bob"]
    before.close()


def test_what_is_over_is_not_begun(room: ErasingRoom) -> None:
    """An erasure of which nothing as old lives any more stays ended."""
    with room.keeper() as desk:
        room.erase(desk, "ann")
        desk.clock.now()
        room.machine.passes(1_500 * DAY)
        retention.turn(desk, room.machine.system)
        arrears.turn(desk, room.machine.system)
        starts(room, desk)
        with desk.register.view() as connection:
            left = connection.execute("SELECT count(*) FROM erasures").fetchone()[0]
    assert left == 0


def test_without_a_place_outside_it_is_not_claimed(
    room: ErasingRoom, there: Path
) -> None:
    """The certificate says that nothing outside tells of it, until it is replaced."""
    there.rename(there.with_name("unmounted"))
    with room.keeper() as desk:
        room.erase(desk, "ann")
        (certificate,) = signed(desk)
        assert UNCLAIMED in certificate.not_claimed
        there.with_name("unmounted").rename(there)
        room.say('machine = "none"')
        room.until_due(desk)
        retention.turn(desk, room.machine.system)
        pending.turn(desk, room.machine.system)
        last = signed(desk)[-1]
    assert last.state is Certified.FINAL
    assert UNCLAIMED not in last.not_claimed


def test_an_erasure_waits_until_the_keeper_has_looked(room: ErasingRoom) -> None:
    """What is approved before the first look begins after it, behind what came back."""
    with room.keeper() as desk:
        matter = room.erasure_of("ann")
        room.ask(desk, matter)
        desk.keyring.set_renewing(on=True)
        with pytest.raises(StateError, match="begins when the keeper has looked"):
            erase.do(desk, matter, (), room.machine.system)
        arrears.turn(desk, room.machine.system)
        room.approved(desk, matter)
        erasures.turn(desk, room.machine.system)
    assert room.users() == ["bob", "bob"]
