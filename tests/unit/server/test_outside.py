# SPDX-License-Identifier: Apache-2.0
"""What ended is told outside: a machine that is set back whole brings nothing back.

Rules: a real installation whose every file, keyring, master, register and ledger with
them, is set back to before the deletion.
Not here: a keyring that is set back alone (`test_keeper_restored.py`), a keeper that is
killed (`test_keeper_killed.py`).
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from holding_room import HoldRoom, opened_by, rows_of, scope_of
from keeper_fixture import Room, signed

from server import outside
from server.errors import StateError, TrustError
from server.keeper import ending, telling
from server.keeper.desk import Desk
from server.keeper.rounds import anchors, arrears, retention
from tests.vectors import paper_world, world
from wire.papers.journal import line_digest, sign_line
from wire.papers.scope import DatasetScope
from wire.purposes import Purpose

pytestmark = pytest.mark.slow
UNCLAIMED = "whole-machine-restore"


@pytest.fixture
def room(tmp_path: Path) -> Iterator[HoldRoom]:
    """Make an installation with a place outside of its machine."""
    made = HoldRoom(tmp_path / "machine")
    (tmp_path / "outside").mkdir()
    with made.site.layout.configuration.open("a") as file:
        file.write(f'\n[anchors]\ndirectory = "{tmp_path / "outside"}"\n')
    yield made
    made.close()


@pytest.fixture
def there(tmp_path: Path) -> Path:
    """Return the place outside."""
    return tmp_path / "outside"


def end_early(room: Room, desk: Desk) -> bytes:
    """Let support's key end before its day, as at a contract's end; returns its id."""
    number = room.live().key_id
    ending.begin(desk, [number], "contract")
    ending.go_on(desk)
    return number


def starts(room: Room, desk: Desk) -> None:
    """Let a keeper start as `serve` lets it: it looks before anybody reads."""
    desk.keyring.set_renewing(on=True)
    arrears.turn(desk, room.machine.system)


def readable(room: Room, desk: Desk, number: bytes) -> bool:
    """Tell whether a reading for support gets a key."""
    now = room.machine.system
    keys = desk.keyring.scoped(desk.tenant, Purpose.SUPPORT, now)
    return keys.opening_key(number) is not None


def files(directory: Path) -> list[str]:
    """Return the journal's files in a directory."""
    return sorted(path.name for path in directory.glob("*.ended"))


def test_a_machine_set_back_brings_nothing_back(
    room: HoldRoom, tmp_path: Path, there: Path
) -> None:
    """What ended early opens at once no more, and goes, with another certificate."""
    before = room.copied(tmp_path / "copy")
    with room.keeper() as desk:
        gone = end_early(room, desk)
        (certificate,) = signed(desk)
    assert UNCLAIMED not in certificate.not_claimed
    with before.keeper() as desk:
        assert readable(before, desk, gone)
        starts(before, desk)
        assert not readable(before, desk, gone)
        assert readable(before, desk, before.live().key_id) is False
        retention.turn(desk, before.machine.system)
        assert desk.keyring.for_ending(gone) is None
        assert desk.store.sealed_to(desk.tenant, gone).gone
        assert [one.reason for one in signed(desk)] == ["came-back"]
    assert len(files(there)) == 2
    assert files(outside.place(before.site.layout)) == files(there)
    before.close()


def test_what_is_held_outlives_that_too(room: HoldRoom, tmp_path: Path) -> None:
    """A hold that was in force keeps its rows of a key that ends again."""
    messages = DatasetScope("event_logs", ("message",))
    with room.keeper() as desk:
        hold = room.hold(desk, scope_of(room, datasets=(messages,)))
    before = room.copied(tmp_path / "copy")
    room.machine.passes(60)
    before.machine.passes(60)
    with room.keeper() as desk:
        end_early(room, desk)
    with before.keeper() as desk:
        starts(before, desk)
        retention.turn(desk, before.machine.system)
        kept = [rows_of(one) for _, (one,) in opened_by(desk, hold)]
    assert sum(map(len, kept)) == 5
    before.close()


