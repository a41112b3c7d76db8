# SPDX-License-Identifier: Apache-2.0
"""Installs a release that was verified anew, and puts the one before back if need be.

Rules: what the agent's user left is believed in nothing; only a release that is newer
than the one that runs, and only with the package of that one verified and at hand; what
is tried is written down before it begins, so that whoever comes after a kill or a power
cut goes on from there, and no step begins before the names of the last are on the disk;
a release is kept once its agent has made a good exchange.
Not here: which release (`choosing.py`), package managers (`packagers.py`).
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from agent.errors import StateError, UpdateError
from agent.state import flush_directory, read
from agent.update_budget import (
    UPDATE_ATTEMPTS,
    UPDATE_BACK_SECONDS,
    UPDATE_BACK_TRIES,
    UPDATE_HEALTH_LOOK_SECONDS,
    UPDATE_HEALTH_SECONDS,
    UPDATE_METADATA_BYTES,
)
from agent.updates import handover
from agent.updates.handover import Trial, Word
from agent.updates.mirror import FETCHED, from_folder
from agent.updates.packagers import Packager
from agent.updates.trusted import Offered, Trusted
from agent.updates.words import (
    CURRENT,
    NOT_INSTALLED,
    NOTHING,
    ROLLED_BACK,
    STRUCK_OUT,
    UPDATED,
)
from wire.errors import PolicyError
from wire.updates import Package, Version, read_version

NEW, BACK = "new", "way-back"
"""Folders of the installer: what is tried, and what is put back."""


@dataclass(frozen=True, slots=True)
class Bench:
    """What the installer works with.

    Attributes:
        own: its own directory, which nobody else can write.
        agent: the agent's directory for updates, of which nothing is believed.
        anchor: the file of the root that an administrator brought.
        kind: of the packages that fit this machine.
        packager: installs them.
        clock: seconds since the epoch.
        pause: waits for so many seconds.
    """

    own: Path
    agent: Path
    anchor: Path
    kind: str
    packager: Packager
    clock: Callable[[], float]
    pause: Callable[[float], None]

    def back(self, version: Version) -> Path:
        """Return where the package of the release before lies."""
        return self.own / BACK / Package(version, self.kind).file

    def new(self, version: Version) -> Path:
        """Return where the package of the new release lies."""
        return self.own / NEW / Package(version, self.kind).file


def held(own: Path, kind: str) -> tuple[Package, ...]:
    """Return the packages that an installer can put back.

    Args:
        own: the installer's directory.
        kind: of the packages that fit this machine.
    """
    found = []
    for place in (own / BACK).glob("discreet-agent_*"):
        with suppress(PolicyError):
            version = read_version(place.name.split("_")[1])
            found.append(Package(version, kind))
    return tuple(found)


def work(bench: Bench) -> str:
    """Install what waits, or go on with what was begun; return how it ended.

    Raises:
        UpdateError: what waits is refused.
        StateError: the disk refuses, or the release before cannot be put back.
    """
    for folder in (NEW, BACK):
        (bench.own / folder).mkdir(mode=0o755, parents=True, exist_ok=True)
    _flush(bench.own)
    bench.packager.clear()
    trial = handover.trial(bench.own)
    if trial is not None:
        if not trial.attempts and bench.packager.version() == trial.old:
            bench.packager.mend(bench.back(trial.old))
        return _go_on(bench, trial)
    word, version = handover.told(bench.agent, handover.READY), bench.packager.version()
    if version is None:
        version = _whole_again(bench)
    if version is not None:
        _hold(bench, version)
    _clear(bench.own / NEW)
    if word is None:
        return NOTHING
    if version is None or word.version <= version:
        return CURRENT
    if word.version in handover.struck(bench.own, int(bench.clock())):
        return STRUCK_OUT
    _verify(bench, word, version)
    before = handover.told(bench.agent, handover.HEALTHY)
    mark = before.number if before and before.version == word.version else 0
    trial = Trial(word.version, version, 0, mark)
    handover.tell_trial(bench.own, trial)
    bench.packager.put(bench.new(trial.new))
    return _go_on(bench, trial)


def _whole_again(bench: Bench) -> Version | None:
    """Install what worked last once more, where half of a release is there.

    A power cut may take what the system knows of packages back behind what we wrote,
    once an update has ended: without this no other would ever begin.
    """
    ended = handover.outcome(bench.own)
    if ended is None:
        return None
    slug, version, _ = ended
    places = [bench.new(version)] if slug == UPDATED else []
    kept = sorted((one.version for one in held(bench.own, bench.kind)), reverse=True)
    for place in (*places, *map(bench.back, kept)):
        if place.exists():
            bench.packager.put(place)
            return bench.packager.version()
    return None


def _go_on(bench: Bench, trial: Trial) -> str:
    """Go on with what was begun, also where a kill or a restart has cut it off."""
    found = bench.packager.version()
    if found == trial.old and not trial.attempts:
        return _ended(bench, trial, NOT_INSTALLED)
    if found == trial.new and _is_healthy(bench, trial):
        return _keep(bench, trial)
    if found != trial.new or trial.attempts >= UPDATE_ATTEMPTS:
        return _go_back(bench, trial)
    trial = replace(trial, attempts=trial.attempts + 1)
    handover.tell_trial(bench.own, trial)
    return _judge(bench, trial)


def _verify(bench: Bench, word: Word, version: Version) -> None:
    """Verify both packages anew and put them into our own directory.

    Raises:
        UpdateError: one of them is refused.
    """
    anchor = read(bench.anchor, UPDATE_METADATA_BYTES)
    if anchor is None:
        slug = "no-update-root"
        raise UpdateError(slug)
    trusted = Trusted(
        bench.own / FETCHED,
        anchor,
        lambda path: from_folder(bench.agent, path),
        word.number,
    )
    trusted.refresh()
    offered = {one.package: one for one in trusted.offered()}
    new = offered.get(Package(word.version, bench.kind))
    if new is None or not new.channels:
        slug = "withdrawn"
        raise UpdateError(slug)
    _take_back(bench, trusted, offered.get(Package(version, bench.kind)))
    trusted.take(new, bench.new(word.version))


def _take_back(bench: Bench, trusted: Trusted, old: Offered | None) -> None:
    """Have the package of the release that runs, and no other, to put it back.

    Raises:
        UpdateError: it is not published, or was not handed over.
    """
    slug = "no-way-back"
    if old is None:
        raise UpdateError(slug)
    place = bench.own / BACK / old.package.file
    _clear(place.parent, place.name)
    try:
        trusted.take(old, place)
    except UpdateError as problem:
        if problem.slug == "missing":
            raise UpdateError(slug) from problem
        raise


def _judge(bench: Bench, trial: Trial) -> str:
    """Wait for the mark of a good exchange; keep the release, or go back."""
    left = UPDATE_HEALTH_SECONDS
    while not _is_healthy(bench, trial):
        if left <= 0:
            return _go_back(bench, trial)
        bench.pause(UPDATE_HEALTH_LOOK_SECONDS)
        left -= UPDATE_HEALTH_LOOK_SECONDS
    return _keep(bench, trial)


def _is_healthy(bench: Bench, trial: Trial) -> bool:
    mark = handover.told(bench.agent, handover.HEALTHY)
    return mark is not None and mark.version == trial.new and mark.number != trial.mark


def _keep(bench: Bench, trial: Trial) -> str:
    """Keep the release: its package is the next way back."""
    ended = _ended(bench, trial, UPDATED)
    _hold(bench, trial.new)
    return ended


def _hold(bench: Bench, version: Version) -> None:
    """Have the package of a release that works for the way back, and no other."""
    new, back = bench.new(version), bench.back(version)
    if new.exists():
        new.replace(back)
    if back.exists():
        _flush(back.parent)  # or a power cut could leave neither this one nor the last
        _clear(back.parent, back.name)


def _go_back(bench: Bench, trial: Trial) -> str:
    """Install the release before again, and remember that this one did not work.

    Raises:
        StateError: it cannot be installed; what is tried stays written down.
    """
    for attempt in range(UPDATE_BACK_TRIES):
        if bench.packager.version() == trial.old:
            break
        if attempt:
            bench.pause(UPDATE_BACK_SECONDS)
        bench.packager.put(bench.back(trial.old))
    if bench.packager.version() != trial.old:
        msg = (
            "the release before could not be installed again: install its package by "
            f"hand, it is in {bench.own / BACK}"
        )
        raise StateError(msg)
    handover.strike(bench.own, trial.new, int(bench.clock()))
    return _ended(bench, trial, ROLLED_BACK)


def _ended(bench: Bench, trial: Trial, slug: str) -> str:
    handover.tell_outcome(bench.own, slug, trial.new, int(bench.clock()))
    (bench.own / handover.TRIAL).unlink(missing_ok=True)
    _flush(bench.own)
    return slug


def _clear(folder: Path, but: str = "") -> None:
    """Remove what is in a folder of ours, except one file."""
    for one in folder.iterdir():
        if one.name != but:
            one.unlink(missing_ok=True)


def _flush(folder: Path) -> None:
    """Have the names in a folder of ours on the disk before anything else is done.

    Raises:
        StateError: the disk refuses.
    """
    try:
        flush_directory(folder)
    except OSError as problem:
        msg = "the installer's directory cannot be written: check the disk"
        raise StateError(msg) from problem
