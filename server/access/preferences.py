# SPDX-License-Identifier: Apache-2.0
"""What a person prefers in the console: the only account data there is.

Rules: a closed list of names and values; each person sees, takes and deletes their own,
and they go with the person.
"""

import sqlite3
from collections.abc import Mapping

TABLE = """
CREATE TABLE IF NOT EXISTS preferences (
    person TEXT NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (person, name)
) STRICT, WITHOUT ROWID
"""
LANGUAGE, THEME = "language", "theme"
CHOICES: Mapping[str, tuple[str, ...]] = {
    LANGUAGE: ("en", "de"),
    THEME: ("light", "dark"),
}
"""Each preference and what it may be; one that is not set is the browser's."""


def of(connection: sqlite3.Connection, person: str) -> dict[str, str]:
    """Return what a person prefers, by name."""
    rows = connection.execute(
        "SELECT name, value FROM preferences WHERE person = ? ORDER BY name", (person,)
    )
    return dict(rows.fetchall())


def choose(
    connection: sqlite3.Connection, person: str, chosen: Mapping[str, str]
) -> None:
    """Keep what is one of the choices, in place of all that was preferred before."""
    forget(connection, person)
    for name, values in CHOICES.items():
        if (value := chosen.get(name)) in values:
            connection.execute(
                "INSERT INTO preferences VALUES (?, ?, ?)", (person, name, value)
            )


def forget(connection: sqlite3.Connection, person: str) -> None:
    """Delete all that a person prefers."""
    connection.execute("DELETE FROM preferences WHERE person = ?", (person,))
