# SPDX-License-Identifier: Apache-2.0
"""A recipient elsewhere: a directory, its keys, and the program that it was given.

Rules: `discreet-open` is a process; it has nothing but what it is sent and the root
digest.
Not here: who grants what (the tests), people who type (`office_fixture.py`).
"""

import subprocess
import sys
from pathlib import Path

from office_fixture import Office

from wire.papers.recipient import read_keys


class Abroad:
    """A recipient: a directory and the program that it was given."""

    def __init__(self, place: Path) -> None:
        """Make its keys."""
        self.place, self.digest = place, ""
        self.run("key", "own", "--name", "SOC of Examples")
        self.keys = read_keys((place / "own.public").read_bytes())

    def run(self, *arguments: str) -> str:
        """Run `discreet-open` there; return what it prints."""
        command = (sys.executable, "-m", "recipient", *arguments)
        found = subprocess.run(
            command, cwd=self.place, capture_output=True, text=True, check=False
        )
        assert (found.returncode, found.stderr) == (0, "")
        return found.stdout

    def own(self, act: str, release: Path, out: str, *more: str) -> str:
        """Run an act on a release."""
        return self.run(
            *(act, str(release), "--root", self.digest, "--key", "own"),
            *("--out", out, *more),
        )

    def opened(self, office: Office, release: Path) -> Path:
        """Fetch the key of a release and open it here; return the files."""
        name = release.name
        self.own("fetch", release, f"{name}.request")
        request, reply = (self.place / f"{name}.{end}" for end in ("request", "answer"))
        office.typed("share", "fetch", str(request), "--out", str(reply))
        self.own("open", release, name, "--answer", str(reply))
        return self.place / name
