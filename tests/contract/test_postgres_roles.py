# SPDX-License-Identifier: Apache-2.0
"""What each process may do in a PostgreSQL store, and what it may not.

Rules: each signs in as its own role over TLS, to a real server; what is refused is
refused by the database, whatever a process asks.
Not here: what a store answers (`test_store*.py`).
"""

import argparse
from collections.abc import Callable, Iterator
from dataclasses import replace

import postgres_fixture
import psycopg
import pytest
from store_chain import (
    DEVICE,
    DUPLICATE,
    STORED,
    TENANT,
    chain,
    chain_end,
    remainder_of,
    void_of,
)
from store_room import with_device

from server.commands import store as command
from server.errors import StateError
from server.processes import Process
from server.store.blocks import HeldBlock
from server.store.chains import Heard, Hole
from server.store.ending import HeldExtract
from server.store.interface import DeviceState, HeldResync
from server.store.orders import HeldOrder
from server.store.postgres import distributing, roles
from server.store.postgres.store import PostgresStore
from server.store.postgres.where import where
from server.store.refusals import Refused
from wire.doing import Doing, OrderState

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.skipif(postgres_fixture.MISSING, reason="install postgresql"),
]
KEY, HOLD, CASE = b"y" * 16, b"h" * 16, b"c" * 16
WHOSE = TENANT, DEVICE.device
Opened = Callable[[Process], PostgresStore]


@pytest.fixture
def database() -> Iterator[str]:
    """Return a database with an empty store, whose roles have their rights."""
    cluster = postgres_fixture.shared()
    with postgres_fixture.database(cluster) as name:
        roles.apply(cluster.where(name))
        yield name


@pytest.fixture
def opened(database: str) -> Iterator[Opened]:
    """Return what opens the store as a role."""
    cluster, made = postgres_fixture.shared(), {}

    def open_as(role: Process) -> PostgresStore:
        if role not in made:
            made[role] = PostgresStore(where(cluster.over_tls(database, role.value)))
        return made[role]

    yield open_as
    for store in made.values():
        store.close()


def put(opened: Opened) -> None:
    """Have an office enrol a device and a gate store three envelopes."""
    opened(Process.OFFICE).add_token(TENANT, b"k" * 32, 2_000, 1)
    gate = opened(Process.GATE)
    gate.enrol(DEVICE, b"k" * 32, 1_000)
    assert gate.put(chain(3), 5) == [STORED] * 3


def test_each_can_do_what_it_is_for(opened: Opened) -> None:
    """A gate stores, a reader reads and marks, a keeper ends, an office asks."""
    put(opened)
    gate, reader, keeper, office = (
        opened(role)
        for role in (Process.GATE, Process.READER, Process.KEEPER, Process.OFFICE)
    )
    assert office.orders.hold(HeldOrder(*WHOSE, b"1" * 16, 99, b"sealed"), 9)
    assert gate.orders.handed(*WHOSE, 9) == [b"sealed"]
    doing = (Doing(b"1" * 16, OrderState.RECEIVED),)
    gate.heard([Heard(*WHOSE, "1", "Linux", b"i" * 16, 9, 6, stated=9, doing=doing)], 9)
    gate.put([void_of(chain(6)[5])], 9)
    assert [gate.orders.last_call(), len(gate.orders.calls(0))] == [1, 1]
    assert office.orders.withdraw(TENANT, b"1" * 16, 10)
    office.orders.note_ends(TENANT, 100, lambda _: None)
    assert list(reader.envelopes(TENANT))[:3] == chain(3)
    reader.set_mark(chain_end(chain(3)[2]), b"mark")
    assert gate.mark(*WHOSE, b"i" * 16) == b"mark"
    reader.give_up(Hole(*WHOSE, b"i" * 16, 4, 5), 10)
    reader.hold_resync(HeldResync(*WHOSE, "support", "logs", b"i" * 16, 9, b"resync"))
    assert gate.resyncs(*WHOSE)[0].octets == b"resync"
    reader.set_pseudonyms(*WHOSE, b"keys")
    assert gate.pseudonyms(*WHOSE) == b"keys"
    reader.hold_block(HeldBlock(*WHOSE, "support", KEY, b"i" * 16, 1, 1, b"block"))
    assert reader.arrived(TENANT, "support", "standard", 0).through == 4
    assert reader.accounts(*WHOSE)
    assert keeper.replace(remainder_of(chain(3)[0], 0))
    place = DEVICE.device, b"i" * 16, 1, "support", HOLD
    keeper.put_extracts([HeldExtract(TENANT, CASE, *place, b"s" * 32, 9, 1, b"x")])
    office.publish(TENANT, b"bundle")
    office.orders.revoke(TENANT, b"revoked")
    assert gate.bundle(TENANT) == b"bundle"
    gate.refusals.add("west", [Refused(*WHOSE, "clock-skew", 2, 9)])
    assert [one.count for one in office.refusals.devices(TENANT, 0)] == [2]
    keeper.set_anchor(TENANT, b"anchor")
    assert office.set_label(*WHOSE, "desk")
    keeper.end_keys(TENANT, [KEY, HOLD], 11)
    for key in (KEY, HOLD):
        while keeper.delete_ended(TENANT, key, 500).rows:
            pass
    assert keeper.delete_announced(TENANT, "support", "standard", 9_999, 500) == 1
    keeper.end_token(TENANT, keeper.tokens(TENANT)[0].digest)
    assert office.tokens(TENANT) == []
    assert keeper.scrub()
    assert office.set_state(*WHOSE, DeviceState.REVOKED)
    while keeper.end_device(*WHOSE, 500):
        pass
    assert office.orders.forget(1_000_000) == 0
    assert reader.devices(TENANT) == []


