# SPDX-License-Identifier: Apache-2.0
"""Logins: each one told once, whatever becomes of the files, and no password.

Rules: recorded machines only; files change as logrotate and wtmpdb change them.
Not here: following files in general (`test_tail.py`).
"""

import os
import shutil
import sqlite3
import subprocess
from pathlib import Path

import pytest

from agent.budget import FAILED_SIGN_INS, SIGN_INS_FIRST
from agent.collectors._examples.logins import database, record
from agent.collectors._linux.logins import parse_cursor, unseen, write_cursor
from agent.collectors._linux.wtmpdb import DATABASE
from agent.collectors.logins import DATASET, READERS
from agent.errors import BudgetError, DeniedError, HostError, UnsupportedError
from agent.host.utmp import (
    BTMP,
    LOGIN,
    LONG,
    SHORT,
    USER,
    WTMP,
    Layout,
    layout_of,
    parse,
)
from agent.rows import Example, Reading, Want
from tests.host_fixture import RecordingHost, recorded_host
from wire.catalogue import System

ALL = frozenset(column.name for column in DATASET.columns)
START = 1_763_900_000
BOTH = pytest.mark.parametrize("layout", [SHORT, LONG], ids=["short", "long"])


class Machine:
    """A machine whose sign-ins are written and read in turn."""

    def __init__(self, root: Path, euid: int = 0, layout: Layout = SHORT) -> None:
        self.root = root
        self.layout = layout
        passwd = {"/etc/passwd": b"ada:x:1000:1000::/:/bin/sh\n"}
        example = Example(System.LINUX, "", (), files=passwd, facts={"euid": euid})
        self.host: RecordingHost = recorded_host(example, root)
        self.cursor: bytes | None = None
        self.skipped = 0

    def path(self, path: str) -> Path:
        """Return where a file of the machine lies."""
        place = self.root / path.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        return place

    def write(self, path: str, *numbers: int, user: str = "ada") -> None:
        """Append a record for each number."""
        kind = LOGIN if path == BTMP else USER
        with self.path(path).open("ab") as file:
            for number in numbers:
                at = START + number
                file.write(record(kind, user, "pts/0", at, layout=self.layout))

    def read(self, columns: frozenset[str] = ALL, rows: int = 4_096) -> list[int]:
        """Make one pass and return the numbers that it told."""
        reading = self.reading(columns, rows)
        self.cursor = reading.cursor
        self.skipped += reading.skipped
        times = [row.value("timestamp") for row in reading.rows]
        return [at - START for at in times if isinstance(at, int)]

    def reading(self, columns: frozenset[str] = ALL, rows: int = 4_096) -> Reading:
        """Make one pass without going on from it."""
        want = Want(columns, cursor=self.cursor, rows=rows)
        return READERS[System.LINUX](self.host, want)


@BOTH
def test_each_record_once(tmp_path: Path, layout: Layout) -> None:
    """A pass tells what was added since the last one, and nothing twice."""
    this = Machine(tmp_path, layout=layout)
    this.write(WTMP, 1, 2)
    assert this.read() == [1, 2]
    this.write(WTMP, 3)
    assert this.read() == [3]
    assert this.read() == []
    assert this.skipped == 0


@BOTH
def test_half_a_record_waits(tmp_path: Path, layout: Layout) -> None:
    """A record that is being written is told once it is whole."""
    this = Machine(tmp_path, layout=layout)
    this.write(WTMP, 1, 2)
    whole = this.path(WTMP).read_bytes()
    this.path(WTMP).write_bytes(whole[:-100])
    assert this.read() == [1]
    this.path(WTMP).write_bytes(whole)
    assert this.read() == [2]
    assert this.skipped == 0


def test_half_a_record_of_a_rotated_file_is_counted(tmp_path: Path) -> None:
    """Half a record that nobody will complete is a counted loss."""
    this = Machine(tmp_path)
    this.write(WTMP, 1)
    this.read()
    with this.path(WTMP).open("ab") as file:
        file.write(b"half")
    this.path(WTMP).rename(this.path(f"{WTMP}.1"))
    this.write(WTMP, 2)
    assert this.read() == [2]
    assert this.skipped == 1


def test_rotation(tmp_path: Path) -> None:
    """Records before and after a rotation are told, in order."""
    this = Machine(tmp_path)
    this.write(WTMP, 1)
    this.read()
    this.write(WTMP, 2)
    this.path(WTMP).rename(this.path(f"{WTMP}.1"))
    this.write(WTMP, 3)
    assert this.read() == [2, 3]
    assert this.skipped == 0


def test_copytruncate(tmp_path: Path) -> None:
    """Records before and after a copy and truncation are told, in order."""
    this = Machine(tmp_path)
    this.write(WTMP, 1)
    this.read()
    this.write(WTMP, 2)
    shutil.copyfile(this.path(WTMP), this.path(f"{WTMP}.1"))
    os.truncate(this.path(WTMP), 0)
    this.write(WTMP, 3)
    assert this.read() == [2, 3]
    assert this.skipped == 0


