# SPDX-License-Identifier: Apache-2.0
"""The units of each part: their names, where they lie, and their texts.

Rules: the text is a file, shipped beside this one in a package and found in
`packaging/linux` of a checkout; of it only the place of the program is replaced, where
there is no package to put one there.
Not here: what systemd is told to do with them (`linux.py`).
"""

from dataclasses import dataclass
from pathlib import Path

from service.contract import Part, UnsupportedError

PACKAGED = Path("/usr/lib/systemd/system")
"""Where a package puts units."""
OURS = Path("/etc/systemd/system")
"""Where an administrator's are, and ours without a package."""


@dataclass(frozen=True, slots=True)
class Units:
    """The units of a part.

    Attributes:
        program: what the journal calls it.
        service: the unit that is the part itself.
        enabled: what starts with the machine.
        names: all of them.
        interpreter: of the package, as the units name it.
    """

    program: str
    service: str
    enabled: tuple[str, ...]
    names: tuple[str, ...]
    interpreter: str

    @property
    def users(self) -> Path:
        """Return the file that names the users."""
        return _folder() / f"{self.program}.sysusers"

    def texts(self, interpreter: Path) -> dict[str, str]:
        """Return the units' texts, for a Python that lies somewhere else."""
        folder = _folder()
        return {
            name: (folder / name)
            .read_text()
            .replace(self.interpreter, str(interpreter))
            for name in self.names
        }


_UNITS = {
    Part.AGENT: Units(
        "discreet-agent",
        "discreet-agent.service",
        (
            "discreet-agent-root.socket",
            "discreet-agent-window.socket",
            "discreet-agent.service",
        ),
        (
            "discreet-agent-root.socket",
            "discreet-agent-root.service",
            "discreet-agent-window.socket",
            "discreet-agent-window.service",
            "discreet-agent.service",
        ),
        "/usr/lib/discreet-agent/bin/python3",
    ),
    Part.SERVER: Units(
        "discreet-server",
        "discreet-server.service",
        ("discreet-server.service",),
        ("discreet-server.service",),
        "/usr/lib/discreet-server/bin/python3",
    ),
}


def units(part: Part) -> Units:
    """Return a part's units."""
    return _UNITS[part]


def _folder() -> Path:
    """Return where the units' texts lie."""
    here = Path(__file__).parent
    for found in (here / "units", here.parent / "packaging" / "linux"):
        if found.is_dir():
            return found
    msg = "this installation has no units: install the package again"
    raise UnsupportedError(msg)
