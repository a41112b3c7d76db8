# SPDX-License-Identifier: Apache-2.0
"""A Windows of its own with the agent's package in it, as an administrator has it.

Rules: the real package, built here; Wine's own installer and service manager; each
machine is made for one file of tests and thrown away.
Stated limits of Wine 8: no service SIDs, privileges, delayed starts; of an access list
what fits a Unix file's mode; hidden properties are in its log; a package is not told
that it is upgraded; of repairs it does what properties ask for, and knows no /fa.
Not here: any expectation.
"""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from wine_fixture import WINE, Windows, path, prepared

from tools.windows.msi import pack
from tools.windows.tree import lay_out
from wire.release import __version__

MOMENT = 1_700_000_000
NEWER = "9.0.0"
TOLD = "-all,err+eventlog,err+msi,err+ole,err+module"
"""What Wine prints: what goes into the Application log, which it does not keep."""
WAIT_SECONDS = 120
_PATIENCE = (
    "import winreg\n"
    "key = winreg.CreateKey(winreg.HKEY_LOCAL_MACHINE,\n"
    "    r'SYSTEM\\CurrentControlSet\\Control')\n"
    "winreg.SetValueEx(key, 'ServicesPipeTimeout', 0, winreg.REG_DWORD, 180_000)\n"
)
"""How long a service may take to begin: this machine does much else meanwhile."""
_STAY = "import time; time.sleep(3600)"
_STATE = """
import json, sys, win32service as w
manager = w.OpenSCManager(None, None, w.SC_MANAGER_CONNECT)
try:
    service = w.OpenService(manager, "DiscreetAgent", w.SERVICE_QUERY_STATUS)
    print(json.dumps(w.QueryServiceStatus(service)[1]))
except w.error as problem:
    print(json.dumps(-problem.winerror))
"""
RUNNING, STOPPED, ABSENT = 4, 1, -1060


