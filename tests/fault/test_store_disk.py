# SPDX-License-Identifier: Apache-2.0
"""A store on a disk that was read-only when it was opened writes once it may.

Rules: a real file system, a real kill.
Not here: the agent's disks (`test_disks.py`).
"""

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest
from installation_fixture import install
from stranger_fixture import enrolled

from server.errors import StateError
from server.gate import protocol
from server.gate.nonces import Nonces
from server.store.sqlite import open_store
from tests.mounting import why_no_mounts
from wire.messages import Fate

pytestmark = [
    pytest.mark.fault,
    pytest.mark.skipif(why_no_mounts() != "", reason=why_no_mounts()),
]


def test_a_disk_that_is_mounted_for_writing_again(tmp_path: Path) -> None:
    """After a kill and a read-only start the store takes what comes, without a restart.

    SQLite opens the log's map for reading alone then, and keeps it so.
    """
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", disk], check=True)
    try:
        made = install(disk)
        device = enrolled(made)
        octets = device.ship([device.gap()])
        made.store.close()
        pid = os.fork()
        if pid == 0:
            open_store(made.layout.store).heard  # noqa: B018 - it has the log mapped
            os.kill(os.getpid(), signal.SIGKILL)
        os.waitpid(pid, 0)
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        store = open_store(made.layout.store)
        now = int(time.time())
        admitted = protocol.admit(store, Nonces(), octets, now)
        with pytest.raises(StateError, match="READONLY"):
            store.put(admitted.envelopes, now)
        subprocess.run(["mount", "-o", "remount,rw", disk], check=True)
        verdicts = [store.put(admitted.envelopes, now) for _ in range(2)][-1]
        assert [verdict.fate for verdict in verdicts] == [Fate.DUPLICATE]
        store.close()
    finally:
        subprocess.run(["umount", "--lazy", disk], check=True)
