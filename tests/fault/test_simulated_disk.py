# SPDX-License-Identifier: Apache-2.0
"""The simulated disk is a disk: SQLite sees no difference until something fails.

Rules: the same statements run on the machine's own file system and on the simulated
one; what a cut leaves is what SQLite promises.
Not here: the product on it (`test_simulation.py`).
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from simulation.dice import dice
from simulation.disk import Disk
from simulation.needed import LIBRARY, needs_library
from simulation.vfs import Door, Mount, opened

pytestmark = [pytest.mark.fault, needs_library]


@contextmanager
def simulated(directory: Path, seed: int) -> Iterator[tuple[Door, Mount]]:
    """Put a simulated disk below a directory."""
    assert LIBRARY is not None
    directory.mkdir()
    with opened(LIBRARY, dice(seed, "sqlite")) as door:
        yield door, door.mount(directory, Disk(dice(seed, "disk")))


def connect(directory: Path, mode: str = "WAL") -> sqlite3.Connection:
    """Open the database as the product does."""
    found = sqlite3.connect(directory / "some.sqlite", timeout=0, isolation_level=None)
    try:
        found.execute(f"PRAGMA journal_mode = {mode}")
        found.execute("PRAGMA synchronous = FULL")
        found.execute("PRAGMA secure_delete = ON")
        found.execute("PRAGMA cache_size = 4")
    except sqlite3.Error:
        found.close()
        raise
    return found


def story(seed: int) -> list[tuple[int, str]]:
    """Return statements, each for one of two connections."""
    thrown = dice(seed, "story")
    table = "CREATE TABLE IF NOT EXISTS t (number INTEGER PRIMARY KEY, octets BLOB)"
    told = [(0, table)]
    choices = [
        "INSERT INTO t (octets) VALUES (zeroblob({many}))",
        "INSERT OR REPLACE INTO t VALUES ({few}, zeroblob({many}))",
        "UPDATE t SET octets = zeroblob({many}) WHERE number = {few}",
        "DELETE FROM t WHERE number < {few}",
        "SELECT COUNT(*), SUM(LENGTH(octets)) FROM t",
        "SELECT number FROM t ORDER BY LENGTH(octets), number",
        "BEGIN IMMEDIATE",
        "BEGIN",
        "COMMIT",
        "ROLLBACK",
        "PRAGMA wal_checkpoint(TRUNCATE)",
        "PRAGMA quick_check(1)",
        "PRAGMA user_version = {few}",
        "CREATE INDEX IF NOT EXISTS i ON t (number) WHERE number > 3",
        "DROP INDEX IF EXISTS i",
        "VACUUM",
    ]
    for _ in range(40):
        statement = thrown.choice(choices).format(
            many=thrown.randrange(9_000), few=thrown.randrange(12)
        )
        told.append((thrown.randrange(2), statement))
    return told


def outcomes(directory: Path, mode: str, told: list[tuple[int, str]]) -> list[object]:
    """Return what each statement came to, and all that is there in the end."""
    found: list[object] = []
    with (
        closing(connect(directory, mode)) as one,
        closing(connect(directory, mode)) as two,
    ):
        for who, statement in told:
            try:
                found.append((one, two)[who].execute(statement).fetchall())
            except sqlite3.Error as problem:
                found.append(problem.sqlite_errorname)
    with closing(connect(directory, mode)) as again:
        found += list(again.iterdump())
    found.append(sorted(path.name for path in directory.iterdir()))
    return found


@pytest.mark.parametrize("mode", ["WAL", "DELETE"])
def test_sqlite_sees_no_difference(tmp_path: Path, mode: str) -> None:
    """Two connections get the same answers on a real file system and on ours."""
    for seed in range(40):
        real, ours = tmp_path / f"real{seed}", tmp_path / f"ours{seed}"
        real.mkdir()
        expected = outcomes(real, mode, story(seed))
        with simulated(ours, seed):
            actual = outcomes(ours, mode, story(seed))
        assert actual == expected, seed


def write_numbers(database: sqlite3.Connection, until: int) -> int:
    """Commit numbers one by one; returns the last that was committed."""
    done = -1
    try:
        database.execute("CREATE TABLE IF NOT EXISTS n (number INTEGER, pad BLOB)")
        for number in range(until):
            database.execute("BEGIN IMMEDIATE")
            database.execute("INSERT INTO n VALUES (?, zeroblob(3000))", (number,))
            if number % 3 == 2:
                database.execute("DELETE FROM n WHERE number < ?", (number - 2,))
            database.execute("COMMIT")
            done = number
            if number % 3 == 2:
                database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.OperationalError:
        pass
    return done


def newest(directory: Path) -> int:
    """Return the newest number that is there; the database must be sound."""
    with closing(connect(directory)) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        if not database.execute("SELECT 1 FROM sqlite_schema").fetchall():
            return -1
        (found,) = database.execute("SELECT MAX(number) FROM n").fetchone()
        return -1 if found is None else int(found)


def cut_at(directory: Path, step: int, *, power: bool, flushes: bool = True) -> int:
    """Die at a step, start again; returns how many commits are missing then."""
    with simulated(directory, step) as (door, mount):
        mount.disk.dies_at = step
        mount.disk.flushes = flushes
        done = -1
        try:
            with closing(connect(directory)) as database:
                done = write_numbers(database, 7)
        except sqlite3.OperationalError:
            pass
        assert mount.disk.dead, "fewer steps than that"
        door.restart(mount, power=power)
        return done - newest(directory)


def steps(directory: Path) -> int:
    """Return how many steps there are where nothing fails."""
    with simulated(directory, 0) as (_, mount):
        with closing(connect(directory)) as database:
            assert write_numbers(database, 7) == 6
        return mount.disk.steps


@pytest.mark.parametrize("power", [True, False])
def test_what_was_committed_survives(tmp_path: Path, power: bool) -> None:  # noqa: FBT001 - a test's parameter
    """At whichever step it dies, no commit is lost and the database is sound."""
    for step in range(1, steps(tmp_path / "whole") + 1):
        missing = cut_at(tmp_path / f"cut{step}", step, power=power)
        assert missing in {0, -1}, step  # -1: the commit was not told any more


def test_a_flush_that_does_nothing_is_found(tmp_path: Path) -> None:
    """Without flushes some cut loses a commit: the disk can tell the difference."""
    lost = 0
    for step in range(1, steps(tmp_path / "whole") + 1):
        try:
            lost += cut_at(tmp_path / f"cut{step}", step, power=True, flushes=False) > 0
        except (AssertionError, sqlite3.DatabaseError):
            lost += 1
    assert lost > 10


def refused(database: sqlite3.Connection) -> str:
    """Return why a large row is refused."""
    with pytest.raises(sqlite3.OperationalError) as caught:
        database.execute("INSERT INTO n VALUES (1, zeroblob(100000))")
    return str(caught.value.sqlite_errorname)


def test_a_full_disk_heals(tmp_path: Path) -> None:
    """A full disk refuses, loses nothing, and takes more once there is room."""
    with simulated(tmp_path / "m", 1) as (_, mount):
        with closing(connect(tmp_path / "m")) as database:
            write_numbers(database, 3)
            mount.disk.capacity = mount.disk.used()
            assert refused(database) == "SQLITE_FULL"
            mount.disk.capacity = None
            database.execute("INSERT INTO n VALUES (9, zeroblob(100000))")
        assert newest(tmp_path / "m") == 9


def test_a_read_only_disk_refuses(tmp_path: Path) -> None:
    """A disk that became read-only refuses with the word that SQLite has for it."""
    with simulated(tmp_path / "m", 1) as (_, mount):
        with closing(connect(tmp_path / "m")) as database:
            write_numbers(database, 3)
            mount.disk.read_only = True
            assert refused(database) == "SQLITE_IOERR_WRITE"
            mount.disk.read_only = False
        assert newest(tmp_path / "m") == 2


def test_a_broken_disk_keeps_what_it_confirmed(tmp_path: Path) -> None:
    """Failed writes and flushes, then a cut: what was committed is there."""
    for seed in range(60):
        directory = tmp_path / f"m{seed}"
        with simulated(directory, seed) as (door, mount):
            done = -1
            database = connect(directory)
            database.execute("CREATE TABLE n (number INTEGER, pad BLOB)")
            mount.disk.broken = 0.05
            done = write_numbers(database, 7)
            mount.disk.broken = 0.0
            mount.disk.dead = True
            database.close()
            door.restart(mount, power=True)
            assert newest(directory) - done in {0, 1}, seed
