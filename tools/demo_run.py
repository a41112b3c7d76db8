# SPDX-License-Identifier: Apache-2.0
"""One run of the demo: its folder, its port, its collector, and the commands it shows.

Rules: what a command answers is printed as it came; one that fails ends the demo.
Not here: which commands (`demo.py`, `demo_diagnosis.py`).
"""

import json
import os
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

BIN = Path(sys.executable).parent
START_SECONDS = 30
STOP_SECONDS = 20


def free_port() -> int:
    """Return a port of loopback that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def say(title: str) -> None:
    """Print a step's title."""
    bold, plain = ("\x1b[1m", "\x1b[0m") if sys.stdout.isatty() else ("", "")
    sys.stdout.write(f"\n{bold}== {title}{plain}\n")
    sys.stdout.flush()


class Demo:
    """One run in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        """Take the folder and find a free port."""
        self.folder, self.programs = folder, BIN
        self.environment = {
            **os.environ,
            "DISCREET_SERVER_DIR": str(folder / "collector"),
            "DISCREET_AGENT_DIR": str(folder / "agent"),
            "no_proxy": "127.0.0.1",
        }
        self.port = free_port()

    def ask(self, program: str, *arguments: str, quiet: bool = False) -> str:
        """Run a command, show it with its answer, and return the answer.

        Raises:
            SystemExit: it failed; the demo ends with its exit code.
        """
        if not quiet:
            shown = [
                f'"{item}"' if "'" in item else shlex.quote(item) for item in arguments
            ]
            sys.stdout.write(f"$ {' '.join([program, *shown])}\n")
            sys.stdout.flush()
        done = subprocess.run(  # noqa: S603 - our own programs
            [str(BIN / program), *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            sys.stderr.write(done.stdout + done.stderr)
            raise SystemExit(done.returncode)
        if not quiet:
            sys.stdout.write(done.stdout + done.stderr)
        return done.stdout

    def devices(self) -> list[str]:
        """Return the ids of all devices."""
        told = self.ask("discreet-server", "device", "list", "--json", quiet=True)
        return [str(one["device"]) for one in json.loads(told)]

    @contextmanager
    def collector(self) -> Iterator[subprocess.Popen[str]]:
        """Run the collector until the demo is over."""
        log = (self.folder / "collector.log").open("w")
        command = [str(BIN / "discreet-server"), "serve", "--host", "127.0.0.1"]
        process = subprocess.Popen(  # noqa: S603 - our own program
            [*command, "--port", str(self.port)],
            env=self.environment,
            stdout=log,
            stderr=log,
            text=True,
            start_new_session=True,
        )
        try:
            self._wait(process)
            yield process
        finally:
            if not stay():
                process.send_signal(signal.SIGTERM)
                process.wait(STOP_SECONDS)
            log.close()

    def _wait(self, process: subprocess.Popen[str]) -> None:
        until = time.monotonic() + START_SECONDS
        log = self.folder / "collector.log"
        while "listening" not in log.read_text():
            if process.poll() is not None or time.monotonic() > until:
                sys.stderr.write(log.read_text())
                raise SystemExit(1)
            time.sleep(0.05)


def stay() -> bool:
    """Tell whether everything is to be kept."""
    return os.environ.get("DEMO_STAY", "") not in {"", "0"}
