# SPDX-License-Identifier: Apache-2.0
"""What ends in a PostgreSQL store: from the key to the certificate, and to the files.

Rules: a real server and a real keeper, each process as its own role; what is gone is
looked for in the server's own files.
Not here: the same on SQLite (`tests/deletion`), what a store answers
(`tests/contract/test_store_ending.py`).
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import postgres_fixture
import psycopg
import pytest
from gates_room import DATABASE
from keeper_fixture import Room, signed
from postgres_fixture import Cluster, run_as

from server.commands import certificate_words
from server.keeper.certifying import OF_SERVER
from server.keeper.rounds import arrears
from server.store.traces import traces
from wire.papers.certificate import Method, Result
from wire.purposes import Purpose

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.slow,
    pytest.mark.postgres,
    pytest.mark.skipif(postgres_fixture.MISSING, reason="install postgresql"),
]


@pytest.fixture
def room(tmp_path: Path, cluster: Cluster) -> Iterator[Room]:
    """Return an installation whose store is there, and four envelopes in it."""
    made = Room(tmp_path, cluster.for_each(DATABASE))
    yield made
    made.close()


def found(cluster: Cluster, folder: str, samples: Sequence[bytes]) -> int:
    """Return how many pieces are in the files of a server's folder, once written."""
    cluster.execute("CHECKPOINT")
    files = [path for path in (cluster.folder / folder).rglob("*") if path.is_file()]
    return sum(traces(files, samples))


def partitions(cluster: Cluster) -> set[str]:
    """Return the names of the partitions of sealed octets."""
    query = (
        "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
        " WHERE i.inhparent = 'discreet.envelopes'::regclass"
    )
    with psycopg.connect(cluster.address(DATABASE)) as connection:
        return {str(name) for (name,) in connection.execute(query)}


def test_what_is_due_leaves_the_database(
    room: Room, cluster: Cluster, capsys: pytest.CaptureFixture[str]
) -> None:
    """Key, rows and partition are gone, and from every table; others live on."""
    with room.keeper() as desk:
        key = room.until_due(desk)
        kept = desk.store.sealed_to(desk.tenant, room.live(Purpose.SECURITY).key_id)
        samples = desk.store.sealed_to(desk.tenant, key.key_id).samples
        before = partitions(cluster)
        assert found(cluster, "data/base", samples) > 0
        room.turn(desk)
        (certificate,) = signed(desk)
        assert desk.keyring.for_ending(key.key_id) is None
        assert desk.store.sealed_to(desk.tenant, key.key_id).gone
        after = desk.store.sealed_to(desk.tenant, room.live(Purpose.SECURITY).key_id)
        assert after == kept
    assert len(before - partitions(cluster)) == 1
    assert found(cluster, "data/base", samples) == 0
    assert certificate.method is Method.PURGE
    results = {check.name: check.result for check in certificate.checks}
    assert results["rows-gone"] is Result.PASSED
    assert results["samples-not-in-database"] is Result.NOT_COVERED
    assert OF_SERVER in certificate.not_claimed
    # what it does not claim is so: the server's log has them still, and no key opens it
    assert found(cluster, "data/pg_wal", samples) > 0
    certificate_words.show(certificate)
    told = capsys.readouterr().out
    assert "the database server's own files: its log, standbys" in told
    assert "overwritten (NIST" not in told


def test_what_a_restore_brings_back_ends_again(room: Room, cluster: Cluster) -> None:
    """A dump of before, restored: what is in it again ends by its tombstone."""
    copy = cluster.folder / "fleet.dump"
    own = f"--host={cluster.folder}", f"--port={cluster.port}", "-U", cluster.user
    with room.keeper() as desk:
        key = room.until_due(desk)
        control(cluster, "pg_dump", *own, "-Fc", "-f", str(copy), DATABASE)
        room.turn(desk)
        assert desk.store.sealed_to(desk.tenant, key.key_id).gone
    cluster.execute(f"DROP DATABASE {DATABASE} WITH (FORCE)")
    control(cluster, "createdb", *own, DATABASE)
    control(cluster, "pg_restore", *own, "--exit-on-error", "-d", DATABASE, str(copy))
    with room.keeper() as desk:
        assert not desk.store.sealed_to(desk.tenant, key.key_id).gone
        arrears.turn(desk, room.machine.system)
        room.turn(desk)
        first, again = signed(desk)
        assert (first.reason, again.reason) == ("maximum-age", "came-back")
        assert desk.store.sealed_to(desk.tenant, key.key_id).gone


def control(cluster: Cluster, program: str, *words: str) -> None:
    """Run a program of PostgreSQL, as its administrator does."""
    run_as(cluster.user, [str(postgres_fixture.BINARIES / program), *words])
