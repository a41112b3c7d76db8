# SPDX-License-Identifier: Apache-2.0
"""A collector that publishes releases, and an installed agent that is to take them.

Rules: keys as an administrator makes them, of releases two of three sign; the anchor is
brought to the machine; the agent's own units look and install.
Not here: attacks on the repository (`updates_room.py`), any expectation.
"""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from collector_process import Collector
from machine_fixture import Machine
from machine_room import NOW, UNIT, preseed

from server.layout import Layout
from tools.packages.runtime import SITE

STATE, OWN = "/var/lib/discreet-agent", "/var/lib/discreet-agent-install"
CODE = Path("usr/lib/discreet-agent") / SITE
POLICY = """
[updates]
channel = "stable"
"""
_MINIMAL = Path(__file__).parents[1] / "policies" / "minimal.toml"


@dataclass(frozen=True)
class Releases:
    """Releases of the agent, as a collector publishes them.

    Attributes:
        collector: publishes them.
        offline: folder of the keys that are not its own.
    """

    collector: Collector
    offline: Path

    @property
    def anchor(self) -> Path:
        """Return the root that is brought to machines."""
        return Layout(self.collector.folder).updates / "metadata" / "1.root.json"

    def add(
        self,
        file: Path,
        version: str,
        kind: str,
        keys: tuple[int, ...] = (1, 3),
        *,
        fails: bool = False,
    ) -> str:
        """Publish a package for everybody; return what the command said."""
        named = [f"--key={self.offline}/targets-{number}.key" for number in keys]
        what = ("--version", version, "--kind", kind, "--channel", "stable")
        asked = ("release", "add", str(file), *what, *named)
        return self.collector.ask(*asked, fails=fails)

    def served(self, version: str) -> Path:
        """Return the one package of a release as it is served."""
        targets = Layout(self.collector.folder).updates / "targets/agent" / version
        (found,) = targets.iterdir()
        return found


def releases(of: Collector, folder: Path) -> Releases:
    """Have a collector publish releases, and its policy name them."""
    made = Releases(of, folder / "offline")
    thresholds = ("--releasers", "3", "--releaser-threshold", "2")
    of.ask("release", "init", "--offline", str(made.offline), *thresholds)
    policy = folder / "updating.toml"
    policy.write_text(_MINIMAL.read_text() + POLICY)
    of.ask("policy", "publish", str(policy))
    return made


def enrolled(host: Machine, by: Releases) -> None:
    """Have an agent on a machine that enrols, works at once, and has the anchor."""
    preseed(host, by.collector)
    host.write("/etc/discreet-agent/update-root.json", by.anchor.read_text())
    host.write(f"/etc/systemd/system/{UNIT}.d/now.conf", NOW.format(watchdog="8min"))


def bend(file: Path) -> bytes:
    """Alter one octet in the middle of a file; return what it was."""
    before = file.read_bytes()
    octets = bytearray(before)
    octets[len(octets) // 2] ^= 1
    file.write_bytes(octets)
    return before


def ended(host: Machine, slug: str, version: str, seconds: float = 120) -> None:
    """Wait until the installer says so of its last release."""
    line = f"^{slug} {version} "
    host.await_(f"{slug} {version}", f"grep -q '{line}' {OWN}/outcome", seconds)


def mute(package: Path, folder: Path, version: str) -> Path:
    """Return a package of a release whose agent works, but never says that it does."""
    tree = folder / "mute"
    subprocess.run(["dpkg-deb", "-R", package, tree], check=True)
    control, release = tree / "DEBIAN/control", tree / CODE / "wire/release.py"
    resident = tree / CODE / "agent/resident.py"
    before = control.read_text().partition("\nVersion: ")[2].partition("\n")[0]
    for file in (control, release):
        file.write_text(file.read_text().replace(before, version))
    vouching = "                self._vouch()\n"
    assert vouching in resident.read_text()
    resident.write_text(resident.read_text().replace(vouching, ""))
    for file in (release, resident):  # what is compiled is never compared with it
        shutil.rmtree(file.parent / "__pycache__")
    made = folder / f"discreet-agent_{version}_amd64.deb"
    command = ["dpkg-deb", "--root-owner-group", "-Zzstd", "-z1", "-b", tree, made]
    subprocess.run(command, check=True, capture_output=True)
    return made
