# SPDX-License-Identifier: Apache-2.0
"""A store copied out of SQLite's file: all of it is there, and answers the same.

Rules: a real PostgreSQL; a file with something in every table.
Not here: the command (`tests/e2e/test_store_copy.py`).
"""

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import postgres_fixture
import pytest
from store_chain import DEVICE, STORED, TENANT, chain, remainder_of, void_of
from store_room import with_device

from server.errors import StateError
from server.store.blocks import HeldBlock
from server.store.chains import ChainEnd, Heard, Hole
from server.store.ending import HeldExtract
from server.store.interface import HeldResync, Spot
from server.store.orders import HeldOrder
from server.store.placements import HeldPlacement
from server.store.postgres import copying
from server.store.postgres.copied_tables import TABLES
from server.store.postgres.store import PostgresStore
from server.store.refusals import Refused
from server.store.sqlite import SqliteStore, create_store, open_store
from wire.doing import Doing, OrderState

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.skipif(postgres_fixture.MISSING, reason="install postgresql"),
]
WHOSE = TENANT, DEVICE.device
ORDER = b"o" * 16


@pytest.fixture
def database() -> Iterator[str]:
    """Return a database with an empty store in it."""
    with postgres_fixture.database(postgres_fixture.shared()) as name:
        yield name


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return a file with something in every table."""
    place = tmp_path / "store.sqlite"
    store = create_store(place)
    fill(store)
    store.close()
    return place


def fill(store: SqliteStore) -> None:
    """Store something of everything that there is."""
    with_device(store)
    store.add_token(TENANT, b"left" * 8, 2_000, 3, Spot("berlin", ("a", "b")))
    store.place(TENANT, {DEVICE.device: Spot("bonn", ("c",))})
    sent = chain(12)
    store.put([*sent[:6], void_of(sent[6]), *sent[8:]], 5)
    poll = Heard(*WHOSE, "0.1", "Linux", b"i" * 16, 12, 3, accepted=20)
    store.heard([poll], 7)
    store.give_up(Hole(*WHOSE, b"i" * 16, 8, 8), 9)
    end = ChainEnd(*WHOSE, b"i" * 16, 3, sent[2].digest)
    store.set_mark(end, b"mark")
    store.publish(TENANT, b"bundle")
    store.set_anchor(TENANT, b"anchor")
    store.set_pseudonyms(*WHOSE, b"names")
    store.placements.hold_policy(TENANT, 3, b"policy")
    store.placements.hold(TENANT, [HeldPlacement(DEVICE.device, 3, 9, 7, b"placement")])
    store.refusals.add("gate", [Refused(*WHOSE, "clock-skew", 2, 9)])
    store.hold_resync(HeldResync(*WHOSE, "support", "software", b"i" * 16, 1, b"r"))
    store.replace(remainder_of(sent[1], 0))
    store.hold_block(HeldBlock(*WHOSE, "security", b"z" * 16, b"j" * 16, 4, 2, b"b"))
    extract = HeldExtract(
        *(TENANT, b"h" * 16, DEVICE.device, b"i" * 16, 3, "support", b"x" * 16),
        *(sent[2].digest, 1, 1, b"extract"),
    )
    store.put_extracts([extract])
    store.end_key(TENANT, b"e" * 16, 11)
    store.orders.hold(HeldOrder(*WHOSE, ORDER, 2**40, b"sealed", b"t" * 16), 12)
    store.orders.hold(HeldOrder(*WHOSE, b"q" * 16, 2**40, b"more"), 13)
    store.orders.revoke(TENANT, b"removed")
    done = Doing(ORDER, OrderState.DONE)
    store.heard([replace(poll, doing=(done,))], 14)


def copied(path: Path, database: str) -> int:
    """Copy a file into a database."""
    place = postgres_fixture.shared().where(database)
    return copying.copy(path, place, lambda *_: None)


def answers(store: SqliteStore | PostgresStore) -> list[object]:
    """Return what a store says of all that is in it."""
    orders = store.orders
    return [
        *(store.devices(TENANT), store.holes(*WHOSE), store.accounts(*WHOSE)),
        *(store.bundle(TENANT), store.anchor(TENANT), store.pseudonyms(*WHOSE)),
        *(store.placements.every(TENANT), store.placements.obeyed(*WHOSE)),
        *(store.unmarked(), store.mark(*WHOSE, b"i" * 16), store.resyncs(*WHOSE)),
        *(store.blocks(*WHOSE, "security"), store.announced(TENANT)),
        *(list(store.envelopes(TENANT)), list(store.ended_keys(TENANT))),
        *(list(store.extracts(TENANT, b"h" * 16)), store.sealed_keys(TENANT)),
        *(store.sealed_to(TENANT, b"y" * 16), store.used(*WHOSE, 0)),
        *(orders.fates(TENANT), orders.handed(*WHOSE, 20), orders.calls(0)),
        *(orders.last_call(), orders.revocations(TENANT)),
    ]


def test_a_copy_answers_as_the_file(path: Path, database: str) -> None:
    """Every table is filled, and every question has the same answer."""
    rows = copied(path, database)
    with sqlite3.connect(path) as file:
        counts = [file.execute(table.counted).fetchone()[0] for table in TABLES]
    file.close()
    assert [
        one.name for one, count in zip(TABLES, counts, strict=True) if not count
    ] == []
    assert rows == sum(counts)
    before = open_store(path)
    store = PostgresStore(postgres_fixture.shared().where(database))
    assert answers(store) == answers(before)
    before.close()
    store.close()


def test_a_copy_goes_on(path: Path, database: str) -> None:
    """Chains, calls and holes go on where they were, and nothing deleted comes back."""
    copied(path, database)
    store = PostgresStore(postgres_fixture.shared().where(database))
    sent = chain(14)
    assert store.put(sent[12:], 20) == [STORED] * 2
    assert store.unmarked()[0].sequence == 14
    last = store.orders.last_call()
    store.orders.hold(HeldOrder(*WHOSE, b"z" * 16, 2**40, b"new"), 21)
    assert store.orders.last_call() > last
    held = len(list(store.envelopes(TENANT)))
    store.put(sent[:12], 22)
    assert len(list(store.envelopes(TENANT))) == held
    store.close()


class StopError(Exception):
    """The machine went off."""


def test_an_interrupted_copy_goes_on(path: Path, database: str) -> None:
    """Wherever it stops, the next one ends it, and each row is there once."""
    place = postgres_fixture.shared().where(database)
    left = iter((3, 12, 24))
    told = [next(left)]

    def stop(*_: object) -> None:
        told[0] -= 1
        if not told[0]:
            told[0] = next(left, -1)
            raise StopError

    for _ in range(3):
        with pytest.raises(StopError):
            copying.copy(path, place, stop)
    rows = copied(path, database)
    assert rows == copied(path, database)


@pytest.mark.parametrize(
    ("change", "table"),
    [
        ("UPDATE discreet.envelopes SET octets = 'x' WHERE sequence = 1", "envelopes"),
        ("UPDATE discreet.devices SET label = 'another'", "devices"),
        ("INSERT INTO discreet.tokens VALUES ('t', 's', 1, 1)", "tokens"),
        ("UPDATE discreet.places SET digest = 'x' WHERE spent", "places of what was"),
    ],
)
def test_what_differs_is_told(
    path: Path, database: str, change: str, table: str
) -> None:
    """A row that is another or one too many is told by its table, and by no value."""
    copied(path, database)
    postgres_fixture.shared().execute(change, database)
    with pytest.raises(StateError, match=f"the database has of {table}") as told:
        copied(path, database)
    assert "begin anew with an empty database" in str(told.value)
    assert "another'" not in str(told.value)


def test_a_file_in_use_is_left(path: Path, database: str) -> None:
    """While somebody writes, nothing is copied, and the sentence says what to do."""
    with sqlite3.connect(path, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StateError, match="stop the collector first"):
            copied(path, database)
    other.close()
