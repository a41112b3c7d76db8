# SPDX-License-Identifier: Apache-2.0
"""What was deleted and scrubbed is in no file of a store, whatever happened before.

Rules: what is stored is full of a canary of its own, so that any piece of it is found;
files are read when nobody has the store open.
Not here: what is deleted (`test_store_ending.py`), the keys (`tests/unit/server`).
"""

import random
import re
import shutil
from dataclasses import replace
from pathlib import Path
from threading import Event

import pytest
from store_chain import DEVICE, TENANT, chain, remainder_of

from server.balance import balance
from server.store.blocks import HeldBlock
from server.store.chains import Heard
from server.store.ending import HeldExtract
from server.store.sqlite import SqliteStore, create_store, open_store
from tests.kills.struck import await_watcher, killed_at

KEYS = [bytes([number]) * 16 for number in range(1, 9)]
HOLDERS = b"c" * 16, b"d" * 16
CANARY = re.compile(rb"<(\d{8})-canary>")
LEFT = (73, 130, 161, 308)
"""Stories in which SQLite itself leaves a copy of a deleted row in another page."""
REPEATED = (1, 3, 5, 20, 60, 90, 180, 230, 500, 1_500)
"""From less than a page to some pages of their own."""


def canaries(folder: Path) -> set[int]:
    """Return whose canaries are in the files of a folder."""
    files = [path.read_bytes() for path in folder.iterdir()]
    return {int(found) for octets in files for found in CANARY.findall(octets)}


class Story:
    """A store in which much is stored, replaced and deleted, all by chance.

    Attributes:
        live: the key of each canary that is to be in the store.
    """

    def __init__(self, store: SqliteStore, chance: random.Random) -> None:
        """Begin with a store that has nothing."""
        self._store = store
        self._chance = chance
        self._ended: set[bytes] = set()
        self._places: dict[tuple[object, ...], int] = {}
        self._next = 0
        self.live: dict[int, bytes] = {}

    def octets(self, key: bytes, *place: object) -> bytes:
        """Return what is to be stored in a place, in which it replaces the former."""
        self._next += 1
        if key not in self._ended:
            self.live.pop(self._places.get(place, 0), None)
            self.live[self._next] = key
            self._places[place] = self._next
        return b"<%08d-canary>" % self._next * self._chance.choice(REPEATED)

    def device(self, device: bytes) -> None:
        """Have a device store, and what is taken from it be kept and erased."""
        chance, store = self._chance, self._store
        sent = []
        for one in chain(60):
            key = chance.choice(KEYS)
            octets = self.octets(key, "sent", device, one.sequence)
            sent.append(replace(one, device=device, key_id=key, octets=octets))
            other = chance.choice(KEYS)
            if chance.random() < 0.3:
                place = chance.choice(HOLDERS), device, b"i" * 16, chance.randint(1, 9)
                octets = self.octets(other, *place)
                filed = "support", other, b"s" * 32, 900, 1, octets
                store.put_extracts([HeldExtract(TENANT, *place, *filed)])
            if chance.random() < 0.2:
                octets = self.octets(other, "block", device, other)
                whose = TENANT, device, "support", other, b"i" * 16
                store.hold_block(HeldBlock(*whose, 1, 1, octets))
        store.put(sent, 5)
        for one in chance.sample(sent, 6):
            if one.key_id not in self._ended:
                octets = self.octets(one.key_id, "sent", device, one.sequence)
                assert store.replace(remainder_of(one, 0, octets))
                if one.purpose == "support":  # and its block went
                    block = self._places.pop(("block", device, one.key_id), 0)
                    self.live.pop(block, None)

    def delete(self) -> None:
        """End a key, or what a case held."""
        if self._chance.random() < 0.7:
            key = self._chance.choice(KEYS)
            self._store.end_key(TENANT, key, 6)
            self._ended.add(key)
            most = self._chance.choice((1, 3, 17, 100))
            while self._store.delete_ended(TENANT, key, most).rows:
                pass
            self.live = {one: of for one, of in self.live.items() if of != key}
        if self._chance.random() < 0.1:
            holder = self._chance.choice(HOLDERS)
            while self._store.delete_extracts(TENANT, holder, 7):
                pass
            for place in [one for one in self._places if one[0] == holder]:
                self.live.pop(self._places.pop(place), None)


@pytest.mark.slow
@pytest.mark.parametrize("seed", LEFT)
def test_no_page_keeps_what_was_deleted(tmp_path: Path, seed: int) -> None:
    """Of random stories there is in the files all that lives and nothing else."""
    chance = random.Random(seed)  # noqa: S311 - a story
    store = create_store(tmp_path / "store.sqlite")
    story = Story(store, chance)
    for number in range(8):
        story.device(bytes([100 + number]) * 16)
        story.delete()
    while chance.random() < 0.5 and store.compact(0.2):
        pass
    stopping = Event()
    stopping.set()
    assert not store.scrub(stopping)  # it was stopped at the first page
    assert store.scrub()
    store.close()
    assert canaries(tmp_path) == set(story.live)


@pytest.fixture
def purged(tmp_path: Path) -> Path:
    """Return a folder with a store of which half is to be deleted."""
    folder = tmp_path / "made"
    folder.mkdir()
    store = create_store(folder / "store.sqlite")
    store.add_token(TENANT, b"k" * 32, 2_000, 1)
    store.enrol(DEVICE, b"k" * 32, 1_000)
    store.put(
        [
            replace(
                one,
                key_id=KEYS[one.sequence % 2],
                octets=b"<%08d-canary>"
                % one.sequence
                * REPEATED[one.sequence % len(REPEATED)],
            )
            for one in chain(60)
        ],
        5,
    )
    said = Heard(TENANT, DEVICE.device, "0.1", "Linux", b"i" * 16, 60, 0, accepted=60)
    store.heard([said], 6)
    store.close()
    return folder


def purge(folder: Path) -> None:
    """Delete one key of a store as the keeper does."""
    store = open_store(folder / "store.sqlite")
    store.end_key(TENANT, KEYS[0], 7)
    while store.delete_ended(TENANT, KEYS[0], 9).rows:
        pass
    assert store.scrub()
    store.close()


def killed(folder: Path, turn: int) -> bool:
    """Purge and be killed as something is made durable; false at the end."""

    def work() -> None:
        await_watcher()
        purge(folder)

    return killed_at(work, "fdatasync,ftruncate", turn)


@pytest.mark.fault
@pytest.mark.slow
@pytest.mark.skipif(shutil.which("strace") is None, reason="strace kills")
def test_a_purge_that_was_killed_is_completed(purged: Path, tmp_path: Path) -> None:
    """At whatever step it dies, repeated it leaves nothing, and the account adds up."""
    turn = 1
    while killed(copy := shutil.copytree(purged, tmp_path / str(turn)), turn):
        purge(copy)
        store = open_store(copy / "store.sqlite")
        found = balance(store.accounts(TENANT, DEVICE.device)[0])
        store.close()
        assert canaries(copy) == set(range(1, 61, 2)), turn
        assert (found.visible, found.deleted, found.sound) == (30, 30, True)
        turn += 1
    assert turn > 9
    assert canaries(copy) == set(range(1, 61, 2))