def test_without_a_place_outside_no_certificate_claims_it(tmp_path: Path) -> None:
    """It says so by name; so does the keeper, at each start."""
    room = HoldRoom(tmp_path)
    before = room.copied(tmp_path.with_name("copy"))
    with room.keeper() as desk:
        gone = end_early(room, desk)
        (certificate,) = signed(desk)
        with pytest.raises(StateError, match="would bring back what ended early"):
            anchors.turn(desk, room.machine.system)
    assert certificate.not_claimed[-1] == UNCLAIMED
    with before.keeper() as desk:
        starts(before, desk)
        assert readable(before, desk, gone)  # what the certificate does not claim
    before.close()
    room.close()


def test_nobody_reads_while_the_place_is_away(room: HoldRoom, there: Path) -> None:
    """A keeper that cannot look there does not let anybody read, and says why."""
    number = room.live().key_id
    there.rename(there.with_name("unmounted"))
    with room.keeper() as desk:
        with pytest.raises(StateError, match="mount it, for it says what ended here"):
            starts(room, desk)
        with pytest.raises(StateError, match="nothing is read until"):
            readable(room, desk, number)
        there.with_name("unmounted").rename(there)
        arrears.turn(desk, room.machine.system)
        assert readable(room, desk, number)


def test_a_place_that_was_away_is_told_later(room: HoldRoom, there: Path) -> None:
    """Deleting does not wait for it; the certificate claims less, for good."""
    there.rename(there.with_name("unmounted"))
    with room.keeper() as desk:
        end_early(room, desk)
        (certificate,) = signed(desk)
        assert certificate.not_claimed[-1] == UNCLAIMED
        there.with_name("unmounted").rename(there)
        anchors.turn(desk, room.machine.system)
    assert len(files(there)) == 1


def test_a_line_that_is_gone_is_told(room: HoldRoom, there: Path) -> None:
    """Whoever takes a line away, here and outside, is found out by the next one."""
    with room.keeper() as desk:
        end_early(room, desk)
        ending.begin(desk, [room.live(Purpose.SECURITY).key_id], "contract")
        ending.go_on(desk)
        first, _ = files(there)
        for directory in (there, outside.place(room.site.layout)):
            (directory / first).unlink()
        with pytest.raises(StateError, match="1 lines of the journal of what ended"):
            starts(room, desk)
        assert not desk.keyring.renewing()


def test_a_line_of_another_signer_is_none(room: HoldRoom, there: Path) -> None:
    """Whoever can write there cannot end anything here."""
    octets = sign_line(paper_world.journal_line(), world.signing("stranger"))
    name = f"{1:012d}-{line_digest(octets)[:8].hex()}.ended"
    (there / name).write_bytes(octets)
    with room.keeper() as desk:
        with pytest.raises(TrustError, match="does not hold"):
            starts(room, desk)
        assert files(outside.place(room.site.layout)) == []


def test_two_histories_both_count(room: HoldRoom, tmp_path: Path, there: Path) -> None:
    """A machine that was set back and went on alone learns of what it did not see."""
    before = room.copied(tmp_path / "copy")
    away = there.with_name("unmounted")
    with room.keeper() as desk:
        first = end_early(room, desk)
    there.rename(away)
    with before.keeper() as desk:
        ending.begin(desk, [before.live(Purpose.SECURITY).key_id], "contract")
        ending.go_on(desk)
        away.rename(there)
        starts(before, desk)
        retention.turn(desk, before.machine.system)
        assert desk.keyring.for_ending(first) is None
        telling.hand_out(desk)
    assert [name[:12] for name in files(there)] == [
        "000000000001",
        "000000000001",
        "000000000002",
    ]
    before.close()


def test_anchors_of_another_history_are_kept_apart(
    room: HoldRoom, tmp_path: Path, there: Path
) -> None:
    """A ledger that was set back hands no anchor out beside those that it lacks."""
    before = room.copied(tmp_path / "copy")
    with room.keeper() as desk:
        anchors.turn(desk, room.machine.system)
    (named,) = there.glob("*.note")
    with before.keeper() as desk:
        desk.ledger.add("store-lost", {}, room.machine.system)
        with pytest.raises(TrustError, match="this machine was set back"):
            anchors.turn(desk, before.machine.system)
    assert [*there.glob("*.note")] == [named]
    before.close()
    shutil.rmtree(tmp_path / "copy")
