# SPDX-License-Identifier: Apache-2.0
"""The small texts by which agent and installer tell each other how an update stands.

Rules: one line of words that are checked; what cannot be read is as if it were not
there; the agent writes in its own directory, the installer in its own, and neither
believes the other more than it must.
Not here: what they do with it (`look.py`, `installing.py`).
"""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from agent.budget import UPDATE_TEXT_BYTES
from agent.state import write
from wire.errors import PolicyError
from wire.updates import Version, read_kind, read_version

READY, HEALTHY = "ready", "healthy"
"""In the agent's directory: a release waits to be installed; this one works."""
OUTCOME, STRIKES, TRIAL = "outcome", "strikes", "trial"
"""In the installer's: how the last one ended; what did not work; what is tried."""
_NUMBER = re.compile(r"[0-9]{1,12}\Z")
_SLUG = re.compile(r"[a-z][a-z-]{0,39}\Z")


@dataclass(frozen=True, slots=True)
class Word:
    """A release, and a second or a number that goes with it."""

    version: Version
    number: int


def tell(folder: Path, name: str, version: Version, number: int) -> None:
    """Write a release and a number.

    Raises:
        StateError: the disk refuses.
    """
    write(folder / name, f"{version} {number}\n".encode())


def told(folder: Path, name: str) -> Word | None:
    """Return what was written; None where nothing was, or it cannot be read."""
    words = read_words(folder / name)
    try:
        if len(words) == 2 and _NUMBER.match(words[1]):  # noqa: PLR2004 - as `tell` writes
            return Word(read_version(words[0]), int(words[1]))
    except PolicyError:
        pass
    return None


def tell_outcome(folder: Path, slug: str, version: Version, now: int) -> None:
    """Write how an update ended.

    Raises:
        StateError: the disk refuses.
    """
    write(folder / OUTCOME, f"{slug} {version} {now}\n".encode())


def outcome(folder: Path) -> tuple[str, Version, int] | None:
    """Return how the last update ended; None where there was none."""
    words = read_words(folder / OUTCOME)
    try:
        if len(words) == 3 and _SLUG.match(words[0]) and _NUMBER.match(words[2]):  # noqa: PLR2004 - as `tell_outcome` writes
            return words[0], read_version(words[1]), int(words[2])
    except PolicyError:
        pass
    return None


def read_words(path: Path) -> list[str]:
    """Return the words of a small text; none of a link, or where it is too long."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        with os.fdopen(os.open(path, flags), "rb") as file:
            octets = file.read(UPDATE_TEXT_BYTES + 1)
    except OSError:
        return []
    if len(octets) > UPDATE_TEXT_BYTES or not octets.isascii():
        return []
    return octets.decode("ascii").split()


def packaged(place: Path) -> str | None:
    """Return the kind of package that this agent came in; None where in none.

    Args:
        place: the file that packages have beside the agent's code.
    """
    try:
        return read_kind(" ".join(read_words(place)))
    except PolicyError:
        return None
