# SPDX-License-Identifier: Apache-2.0
"""What a PostgreSQL store promises while its server is ill, away, or killed.

Rules: a real server of its own for what harms it; what is told as stored is there
afterwards; whatever goes wrong is one sentence that says what to do.
Not here: what a store answers (`tests/contract/test_store*.py`), who may do what
(`tests/contract/test_postgres_roles.py`).
"""

import threading
import time
from collections.abc import Iterator

import postgres_fixture
import psycopg
import pytest
from postgres_fixture import Cluster
from store_chain import DEVICE, DUPLICATE, STORED, TENANT, chain
from store_room import with_device

from server.errors import StateError, UsageError
from server.store.fleet import Wanted
from server.store.interface import Quotas, Spot, Verdict
from server.store.postgres import connections
from server.store.postgres.migrating import LOCK, migrate
from server.store.postgres.put import put
from server.store.postgres.schema import VERSION
from server.store.postgres.store import PostgresStore
from server.store.postgres.where import where

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.fault,
    pytest.mark.skipif(postgres_fixture.MISSING, reason="install postgresql"),
]
SOON = 1.0


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    """Return a server that a test may harm, with an empty store in it."""
    made = postgres_fixture.make_cluster()
    made.execute(f"CREATE DATABASE {postgres_fixture.TEMPLATE}")
    migrate(made.where(postgres_fixture.TEMPLATE))
    yield made
    postgres_fixture.end_cluster(made)


@pytest.fixture
def database() -> Iterator[str]:
    """Return a database of the server that tests share, with an empty store in it."""
    with postgres_fixture.database(postgres_fixture.shared()) as name:
        yield name


def opened(
    cluster: Cluster, database: str = postgres_fixture.TEMPLATE
) -> PostgresStore:
    """Open a store."""
    return PostgresStore(cluster.where(database))


@pytest.mark.parametrize("kills", [1, 3])
def test_nothing_is_lost_when_the_server_is_killed(
    cluster: Cluster, kills: int
) -> None:
    """What was told as stored is there, once, though the server died while storing."""
    store = opened(cluster)
    with_device(store)
    sent = chain(250)
    told: list[int] = []
    until = time.monotonic() + postgres_fixture.PATIENCE_SECONDS

    def put_all() -> None:
        for envelope in sent:
            while time.monotonic() < until:
                try:
                    verdicts = store.put([envelope], 5)
                except StateError:  # an agent comes again, however long it takes
                    continue
                if verdicts in ([STORED], [DUPLICATE]):
                    told.append(envelope.sequence)
                break

    storing = threading.Thread(target=put_all)
    storing.start()
    for kill in range(1, kills + 1):
        while len(told) < 40 * kill and storing.is_alive():
            storing.join(0.001)
        cluster.kill()
        cluster.start()
    storing.join(postgres_fixture.PATIENCE_SECONDS)
    assert told == [one.sequence for one in sent]
    assert list(store.envelopes(TENANT)) == sent
    assert store.unmarked()[0].sequence == len(sent)
    store.close()


def test_gates_that_store_the_same_store_it_once(database: str) -> None:
    """Of several gates that are sent one backlog, each envelope is stored by one."""
    cluster = postgres_fixture.shared()
    gates = [opened(cluster, database) for _ in range(3)]
    with_device(gates[0])
    sent = chain(60)
    fates: list[list[object]] = [[] for _ in gates]

    def put_all(number: int) -> None:
        for first in range(0, len(sent), 4):
            fates[number] += gates[number].put(sent[first : first + 4], 5)

    threads = [threading.Thread(target=put_all, args=(n,)) for n in range(len(gates))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    stored = [sum(fate == STORED for fate in each) for each in zip(*fates, strict=True)]
    assert stored == [1] * len(sent)
    assert list(gates[0].envelopes(TENANT)) == sent
    for gate in gates:
        gate.close()


def test_a_server_that_is_down_is_told_in_one_sentence(cluster: Cluster) -> None:
    """Whoever starts is told at once; who is open waits once, and not for each act."""
    store = opened(cluster)
    cluster.stop()
    with pytest.raises(StateError, match=r"does not answer.: start PostgreSQL there"):
        opened(cluster)
    store._connections._patience = SOON
    for _ in range(2):
        with pytest.raises(StateError, match="start PostgreSQL there"):
            store.put(chain(1), 5)
    assert store._connections._patience == 0
    cluster.start()
    assert store.put(chain(1), 5) == [STORED]
    assert store._connections._patience == connections.PATIENCE_SECONDS
    store.close()


def test_a_read_only_server_is_waited_for(cluster: Cluster) -> None:
    """While it can only be read nothing is stored, and once it can be written it is."""
    store = opened(cluster)
    with_device(store)
    database = postgres_fixture.TEMPLATE
    cluster.execute(f"ALTER DATABASE {database} SET default_transaction_read_only = on")
    cluster.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"  # noqa: S608 - our own name
        f" WHERE datname = '{database}'"
    )
    store._connections._patience = SOON
    with pytest.raises(StateError, match=r"start PostgreSQL there|only be read"):
        store.put(chain(1), 5)
    cluster.execute(f"ALTER DATABASE {database} RESET default_transaction_read_only")
    assert store.put(chain(1), 6) == [STORED]
    store.close()


