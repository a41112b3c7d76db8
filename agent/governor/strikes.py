# SPDX-License-Identifier: Apache-2.0
"""Which datasets are not read any more, for reading them has ended the agent's pass.

Rules: two kills and it is out for a day, then tried once; each further kill puts it out
for a week; another release forgives, and so do quiet weeks; kept in a file of its own,
so that it survives a spool that is set aside.
Not here: what counts as a kill (`blame.py`), what is told of it (`agent/outcome.py`).
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import astuple, dataclass
from pathlib import Path

from agent.budget import STRIKES, STRIKES_BYTES, STRUCK_AGAIN_SECONDS, STRUCK_SECONDS
from agent.errors import StateError
from agent.state import read, write
from wire import cbor
from wire.errors import WireError
from wire.release import __version__

COLLECTOR_STRUCK = "collector-struck"
"""The alarm while a dataset is struck out."""
_FIELDS = 3


@dataclass(frozen=True, slots=True)
class Strike:
    """The kills of one dataset.

    Attributes:
        kills: how many, in one release.
        last: when the last one was, signed time, seconds since the epoch.
        release: in which they were.
    """

    kills: int
    last: int
    release: str

    def out_seconds(self) -> int:
        """Return for how long the last kill puts it out."""
        if self.kills < STRIKES:
            return 0
        return STRUCK_SECONDS if self.kills == STRIKES else STRUCK_AGAIN_SECONDS

    def is_out(self, now: int, release: str) -> bool:
        """Tell whether it is not to be read.

        A kill that is to come is of a clock that was wrong: it puts nothing out.
        """
        since = now - self.last
        sound = self.release == release and since > -STRUCK_SECONDS
        return sound and since < self.out_seconds()


def killed(before: Strike | None, now: int, release: str) -> Strike:
    """Return the kills of a dataset after one more.

    Args:
        before: its kills up to here.
        now: signed time.
        release: of this agent.
    """
    if before is None or before.release != release:
        return Strike(1, now, release)
    quiet = now - before.last - before.out_seconds()
    if quiet > STRUCK_AGAIN_SECONDS:
        return Strike(1, now, release)
    return Strike(before.kills + 1, now, release)


def struck_out(path: Path, now: int, release: str) -> tuple[str, ...]:
    """Return the datasets that are not to be read, by name.

    Args:
        path: the file of strikes.
        now: signed time, seconds since the epoch.
        release: of this agent.
    """
    known = strikes(path)
    return tuple(sorted(name for name in known if known[name].is_out(now, release)))


def struck_alarms(path: Path, now: int) -> tuple[str, ...]:
    """Return the alarm of this release's strikes, if there is one.

    Args:
        path: the file of strikes.
        now: signed time, seconds since the epoch.
    """
    return (COLLECTOR_STRUCK,) if struck_out(path, now, __version__) else ()


def strikes(path: Path) -> Mapping[str, Strike]:
    """Return the kills of each dataset; none where the file is not there or damaged."""
    with suppress(StateError, WireError, ValueError):
        octets = read(path, STRIKES_BYTES)
        if octets is not None:
            return _decoded(octets)
    return {}


def strike(path: Path, dataset: str, now: int, release: str) -> Strike:
    """Write down one more kill of a dataset, and return its kills.

    Args:
        path: the file of strikes.
        dataset: what was being read.
        now: signed time, seconds since the epoch.
        release: of this agent.
    """
    known = dict(strikes(path))
    known[dataset] = killed(known.get(dataset), now, release)
    with suppress(StateError):  # a full disk: it is tried again, a quarter hour later
        write(path, cbor.encode({name: list(astuple(known[name])) for name in known}))
    return known[dataset]


def _decoded(octets: bytes) -> Mapping[str, Strike]:
    found = cbor.decode(octets, STRIKES_BYTES)
    known: dict[str, Strike] = {}
    for name, cells in found.items() if isinstance(found, dict) else ():
        if not isinstance(cells, list) or len(cells) != _FIELDS:
            msg = "these are no strikes"
            raise ValueError(msg)
        kills, last, release = cells
        if isinstance(kills, int) and isinstance(last, int):
            known[str(name)] = Strike(kills, last, str(release))
    return known
