# SPDX-License-Identifier: Apache-2.0
"""Every place of an installation where data, or a key to it, can be.

Rules: each file belongs to one place; a file of none is a hole in every certificate,
and a test looks for such; octets that were deleted are looked for in all places that
could have them.
Not here: looking (`verifying.py`), places outside (backups: `certifying.py`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from server.layout import Layout


class Holds(Enum):
    """What a place has of people's data."""

    SEALED = "sealed"
    """Sealed records."""
    KEYS = "keys"
    """Keys that open them, wrapped, or what unwraps those."""
    NONE = "none"
    """Neither: names, ids, counts, statements, keys of roles."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place.

    Attributes:
        name: slug, as in a certificate's checks.
        patterns: of its files, from the installation's directory.
        holds: what it has of people's data.
    """

    name: str
    patterns: tuple[str, ...]
    holds: Holds = Holds.NONE

    def files(self, layout: Layout) -> Iterator[Path]:
        """Yield its files as they are now."""
        for pattern in self.patterns:
            for path in sorted(layout.directory.glob(pattern)):
                if path.is_file() and not path.is_symlink():
                    yield path


PLACES = (
    Place("database", ("store/store.sqlite",), Holds.SEALED),
    Place("log", ("store/store.sqlite-*",), Holds.SEALED),
    Place("keyring", ("keyring/*",), Holds.KEYS),
    Place("register", ("keeper/*",)),
    Place("ledger", ("ledger/*", "ledger/anchors/*", "ledger/ended/*")),
    Place("statements", ("authority/*",)),
    Place("gate", ("gate/*", "gate/*/*")),
    Place("offline", ("offline/*",)),
    Place("settings", ("config.toml", "apart", "apart-*")),
    Place("exports", ("exports/*",), Holds.SEALED),
    Place("releases", ("releases/*/*",), Holds.SEALED),
    Place("evidence", ("evidence/*",)),
    Place("outbox", ("outbox/*",)),
    Place("run", ("run/*", "run/*/*")),
)
"""All places within the installation's directory."""


def strangers(layout: Layout) -> list[Path]:
    """Return the files of an installation that are in no place."""
    known = {path for place in PLACES for path in place.files(layout)}
    return sorted(
        path
        for path in layout.directory.rglob("*")
        if path.is_file() and path not in known
    )
