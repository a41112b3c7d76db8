# SPDX-License-Identifier: Apache-2.0
"""The round `exports`: an archive that nobody fetched does not lie about.

Rules: file and password end a week after they were made, the file also where its
password was told and nobody took it away.
Not here: making and fetching them (`server/keeper/rights`).
"""

from server.keeper import ends
from server.keeper.bounds import EXPORT_KEEP_SECONDS, EXPORTS_SECONDS
from server.keeper.desk import Desk
from server.key_files import scrub
from server.register import rights

EVERY_SECONDS = EXPORTS_SECONDS


def turn(desk: Desk, now: int) -> None:
    """End archives that waited too long, and what a fetch left behind.

    Raises:
        StateError: one cannot be removed.
    """
    before = now - EXPORT_KEEP_SECONDS
    with desk.ending:
        for path in sorted(desk.layout.exports.glob("*")):
            if path.stat().st_mtime < before:
                scrub(path)
        with desk.register.transaction() as connection:
            for held in rights.every(connection, rights.EXPORTS):
                if ends.export(held) <= now:
                    rights.remove(connection, rights.EXPORTS, held.case)
