# SPDX-License-Identifier: Apache-2.0
"""A Windows whose power can be cut at any step of an update, and which begins again.

Rules: Wine's server is the machine: it has the registry in memory and gives files their
names; a step is a call of it that makes, renames or removes one, and the cut is a
signal as it is entered, which ends every Windows process at once; by SIGKILL what the
registry had not written yet is lost, by SIGINT it is written just before; each trial is
a copy of one scene.
Stated limit: what the disk had not written yet is not lost.
Not here: any expectation.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from wine_fixture import SCRIPTS, WINE

SERVER = WINE / "wineserver64"
PROGRAM = "tests.wine.update_program"
CALLS = ("rename", "unlink", "mkdir", "rmdir", "openat")
"""By which names change; of openat those that make a file."""
PATIENCE, ENDING = 120, 20
LIFE_SECONDS = 300
_LINKED = frozenset({".dll", ".drv", ".exe", ".ocx", ".sys", ".cpl", ".acm", ".nls"})
"""Of Windows' own, which nobody writes: a copy has the same files."""


@dataclass(frozen=True)
class Step:
    """One step of Wine's server: the nth call of a name, and what for."""

    call: str
    number: int
    told: str


def copied(prefix: Path, to: Path) -> None:
    """Copy a Windows that does not run; its own programs are the same files."""
    own = str(prefix / "drive_c/windows/")

    def copy(source: str, target: str) -> str:
        if source.startswith(own) and Path(source).suffix.lower() in _LINKED:
            try:
                os.link(source, target)
            except OSError:  # on another disk
                return str(shutil.copy2(source, target))
            return target
        return str(shutil.copy2(source, target))

    shutil.copytree(prefix, to, symlinks=True, copy_function=copy)


class Power:
    """A Windows that is switched on and off."""

    def __init__(self, folder: Path) -> None:
        """Take a folder with `prefix` and `python`."""
        self.folder = folder
        prefix = str(folder / "prefix")
        # no menus are made in the home of who runs the tests
        without = "mscoree,mshtml,winemenubuilder.exe="
        quiet = {"WINEDEBUG": "-all", "WINEDLLOVERRIDES": without}
        self.environment = {**os.environ, "WINEPREFIX": prefix, **quiet}
        self._server: subprocess.Popen[bytes] | None = None
        self._sockets: list[Path] = []

    def __enter__(self) -> Self:
        """Switch it on."""
        self.on()
        return self

    def __exit__(self, *_: object) -> None:
        """Switch it off."""
        self.off()

    def on(self) -> None:
        """Switch it on, and wait until Windows' own processes run."""
        for left in self._sockets:  # where a cut has left one, nobody answers
            left.unlink(missing_ok=True)
        self._server = subprocess.Popen(
            [SERVER, "-f", "-p"], env=self.environment, stderr=subprocess.DEVNULL
        )
        where = Path("/proc", str(self._server.pid), "cwd")  # it goes to its own
        until = time.monotonic() + PATIENCE
        while not (where / "socket").exists():
            assert time.monotonic() < until
            time.sleep(0.01)
        self._sockets = [where.readlink() / "socket"]
        self.run(WINE / "wine64", "cmd", "/c", "exit")

    def off(self) -> None:
        """Switch it off in order: the registry is written."""
        if self._server is not None:
            self._server.send_signal(signal.SIGINT)
            self._server.wait(PATIENCE)
            self._server = None

    def run(self, *command: str | Path) -> int:
        """Run a program to its end; return its code."""
        quiet = subprocess.DEVNULL
        done = subprocess.run(
            command,
            env=self.environment,
            stdin=quiet,
            stdout=quiet,
            stderr=quiet,
            timeout=LIFE_SECONDS,
            check=False,
        )
        return done.returncode

    def life(self, arguments: Sequence[str], trace: Sequence[str] = ()) -> object:
        """Let the installer live once; None where it was cut off.

        Args:
            arguments: of the program.
            trace: options of strace, which then watches Wine's server.
        """
        assert self._server is not None
        watches = self._watched(trace) if trace else None
        with subprocess.Popen(
            [SCRIPTS / "python", self.folder, "-m", PROGRAM, *arguments],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        ) as program:
            _until_either(self._server, program)
            text = _there(program)
            if not text.endswith("}"):  # it goes off, or a defect is told
                with suppress(subprocess.TimeoutExpired):
                    self._server.wait(ENDING)
            cut = self._server.poll() is not None
            if cut:
                self._end_all()
                self._server = None
        if watches is not None:
            watches.terminate()
            watches.wait(PATIENCE)
        if cut:
            return None
        assert text.startswith("{"), text
        return json.loads(text)

    def _end_all(self) -> None:
        """End what waits for a server that is no more."""
        mark = f"WINEPREFIX={self.folder / 'prefix'}\0".encode()
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if mark in (process / "environ").read_bytes():
                    os.kill(int(process.name), signal.SIGKILL)

    def _watched(self, options: Sequence[str]) -> subprocess.Popen[str]:
        assert self._server is not None
        watches = subprocess.Popen(
            ["strace", "-p", str(self._server.pid), *options],
            stderr=subprocess.PIPE,
            text=True,
        )
        assert watches.stderr is not None
        assert "attached" in watches.stderr.readline()
        return watches


def _until_either(*processes: subprocess.Popen[bytes]) -> None:
    """Wait until one of them has ended."""
    until = time.monotonic() + LIFE_SECONDS
    while all(process.poll() is None for process in processes):
        assert time.monotonic() < until
        time.sleep(0.02)


def _there(program: subprocess.Popen[bytes]) -> str:
    """Return what a program printed; others may hold its output open."""
    pipe = program.stdout
    assert pipe is not None
    os.set_blocking(pipe.fileno(), False)
    return (pipe.read() or b"").decode("utf-8", "replace")


def steps(log: Path) -> list[Step]:
    """Return the steps that strace saw."""
    counts = dict.fromkeys(CALLS, 0)
    found = []
    for line in log.read_text("utf-8", "replace").splitlines():
        match = re.match(r"^(\w+)\((.*)$", line)
        if match is None or match[1] not in counts:
            continue
        counts[match[1]] += 1
        if match[1] != "openat" or "O_CREAT" in match[2]:
            found.append(Step(match[1], counts[match[1]], match[2]))
    return found