def test_too_many_connections_are_told(cluster: Cluster) -> None:
    """A server that takes no more says what to change."""
    database = postgres_fixture.TEMPLATE
    cluster.execute("CREATE ROLE guest LOGIN")
    cluster.execute("ALTER ROLE guest CONNECTION LIMIT 0")
    with pytest.raises(StateError, match="max_connections"):
        PostgresStore(where(cluster.address(database), "guest"))


def test_a_deadlock_is_tried_again(database: str) -> None:
    """Two who wait for each other both come through."""
    cluster = postgres_fixture.shared()
    store = opened(cluster, database)
    with_device(store)
    address = cluster.address(database)
    options = "-c search_path=discreet -c deadlock_timeout=60s"
    with psycopg.connect(address, options=options) as other:
        other.execute("SELECT pg_advisory_xact_lock(1)")
        tries: list[int] = []

        def act(connection: psycopg.Connection[object]) -> int:
            tries.append(1)
            if len(tries) == 1:
                connection.execute("SET LOCAL deadlock_timeout = '10ms'")
                connection.execute("UPDATE devices SET label = 'mine'")
                blocked = threading.Thread(
                    target=other.execute, args=("UPDATE devices SET label = 'other'",)
                )
                blocked.start()
                try:
                    connection.execute("SELECT pg_advisory_xact_lock(1)")
                finally:
                    connection.rollback()
                    blocked.join()
                    other.rollback()
            return len(tries)

        assert store._connections.run(act) == 2
    store.close()


def test_a_locked_device_is_waited_for(database: str) -> None:
    """Whoever waits too long for another lets go, looks again and stores once."""
    cluster = postgres_fixture.shared()
    store = opened(cluster, database)
    with_device(store)
    options = "-c search_path=discreet"
    with psycopg.connect(cluster.address(database), options=options) as other:
        other.execute("SELECT 1 FROM devices FOR UPDATE")
        tries: list[int] = []

        def act(connection: psycopg.Connection[object]) -> list[Verdict]:
            tries.append(1)
            if len(tries) == 3:
                other.rollback()
            connection.execute("SET LOCAL lock_timeout = '20ms'")
            return put(connection, chain(2), 5, Quotas())

        assert store._connections.run(act) == [STORED] * 2
    assert len(tries) == 3
    assert list(store.envelopes(TENANT)) == chain(2)
    store.close()


def test_a_server_that_does_not_sync_is_refused(cluster: Cluster) -> None:
    """Where a power cut takes what was told as stored, no gate starts."""
    cluster.execute("ALTER SYSTEM SET full_page_writes = off")
    cluster.execute("SELECT pg_reload_conf()")
    with pytest.raises(StateError, match="set full_page_writes = on"):
        opened(cluster)


def test_a_commit_is_durable_whatever_the_database_says(database: str) -> None:
    """Where the database would answer before the disk has it, the store asks for it."""
    cluster = postgres_fixture.shared()
    cluster.execute(f"ALTER DATABASE {database} SET synchronous_commit = off")
    store = opened(cluster, database)
    shown = store._connections.rows("SHOW synchronous_commit", (), str)
    assert shown == ["on"]
    store.close()


