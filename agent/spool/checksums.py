# SPDX-License-Identifier: Apache-2.0
"""Checksums of the spool's small rows, so that a flipped bit in one does not go unseen.

Rules: the database keeps them itself, by triggers; a chain that is not what was written
makes the spool unusable; of the rest the row is given up in the way that loses and
repeats least, and what that loses is owed; sums are counted anew, not believed.
Not here: envelopes' octets, which have digests (`queue.py`).
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence

from agent.spool.change import ENVELOPE_TAG, Sent, tag

ROWS = {
    "chain": (
        ("one",),
        (
            *("incarnation", "secret", "sequence", "previous", "marked"),
            *("ledger_index", "ledger_digest", "base", "accepted", "dropped", "voids"),
        ),
    ),
    "cursors": (("purpose", "dataset"), ("cursor",)),
    "owed": (("number",), ("purpose", "retention", "count", "since", "reason")),
    "numbers": (("name",), ("value",)),
    "passes": (("purpose", "dataset"), ("time",)),
    "orders": (
        ("id",),
        (
            *("state", "reason", "told", "consent", "octets"),
            *("heard", "answer", "expires", "seconds", "found"),
        ),
    ),
    "snapshots": (
        ("purpose", "dataset"),
        ("key_id", "plan", "state", "following", "rows"),
    ),
}
"""Of each table the columns of its key, and the others."""
FIRST = tuple(name for name in ROWS if name != "orders")
"""Tables that every version had; a spool gets the others when all else is moved."""
_TABLE = """
CREATE TABLE tags (
    relation TEXT, key TEXT, tag INTEGER NOT NULL, PRIMARY KEY (relation, key)
) STRICT, WITHOUT ROWID;
"""
_REMEMBER = (
    "INSERT INTO tags VALUES ('{name}', {key}, {sum}) "
    "ON CONFLICT (relation, key) DO UPDATE SET tag = excluded.tag"
)
"""Not OR REPLACE: the policy of the statement that fires a trigger overrides it."""
_COUNTED = (
    "SELECT class, sent, COUNT(*), SUM(size) FROM envelopes NOT INDEXED "
    "GROUP BY class, sent"
)
_FORGET = "DELETE FROM tags WHERE relation = '{name}' AND key = {key}"


def register(database: sqlite3.Connection) -> None:
    """Give a connection the checksum that the triggers ask for."""
    database.execute("PRAGMA trusted_schema = ON")  # our own function, our own triggers
    database.create_function("tag", -1, tag, deterministic=True)


def make(
    database: sqlite3.Connection, names: Iterable[str] = (), *, table: bool = True
) -> None:
    """Make the checksums' table and triggers; rows that are there have theirs.

    Args:
        database: within a transaction.
        names: of the tables whose rows get one; all where none is named.
        table: make the checksums' own table.
    """
    if table:
        database.execute(_TABLE)
    for name in names or ROWS:
        for event in ("INSERT", "UPDATE", "DELETE"):
            act = _FORGET if event == "DELETE" else _REMEMBER
            row = "OLD." if event == "DELETE" else "NEW."
            done = act.format(name=name, key=_key(name, row), sum=_sum(name, row))
            database.execute(
                f"CREATE TRIGGER {name}_{event.lower()} AFTER {event} ON {name} "
                f"BEGIN {done}; END"
            )
        database.execute(
            f"INSERT INTO tags SELECT '{name}', {_key(name)}, {_sum(name)} FROM {name}"  # noqa: S608 - our own names
        )


def check(database: sqlite3.Connection) -> None:
    """Look at every row that has a checksum, and mend what can be.

    Raises:
        sqlite3.DatabaseError: the chain, an envelope's row, an order or what is owed is
            not what was written, something lies behind the chain's end, or the disk
            refuses.
    """
    wrong = {name: list(_wrong(database, name)) for name in ROWS}
    damaged = (
        wrong["chain"]
        or wrong["owed"]
        or wrong["orders"]  # one that is forgotten could run a second time
        or _wrong_envelope(database)
    )
    if damaged or _goes_on(database):
        msg = "a row is not what was written"
        raise sqlite3.DatabaseError(msg)
    _recount(database)
    if not any(wrong.values()):
        return
    database.execute("BEGIN IMMEDIATE")
    try:
        database.execute("REINDEX")  # of a row whose key is damaged it has the other
        for name, keys in wrong.items():
            for key in keys:
                database.execute(
                    f"DELETE FROM {name} WHERE {_key(name)} = ?",  # noqa: S608 - our own names
                    (key,),
                )
                database.execute(
                    "DELETE FROM tags WHERE relation = ? AND key = ?", (name, key)
                )
        for key in wrong["cursors"]:
            start_here(database, key)
        if wrong["numbers"]:  # how long a mark is awaited is one of them
            database.execute(
                "UPDATE envelopes SET sent = ? WHERE sent = ?",
                (Sent.WAITING.value, Sent.RECEIVED.value),
            )
        database.execute("COMMIT")
    except BaseException:
        if database.in_transaction:
            database.execute("ROLLBACK")
        raise


def _wrong(database: sqlite3.Connection, name: str) -> Iterator[str]:
    """Yield the keys of rows that are not what was written, or not there."""
    query = (
        f"SELECT {_key(name)} AS found FROM {name} NOT INDEXED LEFT JOIN tags "  # noqa: S608 - our own names
        f"ON relation = '{name}' AND key = {_key(name)} "
        f"WHERE tag IS NOT {_sum(name)} UNION SELECT key FROM tags "
        f"WHERE relation = '{name}' AND key NOT IN "
        f"(SELECT {_key(name)} FROM {name} NOT INDEXED)"
    )
    for (key,) in database.execute(query):
        yield str(key)


def _recount(database: sqlite3.Connection) -> None:
    """Write the sums of the queue anew where they are not its sums."""
    counted = database.execute(_COUNTED + " ORDER BY class, sent").fetchall()
    held = database.execute(
        "SELECT class, sent, envelopes, octets FROM sums NOT INDEXED "
        "WHERE envelopes != 0 OR octets != 0 ORDER BY class, sent"
    ).fetchall()
    if counted == held:
        return
    database.execute("BEGIN IMMEDIATE")
    try:
        database.execute("DELETE FROM sums")
        database.execute("INSERT INTO sums " + _COUNTED)
        database.execute("COMMIT")
    except BaseException:
        if database.in_transaction:
            database.execute("ROLLBACK")
        raise


def _wrong_envelope(database: sqlite3.Connection) -> bool:
    found = database.execute(
        f"SELECT 1 FROM envelopes NOT INDEXED WHERE tag != {ENVELOPE_TAG} LIMIT 1"  # noqa: S608 - our own names
    )
    return found.fetchone() is not None


def _goes_on(database: sqlite3.Connection) -> bool:
    """Tell whether there is more than the chain knows of: it would be in the way.

    A log of which a part is damaged leaves pages that were moved already beside older
    ones, and each of them is sound.
    """
    found = database.execute(
        "SELECT max(coalesce((SELECT max(number) FROM envelopes), 0), "
        "coalesce((SELECT max(number) FROM bodies), 0)) > base + sequence FROM chain"
    )
    return bool(found.fetchone()[0])


def start_here(database: sqlite3.Connection, key: str) -> None:
    """Have a source read from now on, and owe what it had meanwhile.

    Args:
        database: within a transaction.
        key: of its cursor; damaged itself, it may be of none, or have one part alone.
    """
    purpose, _, dataset = key.partition("/")
    last = database.execute(
        "SELECT time FROM passes WHERE purpose = ? AND dataset = ?", (purpose, dataset)
    ).fetchone()
    if last is None:  # of a key that nothing was read under
        return
    database.execute(
        "INSERT OR REPLACE INTO cursors VALUES (?, ?, x'')", (purpose, dataset)
    )
    database.execute(
        "INSERT INTO owed VALUES (NULL, ?, NULL, NULL, ?, 'source-lost')",
        (purpose, *last),
    )


def _key(name: str, prefix: str = "") -> str:
    return " || '/' || ".join(f"{prefix}{column}" for column in ROWS[name][0])


def key_of(name: str, row: Sequence[object]) -> str:
    """Return the key by which a row's checksum is kept, from its columns in order."""
    columns = len(ROWS[name][0]) if name in ROWS else 1
    return "/".join(str(value) for value in row[:columns])


def _sum(name: str, prefix: str = "") -> str:
    columns = [column for group in ROWS[name] for column in group]
    return f"tag({', '.join(prefix + column for column in columns)})"
