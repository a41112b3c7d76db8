# SPDX-License-Identifier: Apache-2.0
"""What a damaged log leaves once its database was opened: mostly what another bit left.

Rules: who ships opens and closes it, after each flip; where every file beside it is
then octet for octet as after an earlier flip, what follows is what followed then, and
is not played again; a database that cannot be opened is always played.
Not here: what follows (`damage.py`).
"""

import hashlib
import random
import sqlite3
from dataclasses import dataclass, field, replace
from pathlib import Path

from folder_image import FolderImage, image_of

from agent.errors import AgentError
from agent.spool.spool import open_spool
from agent.state import marked_at
from server.errors import ServerError
from server.store.sqlite import open_store
from tests.flips.damage import Outcome
from tests.flips.near import Place

_ASIDE = ".corrupt-"
"""In the name of what was set aside: nobody looks into that again."""
Left = tuple[bytes, int]


@dataclass(slots=True)
class Settled:
    """What came of what was left, by a digest of all files and the bound of the loss.

    Attributes:
        of_spool: it is the spool that is damaged.
        image: the folder of the database, which is all that an opening touches.
        known: what came of each.
    """

    of_spool: bool
    image: FolderImage
    known: dict[Left, Outcome] = field(default_factory=dict)

    def folder(self, place: Place) -> Path:
        """Return the folder of the database."""
        return _folder(place, of_spool=self.of_spool)

    def lay(self, place: Place) -> None:
        """Put the database where it is of a place, as it was."""
        folder = self.folder(place)
        folder.parent.mkdir(parents=True, exist_ok=True)
        self.image.lay(folder)

    def before(self, left: Left | None) -> Outcome | None:
        """Return what came of that before; None where it was never seen."""
        found = None if left is None else self.known.get(left)
        return None if found is None else replace(found, played=False)

    def left(self, place: Place, bound: int) -> Left | None:
        """Open and close the damaged database; return what is left, if it opens."""
        try:
            if self.of_spool:
                now, drawn = place.who.enrolled, random.Random(0).randbytes  # noqa: S311 - the same each time
                marked = marked_at(place.state)
                open_spool(place.state.spool, now, marked, entropy=drawn).close()
            else:
                open_store(place.layout.store).close()
        except (AgentError, ServerError, sqlite3.Error, ValueError):
            return None
        return _digest(self.folder(place)), bound


def settling(place: Place, *, of_spool: bool) -> Settled:
    """Return what is to be known of a place's database."""
    return Settled(of_spool, image_of(_folder(place, of_spool=of_spool)))


def _folder(place: Place, *, of_spool: bool) -> Path:
    return place.state.directory if of_spool else place.layout.store.parent


def _digest(folder: Path) -> bytes:
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if not path.is_dir():
            name = path.relative_to(folder).as_posix()
            octets = b"" if _ASIDE in name else path.read_bytes()
            digest.update(f"{name} {len(octets)}\n".encode() + octets)
    return digest.digest()