def packages(folder: Path) -> tuple[Path, Path]:
    """Build the package of this release and one of a newer version, once."""
    for program in ("wixl", "msibuild"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not here: packaging/prepare-tests installs it")
    tree = folder / "tree"
    lay_out(tree, MOMENT)
    made = folder / "this.msi", folder / "newer.msi"
    for package, version in zip(made, (__version__, NEWER), strict=True):
        pack(tree, package, MOMENT, version)
    return made


def release_of(tree: Path, folder: Path, version: str, *, mute: bool = False) -> Path:
    """Return a package of another release of a tree's code.

    Args:
        tree: as it was laid out.
        folder: to build it in.
        version: of the release.
        mute: whether its agent works, but never says that it does.
    """
    other = Path(shutil.copytree(tree, folder / version / "tree"))
    alter(other, "wire/release.py", f'"{__version__}"', f'"{version}"')
    if mute:
        alter(other, "agent/resident.py", " " * 16 + "self._vouch()\n", "")
    made = folder / f"{version}.msi"
    pack(other, made, MOMENT, version)
    return made


def alter(tree: Path, name: str, old: str, new: str) -> None:
    """Alter a file of the code in a tree, and forget what it was compiled to."""
    file = tree / "app" / name
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")
    for compiled in (file.parent / "__pycache__").glob(f"{file.stem}.*"):
        compiled.unlink()


@dataclass(frozen=True)
class Machine:
    """A Windows with nothing of ours, or with our package."""

    windows: Windows
    drive: Path

    @property
    def programs(self) -> Path:
        """Return where the package installs."""
        return self.drive / "Program Files" / "Discreet" / "Agent"

    @property
    def data(self) -> Path:
        """Return where the agent keeps what it has."""
        return self.drive / "ProgramData" / "Discreet" / "Agent"

    def install(self, package: Path, *properties: str, code: int = 0) -> None:
        """Install silently."""
        self._installer("/i", package, properties, code)

    def uninstall(self, package: Path, *properties: str) -> None:
        """Uninstall silently."""
        self._installer("/x", package, properties, 0)

    def repair(self, package: Path) -> None:
        """Have every file written anew, silently: what `/fa` means, not in Wine."""
        self.install(package, "REINSTALL=ALL", "REINSTALLMODE=amus")

    def upgrade(self, old: Path, new: Path) -> None:
        """Upgrade as Windows does it, which tells the old one what takes its place."""
        self.uninstall(
            old, "UPGRADINGPRODUCTCODE={00000000-0000-0000-0000-000000000000}"
        )
        self.install(new)

    def _installer(
        self, verb: str, package: Path, properties: Sequence[str], code: int
    ) -> None:
        done = subprocess.run(
            [WINE / "wine64", "msiexec", verb, path(package), "/qn", *properties],
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=300,
            check=False,
        )
        assert bool(done.returncode) is bool(code), (done.returncode, done)

    def _environment(self) -> dict[str, str]:
        prefix = str(self.windows.folder / "prefix")
        return {**os.environ, "WINEPREFIX": prefix, "WINEDEBUG": TOLD}

    def agent(
        self, *arguments: str, module: str = "agent", code: int = 0
    ) -> subprocess.CompletedProcess[str]:
        """Run a command of the installed programs."""
        python = self.programs / "python.exe"
        done = subprocess.run(
            [WINE / "wine64", python, "-I", "-m", module, *arguments],
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="cp1252",
            errors="replace",
            timeout=300,
            check=False,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done

    def state(self) -> int:
        """Return the service's state; minus an error's number where there is none."""
        found = self.windows.told(_STATE)
        assert isinstance(found, int)
        return found

    def start(self, *words: str) -> None:
        """Start the service with words of its own, and wait until it runs."""
        script = (
            "import sys, win32serviceutil as u\n"
            "u.StartService('DiscreetAgent', sys.argv[1:])\n"
            "u.WaitForServiceStatus('DiscreetAgent', 4, 60)\n"
        )
        self.windows.python("-c", script, *words)

    def events(self) -> list[dict[str, object]]:
        """Return what is in the agent's log."""
        log = self.data / "agent.log"
        lines = log.read_text("ascii").splitlines() if log.exists() else []
        return [json.loads(line) for line in lines]

    def wait_until(
        self, what: str, true: Callable[[], bool], seconds: float = WAIT_SECONDS
    ) -> None:
        """Wait until something is true."""
        until = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < until, (what, self.events()[-5:])
            time.sleep(0.1)

    def wait_for(self, event: str) -> dict[str, object]:
        """Wait until the agent has logged an event, and return it."""
        until = time.monotonic() + WAIT_SECONDS
        while True:
            events = self.events()
            found = [one for one in events if one["event"] == event]
            if found:
                return found[-1]
            assert time.monotonic() < until, events
            time.sleep(0.1)


@contextmanager
def machine(folder: Path) -> Iterator[Machine]:
    """Give a Windows of its own, which lives as long as the tests do."""
    made = prepared()
    (folder / "python").symlink_to(made.folder / "python")
    windows = Windows(folder)
    drive = folder / "prefix" / "drive_c"
    environment = {
        **os.environ,
        "WINEPREFIX": str(folder / "prefix"),
        "WINEDEBUG": "-all",
        "WINEDLLOVERRIDES": "mscoree,mshtml=",
    }
    for command in (["wineboot", "-i"], ["winecfg", "-v", "win10"]):
        subprocess.run(
            [WINE / "wine64", *command],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=True,
        )
    # in the session that made it, services do not start
    subprocess.run([WINE / "wineserver", "-k"], env=environment, check=False)
    windows.python("-c", _PATIENCE)
    subprocess.run([WINE / "wineserver", "-k"], env=environment, check=False)
    shim = made.folder / "python" / "bcryptprimitives.dll"
    shutil.copy(shim, drive / "windows" / "system32")
    # Wine ends its services with the last program that a person has started
    holder = subprocess.Popen(
        windows.command("-c", _STAY), stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    try:
        yield Machine(windows, drive)
    finally:
        subprocess.run([WINE / "wineserver", "-k"], env=environment, check=False)
        holder.communicate(timeout=60)
