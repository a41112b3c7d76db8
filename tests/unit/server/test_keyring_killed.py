# SPDX-License-Identifier: Apache-2.0
"""A keyring whose process is killed while it destroys a key, or moves its master key.

Rules: strace delivers SIGKILL as a call is entered that makes something durable or
removes it; every such call has its turn; then the keyring is opened as ever.
Not here: destroying unharmed (`test_keyring_destroying.py`).
"""

import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from server import configuration
from server.configuration_keyring import KeyringSettings
from server.install import init
from server.keyring import open_keyring
from server.keyring.moving import move
from server.layout import Layout
from tests.kills.struck import await_watcher, killed_at
from tests.unit.server.keyring_room import NOW, Room, epoch, opening, why
from wire.crypto.sealing import key_id

URL = "https://collector.example.org:8443"
CALLS = ("fdatasync", "fsync", "unlink")


def killed(work: Callable[[], object], call: str, turn: int) -> bool:
    """Do something and be killed at a call's turn; false where it is not reached."""

    def watched() -> None:
        await_watcher()
        work()

    return killed_at(watched, call, turn)


@pytest.mark.fault
@pytest.mark.slow
@pytest.mark.skipif(shutil.which("strace") is None, reason="strace kills")
@pytest.mark.parametrize("call", CALLS)
def test_a_key_or_its_tombstone(tmp_path: Path, call: str) -> None:
    """Whenever the process dies, the keyring opens and has the key or its tombstone.

    What is left is what one destruction leaves: one master key, and the other key.
    """
    room = Room(tmp_path / "made")
    room.folder.mkdir()
    keyring = room.create()
    gone, kept = epoch(keyring, 1), epoch(keyring, 2)
    keyring.close()
    turn = 1
    while killed(partial(destroy, copy := room_copy(room, turn), gone), call, turn):
        after = copy.open()
        dead = opening(after, gone) is None
        assert dead == ([one.key_id for one in after.tombstones()] == [key_id(gone)])
        assert (why(after, gone) == "key-destroyed") == dead
        assert opening(after, kept) is not None
        assert len(list(copy.master.directory.glob("*.key"))) == 1
        after.close()
        turn += 1
    assert turn > 1
    assert why(copy.open(), gone) == "key-destroyed"


def destroy(room: Room, public: bytes) -> None:
    """Destroy a key."""
    room.open().destroy([key_id(public)], "maximum-age", NOW)


@pytest.mark.fault
@pytest.mark.slow
@pytest.mark.skipif(shutil.which("strace") is None, reason="strace kills")
@pytest.mark.parametrize("call", [*CALLS, "rename"])
def test_a_master_key_here_or_there(tmp_path: Path, call: str) -> None:
    """Whenever the process dies, the keyring opens with what config.toml names.

    Once more moved, it has one master key, in the new place.
    """
    made = init(tmp_path / "made" / "c", "Acme", URL, [], None, 1_800_000_000)
    turn, going = 1, True
    while going:
        layout = layout_copy(made, turn)
        master = layout.directory.with_name("c-master")
        going = killed(partial(move, layout, settings(layout, "new"), NOW), call, turn)
        keyring = open_keyring(layout)
        assert len(keyring.live(configuration.read(layout).tenant)) > 1
        keyring.close()
        move(layout, settings(layout, "last"), NOW)
        open_keyring(layout).close()
        keys = [path.parent.name for path in layout.directory.parent.rglob("master-*")]
        assert keys.count("last") == 1
        assert going or not list(master.iterdir())
        turn += 1
    assert turn > 2


def settings(layout: Layout, name: str) -> KeyringSettings:
    """Return a place beside a collector."""
    return KeyringSettings(layout.directory.with_name(name))


def layout_copy(layout: Layout, turn: int) -> Layout:
    """Return a copy of a collector and its master directory for a turn."""
    before = layout.directory.parent
    after = before.with_name(f"turn-{turn}")
    shutil.copytree(before, after)
    copied = Layout(after / layout.directory.name)
    text = copied.configuration.read_text()
    copied.configuration.write_text(text.replace(str(before), str(after)))
    return copied


def room_copy(room: Room, turn: int) -> Room:
    """Return a copy of a room for a turn."""
    folder = room.folder.with_name(f"turn-{turn}")
    shutil.copytree(room.folder, folder)
    return Room(folder)
