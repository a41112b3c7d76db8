# SPDX-License-Identifier: Apache-2.0
"""A store of each kind for the contract that all of them keep.

Rules: each test gets a store of its own; what a test does behind a store's back is done
by what each kind has under it.
Not here: the contract (`tests/contract/test_store*.py`), devices and envelopes
(`store_chain.py`).
"""

import sqlite3
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import postgres_fixture
import psycopg
import pytest
from store_chain import DEVICE, TENANT

from server.store import sqlite_found
from server.store.ending import EndingStore
from server.store.interface import Quotas
from server.store.postgres import found
from server.store.postgres.store import PostgresStore
from server.store.search import Search, narrowed
from server.store.sqlite import create_store, open_store

SQLITE, POSTGRES = "sqlite", "postgres"
KINDS = (
    SQLITE,
    pytest.param(
        POSTGRES,
        marks=(
            pytest.mark.postgres,
            pytest.mark.skipif(postgres_fixture.MISSING, reason="install postgresql"),
        ),
    ),
)
"""For the parameters of a fixture."""


class Room(Protocol):
    """A store, and what is under it."""

    store: EndingStore

    def again(self, quotas: Quotas = ...) -> EndingStore:
        """Open it a second time, as another process would."""

    def delete(self, where: str = ...) -> None:
        """Delete envelopes as whoever ends them at their time does."""

    def known(self, device: bytes) -> dict[str, int]:
        """Return in which tables there is something of a device, and how much."""

    def looked_at(self, search: Search) -> int:
        """Return how much the database does for a search: its steps, or its rows."""


class _Sqlite:
    def __init__(self, folder: Path) -> None:
        self._path = folder / "store.sqlite"
        self.store: EndingStore = create_store(self._path)

    def again(self, quotas: Quotas = Quotas()) -> EndingStore:  # noqa: B008 - immutable
        return open_store(self._path, quotas)

    def delete(self, where: str = "true") -> None:
        with sqlite3.connect(self._path) as database:
            database.execute(f"DELETE FROM envelopes WHERE {where}")  # noqa: S608 - the test's own words
        database.close()

    def known(self, device: bytes) -> dict[str, int]:
        database = sqlite3.connect(self._path)
        names = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        found = {}
        for (name,) in names.fetchall():
            columns = [row[1] for row in database.execute(f"PRAGMA table_info({name})")]
            if "device" in columns:
                query = f"SELECT count(*) FROM {name} WHERE device = ?"  # noqa: S608 - our own tables
                (count,) = database.execute(query, (device,)).fetchone()
                found |= {name: count} if count else {}
        database.close()
        return found

    def looked_at(self, search: Search) -> int:
        steps = 0

        def step() -> None:
            nonlocal steps
            steps += 1

        database = sqlite3.connect(self._path, isolation_level=None)
        database.execute("SELECT 1 FROM sqlite_master")  # what is there is learned now
        database.set_progress_handler(step, 1)
        deque(sqlite_found.envelopes(database, search, lambda _: True), 0)
        database.close()
        return steps


class _Postgres:
    def __init__(self, name: str) -> None:
        self._cluster = postgres_fixture.shared()
        self._name = name
        self.store: EndingStore = self.again()

    def again(self, quotas: Quotas = Quotas()) -> EndingStore:  # noqa: B008 - immutable
        return PostgresStore(self._cluster.where(self._name), quotas)

    def delete(self, where: str = "true") -> None:
        for change in ("UPDATE places SET spent = true", "DELETE FROM envelopes"):
            self._execute(f"{change} WHERE {where}")

    def known(self, device: bytes) -> dict[str, int]:
        names = self._execute(
            "SELECT c.table_name FROM information_schema.columns c JOIN pg_class k"
            " ON k.relname = c.table_name AND NOT k.relispartition"
            " WHERE c.table_schema = 'discreet' AND c.column_name = 'device'"
        )
        found = {}
        for (name,) in names:
            query = f"SELECT count(*) FROM {name} WHERE device = %b"  # noqa: S608 - our own tables
            (count,) = self._execute(query, device)[0]
            found |= {"spent" if name == "places" else name: count} if count else {}
        return found

    def looked_at(self, search: Search) -> int:
        condition, values = narrowed(search, "%b")
        query = f"EXPLAIN (ANALYZE, FORMAT JSON) {found._INDEX} AND {condition}"
        self._execute("ANALYZE")
        ((plan,),) = self._execute(query, *values)
        assert isinstance(plan, list)
        return sum(map(_rows, _nodes(plan[0]["Plan"])))

    def _execute(
        self, statement: str, *values: bytes | str | int
    ) -> list[tuple[object, ...]]:
        address = self._cluster.address(self._name)
        options = "-c search_path=discreet -c enable_seqscan=off"
        with psycopg.connect(address, options=options) as connection:
            done = connection.execute(statement, values or None)
            return done.fetchall() if done.description else []


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from _nodes(part)


def _rows(node: dict[str, Any]) -> int:
    """Return how many places a part of a plan looked at."""
    if node.get("Relation Name") != "places":
        return 0
    rows = node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
    return int(rows * node["Actual Loops"])


@contextmanager
def opened(kind: str, folder: Path) -> Iterator[Room]:
    """Make a store of a kind that knows nothing yet."""
    if kind == SQLITE:
        room: Room = _Sqlite(folder)
        yield room
        room.store.close()
        return
    with postgres_fixture.database(postgres_fixture.shared()) as name:
        room = _Postgres(name)
        yield room
        room.store.close()


def with_device(store: EndingStore) -> EndingStore:
    """Return a store that knows one device and its token."""
    store.add_token(TENANT, b"k" * 32, 2_000, 1)
    store.enrol(DEVICE, b"k" * 32, 1_000)
    return store
