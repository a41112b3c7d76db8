# SPDX-License-Identifier: Apache-2.0
"""A Windows with a screen: Wine in a session of its own, on a real X server.

Rules: the session is a copy of the prepared one, for whether there is a screen is
settled as a session begins; what is on the screen is told by another process of it.
Not here: any expectation.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from wine_fixture import WINE, Windows, begin, prepared

PROGRAM = "tests.wine.screen_program"
SIZE = "1024x768x24"


@dataclass
class Watching:
    """A process of the session that looks at its windows, and presses a button."""

    process: subprocess.Popen[bytes]

    def told(self) -> dict[str, object]:
        """Return what it saw, once it has pressed what it was to press."""
        output, _ = self.process.communicate(timeout=200)
        assert self.process.returncode == 0, output
        found: dict[str, object] = json.loads(output)
        return found


@contextmanager
def watching(windows: Windows, press: str) -> Iterator[Watching]:
    """Have somebody look at the screen, who presses a button of the next window.

    Args:
        windows: whose screen.
        press: the button's name: "ok", "yes" or "no"; "yn" for those letters as keys.
    """
    process = subprocess.Popen(
        windows.command("-m", PROGRAM, press),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdout is not None
    try:
        assert process.stdout.readline().strip() == b"ready"
        yield Watching(process)
    finally:
        process.kill()
        process.communicate(timeout=200)


@contextmanager
def screen(folder: Path) -> Iterator[Windows]:
    """Give a Windows with a screen, which lives as long as the tests do."""
    server = shutil.which("Xvfb")
    if server is None:
        pytest.skip("Xvfb is not here: packaging/prepare-tests installs it")
    made = prepared()
    (folder / "python").symlink_to(made.folder / "python")
    shutil.copytree(made.folder / "prefix", folder / "prefix", symlinks=True)
    shows = subprocess.Popen(
        [server, "-displayfd", "1", "-screen", "0", SIZE, "-nolisten", "tcp"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert shows.stdout is not None
    number = shows.stdout.readline().decode().strip()
    windows = Windows(folder, f":{number}")
    try:
        begin(windows)
        yield windows
    finally:
        environment = {**os.environ, "WINEPREFIX": str(folder / "prefix")}
        subprocess.run([WINE / "wineserver", "-k"], env=environment, check=False)
        shows.terminate()
        shows.communicate(timeout=60)
