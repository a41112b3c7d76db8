# SPDX-License-Identifier: Apache-2.0
"""Who sits at this machine now, and who is signed in, as systemd's logind keeps it.

Rules: at the screen are people whose session is active and not from elsewhere; what
cannot be read is nobody.
Not here: the sessions that are told (`agent/collectors/sessions.py`), Windows.
Source: /run/systemd/sessions/ID is what sd_session_get_uid(3) and its like read, in the
form of an EnvironmentFile; pam_systemd(8) says what the words mean.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

SESSIONS = Path("/run/systemd/sessions")
_GRAPHICAL = frozenset({"wayland", "x11", "mir"})
_BYTES = 8_192
"""One session: twenty short lines."""
_MANY = 64
"""Sessions that are looked at: a desktop has one or two."""


@dataclass(frozen=True, slots=True)
class AtScreen:
    """Somebody at the machine.

    Attributes:
        user: their number.
        graphical: whether they have a desktop, and not a console of text.
    """

    user: int
    graphical: bool


def at_screen(directory: Path = SESSIONS) -> list[AtScreen]:
    """Return who sits at the machine."""
    return list(dict.fromkeys(_people(directory)))


def signed_in(directory: Path = SESSIONS) -> list[int]:
    """Return the users who are signed in, from wherever; who sits here goes first."""
    here = [one.user for one in at_screen(directory)]
    others = [user for user, _ in _sessions(directory)]
    return list(dict.fromkeys((*here, *others)))


def terminals_of(user: int, directory: Path = SESSIONS) -> list[str]:
    """Return the terminals of a user's sessions, as named below /dev."""
    found = [told.get("TTY", "") for one, told in _sessions(directory) if one == user]
    return list(dict.fromkeys(filter(None, found)))


def _people(directory: Path) -> Iterator[AtScreen]:
    for user, told in _sessions(directory):
        if told.get("ACTIVE") == "1" and told.get("REMOTE") != "1":
            yield AtScreen(user, told.get("TYPE") in _GRAPHICAL)


def _sessions(directory: Path) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Yield each session of a person, and what its file says."""
    files: list[Path] = []
    with suppress(OSError):
        files = sorted(directory.iterdir())[:_MANY]
    for file in files:
        told = _told(file)
        user = told.get("UID", "")
        if told.get("CLASS") == "user" and user.isdecimal():
            yield int(user), told


def _told(file: Path) -> Mapping[str, str]:
    """Return what a file says of a session; nothing of one that has ended."""
    with suppress(OSError, UnicodeDecodeError), file.open("rb") as opened:
        lines = opened.read(_BYTES).decode("utf-8").splitlines()
        pairs = (line.partition("=") for line in lines)
        return {name: value for name, _, value in pairs}
    return {}
