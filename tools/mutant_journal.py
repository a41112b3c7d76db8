# SPDX-License-Identifier: Apache-2.0
"""What became of each change that was tried, so that a run can go on where one ended.

Rules: a line for each change, written at once; what was said of a file that has changed
since counts no longer.
Not here: trying (`mutants.py`).
"""

import hashlib
import json
from pathlib import Path
from typing import NamedTuple


class Place(NamedTuple):
    """Which change of which file.

    Attributes:
        path: of the file.
        digest: of its source.
        number: of the change in it.
    """

    path: str
    digest: str
    number: int


def place(path: Path, source: str, number: int) -> Place:
    """Return where a change is.

    Args:
        path: of its file.
        source: of the file.
        number: of the change in it.
    """
    return Place(str(path), hashlib.sha256(source.encode()).hexdigest()[:16], number)


class Journal:
    """A file of what was tried; without one, nothing lasts."""

    def __init__(self, path: Path | None) -> None:
        """Read what is there.

        Args:
            path: of the journal.
        """
        self._path = path
        self._noticed: dict[Place, bool] = {}
        if path is None:
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists():
            for line in path.read_text(encoding="utf-8").splitlines():
                *where, noticed = json.loads(line)
                self._noticed[Place(*where)] = noticed

    def told(self, where: Place) -> bool | None:
        """Return whether a change was noticed; None when it was not tried.

        Args:
            where: the change.
        """
        return self._noticed.get(where)

    def tell(self, where: Place, *, noticed: bool) -> None:
        """Write what became of a change.

        Args:
            where: the change.
            noticed: whether a test failed.
        """
        self._noticed[where] = noticed
        if self._path is not None:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps([*where, noticed]) + "\n")
