# SPDX-License-Identifier: Apache-2.0
"""Calls the programs that a build needs, and says in one sentence what went wrong.

Rules: a program that is missing is named with the Debian package that has it; nothing
of this machine's locale or time zone reaches what is built.
Not here: what is built of it.
"""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

_HAS = {
    "apt-get": "apt",
    "dpkg-deb": "dpkg",
    "eu-strip": "elfutils",
    "patchelf": "patchelf",
    "readelf": "binutils",
    "rpmbuild": "rpm",
    "tar": "tar",
}
_LAST_LINES = 6


class BuildError(Exception):
    """A package cannot be built; the message says what to do."""


def call(
    *command: str | Path,
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> str:
    """Run a program to its end and return what it printed.

    Args:
        command: the program and its arguments.
        folder: where it runs.
        environment: what it gets beside this process's own.

    Raises:
        BuildError: it is missing, or it failed.
    """
    name = Path(command[0]).name
    fixed = {"LC_ALL": "C.UTF-8", "TZ": "UTC", "PYTHONHASHSEED": "0"}
    try:
        done = subprocess.run(  # noqa: S603 - the build's own list
            [str(part) for part in command],
            cwd=folder,
            env={**os.environ, **fixed, **(environment or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        package = _HAS.get(name, name)
        msg = f"{name} is missing: apt-get install {package}"
        raise BuildError(msg) from None
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()[-_LAST_LINES:]
        msg = f"{name} failed ({done.returncode}): " + " | ".join(said)
        raise BuildError(msg)
    return done.stdout
