# SPDX-License-Identifier: Apache-2.0
"""Examples of sign-ins on Linux: records of both layouts, and a database.

Rules: composed in the form of their source.
Not here: the readers (`logins.py`).
"""

import sqlite3
from collections.abc import Mapping, Sequence

from agent.collectors._linux.wtmpdb import DATABASE
from agent.host.utmp import (
    ACCOUNTS,
    BOOT,
    BTMP,
    DEAD,
    LOGIN,
    LONG,
    RUN_LEVEL,
    SHORT,
    USER,
    WTMP,
    Layout,
)
from agent.rows import Example
from wire.catalogue import System
from wire.values import Value

_IPV4 = bytes((198, 51, 100, 7)) + bytes(12)
_IPV6 = bytes.fromhex("20010db8000000000000000000000007")
_PASSWD = b"root:x:0:0:root:/root:/bin/bash\nada:x:1000:1000:Ada,,,:/home/ada:/bin/sh\n"
_TABLE = (
    "CREATE TABLE wtmp(ID INTEGER PRIMARY KEY, Type INTEGER, User TEXT NOT NULL, "
    "Login INTEGER, Logout INTEGER, TTY TEXT, RemoteHost TEXT, Service TEXT) STRICT"
)


def record(  # noqa: PLR0913 - the fields of a record
    kind: int,
    user: str,
    line: str,
    seconds: int,
    *,
    host: str = "",
    address: bytes = b"",
    pid: int = 0,
    layout: Layout = SHORT,
) -> bytes:
    """Return a record as glibc writes it."""
    fields = (line.encode(), b"", user.encode(), host.encode(), 0, 0, 0)
    return layout.form.pack(kind, pid, *fields, seconds, 250_000, address)


def database(rows: Sequence[tuple[object, ...]]) -> bytes:
    """Return a database as wtmpdb writes it."""
    connection = sqlite3.connect(":memory:")
    connection.execute(_TABLE)
    connection.executemany("INSERT INTO wtmp VALUES(?, ?, ?, ?, ?, ?, ?, ?)", rows)
    connection.commit()
    data = connection.serialize()
    connection.close()
    return data


_WTMP = b"".join(
    (
        record(BOOT, "reboot", "~", 1763900000, host="6.1.0-32-amd64"),
        record(RUN_LEVEL, "runlevel", "~", 1763900009, pid=53),
        record(LOGIN, "LOGIN", "tty1", 1763900010, pid=700),
        record(USER, "ada", "tty2", 1763900100, host=":0", pid=1201),
        record(
            USER,
            "grace",
            "pts/0",
            1763940000,
            host="vpn.example.test",
            address=_IPV4,
            pid=4410,
        ),
        record(DEAD, "", "pts/0", 1763941000, pid=4410),
        record(RUN_LEVEL, "shutdown", "~", 1763950000),
    )
)
_SESSIONS: tuple[Mapping[str, Value], ...] = (
    {"timestamp": 1763900000, "outcome": "success", "type": "boot"},
    {
        "timestamp": 1763900100,
        "user.name": "ada",
        "outcome": "success",
        "type": "local",
        "terminal": "tty2",
        "process.pid": 1201,
    },
    {
        "timestamp": 1763940000,
        "user.name": "grace",
        "outcome": "success",
        "type": "remote",
        "terminal": "pts/0",
        "client.address": "198.51.100.7",
        "process.pid": 4410,
    },
    {
        "timestamp": 1763941000,
        "outcome": "logout",
        "terminal": "pts/0",
        "process.pid": 4410,
    },
    {"timestamp": 1763950000, "outcome": "logout", "type": "boot"},
)


def _guess(user: str, seconds: int, *, layout: Layout = SHORT) -> bytes:
    return record(
        LOGIN,
        user,
        "ssh:notty",
        seconds,
        host="198.51.100.7",
        address=_IPV4,
        pid=900,
        layout=layout,
    )


_FAILED: Mapping[str, Value] = {
    "outcome": "failure",
    "type": "remote",
    "terminal": "ssh:notty",
    "client.address": "198.51.100.7",
    "process.pid": 900,
    "service.name": "ssh",
}

EXAMPLES = (
    Example(
        System.LINUX,
        "Composed: a boot, a person at the screen, one over SSH, the end of the day.",
        rows=_SESSIONS,
        files={WTMP: _WTMP},
    ),
    Example(
        System.LINUX,
        "Composed: guesses at two names; one is none here, as a password would be.",
        rows=(
            {
                **_FAILED,
                "timestamp": 1763940000,
                "user.name": "root",
                "failed_count": 2,
            },
            {**_FAILED, "timestamp": 1763940002, "failed_count": 1},
        ),
        files={
            ACCOUNTS: _PASSWD,
            BTMP: _guess("root", 1763940000)
            + _guess("hunter2", 1763940002)
            + _guess("root", 1763940004),
        },
        facts={"euid": 0},
    ),
    Example(
        System.LINUX,
        "Composed: AArch64's longer records, the last one half there; btmp is denied.",
        rows=(
            {
                "timestamp": 4000000000,
                "user.name": "ada",
                "outcome": "success",
                "type": "remote",
                "terminal": "pts/1",
                "client.address": "2001:db8::7",
                "process.pid": 77,
            },
        ),
        files={
            WTMP: record(
                USER,
                "ada",
                "pts/1",
                4000000000,
                address=_IPV6,
                pid=77,
                layout=LONG,
            )
            + record(DEAD, "", "pts/1", 4000000001, layout=LONG)[:200],
            BTMP: _guess("ada", 1763940000, layout=LONG),
        },
        facts={"euid": 1000},
    ),
    Example(
        System.LINUX,
        "Composed: junk, a terminal that is none, a name that is no UTF-8.",
        rows=(
            {
                "timestamp": 1763940000,
                "user.name": "\ufffdda",
                "outcome": "success",
                "type": "local",
            },
        ),
        files={
            WTMP: b"\xff" * SHORT.size
            + record(USER, "xda", "a b\x1b", 1763940000).replace(b"xda", b"\xffda")
        },
    ),
    Example(
        System.LINUX,
        "Composed with wtmpdb 0.73's table: wtmp is old then, and not read.",
        rows=(
            {"timestamp": 1788249600, "outcome": "success", "type": "boot"},
            {
                "timestamp": 1788249700,
                "user.name": "alice",
                "outcome": "success",
                "type": "remote",
                "terminal": "pts/0",
                "client.address": "192.0.2.15",
                "service.name": "sshd",
            },
            {
                "timestamp": 1788250000,
                "user.name": "root",
                "outcome": "success",
                "type": "local",
                "terminal": "tty1",
                "service.name": "login",
            },
            {
                "timestamp": 1788253300,
                "user.name": "alice",
                "outcome": "logout",
                "type": "remote",
                "terminal": "pts/0",
                "client.address": "192.0.2.15",
                "service.name": "sshd",
            },
        ),
        files={
            WTMP: _WTMP,
            DATABASE: database(
                (
                    (1, 1, "reboot", 1788249600 * 10**6, None, "~", "6.12.48", None),
                    (
                        2,
                        3,
                        "alice",
                        1788249700123456,
                        1788253300 * 10**6,
                        "pts/0",
                        "192.0.2.15",
                        "sshd",
                    ),
                    (3, 3, "root", 1788250000 * 10**6, None, "tty1", None, "login"),
                )
            ),
        },
    ),
)
