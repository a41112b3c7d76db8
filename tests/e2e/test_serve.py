# SPDX-License-Identifier: Apache-2.0
"""The supervisor: children are kept running, and none is left behind.

Rules: real processes; a program of the test says its process id on its first line.
Not here: the gate itself (`test_gate.py`).
"""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from installation_fixture import RunningGate, install, pinned

from server.children import Child
from server.errors import StateError
from server.layout import Layout
from server.serve import Beside, Supervisor, serve

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
ROOT = Path(__file__).resolve().parents[2]
OTHERS: set[psutil.Process] = set()
READY_AND_WAIT = "import os, sys; print(os.getpid(), flush=True); sys.stdin.read()"


def python(program: str, name: str = "sleeper") -> Child:
    """Return a child that runs a few lines of Python."""
    return Child(name, (sys.executable, "-I", "-c", program))


@contextmanager
def supervised(*children: Child, grace: float = 15) -> Iterator[list[int]]:
    """Run children in a thread until the block ends; yields its exit code late."""
    supervisor, ready = Supervisor(children, grace), threading.Event()
    codes: list[int] = []
    thread = threading.Thread(target=lambda: codes.append(supervisor.run(ready.set)))
    thread.start()
    try:
        assert ready.wait(60)
        yield codes
    finally:
        supervisor.stop()
        thread.join(30)


@pytest.fixture(autouse=True)
def _others() -> Iterator[None]:
    """Leave out what another test of this process has begun and keeps."""
    OTHERS.update(psutil.Process().children(recursive=True))
    yield
    OTHERS.clear()


def ours() -> list[psutil.Process]:
    """Return the running children of this test."""
    return [
        child
        for child in psutil.Process().children(recursive=True)
        if child not in OTHERS and child.status() != psutil.STATUS_ZOMBIE
    ]


def until(holds: Callable[[], bool]) -> None:
    """Wait for something that other processes bring about."""
    waiting = threading.Event()
    for _ in range(300):
        if holds():
            return
        waiting.wait(0.1)
    pytest.fail("it did not come about in 30 s")


def test_all_children_end_with_it() -> None:
    """After stop nothing is left and the exit code is 0."""
    with supervised(python(READY_AND_WAIT), python(READY_AND_WAIT)) as codes:
        children = ours()
        assert len(children) == 2
    assert codes == [0]
    assert not any(child.is_running() for child in children)


def test_a_dead_child_is_started_again() -> None:
    """A killed child comes back as another process; its neighbour is left alone."""
    with supervised(python(READY_AND_WAIT), python(READY_AND_WAIT)):
        victim, neighbour = ours()
        victim.kill()
        until(lambda: len(ours()) == 2 and victim.pid not in [p.pid for p in ours()])
        assert neighbour.is_running()


def test_a_signal_to_the_whole_group_starts_nothing_again(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Children that end by the same signal as their supervisor just end (Ctrl-C)."""
    supervisor = Supervisor([python(READY_AND_WAIT)])

    def interrupt() -> None:
        supervisor.stop()
        (child,) = ours()
        child.kill()
        until(lambda: child.status() == psutil.STATUS_ZOMBIE)

    assert supervisor.run(interrupt) == 0
    assert capsys.readouterr().err == ""
    assert ours() == []


def test_ctrl_c_reaches_the_supervisor_alone() -> None:
    """A child is of another process group, so that a terminal interrupts it not."""
    with supervised(python(READY_AND_WAIT)):
        (child,) = ours()
        assert os.getpgid(child.pid) == child.pid != os.getpgid(0)


def test_a_deaf_child_is_killed() -> None:
    """A child that ignores SIGTERM is killed after its time, and that is told."""
    program = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "print('deaf', flush=True); time.sleep(600)"
    )
    with supervised(python(program), grace=1) as codes:
        children = ours()
    assert codes == [1]
    assert not any(child.is_running() for child in children)


def test_a_child_that_cannot_start_ends_all() -> None:
    """When a child ends before it is ready, the others end and the error names it."""
    broken = python("raise SystemExit(3)", "broken one")
    supervisor = Supervisor([python(READY_AND_WAIT), broken])
    with pytest.raises(StateError, match=r"broken one.*3"):
        supervisor.run(lambda: None)
    assert ours() == []


def test_a_program_that_is_not_there_ends_all() -> None:
    """A command that does not exist is told in a sentence; nothing is left."""
    absent = Child("absent", ("/nonexistent/program",))
    with pytest.raises(StateError, match="cannot start the absent"):
        Supervisor([python(READY_AND_WAIT), absent]).run(lambda: None)
    assert ours() == []


@contextmanager
def serving(directory: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """Run `serve` with the gate alone, as a program; yields it and its port."""
    program = (
        "import sys; from pathlib import Path\n"
        "from server.layout import Layout\n"
        "from server.serve import Beside, serve\n"
        "layout = Layout(Path(sys.argv[1]))\n"
        "told = lambda where: print(where, flush=True)\n"
        "sys.exit(serve(layout, '127.0.0.1', 0, told, Beside(())))"
    )
    command = [sys.executable, "-I", "-c", program, str(directory)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline().rpartition(":")[2])
        try:
            yield process, port
        finally:
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_serves_and_ends_orderly(tmp_path: Path, number: int) -> None:
    """The gate answers on the given socket; a signal ends both with code 0."""
    made = install(tmp_path)
    with serving(tmp_path) as (process, port):
        gate = RunningGate(port, process, pinned(made.authority))
        assert gate.ask("GET", "/v1/health").status == 200
        (child,) = psutil.Process(process.pid).children()
        process.send_signal(number)
        assert process.wait(30) == 0
        assert not child.is_running()
    made.store.close()


def test_a_killed_gate_comes_back_on_its_port(tmp_path: Path) -> None:
    """While the gate is started again connections wait and are not refused."""
    made = install(tmp_path)
    with serving(tmp_path) as (process, port):
        gate = RunningGate(port, process, pinned(made.authority))
        (child,) = psutil.Process(process.pid).children()
        child.kill()
        until(lambda: not child.is_running() or child.status() == "zombie")
        assert gate.ask("GET", "/v1/health").status == 200
        process.terminate()
        assert process.wait(30) == 0
    made.store.close()


def test_a_killed_supervisor_leaves_no_gate(tmp_path: Path) -> None:
    """Even when the supervisor is killed the gate ends by itself."""
    made = install(tmp_path)
    with serving(tmp_path) as (process, _):
        (child,) = psutil.Process(process.pid).children()
        process.kill()
        until(lambda: not child.is_running())
    made.store.close()


def test_a_taken_port_is_told(tmp_path: Path) -> None:
    """`serve` on a taken port starts nothing."""
    made = install(tmp_path)
    with serving(tmp_path) as (_, port), pytest.raises(StateError, match="in use"):
        serve(Layout(tmp_path), "127.0.0.1", port, None, Beside(()))
    made.store.close()
