# SPDX-License-Identifier: Apache-2.0
"""What lies at each byte of a sound database, and what one flipped bit of it may cost.

Rules: asked of SQLite itself (`dbstat`) before anything is damaged; what may be lost is
the envelopes whose octets lie in the page, and nothing anywhere else.
Not here: flipping (`__main__.py`), what came of it (`damage.py`).
"""

import sqlite3
from dataclasses import dataclass
from pathlib import Path

_HEADER_BYTES = 100


@dataclass(frozen=True, slots=True)
class Spot:
    """What lies at a byte.

    Attributes:
        name: of the table or index, and the kind of its page.
        envelopes: how many have octets in this page.
    """

    name: str
    envelopes: int


@dataclass(frozen=True, slots=True)
class Spots:
    """What lies in each page of a database."""

    size: int
    pages: dict[int, Spot]

    def at(self, octet: int) -> Spot:
        """Return what lies at a byte."""
        if octet < _HEADER_BYTES:
            return Spot("the file's header", 0)
        return self.pages.get(octet // self.size + 1, Spot("free page", 0))


def spots_of(path: Path, table: str) -> Spots:
    """Look at a sound database.

    Args:
        path: its file.
        table: that holds octets.
    """
    database = sqlite3.connect(path)
    try:
        (size,) = database.execute("PRAGMA page_size").fetchone()
        pages = {}
        for name, page, kind, cells in database.execute(
            "SELECT name, pageno, pagetype, ncell FROM dbstat"
        ):
            envelopes = {"leaf": cells, "overflow": 1}.get(kind, 0)
            held = envelopes if name == table else 0
            pages[page] = Spot(f"{name} ({kind})", held)
        return Spots(size, pages)
    finally:
        database.close()
