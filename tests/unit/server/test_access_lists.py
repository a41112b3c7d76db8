# SPDX-License-Identifier: Apache-2.0
"""Lists of further users on files, as the kernel keeps them and as we make use of them.

Rules: real files on a real file system; the users are numbers that nobody has.
Not here: the users of a collector and what each may use
(`tests/packaging/test_machine_apart.py`).
"""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from server import acl
from server.errors import StateError
from server.key_files import (
    have_directory,
    make_directory,
    read_secret,
    replace_file,
    write_new,
)
from server.sqlite_file import SqliteFile, make_tables

STRANGER = 61_234
READS = {STRANGER: acl.READ}
ALL = acl.READ | acl.WRITE | acl.EXECUTE
TABLE = "CREATE TABLE IF NOT EXISTS t (a TEXT)"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a directory that hands further users down to what is made in it."""
    made = tmp_path / "shared"
    make_directory(made)
    try:
        acl.hand_down(made, {STRANGER: acl.READ | acl.EXECUTE})
    except OSError:
        pytest.skip("this file system keeps no access lists")
    return made


def mode(path: Path) -> int:
    """Return a file's mode."""
    return path.stat().st_mode & 0o777


def test_what_is_made_in_a_shared_directory_is_shared(folder: Path) -> None:
    """A secret and a directory are for whom their directory names, and nobody else."""
    write_new(folder / "key", b"secret")
    have_directory(folder / "more")
    write_new(folder / "more" / "key", b"secret")
    for path in (folder / "key", folder / "more", folder / "more" / "key"):
        assert acl.is_shared(path)
        assert mode(path) & 0o007 == 0
    assert (mode(folder / "key"), mode(folder / "more")) == (0o640, 0o770)


def test_what_is_made_elsewhere_is_its_makers_alone(tmp_path: Path) -> None:
    """Without a list a secret is 0600 as ever."""
    write_new(tmp_path / "key", b"secret")
    have_directory(tmp_path / "more")
    assert (mode(tmp_path / "key"), mode(tmp_path / "more")) == (0o600, 0o700)
    assert not acl.is_shared(tmp_path / "key")
    assert not acl.hands_down(tmp_path)


def test_a_secret_that_a_stranger_may_read_is_refused(folder: Path) -> None:
    """A list with somebody who is no user of the collector makes it no secret."""
    write_new(folder / "key", b"secret")
    with pytest.raises(StateError, match="others may read"):
        read_secret(folder / "key")
    acl.take(folder / "key")
    (folder / "key").chmod(0o600)
    assert read_secret(folder / "key") == b"secret"


def test_a_list_that_cannot_be_read_is_of_strangers(tmp_path: Path) -> None:
    """What is no list of version two counts as one that lets everybody in."""
    key = tmp_path / "key"
    write_new(key, b"secret")
    with key.open("rb") as file:
        assert not acl.only_ours(file.fileno())  # it has none


def test_a_file_that_is_replaced_keeps_who_may_read_it(tmp_path: Path) -> None:
    """Settings that a command writes anew are still for who reads them."""
    settings = tmp_path / "config.toml"
    write_new(settings, b"a")
    try:
        acl.give(settings, acl.READ | acl.WRITE, READS)
    except OSError:
        pytest.skip("this file system keeps no access lists")
    replace_file(settings, b"b")
    assert settings.read_bytes() == b"b"
    assert acl.is_shared(settings)
    acl.take(settings)
    replace_file(settings, b"c")
    assert not acl.is_shared(settings)


def test_a_shared_register_has_a_journal_that_stays(tmp_path: Path) -> None:
    """Nobody has to make or remove a file beside it, and a reader needs no writer."""
    path, journal = tmp_path / "r.sqlite", tmp_path / "r.sqlite-journal"
    write_new(path, b"")
    write_new(journal, b"")
    try:
        acl.give(path, acl.READ | acl.WRITE, READS)
    except OSError:
        pytest.skip("this file system keeps no access lists")
    with closing(SqliteFile(path, "it", lambda one: make_tables(one, [TABLE]))) as file:
        with file.writing() as connection:
            connection.execute("INSERT INTO t VALUES ('x')")
        there = {one.name for one in tmp_path.iterdir()}
        assert there == {path.name, journal.name}
        assert journal.stat().st_size == 0
    uri = f"{path.as_uri()}?mode=ro"
    with closing(sqlite3.connect(uri, uri=True)) as alone:
        assert alone.execute("SELECT a FROM t").fetchall() == [("x",)]
        assert alone.execute("PRAGMA journal_mode").fetchone() == ("delete",)


def test_a_register_of_one_user_has_a_wal(tmp_path: Path) -> None:
    """Where nothing runs apart writers hold up no reader, as before."""
    path = tmp_path / "r.sqlite"
    write_new(path, b"")
    with closing(SqliteFile(path, "it", lambda one: make_tables(one, [TABLE]))) as file:
        mode = file.connection.execute("PRAGMA journal_mode").fetchone()
    assert mode == ("wal",)