def test_reused_inode(tmp_path: Path) -> None:
    """Another file in the place and with the number of the old one is read whole."""
    this = Machine(tmp_path)
    this.write(WTMP, 1, 2)
    this.read()
    other = record(USER, "ada", "pts/0", START + 7)
    this.path(WTMP).write_bytes(other * 3)  # the same inode, longer than the offset
    assert this.read() == [7, 7, 7]
    assert this.skipped == 1


def test_what_util_linux_writes() -> None:
    """Records made by util-linux on this machine are read as it wrote them."""
    if shutil.which("utmpdump") is None:
        pytest.skip("needs util-linux's utmpdump")
    text = (
        "[7] [04410] [ts/0] [ada     ] [pts/0       ] [vpn.example.test    ] "
        "[198.51.100.7   ] [2025-11-24T01:01:00,250000+00:00]\n"
    )
    done = subprocess.run(
        ["utmpdump", "-r"], input=text.encode(), capture_output=True, check=True
    )
    layout = layout_of(done.stdout)
    found = parse(layout, done.stdout)
    assert found is not None
    assert (found.type, found.pid, found.user, found.terminal) == (
        7,
        4410,
        "ada",
        "pts/0",
    )
    assert (found.address, found.seconds) == ("198.51.100.7", 1763946060)


def test_failures_once(tmp_path: Path) -> None:
    """Each failure is told once, over a rotation of btmp."""
    this = Machine(tmp_path)
    one_by_one = ALL - {"failed_count"}
    this.write(BTMP, 1, 2)
    assert this.read(one_by_one) == [1, 2]
    this.write(BTMP, 3)
    this.path(BTMP).rename(this.path(f"{BTMP}.1"))
    this.write(BTMP, 4)
    assert this.read(one_by_one) == [3, 4]
    assert this.read(one_by_one) == []
    assert this.skipped == 0


def test_a_flood_of_failures_is_one_row(tmp_path: Path) -> None:
    """Failures alike fold into one row with their number, and what is gone is told."""
    this = Machine(tmp_path)
    this.write(BTMP, 0)
    this.read()
    this.write(BTMP, *range(1, FAILED_SIGN_INS + 11))
    reading = this.reading()
    assert [row.value("failed_count") for row in reading.rows] == [FAILED_SIGN_INS]
    assert reading.skipped == 10


def test_rotated_away(tmp_path: Path) -> None:
    """Where the last file is gone, that is counted and reading goes on."""
    this = Machine(tmp_path)
    this.write(BTMP, 1)
    this.read()
    this.path(BTMP).unlink()
    this.write(BTMP, 2)
    assert this.read() == [2]
    assert this.skipped == 1


def test_no_password_in_place_of_a_name(tmp_path: Path) -> None:
    """What was typed where a name goes is not told, unless it is a name here."""
    this = Machine(tmp_path)
    this.write(BTMP, 1, user="hunter2")
    this.write(BTMP, 2)
    names = [row.value("user.name") for row in this.reading().rows]
    assert names == [None, "ada"]


def test_unprivileged(tmp_path: Path) -> None:
    """Without root the sign-ins are told, and the failures count as refused, not lost.

    A loss would be announced in a gap record, anew at every pass.
    """
    this = Machine(tmp_path, euid=1000)
    this.write(WTMP, 1)
    this.write(BTMP, 2)
    reading = this.reading()
    assert [row.value("timestamp") for row in reading.rows] == [START + 1]
    assert (reading.skipped, reading.refused) == (0, 1)
    assert this.host.asked.count(BTMP) == 1  # whether it is there


def test_only_what_is_denied(tmp_path: Path) -> None:
    """Where nothing is ours to read, the outcome is a denial."""
    this = Machine(tmp_path, euid=1000)
    this.write(BTMP, 1)
    with pytest.raises(DeniedError):
        this.reading()


def test_nothing_there(tmp_path: Path) -> None:
    """A machine that writes no sign-ins down is told from one without any."""
    this = Machine(tmp_path)
    with pytest.raises(UnsupportedError, match="no-sign-in-records"):
        this.reading()
    this.path("/var/lib/lastlog/lastlog2.db").write_bytes(b"")
    with pytest.raises(UnsupportedError, match="only-last-sign-ins"):
        this.reading()


def test_past_deadline(tmp_path: Path) -> None:
    """A pass whose time is over stops, also within a database."""
    this = Machine(tmp_path)
    this.write(WTMP, 1)
    with pytest.raises(BudgetError):
        READERS[System.LINUX](this.host, Want(ALL, deadline=0.0))
    this.path(DATABASE).write_bytes(sessions(1))
    with pytest.raises(BudgetError):
        READERS[System.LINUX](this.host, Want(ALL, deadline=0.0))


