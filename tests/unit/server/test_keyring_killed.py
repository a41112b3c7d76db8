# SPDX-License-Identifier: Apache-2.0
"""A keyring whose process is killed while it destroys a key.

Rules: strace delivers SIGKILL as a call is entered that makes something durable or
removes it; every such call has its turn; then the keyring is opened as ever.
Not here: destroying unharmed (`test_keyring_destroying.py`).
"""

import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from tests.kills.scene import ended, fork
from tests.unit.server.keyring_room import NOW, Room, epoch, opening, why
from wire.crypto.sealing import key_id

CALLS = ("fdatasync", "fsync", "unlink")


def killed(room: Room, number: bytes, call: str, turn: int) -> bool:
    """Destroy a key and be killed at a call's turn; false where it is not reached."""

    def work() -> None:
        keyring = room.open()
        os.kill(os.getpid(), signal.SIGSTOP)  # until whoever watches is there
        keyring.destroy([number], "maximum-age", NOW)

    child = fork(work)
    os.waitpid(child, os.WUNTRACED)
    inject = f"-einject={call}:signal=KILL:when={turn}"
    tracer = subprocess.Popen(
        [
            "strace",
            "-f",
            "-p",
            str(child),
            "-o",
            "/dev/null",
            f"-etrace={call}",
            inject,
        ],
        stderr=subprocess.PIPE,
        text=True,
    )
    assert tracer.stderr is not None
    assert "attached" in tracer.stderr.readline()
    os.kill(child, signal.SIGCONT)
    how = ended(child)
    tracer.wait()
    tracer.stderr.close()
    return how == -signal.SIGKILL


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
    while killed(copy := room_copy(room, turn), key_id(gone), call, turn):
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


def room_copy(room: Room, turn: int) -> Room:
    """Return a copy of a room for a turn."""
    folder = room.folder.with_name(f"turn-{turn}")
    shutil.copytree(room.folder, folder)
    return Room(folder)
