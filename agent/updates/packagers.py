# SPDX-License-Identifier: Apache-2.0
"""The programs by which each kind of package is installed, and asked for its version.

Rules: fixed programs by absolute paths, no shell, an environment of our own, a time
limit; a program is believed for what is installed, not for how it ended.
Not here: when (`installing.py`).
"""

import re
import subprocess
from collections.abc import Mapping, Sequence
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
        ask: program and options that print "installed" and the version; None where
            the code itself is asked: what installs it does so whole or not at all.
        release: the file of the code that has the version.
    """

    install: Sequence[str]
    ask: Sequence[str] | None = None
    release: Path | None = None

    def put(self, package: Path) -> bool:
        """Install a package, newer or older; tell whether the program says it did."""
        return _run((*self.install, str(package))) is not None

    def version(self) -> Version | None:
        """Return the version that is whole; None for none, or half of one."""
        if self.ask is None:
            return self._of_code()
        match = _INSTALLED.match((_run(self.ask) or "").strip())
        return None if match is None else read_version(match[1])

    def _of_code(self) -> Version | None:
        try:
            text = "" if self.release is None else self.release.read_text("utf-8")
        except OSError:
            return None
        match = _RELEASE.search(text)
        return None if match is None else read_version(match[1])


def packager(sort: str, release: Path) -> Packager:
    """Return how a sort of package is installed here.

    Args:
        sort: "deb", "rpm" or "msi".
        release: the file of the code that has the version.
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
        "msi": Packager(
            ("C:/Windows/System32/msiexec.exe", "/qn", "/norestart", "/i"),
            release=release,
        ),
    }[sort]


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