def sessions(most: int, ended: int = 0) -> bytes:
    """Return a database of so many sessions, of which the first ones have ended."""
    second = 10**6
    return database(
        [
            (
                number,
                3,
                "ada",
                (START + number) * second,
                (START + 100_000 + number) * second if number <= ended else None,
                "pts/0",
                "192.0.2.1",
                "sshd",
            )
            for number in range(1, most + 1)
        ]
    )


def test_database_once(tmp_path: Path) -> None:
    """Of wtmpdb each sign-in and each sign-out is told once."""
    this = Machine(tmp_path)
    this.path(DATABASE).write_bytes(sessions(1))
    assert this.read() == [1]
    this.path(DATABASE).write_bytes(sessions(2, ended=1))
    assert this.read() == [2, 100_001]
    this.path(DATABASE).write_bytes(sessions(2, ended=2))
    assert this.read() == [100_002]
    assert this.read() == []
    assert this.skipped == 0


def test_database_goes_on_where_it_stopped(tmp_path: Path) -> None:
    """A pass over a long database stops at the rows it may return, and says so."""
    this = Machine(tmp_path)
    this.path(DATABASE).write_bytes(sessions(2, ended=2))
    assert this.reading(rows=4).truncated
    told = [this.read(rows=4), this.read(rows=4)]
    assert told == [[1, 2, 100_001], [100_002]]
    assert not this.reading().truncated


def test_first_pass_over_a_database(tmp_path: Path) -> None:
    """The first pass goes back a bounded number of sign-ins."""
    this = Machine(tmp_path)
    this.path(DATABASE).write_bytes(sessions(SIGN_INS_FIRST + 5))
    assert this.read() == list(range(6, SIGN_INS_FIRST + 6))


def test_new_database(tmp_path: Path) -> None:
    """A database whose numbers begin again is another one, and counted."""
    this = Machine(tmp_path)
    this.path(DATABASE).write_bytes(sessions(5))
    this.read()
    this.path(DATABASE).write_bytes(sessions(1))
    assert this.read() == [1]
    assert this.skipped == 1


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"no database" * 99, "database-damaged"),
        (sessions(1)[:5000], "database-damaged"),
        (sessions(1)[:18] + b"\2\2" + sessions(1)[20:], "database-in-two-files"),
    ],
)
def test_damaged_database(tmp_path: Path, content: bytes, reason: str) -> None:
    """A database that cannot be read is an error of the Host's tree."""
    this = Machine(tmp_path)
    this.path(DATABASE).write_bytes(content)
    with pytest.raises(HostError, match=reason):
        this.reading()


def test_database_without_the_table(tmp_path: Path) -> None:
    """Another database in its place is an error, not an empty list."""
    this = Machine(tmp_path)
    connection = sqlite3.connect(this.path(DATABASE))
    connection.execute("CREATE TABLE other(x)")
    connection.commit()
    connection.close()
    with pytest.raises(HostError, match="database-damaged"):
        this.reading()


VIEW = (
    "CREATE VIEW wtmp(ID, Type, User, TTY, RemoteHost, Service, Login, Logout) AS "
    "SELECT 1, 3, 'a', 'b', 'c', 'd', 1, 1"
)
MADE_UP = (
    "CREATE TABLE wtmp(ID INTEGER PRIMARY KEY, Type, User, TTY, RemoteHost, Service, "
    "Login DEFAULT 1, Logout AS (zeroblob(9000000)));"
    "INSERT INTO wtmp(ID, Type, User) VALUES (1, 3, 'a')"
)


@pytest.mark.parametrize("script", [VIEW, MADE_UP], ids=("view", "made-up-value"))
def test_a_database_that_makes_up_rows(tmp_path: Path, script: str) -> None:
    """What is not in the file is not read from it, so its size bounds the memory."""
    this = Machine(tmp_path)
    connection = sqlite3.connect(this.path(DATABASE))
    connection.executescript(script)
    connection.close()
    with pytest.raises(HostError, match="database-damaged"):
        this.reading()


def test_unseen_after_a_gap() -> None:
    """Failures between the last one told and the oldest one left are counted."""
    rows = [{"file": "f", "record": str(number)} for number in range(20, 23)]
    assert unseen(rows, ("f", 9)) == (rows, 10)
    assert unseen(rows, ("f", 21)) == (rows[2:], 0)
    assert unseen(rows, ("f", 22)) == ([], 0)


@pytest.mark.parametrize(
    "cursor",
    [b"", b"[]", b"\xff", b'{"wtmpdb":[1]}', b'{"btmp":[1,2]}', b'{"wtmpdb":[-1,0]}'],
)
def test_junk_for_a_cursor(cursor: bytes) -> None:
    """A damaged cursor is that of a first pass."""
    assert write_cursor(parse_cursor(cursor)) == b"{}"
