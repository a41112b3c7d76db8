# SPDX-License-Identifier: Apache-2.0
"""Who asks another process through the console: by their session, and by nothing else.

Rules: the console hands on what the browser has, and whoever is asked looks it up; so a
console that lies about who asks gets what those may who are signed in, and no more.
Not here: sessions (`sessions.py`), what may be asked (`model.py`).
"""

from pathlib import Path

from server.access import sessions
from server.access.model import Person
from server.errors import DeniedError
from server.sqlite_file import SqliteFile

NOBODY = "not-signed-in"


def person_of(path: Path, secret: str, now: int) -> Person:
    """Return who is signed in.

    Args:
        path: the register of people.
        secret: of the session, as the browser has it.
        now: seconds since the epoch.

    Raises:
        DeniedError: no session that counts.
        StateError: the register cannot be read.
    """
    found = None
    if path.exists():
        register = SqliteFile(path, "the register of people", lambda _: None)
        try:
            with register.reading() as connection:
                found = sessions.find(connection, secret, now)
        finally:
            register.close()
    if found is None:
        msg = "you are not signed in any more: sign in again"
        raise DeniedError(NOBODY, msg)
    return found.entry.person
