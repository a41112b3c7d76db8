# SPDX-License-Identifier: Apache-2.0
"""The whole collector as a person starts it: gate, reader and keeper.

Rules: the real program; what is asked goes over the real sockets.
Not here: the supervisor (`test_serve.py`), the keeper (`test_keeper_process.py`).
"""

import subprocess
import sys
import threading
from collections.abc import Iterator

import psutil
import pytest

from server.commands.serve import let_the_keeper_look_first
from server.desk.asking import ask
from server.errors import ServerError
from server.install import init
from server.keyring import open_keyring
from server.layout import Layout

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
NOW = 1_800_000_000


@pytest.fixture(scope="module")
def layout(tmp_path_factory: pytest.TempPathFactory) -> Layout:
    """Install a collector."""
    place = tmp_path_factory.mktemp("serve") / "collector"
    return init(place, "Test", "https://127.0.0.1:8443", [], None, NOW)


@pytest.fixture(scope="module")
def served(layout: Layout) -> Iterator[psutil.Process]:
    """Run it, on any free port."""
    command = [sys.executable, "-I", "-m", "server", "--directory"]
    command += [str(layout.directory), "serve", "--host", "127.0.0.1", "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if "listening on" in line:
                break
        yield psutil.Process(process.pid)
        process.terminate()
        assert process.wait(60) == 0


def child(served: psutil.Process, name: str) -> psutil.Process | None:
    """Return a running child by the module that it runs."""
    for one in served.children():
        if one.status() != psutil.STATUS_ZOMBIE and f"server.{name}" in one.cmdline():
            return one
    return None


def test_it_runs_three_children(served: psutil.Process) -> None:
    """Each has a process of its own."""
    assert [bool(child(served, name)) for name in ("gate", "reader", "keeper")] == [
        True,
        True,
        True,
    ]


def test_a_killed_keeper_comes_back(layout: Layout, served: psutil.Process) -> None:
    """Another process answers in its place; nobody has to do anything."""
    victim = child(served, "keeper")
    assert victim is not None
    victim.kill()
    waiting = threading.Event()
    for _ in range(300):
        try:
            (message,) = ask(layout.keeper_socket, {"act": "clock"})
        except ServerError:
            waiting.wait(0.1)
            continue
        assert "end" in message
        break
    else:
        pytest.fail("no keeper answered in 30 s")
    successor = child(served, "keeper")
    assert successor is not None
    assert successor.pid != victim.pid


def test_nobody_reads_before_the_keeper_has_looked(
    layout: Layout, served: psutil.Process
) -> None:
    """`serve` lets nobody read, and the keeper's first look lifts that."""
    assert served.is_running()
    keyring = open_keyring(layout)
    let_the_keeper_look_first(layout)
    assert keyring.renewing()
    list(ask(layout.keeper_socket, {"act": "retention-run"}))
    assert not keyring.renewing()
    keyring.close()
