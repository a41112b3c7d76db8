# SPDX-License-Identifier: Apache-2.0
"""A keyring of day 30 that is put back at day 60 opens nothing that died since.

Rules: real files; of all that knows of a death only one is left at a time.
Not here: putting it back (`test_keyring_backups.py`), the keeper's round
(`test_keeper_restored.py`).
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from server.keyring import Keyring
from server.keyring.restoring import read_backup, restore
from server.ledger import SqliteLedger
from server.restoring import dead_elsewhere
from server.store.sqlite import SqliteStore, create_store
from tests.unit.server.keyring_room import DAY, TENANT, Room, epoch, opening
from wire.crypto.sealing import key_id

WORDS = b"seven words"
DIED = 40 * DAY
LATE = 60 * DAY


@dataclass
class Installation:
    """What may know of a death."""

    room: Room
    ledger: SqliteLedger
    store: SqliteStore


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Installation]:
    """Return an installation in which nothing has died yet."""
    with ExitStack() as stack:
        ledger = SqliteLedger.create(tmp_path / "ledger.sqlite")
        stack.callback(ledger.close)
        store = create_store(tmp_path / "store.sqlite")
        stack.callback(store.close)
        yield Installation(Room(tmp_path), ledger, store)


def lose(place: Installation, number: bytes) -> None:  # noqa: ARG001 - as the others
    """Lose the journal with the master directory."""
    shutil.rmtree(place.room.master.directory)


def journal(place: Installation, number: bytes) -> None:
    """Have the master directory with its journal left, and nothing else."""


def ledger(place: Installation, number: bytes) -> None:
    """Have the ledger's line left, and nothing else."""
    lose(place, number)
    place.ledger.add("key-destroyed", {"reason": "contract", "keys": [number]}, DIED)


def store(place: Installation, number: bytes) -> None:
    """Have the store's word left, and nothing else."""
    lose(place, number)
    place.store.end_key(TENANT, number, DIED)


def put_back(place: Installation, octets: bytes) -> Keyring:
    """Restore a backup, bury what is known to be dead, and open it."""
    room = place.room
    shutil.rmtree(room.directory)
    restore(room.directory, room.master, read_backup(octets, WORDS, TENANT), LATE)
    keyring = room.open()
    keyring.bury(dead_elsewhere(place.ledger, place.store, TENANT), LATE)
    return keyring


def backed_up(keyring: Keyring) -> bytes:
    """Return the backup of day 30, which is kept for 35 days."""
    registered = keyring.copies.register(65 * DAY, 30 * DAY)
    return keyring.copies.octets(registered, WORDS, 14)


@pytest.mark.parametrize("left", [journal, ledger, store])
def test_one_that_knows_is_enough(
    place: Installation, left: Callable[[Installation, bytes], None]
) -> None:
    """A key that died early stays dead if one of all that know of it is left."""
    keyring = place.room.create()
    gone, kept = epoch(keyring, 29, age=400 * DAY), epoch(keyring, 30, age=400 * DAY)
    octets = backed_up(keyring)
    keyring.destroy([key_id(gone)], "contract", DIED)
    keyring.close()
    left(place, key_id(gone))
    restored = put_back(place, octets)
    assert opening(restored, gone, now=LATE) is None
    assert opening(restored, kept, now=LATE) is not None
    (dead,) = restored.tombstones()
    assert (dead.key_id, dead.start) == (key_id(gone), 29 * DAY)


def test_the_backup_knows_what_died_before_it(place: Installation) -> None:
    """What died before the backup was made is dead in it, whatever else is lost."""
    keyring = place.room.create()
    gone = epoch(keyring, 20, age=400 * DAY)
    keyring.destroy([key_id(gone)], "contract", 25 * DAY)
    octets = backed_up(keyring)
    keyring.close()
    lose(place, key_id(gone))
    restored = put_back(place, octets)
    assert opening(restored, gone, now=LATE) is None
    assert [one.key_id for one in restored.tombstones()] == [key_id(gone)]


def test_what_is_past_its_time_needs_nobody(place: Installation) -> None:
    """Of a machine that was lost whole, what ended by the calendar opens nothing."""
    keyring = place.room.create()
    past, kept = epoch(keyring, 29, age=20 * DAY), epoch(keyring, 30, age=40 * DAY)
    octets = backed_up(keyring)
    keyring.close()
    lose(place, key_id(past))
    restored = put_back(place, octets)
    assert opening(restored, past, now=LATE) is None
    assert opening(restored, kept, now=LATE) is not None
    assert restored.tombstones() == []


def test_a_line_of_another_form_tells_of_nothing(place: Installation) -> None:
    """A ledger line without ids, and one whose body has ended, bury no key."""
    place.ledger.add("key-destroyed", {"reason": "contract"}, DIED)
    place.ledger.add("key-destroyed", {"keys": ["text", 7]}, DIED)
    assert list(dead_elsewhere(place.ledger, place.store, TENANT)) == []
