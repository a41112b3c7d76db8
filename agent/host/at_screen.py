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
class SignedIn:
    """Somebody who is signed in.

    Attributes:
        user: their number.
        graphical: whether they have a desktop, and not a console of text.
        here: whether they sit at the machine now.
    """

    user: int
    graphical: bool
    here: bool = True


def at_screen(directory: Path = SESSIONS) -> list[SignedIn]:
    """Return who sits at the machine."""
    return [one for one in signed_in(directory) if one.here]


def signed_in(directory: Path = SESSIONS) -> list[SignedIn]:
    """Return who is signed in, from wherever; who sits here goes first."""
    found = dict.fromkeys(_people(directory))
    return sorted(found, key=lambda one: not one.here)


def terminals_of(user: int, directory: Path = SESSIONS) -> list[str]:
    """Return the terminals of a user's sessions, as named below /dev."""
    found = [told.get("TTY", "") for one, told in _sessions(directory) if one == user]
    return list(dict.fromkeys(filter(None, found)))


def _people(directory: Path) -> Iterator[SignedIn]:
    for user, told in _sessions(directory):
        here = told.get("ACTIVE") == "1" and told.get("REMOTE") != "1"
        yield SignedIn(user, told.get("TYPE") in _GRAPHICAL, here)


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
