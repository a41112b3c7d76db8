# SPDX-License-Identifier: Apache-2.0
"""The ledger's file: its tables, and one of an earlier release brought up.

Rules: a file is brought up in one transaction; what was erased leaves no octet in it.
Not here: what is added and read (`server/ledger.py`), checking it
(`server/ledger_checks.py`).
"""

import sqlite3

from wire import ledger
from wire.ledger import EMPTY
from wire.papers.tree import Tree

VERSION = 2
"""The first had no tree."""
_ENTRIES = """
CREATE TABLE entries (
    number INTEGER PRIMARY KEY,
    entry BLOB NOT NULL,
    body BLOB,
    salt BLOB
) STRICT;
CREATE TABLE head (number INTEGER NOT NULL, digest BLOB NOT NULL) STRICT;
"""
_TREE = "CREATE TABLE tree (level INTEGER PRIMARY KEY, digest BLOB NOT NULL) STRICT"
_DURABLE = "PRAGMA synchronous = FULL"
_ERASING = "PRAGMA secure_delete = ON"


def make_tables(connection: sqlite3.Connection) -> None:
    """Make the tables of an empty ledger."""
    connection.executescript(_ENTRIES)
    connection.execute(_TREE)
    connection.execute("INSERT INTO head VALUES (?, ?)", (EMPTY.index, EMPTY.digest))
    connection.execute(f"PRAGMA user_version = {VERSION}")


def prepare(connection: sqlite3.Connection) -> None:
    """Make a connection durable and erasing, and its file one of this release."""
    connection.execute(_DURABLE)
    connection.execute(_ERASING)
    if _version(connection) < VERSION and _has_tables(connection):
        with connection:
            connection.execute("BEGIN IMMEDIATE")
            if _version(connection) < VERSION:
                _add_tree(connection)


def read_tree(connection: sqlite3.Connection, size: int) -> Tree:
    """Return the tree that is kept, of the ledger's number of entries."""
    nodes = connection.execute("SELECT digest FROM tree ORDER BY level DESC")
    return Tree(size, tuple(node for (node,) in nodes))


def grow(connection: sqlite3.Connection, tree: Tree, leaf: bytes) -> None:
    """Keep the tree with one leaf more: whole subtrees that it joined go."""
    grown = tree.append(leaf)
    level = (grown.size & -grown.size).bit_length() - 1
    connection.execute("DELETE FROM tree WHERE level < ?", (level,))
    connection.execute("INSERT INTO tree VALUES (?, ?)", (level, grown.nodes[-1]))


def _version(connection: sqlite3.Connection) -> int:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(version)


def _has_tables(connection: sqlite3.Connection) -> bool:
    found = "SELECT 1 FROM sqlite_schema WHERE name = 'entries'"
    return connection.execute(found).fetchone() is not None


def _add_tree(connection: sqlite3.Connection) -> None:
    connection.execute(_TREE)
    tree = Tree()
    for (entry,) in connection.execute("SELECT entry FROM entries ORDER BY number"):
        digest = ledger.entry_digest(entry)
        grow(connection, tree, digest)
        tree = tree.append(digest)
    connection.execute(f"PRAGMA user_version = {VERSION}")
