# SPDX-License-Identifier: Apache-2.0
"""Windows Python under Wine, prepared once and kept outside the repository.

Rules: what Windows would do is done by real Windows programs; a test is skipped only
where Wine is absent and cannot be installed, and says so.
Not here: any expectation.
"""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SCRIPTS = ROOT / "packaging" / "wine"
WINE = Path("/usr/lib/wine")
STAY_SECONDS = 20
"""How long Wine's server outlives its last program."""
CANNOT_INSTALL = 3
"""Exit code of packaging/wine/prepare."""


@dataclass(frozen=True)
class Windows:
    """A Windows of a folder.

    Attributes:
        folder: its own.
        display: the X server that is its screen; empty for none.
    """

    folder: Path
    display: str = ""

    def command(self, *arguments: str | Path) -> list[str | Path]:
        """Return the command line that runs Windows Python."""
        screen = f"DISPLAY={self.display}"
        return ["/usr/bin/env", screen, SCRIPTS / "python", self.folder, *arguments]

    def python(
        self, *arguments: str | Path, code: int = 0
    ) -> subprocess.CompletedProcess[str]:
        """Run Windows Python to its end; it must end with the expected code."""
        done = subprocess.run(
            self.command(*arguments),
            capture_output=True,
            text=True,
            encoding="cp1252",
            errors="replace",
            timeout=600,
            check=False,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done

    def told(self, script: str, *arguments: str | Path) -> object:
        """Run a script and return the JSON that it printed."""
        return json.loads(self.python("-c", script, *arguments).stdout)

    def agent(
        self, state: Path, *arguments: str, code: int = 0
    ) -> subprocess.CompletedProcess[str]:
        """Run a command of the agent."""
        return self.python("-m", "agent", "--state", path(state), *arguments, code=code)


def path(place: Path) -> str:
    """Return a path of this machine as Windows sees it."""
    return "Z:" + str(place).replace("/", "\\")


def prepared() -> Windows:
    """Prepare Windows Python, or skip where Wine cannot be had."""
    kept = os.environ.get("DISCREET_WINE", "~/.cache/discreet-wine")
    folder = Path(kept).expanduser()
    done = subprocess.run(
        [SCRIPTS / "prepare", folder], capture_output=True, text=True, check=False
    )
    if done.returncode == CANNOT_INSTALL:
        pytest.skip("Wine is not here and cannot be installed: " + done.stderr.strip())
    assert done.returncode == 0, done.stderr
    begin(Windows(folder))
    return Windows(folder)


def begin(windows: Windows) -> None:
    """Start Windows' own processes, so that none of them holds a test's pipe open."""
    folder, screen = windows.folder, {"DISPLAY": windows.display}
    environment = {**os.environ, **screen, "WINEPREFIX": str(folder / "prefix")}
    desktop = "import ctypes; ctypes.windll.user32.GetDesktopWindow()"
    commands: list[list[Path | str]] = [
        [WINE / "wineserver", f"-p{STAY_SECONDS}"],
        [WINE / "wine64", "wineboot"],
        [WINE / "wine64", folder / "python" / "python.exe", "-c", desktop],
    ]
    for command in commands:
        subprocess.run(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,  # a server may run already
        )