# ruff: noqa: S608 - our own tables
SEALED = ("envelopes", "blocks", "remainders", "extracts")
REFUSED = {
    Process.GATE: (
        *(f"SELECT * FROM {name}" for name in SEALED),
        *(f"DELETE FROM {name}" for name in (*SEALED, "places", "gaps", "devices")),
        "UPDATE places SET digest = ''",
        "UPDATE envelopes SET octets = ''",
        "UPDATE chains SET mark = ''",
        "UPDATE devices SET label = ''",
        "INSERT INTO tokens VALUES ('', '', 0, 1)",
        "UPDATE bundles SET octets = ''",
        "INSERT INTO ended VALUES ('', '', 0)",
        "SELECT drop_period(20000)",
    ),
    Process.READER: (
        *(
            f"DELETE FROM {name}"
            for name in (*SEALED, "places", "chains", "devices", "gaps", "lost")
        ),
        "INSERT INTO ended VALUES ('', '', 0)",
        "INSERT INTO envelopes VALUES ('', '', '', 0, 0, '')",
        "UPDATE places SET spent = true",
        "SELECT * FROM tokens",
        "SELECT drop_period(20000)",
        "SELECT renew('blocks')",
    ),
    Process.KEEPER: (
        "INSERT INTO envelopes VALUES ('', '', '', 0, 0, '')",
        "UPDATE envelopes SET octets = ''",
        "UPDATE bundles SET octets = ''",
        "INSERT INTO tokens VALUES ('', '', 0, 1)",
        "UPDATE tokens SET uses = 9",
        "SELECT make_period(20000)",
        "DROP TABLE envelopes",
        "DELETE FROM ended",
    ),
    Process.OFFICE: (
        *(f"SELECT * FROM {name}" for name in SEALED),
        *(f"DELETE FROM {name}" for name in (*SEALED, "places", "devices")),
        "SELECT drop_period(20000)",
    ),
}


@pytest.mark.parametrize("role", Process)
def test_none_can_do_what_it_is_not_for(database: str, role: Process) -> None:
    """The database refuses what a process that was taken over might ask."""
    address = postgres_fixture.shared().over_tls(database, role.value)
    options = "-c search_path=discreet"
    with psycopg.connect(address, autocommit=True, options=options) as connection:
        for statement in (*REFUSED[role], "CREATE TABLE mine (one bytea)"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)


