# SPDX-License-Identifier: Apache-2.0
"""Promises of a keyring that came back: what died is buried before anybody reads.

Rules: real files; what is told of elsewhere is passed in.
Not here: where it is told (`test_restoring.py`), the journal
(`test_keyring_destroying.py`).
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from reader_fixture import Site, fold, make_site, table

from server.errors import DeniedError, StateError
from server.keyring import KeyKind, Keyring, Tombstone
from tests.unit.server.desk_room import Room as Desks
from tests.unit.server.keyring_room import NOW, TENANT, Room, epoch, opening
from wire.crypto.sealing import key_id


@pytest.fixture
def room(tmp_path: Path) -> Room:
    """Return an empty place."""
    return Room(tmp_path)


@pytest.fixture
def keyring(room: Room) -> Iterator[Keyring]:
    """Return a fresh keyring."""
    made = room.create()
    yield made
    made.close()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """Return an installation with a device's rows."""
    made = make_site(tmp_path / "collector")
    made.say(made.enrol("Desk"), [table("event_logs", [{"message": "row"}])])
    yield made
    made.store.close()
    made.keyring.close()


def told(public: bytes, time: int = NOW) -> Tombstone:
    """Return what another part of the installation says of a key."""
    return Tombstone(key_id(public), time, "contract", 0, 0, TENANT)


def test_what_is_dead_elsewhere_is_buried(room: Room, keyring: Keyring) -> None:
    """Keys of all kinds that died elsewhere die here, with all that was known of them.

    They die at the time of now, for a backup that was made in between has them.
    """
    gone, kept = epoch(keyring, 1), epoch(keyring, 2)
    case = keyring.cases.add(TENANT, KeyKind.CASE, b"case", NOW)
    assert keyring.bury([told(gone), told(case)], NOW + 9) == 2
    again = room.open()
    assert opening(again, gone) is None
    assert again.cases.opening(TENANT, KeyKind.CASE, b"case") is None
    assert opening(again, kept) is not None
    dead = {one.key_id: one for one in again.tombstones()}
    assert dead[key_id(gone)].start == 86_400
    assert dead[key_id(case)].kind is KeyKind.CASE
    assert {(one.reason, one.destroyed) for one in dead.values()} == {
        ("contract", NOW + 9)
    }
    assert again.generation() == 2


def test_burying_again_changes_nothing(room: Room, keyring: Keyring) -> None:
    """What has a tombstone keeps it, whoever tells of it later."""
    gone = epoch(keyring, 1)
    (dead,) = keyring.destroy([key_id(gone)], "maximum-age", NOW)
    before = room.database.read_bytes()
    assert keyring.bury([told(gone, NOW + 5)], NOW + 9) == 0
    assert keyring.bury([], NOW + 9) == 0
    assert keyring.tombstones() == [dead]
    assert room.database.read_bytes() == before


def test_a_key_that_is_not_here_is_remembered(room: Room, keyring: Keyring) -> None:
    """A key that died elsewhere and never came back is known as dead, durably."""
    stranger = told(bytes(1216))
    assert keyring.bury([stranger], NOW) == 0
    again = room.open()
    assert again.tombstones() == [stranger]
    assert again.generation() == 1


def test_nothing_opens_until_the_keeper_has_gone_through(
    room: Room, keyring: Keyring
) -> None:
    """No reading gets a key meanwhile, of any process; the keeper itself does."""
    public = epoch(keyring, 1)
    keyring.set_renewing(on=True)
    other = room.open()
    assert other.renewing()
    with pytest.raises(StateError, match="nothing is read until"):
        opening(other, public)
    assert other.for_ending(key_id(public)) is not None
    other.set_renewing(on=False)
    assert opening(keyring, public) is not None


@pytest.mark.slow
def test_a_reading_is_refused_and_written_down(site: Site) -> None:
    """Who asks meanwhile hears why in one sentence, and the ledger has it."""
    desk = Desks(site)
    site.keyring.set_renewing(on=True)
    with pytest.raises(DeniedError, match="nothing is read until"):
        next(desk.ask())
    assert site.acts()[-1].act == "denied"
    assert (site.acts()[-1].body or {})["denied"] == "not-caught-up"
    assert fold(site) == 0
    site.keyring.set_renewing(on=False)
    assert next(desk.ask()) is not None
