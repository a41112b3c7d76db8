# SPDX-License-Identifier: Apache-2.0
"""The programs by which each kind of package is installed, and asked for its version.

Rules: fixed programs by absolute paths, no shell, an environment of our own, a time
limit; a program is believed for what is installed, not for how it ended. Windows
Installer is asked by its own call, and what it says has to be what the code says.
Not here: when (`installing.py`).
"""

import re
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from agent.update_budget import UPDATE_INSTALL_SECONDS
from wire.updates import Version, read_version

_ENVIRONMENT = {
    "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
    "LC_ALL": "C",
    "DEBIAN_FRONTEND": "noninteractive",
    "SystemRoot": "C:\\Windows",
}
_INSTALLED = re.compile(r"installed ([0-9]{1,5}\.[0-9]{1,5}\.[0-9]{1,5})(?:[-+~].*)?\Z")
_RELEASE = re.compile(r'^__version__ = "([0-9.]{5,17})"$', re.MULTILINE)
_NAME = "discreet-agent"


@dataclass(frozen=True, slots=True)
class Packager:
    """How a kind of package is installed.

    Attributes:
        install: program and options; the package follows.
        ask: program and options that print "installed" and the version.
        anew: what goes after the package where all of what is installed already is to
            be written anew; nothing where `install` does that.
        known: asks the system, where no program does.
        code: the file of the code that has the version, which has to be that one too.
        mark: a file that is there while the program works.
    """

    install: Sequence[str]
    ask: Sequence[str] = ()
    anew: Sequence[str] = ()
    known: Callable[[], Version | None] | None = None
    code: Path | None = None
    mark: Path | None = None

    def put(self, package: Path) -> bool:
        """Install a package, newer or older; tell whether the program says it did."""
        took = self._do(package)
        if self.anew and self.version() is None:  # damaged, it is as good as there
            return self._do(package, *self.anew)
        return took

    def mend(self, package: Path) -> None:
        """Write the installed package anew, where a cut may have left a hidden half."""
        if self.anew:
            self._do(package, *self.anew)

    def clear(self) -> None:
        """Take away a mark that a cut has left: nothing of ours works now.

        While it is there, taking the programs off leaves all that the device has.
        """
        if self.mark is not None:
            self.mark.unlink(missing_ok=True)

    def version(self) -> Version | None:
        """Return the version that is whole; None for none, or half of one."""
        if self.known is not None:
            found = self.known()
            return found if found == self._of_code() else None
        match = _INSTALLED.match((_run(self.ask) or "").strip())
        return None if match is None else read_version(match[1])

    def _do(self, package: Path, *more: str) -> bool:
        if self.mark is not None:
            self.mark.touch()
        try:
            return _run((*self.install, str(package), *more)) is not None
        finally:
            self.clear()

    def _of_code(self) -> Version | None:
        try:
            text = "" if self.code is None else self.code.read_text("utf-8")
        except OSError:
            return None
        match = _RELEASE.search(text)
        return None if match is None else read_version(match[1])


def packager(sort: str) -> Packager:
    """Return how a sort of package is installed on Linux.

    Args:
        sort: "deb" or "rpm".
    """
    return {
        "deb": Packager(
            ("/usr/bin/dpkg", "--force-confdef", "--force-confold", "--install"),
            (
                *("/usr/bin/dpkg-query", "--show"),
                *("--showformat=${db:Status-Status} ${Version}", _NAME),
            ),
        ),
        "rpm": Packager(
            ("/usr/bin/rpm", "--upgrade", "--oldpackage", "--replacepkgs"),
            ("/usr/bin/rpm", "--query", "--queryformat=installed %{VERSION}", _NAME),
        ),
    }[sort]


def windows_installer(
    code: Path, mark: Path, known: Callable[[], Version | None]
) -> Packager:
    """Return how an .msi is installed.

    Args:
        code: the file of the installed code that has the version.
        mark: a file that is there while Windows Installer works.
        known: asks Windows Installer which version it has.
    """
    quiet = ("C:/Windows/System32/msiexec.exe", "/qn", "/norestart")
    anew = ("REINSTALL=ALL", "REINSTALLMODE=amus")
    return Packager((*quiet, "/i"), anew=anew, known=known, code=code, mark=mark)


def _run(
    command: Sequence[str], environment: Mapping[str, str] = _ENVIRONMENT
) -> str | None:
    """Return what a program prints; None where it cannot run or says that it failed."""
    try:
        done = subprocess.run(  # noqa: S603 - fixed programs of our own table
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            timeout=UPDATE_INSTALL_SECONDS,
            check=True,
            env=dict(environment),
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.decode("utf-8", "replace")