def test_no_living_key_is_dropped(opened: Opened, database: str) -> None:
    """A partition of which a key lives stays, whoever asks; then it goes at once."""
    other = b"z" * 16
    opened(Process.OFFICE).plan_ends(
        TENANT, {KEY: 20_000 * 86_400, other: 20_000 * 86_400}
    )
    put(opened)
    keeper, address = (
        opened(Process.KEEPER),
        postgres_fixture.shared().address(database),
    )
    second = chain(2, incarnation=b"j" * 16)
    sent = [replace(one, key_id=other) for one in second]
    opened(Process.GATE).put(sent, 6)

    def partition() -> list[tuple[object, ...]]:
        with psycopg.connect(address) as connection:
            query = "SELECT count(*) FROM discreet.envelopes_20001"
            return connection.execute(query).fetchall()

    assert partition() == [(5,)]
    keeper.end_key(TENANT, KEY, 7)
    asked = "SELECT drop_period(20001)"
    assert keeper._connections.rows(asked, (), bool) == [False]
    assert keeper.delete_ended(TENANT, KEY, 500).envelopes == 3
    assert partition() == [(2,)]
    keeper.end_key(TENANT, other, 8)
    assert keeper.delete_ended(TENANT, other, 1).envelopes == 1
    with pytest.raises(psycopg.errors.UndefinedTable):
        partition()
    assert list(keeper.envelopes(TENANT)) == []
    assert not keeper.sealed_to(TENANT, other).gone
    assert keeper.delete_ended(TENANT, other, 500).envelopes == 1
    assert keeper.sealed_to(TENANT, other).gone
    assert opened(Process.GATE).put(sent, 9) == [DUPLICATE] * 2


def test_a_reading_keeps_a_partition_and_rows_go(opened: Opened) -> None:
    """While somebody reads, what has ended goes row by row, and nobody waits for it."""
    opened(Process.OFFICE).plan_ends(TENANT, {KEY: 20_000 * 86_400})
    put(opened)
    keeper = opened(Process.KEEPER)
    keeper.end_key(TENANT, KEY, 7)
    reading = opened(Process.READER).envelopes(TENANT)
    assert next(reading) == chain(3)[0]
    assert keeper.delete_ended(TENANT, KEY, 500).envelopes == 3
    assert list(reading) == chain(3)[1:]
    assert keeper.scrub()


def test_the_command_prints_what_it_would_do(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Without an address statements are printed, each of them once."""
    for act, module in (("roles", roles), ("distribute", distributing)):
        assert command.run(argparse.Namespace(act=act, execute=None)) == 0
        printed = capsys.readouterr().out.splitlines()
        assert printed == [f"{one};" for one in module.statements()]


def test_the_command_prepares_a_database(capsys: pytest.CaptureFixture[str]) -> None:
    """An empty database is migrated and given its roles by two commands."""
    cluster = postgres_fixture.shared()
    with postgres_fixture.database(cluster, "template0") as name:
        address = cluster.address(name)
        migrate = argparse.Namespace(act="migrate", address=address, to=None)
        assert [command.run(migrate) for _ in range(2)] == [0, 0]
        assert command.run(argparse.Namespace(act="roles", execute=address)) == 0
        assert capsys.readouterr().out.splitlines() == [
            "the store was at version 0 and is now at version 6",
            "the store is at version 6",
            "store roles: done",
        ]
        store = PostgresStore(where(address))
        assert with_device(store).put(chain(1), 5) == [STORED]
        store.close()


def test_without_citus_nothing_is_distributed(database: str) -> None:
    """Where Citus is not there, one sentence says what to do."""
    address = postgres_fixture.shared().address(database)
    with pytest.raises(StateError, match="CREATE EXTENSION citus"):
        command.run(argparse.Namespace(act="distribute", execute=address))


def test_every_table_is_given_to_a_machine(database: str) -> None:
    """A table that is added is distributed by its tenant, or is on all machines."""
    with psycopg.connect(postgres_fixture.shared().address(database)) as connection:
        rows = connection.execute(
            "SELECT c.relname, a.attname IS NOT NULL FROM pg_class c LEFT JOIN"
            " pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant'"
            " WHERE c.relnamespace = 'discreet'::regnamespace"
            " AND c.relkind IN ('r', 'p') AND NOT c.relispartition"
        ).fetchall()
    assert {name for name, by_tenant in rows if by_tenant} == {*distributing.BY_TENANT}
    assert {name for name, by in rows if not by} == {*distributing.EVERYWHERE}
