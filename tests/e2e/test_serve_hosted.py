# SPDX-License-Identifier: Apache-2.0
"""The collector under a service manager: what is heard of it, and settings read anew.

Rules: real processes; a gate of an installation that is really there.
Not here: the supervisor by itself (`test_serve.py`), systemd itself.
"""

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from installation_fixture import Installation, install

from server.children import Child
from server.errors import UsageError
from server.life import Alone
from server.pulse import Pulse
from server.serve import Beside, Supervisor

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
SLEEPER = "import os, sys; print(os.getpid(), flush=True); sys.stdin.read()"
PATIENCE = 30.0
HOSTED = """
import sys
from pathlib import Path
from server.layout import Layout
from server.serve import Beside, serve
class Told:
    def __getattr__(self, name):
        return lambda *words: print(name, *words, flush=True)
sys.exit(serve(Layout(Path(sys.argv[1])), "127.0.0.1", 0, None, Beside((), Told())))
"""


@dataclass
class Heard(Alone):
    """A life that is remembered."""

    words: list[str] = field(default_factory=list)
    again: threading.Event = field(default_factory=threading.Event)

    def ready(self) -> None:
        """Remember."""
        self.words.append("ready")
        self.again.set()

    def reloading(self) -> None:
        """Remember."""
        self.words.append("reloading")


def sleeper(name: str) -> Child:
    """Return a child that does nothing."""
    return Child(name, (sys.executable, "-I", "-c", SLEEPER))


def processes(supervisor: Supervisor) -> dict[str, int]:
    """Return the number of each child's process, by its name."""
    return {
        one.child.name: one.process.pid
        for one in supervisor._running
        if one.process is not None
    }


@contextmanager
def running(supervisor: Supervisor) -> Iterator[None]:
    """Run a supervisor until the end of the block."""
    ready = threading.Event()
    thread = threading.Thread(target=lambda: supervisor.run(ready.set))
    thread.start()
    try:
        assert ready.wait(PATIENCE)
        yield
    finally:
        supervisor.stop()
        thread.join(PATIENCE)


def test_a_reload_keeps_the_gate_and_makes_what_the_settings_want() -> None:
    """The first child stays, with who is connected; the others are made anew."""
    life = Heard()
    beside = Beside((), life, lambda: [sleeper("reader"), sleeper("console")])
    supervisor = Supervisor([sleeper("gate"), sleeper("reader")], beside=beside)
    with running(supervisor):
        before = processes(supervisor)
        supervisor.reload()
        assert life.again.wait(PATIENCE)
        after = processes(supervisor)
    assert after.keys() == {"gate", "reader", "console"}
    assert after["gate"] == before["gate"]
    assert after["reader"] != before["reader"]
    assert life.words == ["reloading", "ready"]


def test_settings_that_are_wrong_change_nothing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """All goes on as it was, and a sentence says why."""

    def wrong() -> Sequence[Child]:
        msg = "config.toml:3: no such setting"
        raise UsageError(msg)

    life = Heard()
    supervisor = Supervisor(
        [sleeper("gate"), sleeper("reader")], beside=Beside((), life, wrong)
    )
    with running(supervisor):
        before = processes(supervisor)
        supervisor.reload()
        assert life.again.wait(PATIENCE)
        assert processes(supervisor) == before
    assert "nothing is changed: config.toml:3" in capsys.readouterr().err


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    """Return a collector's directory."""
    return install(tmp_path)


def test_who_hosts_it_hears_that_the_gate_answers(installation: Installation) -> None:
    """Ready, a beat for an answer of the gate's, none while it hangs, and the end."""
    directory = installation.layout.directory
    with subprocess.Popen(
        [sys.executable, "-c", HOSTED, directory], stdout=subprocess.PIPE, text=True
    ) as process:
        out = process.stdout
        assert out is not None
        try:
            assert [out.readline() for _ in range(3)] == [
                "ready\n",
                "turned\n",
                "status at work\n",
            ]
        finally:
            process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0
        assert out.read().endswith("stopping\n")


def test_a_gate_that_is_not_there_has_no_pulse(installation: Installation) -> None:
    """Nobody at the port, or no authority to know the gate by: it does not answer."""
    began = time.monotonic()
    authority = installation.layout.gate / "authority.der"
    assert not Pulse("127.0.0.1", 1, authority).beats()
    assert not Pulse("0.0.0.0", 1, Path("/nowhere")).beats()  # noqa: S104 - no socket
    assert time.monotonic() - began < PATIENCE
