# SPDX-License-Identifier: Apache-2.0
"""A machine in a folder, on which the real dpkg installs real packages of an agent.

Rules: installer, repository and package manager are real; the agent that was installed
is one file, and its good exchange is written where the installer waits for it.
Not here: attacks on the repository (`updates_room.py`).
"""

import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from updates_room import KIND, NOW, Client, Repository

from agent.updates import handover
from agent.updates.installing import Bench
from agent.updates.packagers import Packager
from wire.updates import Version, read_version

CODE = "usr/lib/discreet-agent/version"
BROKEN = "#!/bin/sh\nexit 1\n"


def has_dpkg() -> bool:
    """Tell whether real packages can be built and installed here."""
    return bool(shutil.which("dpkg") and shutil.which("dpkg-deb"))


def deb(folder: Path, version: str, script: str = "") -> bytes:
    """Return a package of the agent.

    Args:
        folder: to build it in.
        version: of the release, which is all that it has.
        script: what it runs once it is unpacked.
    """
    tree = folder / f"tree-{version}"
    shutil.rmtree(tree, ignore_errors=True)
    (tree / CODE).parent.mkdir(parents=True)
    (tree / CODE).write_text(version)
    (tree / "DEBIAN").mkdir(mode=0o755)
    (tree / "DEBIAN/control").write_text(
        f"Package: discreet-agent\nVersion: {version}\nArchitecture: all\n"
        "Maintainer: nobody\nDescription: an agent\n"
    )
    if script:
        (tree / "DEBIAN/postinst").write_text(script)
        (tree / "DEBIAN/postinst").chmod(0o755)
    place = folder / f"{version}.deb"
    subprocess.run(
        ["dpkg-deb", "--root-owner-group", "--build", str(tree), str(place)],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return place.read_bytes()


@dataclass
class Machine:
    """A machine in a folder.

    Attributes:
        folder: its own.
        agent: the agent's directory for updates.
        anchor: the root of updates.
        works: releases whose agent makes a good exchange.
        before: a program and options that run dpkg.
        paused: seconds for which the installer has waited.
        now: the machine's clock.
    """

    folder: Path
    agent: Path
    anchor: Path
    works: set[str] = field(default_factory=set)
    before: tuple[str, ...] = ()
    paused: float = 0.0
    now: int = NOW
    restarts: Callable[[], None] = lambda: None

    def __post_init__(self) -> None:
        """Make an empty system."""
        (self.folder / "root/var/lib/dpkg").mkdir(parents=True, exist_ok=True)
        (self.folder / "root/var/lib/dpkg/status").touch()

    def bench(self) -> Bench:
        """Return what the installer works with here."""
        root = f"--root={self.folder / 'root'}"
        options = ("--force-not-root", "--force-script-chrootless", "--log=/dev/null")
        packager = Packager(
            (
                *self.before,
                "/usr/bin/dpkg",
                root,
                *options,
                "--log=/dev/null",
                "--install",
            ),
            (
                *("/usr/bin/dpkg-query", root, "--show"),
                *("--showformat=${db:Status-Status} ${Version}", "discreet-agent"),
            ),
        )
        own = self.folder / "own"
        clock, pause = (lambda: float(self.now)), self.pause
        return Bench(own, self.agent, self.anchor, KIND, packager, clock, pause)

    def pause(self, seconds: float) -> None:
        """Let time go by, in which the agent that is installed does its work."""
        self.paused += seconds
        self.restarts()
        version = self.installed()
        if version is not None and str(version) in self.works:
            handover.tell(self.agent, handover.HEALTHY, version, self.now)

    def install(self, octets: bytes) -> None:
        """Install a package as an administrator does."""
        place = self.folder / "first.deb"
        place.write_bytes(octets)
        assert self.bench().packager.put(place)

    def installed(self) -> Version | None:
        """Return the version that is whole, by dpkg's word and by the file there."""
        found = self.bench().packager.version()
        code = self.folder / "root" / CODE
        if found is not None:
            assert read_version(code.read_text()) == found
        return found


def ready(
    repository: Repository, client: Client, folder: Path, script: str = ""
) -> Machine:
    """Give a machine with 0.1.0, for which 0.2.0 was verified and handed over."""
    first, second = deb(folder, "0.1.0"), deb(folder, "0.2.0", script)
    repository.add("0.1.0", first)
    repository.add("0.2.0", second)
    assert client.look().slug == "ready"
    anchor = folder / "update-root.json"
    anchor.write_bytes(client.anchor)
    machine = Machine(folder / "machine", client.state.update, anchor)
    machine.install(first)
    return machine
