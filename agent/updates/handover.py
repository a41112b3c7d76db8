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

from agent.state import write
from agent.update_budget import (
    UPDATE_STRIKE_SECONDS,
    UPDATE_STRIKES,
    UPDATE_TEXT_BYTES,
)
from wire.errors import PolicyError
from wire.release import __version__
from wire.updates import Version, read_kind, read_version

READY, HEALTHY = "ready", "healthy"
"""In the agent's directory: a release waits to be installed; this one works."""
OUTCOME, STRIKES, TRIAL = "outcome", "strikes", "trial"
"""In the installer's: how the last one ended; what did not work; what is tried."""
INSTALLING = "installing"
"""In the installer's, while Windows Installer works for it: what is taken off then is
replaced, and nothing is to say farewell."""
PACKAGED = Path(__file__).parents[1] / "packaged"
"""What a package says of itself; in none, there is nothing that updates itself."""
_STRIKES_KEPT = 16
_READABLE = 0o644
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


def vouch(folder: Path, now: int) -> None:
    """Say that the release that runs works here, where updates are looked for.

    Raises:
        StateError: the disk refuses.
    """
    if folder.is_dir():
        tell(folder, HEALTHY, read_version(__version__), now)


def tell_outcome(folder: Path, slug: str, version: Version, now: int) -> None:
    """Write how an update ended.

    Raises:
        StateError: the disk refuses.
    """
    _show(folder / OUTCOME, f"{slug} {version} {now}\n")


def outcome(folder: Path) -> tuple[str, Version, int] | None:
    """Return how the last update ended; None where there was none."""
    words = read_words(folder / OUTCOME)
    try:
        if len(words) == 3 and _SLUG.match(words[0]) and _NUMBER.match(words[2]):  # noqa: PLR2004 - as `tell_outcome` writes
            return words[0], read_version(words[1]), int(words[2])
    except PolicyError:
        pass
    return None


@dataclass(frozen=True, slots=True)
class Trial:
    """A release that is being tried.

    Attributes:
        new: the release.
        old: the one before, which is put back if need be.
        attempts: how often its mark was waited for; 0 before it was installed.
        mark: number of the mark that it had before, 0 for none.
    """

    new: Version
    old: Version
    attempts: int
    mark: int


def tell_trial(folder: Path, trial: Trial) -> None:
    """Write down what is tried, before it is.

    Raises:
        StateError: the disk refuses.
    """
    line = f"{trial.new} {trial.old} {trial.attempts} {trial.mark}\n"
    _show(folder / TRIAL, line)


def trial(folder: Path) -> Trial | None:
    """Return what is being tried; None for nothing."""
    words = read_words(folder / TRIAL)
    try:
        if len(words) == 4 and all(map(_NUMBER.match, words[2:])):  # noqa: PLR2004 - as `tell_trial` writes
            new, old = map(read_version, words[:2])
            return Trial(new, old, int(words[2]), int(words[3]))
    except PolicyError:
        pass
    return None


Strikes = dict[Version, tuple[int, int]]
"""Releases that did not work here: how often, and when last."""


def strikes(folder: Path) -> Strikes:
    """Return what did not work here."""
    words = read_words(folder / STRIKES)
    found: Strikes = {}
    for version, count, at in zip(*(words[i::3] for i in range(3)), strict=False):
        try:
            if _NUMBER.match(count) and _NUMBER.match(at):
                found[read_version(version)] = int(count), int(at)
        except PolicyError:
            continue
    return found


def strike(folder: Path, version: Version, now: int) -> None:
    """Write down that a release did not work; the oldest releases are forgotten.

    Raises:
        StateError: the disk refuses.
    """
    found = strikes(folder)
    found[version] = found.get(version, (0, 0))[0] + 1, now
    kept = sorted(found.items())[-_STRIKES_KEPT:]
    lines = [f"{one} {count} {at}\n" for one, (count, at) in kept]
    _show(folder / STRIKES, "".join(lines))


def struck(folder: Path, now: int) -> frozenset[Version]:
    """Return the releases that are not tried now."""
    return frozenset(
        version
        for version, (count, at) in strikes(folder).items()
        if count >= UPDATE_STRIKES or 0 <= now - at < UPDATE_STRIKE_SECONDS
    )


def _show(path: Path, text: str) -> None:
    """Write what the installer tells; the agent's user may read it."""
    write(path, text.encode())
    path.chmod(_READABLE)


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
