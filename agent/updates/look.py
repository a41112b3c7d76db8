# SPDX-License-Identifier: Apache-2.0
"""Looks for an update: verifies, decides by policy, fetches, and hands it over.

Rules: runs in a short-lived process of its own, never in the resident agent; without a
policy that names updates, nothing is fetched; a release is taken only when the one that
runs could be put back; what is handed over is verified again by who installs it.
Not here: installing (`installing.py`), trust (`trusted.py`), which release
(`choosing.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from agent.errors import UpdateError
from agent.state import State, read
from agent.update_budget import UPDATE_METADATA_BYTES
from agent.updates import handover
from agent.updates.choosing import Here, choose, way_back
from agent.updates.mirror import FETCHED, PACKAGES
from agent.updates.trusted import Fetch, Offered, Trusted
from agent.updates.words import AVAILABLE, DENIED, READY
from wire.updates import Package, Updates


@dataclass(frozen=True, slots=True)
class Look:
    """What a look is made with.

    Attributes:
        state: the agent's.
        here: this machine.
        wanted: what the policy in force says of updates.
        anchor: the file of the root that an administrator brought.
        fetch: gets files of the repository.
        held: packages that the installer has already.
        now: signed time.
    """

    state: State
    here: Here
    wanted: Updates | None
    anchor: Path
    fetch: Fetch
    held: Sequence[Package] = ()
    now: int = 0


@dataclass(frozen=True, slots=True)
class Found:
    """How a look ended: a slug, and the release that it is about, if any."""

    slug: str
    version: str = ""


def look(it: Look, *, take: bool) -> Found:
    """Look for an update.

    Args:
        it: what is known and how files are got.
        take: fetch it and hand it over; else only tell.

    Raises:
        UpdateError: what is offered is refused, or cannot be had.
        NetworkError: the repository cannot be reached.
    """
    if it.wanted is None:
        return Found(DENIED)
    anchor = read(it.anchor, UPDATE_METADATA_BYTES)
    if anchor is None:
        slug = "no-update-root"
        raise UpdateError(slug)
    folder = it.state.update
    folder.mkdir(mode=0o700, exist_ok=True)
    trusted = Trusted(folder / FETCHED, anchor, it.fetch, it.now)
    trusted.refresh()
    offered = trusted.offered()
    chosen = choose(offered, it.here, it.wanted)
    if isinstance(chosen, str):
        return Found(chosen)
    version = str(chosen.package.version)
    if not take:
        return Found(AVAILABLE, version)
    _take(it, trusted, chosen, _back(it, offered))
    handover.tell(folder, handover.READY, chosen.package.version, it.now)
    return Found(READY, version)


def _back(it: Look, offered: Sequence[Offered]) -> list[Offered]:
    """Return what the installer needs to put the release back that runs here.

    Raises:
        UpdateError: it could not be put back.
    """
    if Package(it.here.version, it.here.kind) in it.held:
        return []
    found = way_back(offered, it.here)
    if found is None:
        slug = "no-way-back"
        raise UpdateError(slug)
    return [found]


def _take(it: Look, trusted: Trusted, new: Offered, back: Sequence[Offered]) -> None:
    """Fetch what is needed, and throw away what is not any more."""
    folder = it.state.update / PACKAGES
    folder.mkdir(mode=0o700, exist_ok=True)
    wanted = [new, *back]
    names = {one.package.file for one in wanted}
    for left in folder.iterdir():
        if left.name not in names:
            left.unlink(missing_ok=True)
    for one in wanted:
        trusted.take(one, folder / one.package.file)
