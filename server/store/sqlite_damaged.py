# SPDX-License-Identifier: Apache-2.0
"""Rows of an SQLite store that are not what was written, so that the rest counts.

Rules: SQLite checks the types of a strict table when it writes and never again, so they
are asked for before a row is believed; a damaged row is named and never counted.
Not here: what envelopes say themselves, which `--verify` compares
(`server/reader/accounting.py`).
"""

import sqlite3
from collections.abc import Mapping

from server.store.chains import Damaged

_PLACED = {"incarnation": "blob", "sequence": "integer"}
_FILED = {
    **_PLACED,
    "digest": "blob",
    "kind": "integer",
    "purpose": "text",
    "retention": "text",
    "records": "integer",
}
_TYPES: Mapping[str, Mapping[str, str]] = {
    "chains": {
        **_PLACED,
        **dict.fromkeys(("highest", "marked", "said", "said_marked"), "integer"),
        "said_at": "integer",
        "said_accepted": "integer null",
    },
    "envelopes": _FILED,
    "spent": _FILED,
    "remainders": {
        **_PLACED,
        **dict.fromkeys(("purpose", "retention"), "text"),
        "records": "integer",
    },
    "gaps": {
        **_PLACED,
        **dict.fromkeys(("kind", "since", "until"), "integer"),
        **dict.fromkeys(("purpose", "retention", "reason"), "text"),
        "records": "integer null",
    },
    "lost": {"incarnation": "blob", "first": "integer", "last": "integer"},
}
"""Of the columns by which is accounted, what each may be."""


def register(database: sqlite3.Connection) -> None:
    """Give a connection the check of texts that `sound` asks for."""
    database.create_function("is_text", 1, _is_text, deterministic=True)


def sound(table: str, alias: str) -> str:
    """Return the condition under which a row is what was written, as SQL.

    Args:
        table: one that is accounted by.
        alias: what the query calls it.
    """
    return " AND ".join(
        _check(f"{alias}.{column}", types) for column, types in _TYPES[table].items()
    )


def damaged(
    database: sqlite3.Connection, tenant: bytes, device: bytes
) -> list[Damaged]:
    """Return the rows of a device that are not what was written."""
    found = []
    for table, columns in _TYPES.items():
        place = "first" if table == "lost" else "sequence"
        checks = [_check(f"x.{name}", types) for name, types in columns.items()]
        query = (
            "SELECT CASE typeof(x.incarnation) WHEN 'blob' THEN x.incarnation END, "  # noqa: S608 - constant names
            f"CASE typeof(x.{place}) WHEN 'integer' THEN x.{place} END, "
            f"{', '.join(checks)} FROM {table} x WHERE x.tenant = ? AND x.device = ? "
            f"AND NOT ({' AND '.join(checks)})"
        )
        for incarnation, sequence, *passed in database.execute(query, (tenant, device)):
            wrong = [
                name for name, good in zip(columns, passed, strict=True) if not good
            ]
            found.append(Damaged(table, incarnation, sequence, tuple(wrong)))
    return found


def _check(column: str, types: str) -> str:
    """Return the condition of one column, as SQL."""
    if types == "text":
        return f"(typeof({column}) = 'text' AND is_text(CAST({column} AS BLOB)))"
    names = ", ".join(f"'{name}'" for name in types.split())
    return f"(typeof({column}) IN ({names}))"


def _is_text(octets: bytes) -> bool:
    try:
        octets.decode()
    except UnicodeDecodeError:
        return False
    return True