@pytest.mark.parametrize(
    ("version", "told"),
    [(1, f"has version 1 and this release needs {VERSION}"), (99, "newer release")],
)
def test_another_version_is_refused(database: str, version: int, told: str) -> None:
    """A process of another release does not touch the tables, and says what to do."""
    cluster = postgres_fixture.shared()
    change = "UPDATE discreet.version SET version = "
    cluster.execute(f"{change}{version}", database)
    with pytest.raises(StateError, match=told):
        opened(cluster, database)
    cluster.execute(f"{change}{VERSION}", database)


def test_a_database_without_tables_is_told(database: str) -> None:
    """Whoever forgot to migrate is told to."""
    cluster = postgres_fixture.shared()
    cluster.execute("DROP SCHEMA discreet CASCADE", database)
    with pytest.raises(StateError, match="store migrate"):
        opened(cluster, database)


def test_migrations_go_forwards_and_backwards(database: str) -> None:
    """What is stored survives both ways; a way back that would lose it is not gone."""
    place = postgres_fixture.shared().where(database)
    assert migrate(place, 0) == (VERSION, 0)
    assert migrate(place) == (0, VERSION)
    store = PostgresStore(place)
    with_device(store).put(chain(2), 5)
    store.close()
    assert migrate(place, 1) == (VERSION, 1)
    with pytest.raises(StateError, match="no room for what is in it"):
        migrate(place, 0)
    assert migrate(place) == (1, VERSION)
    store = PostgresStore(place)
    assert list(store.envelopes(TENANT)) == chain(2)
    assert store.fleet.count(TENANT, Wanted(text="LINUX 0.1"), 1_000) == 1
    store.plan_ends(TENANT, {b"y" * 16: 86_400})
    store.place(TENANT, {DEVICE.device: Spot("berlin")})
    with pytest.raises(StateError, match="it stays at version 3"):
        migrate(place, 2)
    store.place(TENANT, {DEVICE.device: Spot()})
    store.add_token(TENANT, b"t" * 32, 2_000, 1, Spot("berlin"))
    with pytest.raises(StateError, match=r"\(tokens\): it stays at version 3"):
        migrate(place, 2)
    store.end_token(TENANT, b"t" * 32)
    store.close()
    with pytest.raises(StateError, match="it stays at version 2"):
        migrate(place, 1)


def test_of_two_migrations_one_runs(database: str) -> None:
    """The second says so and changes nothing."""
    cluster = postgres_fixture.shared()
    with psycopg.connect(cluster.address(database)) as other:
        other.execute("SELECT pg_advisory_lock(%s)", (LOCK,))
        with pytest.raises(StateError, match="another migration of this store"):
            migrate(cluster.where(database), 1)
    assert migrate(cluster.where(database), VERSION) == (VERSION, VERSION)


def test_a_store_elsewhere_is_reached_over_tls(database: str) -> None:
    """A verified name is asked for, and whoever else answers is not believed."""
    cluster = postgres_fixture.shared()
    store = PostgresStore(where(cluster.over_tls(database)))
    used = store._connections.rows(
        "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()", (), bool
    )
    assert used == [True]
    store.close()
    wrong = cluster.over_tls(database).replace("authority.pem", "server.key")
    with pytest.raises(StateError, match="cannot be used"):
        PostgresStore(where(wrong))


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("postgresql://gate@db/store", "reached over TLS alone"),
        ("postgresql://gate@db/store?sslmode=require", "reached over TLS alone"),
        ("postgresql://gate@db/store?sslmode=verify-full", "sslrootcert=FILE"),
        ("postgresql://gate:word@/store", "has a password"),
        ("postgresql://gate@db:port:5/store?x", "must be postgresql://"),
    ],
)
def test_a_careless_address_is_refused(address: str, told: str) -> None:
    """Neither a password nor a connection in clear is taken, before any connects."""
    with pytest.raises(UsageError, match=told) as raised:
        where(address)
    assert "word" not in str(raised.value).replace("password", "")


def test_whoever_is_unknown_is_told_no_name(database: str) -> None:
    """A sentence about the store has neither user nor parameters of its address."""
    cluster = postgres_fixture.shared()
    place = where(cluster.address(database), "nobody_here")
    with pytest.raises(StateError, match="let this role sign in") as raised:
        PostgresStore(place)
    assert "nobody_here" not in str(raised.value)
    assert DEVICE.agent not in str(raised.value)
