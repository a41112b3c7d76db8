# SPDX-License-Identifier: Apache-2.0
"""The real programs as a person runs them: `discreet-server` and `discreet-agent`.

Rules: real processes, real files, real TLS on loopback; what they print is kept.
Not here: any expectation.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from server.keyring import open_keyring
from server.layout import Layout
from tests.free_ports import free_port

BIN = Path(sys.executable).parent
START_SECONDS = 60
STOP_SECONDS = 30


def run(
    program: str, *arguments: str, state: Path, fails: bool = False
) -> subprocess.CompletedProcess[str]:
    """Run one command to its end; it must succeed unless it is meant to fail."""
    variable = "SERVER" if program == "discreet-server" else "AGENT"
    environment = {**os.environ, f"DISCREET_{variable}_DIR": str(state)}
    for name in ("https_proxy", "HTTPS_PROXY"):
        environment.pop(name, None)
    done = subprocess.run(
        [str(BIN / program), *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert bool(done.returncode) is fails, done.stdout + done.stderr
    return done


@dataclass
class Collector:
    """A collector in a folder, and its running `serve`."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes] | None = None
    begun: int = 0
    """Bytes of the log before it was started last."""
    told: bytes = b"listening"
    """What it says once it is ready."""
    serves: tuple[str, ...] = ()
    """More words of `serve`."""

    @property
    def log(self) -> Path:
        """Return the file that takes what it prints."""
        return self.folder.with_name(self.folder.name + ".log")

    def ask(self, *arguments: str, fails: bool = False) -> str:
        """Run a command of `discreet-server`; return what it printed."""
        done = run("discreet-server", *arguments, state=self.folder, fails=fails)
        return done.stdout if not fails else done.stderr

    def token(self, *arguments: str) -> str:
        """Return a new enrolment token."""
        return self.ask("token", *arguments).strip()

    def start(self) -> None:
        """Start it and wait until it listens and lets people read."""
        self.begin()
        self.settle()
        self.catch_up()

    def settle(self) -> None:
        """Wait until gate and reader have said that they are ready."""
        assert self.process is not None
        until = time.monotonic() + START_SECONDS
        while self.told not in self.log.read_bytes()[self.begun :]:
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < until, self.log.read_text()
            time.sleep(0.02)

    def catch_up(self) -> None:
        """Wait until the keeper has gone through all once: before, nobody reads."""
        keyring = open_keyring(Layout(self.folder))
        try:
            until = time.monotonic() + START_SECONDS
            while keyring.renewing():
                assert time.monotonic() < until, self.log.read_text()
                time.sleep(0.02)
        finally:
            keyring.close()

    def begin(self) -> None:
        """Start it and wait for nothing."""
        self.log.touch()
        self.begun = self.log.stat().st_size
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [
                    *(BIN / "discreet-server", "--directory", self.folder, "serve"),
                    *("--host", "127.0.0.1", "--port", str(self.port), *self.serves),
                ],
                stdout=log,
                stderr=log,
            )

    def stop(self) -> None:
        """End it as a service manager does."""
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(STOP_SECONDS)
            self.process = None

    def kill(self) -> None:
        """Kill it and its children, as a power cut does."""
        assert self.process is not None
        for pid in self.children():
            os.kill(pid, signal.SIGKILL)
        self.process.kill()
        self.process.wait(STOP_SECONDS)
        self.process = None

    def children(self) -> list[int]:
        """Return the process numbers of gate and reader."""
        assert self.process is not None
        pid = self.process.pid
        listed = Path(f"/proc/{pid}/task/{pid}/children").read_text()
        return [int(child) for child in listed.split()]


@contextmanager
def collector(
    folder: Path, policy: str = "standard", *more: str
) -> Iterator[Collector]:
    """Make a collector and run it; `init` is given more words."""
    port = free_port()
    made = Collector(folder, port)
    url = f"https://127.0.0.1:{port}"
    made.ask("init", "--tenant", "Test", "--url", url, "--policy", policy, *more)
    made.start()
    try:
        yield made
    finally:
        made.stop()
