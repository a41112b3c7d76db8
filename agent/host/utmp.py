# SPDX-License-Identifier: Apache-2.0
"""The records of utmp, wtmp and btmp: who is signed in, was, or failed to be.

Rules: both layouts of glibc, told apart by what is in the file; of a failure the name
is told only where the machine has such an account, for a password is sometimes typed
in its place; the parser never raises.
Not here: following the files, what a record means (`agent/collectors/logins.py`).
Source: utmp(5), bits/utmp.h of glibc (384 bytes on x86-64, 400 on AArch64), lastb(1).
"""

import re
import socket
import struct
from collections.abc import Iterator
from hashlib import sha256
from typing import NamedTuple

from agent.budget import FAILED_SIGN_INS, PASSWD_BYTES
from agent.errors import NotFoundError
from agent.host.interface import Host, SessionFacts

WTMP = "/var/log/wtmp"
BTMP = "/var/log/btmp"
UTMP = "/run/utmp"
ACCOUNTS = "/etc/passwd"
COLUMNS = frozenset(
    {
        "timestamp",
        "user.name",
        "type",
        "terminal",
        "client.address",
        "process.pid",
        "service.name",
    }
)
FILE, RECORD = "file", "record"
"""Keys of an answered row that are no columns: which file, and which record of it."""

RUN_LEVEL, BOOT, LOGIN, USER, DEAD = 1, 2, 6, 7, 8
"""Types of a record that mean something here."""
_TYPES = range(10)
_OLDEST = 100_000_000
"""Seconds of 1973: an earlier time is no time."""
_MICROSECONDS = 1_000_000
_HEAD_RECORDS = 16
_DIGEST_BYTES = 16
_TERMINAL = re.compile(r"[A-Za-z0-9][A-Za-z0-9/:._-]{0,31}\Z")
_IPV4 = 4
_SSH = "ssh:"
"""How sshd begins the terminal of a failure, before there is one."""


class Layout(NamedTuple):
    """How one machine's C library lays out a record."""

    form: struct.Struct
    name: str

    @property
    def size(self) -> int:
        """Bytes of a record."""
        return self.form.size


class Record(NamedTuple):
    """One record.

    Attributes:
        type: what kind of event.
        pid: process of the session.
        terminal: its line, where it looks like one.
        user: account, as it was typed where it failed.
        host: name or address of the other side; of a boot the kernel's version.
        address: address of the other side; empty where there is none.
        seconds: when, since the epoch.
    """

    type: int
    pid: int
    terminal: str
    user: str
    host: str
    address: str
    seconds: int


SHORT = Layout(struct.Struct("<hxxi32s4s32s256shhiii16s20x"), "short")
LONG = Layout(struct.Struct("<hxxi32s4s32s256shhqqq16s20x4x"), "long")


def layout_of(head: bytes) -> Layout:
    """Return the layout in which more of a file's first records are sound."""
    return max((SHORT, LONG), key=lambda layout: _sound(layout, head))


def _sound(layout: Layout, head: bytes) -> int:
    head = head[: _HEAD_RECORDS * layout.size]
    whole = len(head) - len(head) % layout.size
    starts = range(0, whole, layout.size)
    return sum(parse(layout, head[at : at + layout.size]) is not None for at in starts)


def head_bytes() -> int:
    """Return how much of a file tells its layout."""
    return _HEAD_RECORDS * LONG.size


def parse(layout: Layout, raw: bytes) -> Record | None:
    """Return what a record tells; None for what is none."""
    if len(raw) != layout.size:
        return None
    kind, pid, line, _, user, host, *rest = layout.form.unpack(raw)
    _, _, _, seconds, microseconds, address = rest
    in_time = _OLDEST < seconds < 1 << 32 or not any(raw)
    if kind not in _TYPES or not in_time or not 0 <= microseconds < _MICROSECONDS:
        return None
    return Record(
        kind,
        max(pid, 0),
        terminal_name(_text(line)),
        _text(user),
        _text(host),
        _address(address),
        seconds,
    )


def _text(field: bytes) -> str:
    return field.partition(b"\0")[0].decode("utf-8", "replace").strip()


def terminal_name(line: str) -> str:
    """Return a line that looks like a terminal; empty for any other text."""
    return line if _TERMINAL.match(line) else ""


def _address(raw: bytes) -> str:
    if not any(raw):
        return ""
    if not any(raw[_IPV4:]):
        return socket.inet_ntop(socket.AF_INET, raw[:_IPV4])
    return socket.inet_ntop(socket.AF_INET6, raw)


def values(record: Record, accounts: frozenset[str] | None = None) -> dict[str, str]:
    """Return what a record tells, by column and as text; absent where it is silent.

    Args:
        record: of a session or of a failure.
        accounts: the only ones that are named; None for all.
    """
    other = "" if record.host.startswith(":") else record.host  # a display is here
    known = accounts is None or record.user in accounts
    address = record.address or other
    found = {
        "timestamp": str(record.seconds) if record.seconds else "",
        "user.name": record.user if known else "",
        "type": "remote" if address else "local",
        "terminal": record.terminal,
        "client.address": address,
        "process.pid": str(record.pid) if record.pid else "",
        "service.name": "ssh" if record.terminal.startswith(_SSH) else "",
    }
    return {column: value for column, value in found.items() if value}


def sessions(host: Host) -> Iterator[SessionFacts]:
    """Yield who is signed in, as utmp has it; nobody where a system keeps none."""
    try:
        data = host.read(UTMP)
    except NotFoundError:
        return
    layout = layout_of(data)
    for at in range(0, len(data) - layout.size + 1, layout.size):
        record = parse(layout, data[at : at + layout.size])
        if record is not None and record.type == USER and record.user:
            yield SessionFacts(
                record.user,
                record.terminal,
                record.host or record.address,
                record.seconds,
                record.pid or None,
            )


def accounts_of(passwd: bytes) -> frozenset[str]:
    """Return the names of the machine's accounts."""
    found = (raw.partition(b":")[0] for raw in passwd.split(b"\n"))
    return frozenset(name.decode("utf-8", "replace") for name in found if name)


def read_failed_sign_ins(host: Host, columns: frozenset[str]) -> list[dict[str, str]]:
    """Return the newest failures, oldest first, with the place of each.

    The caller knows by a row's file and record which of them it has seen.
    """
    accounts: frozenset[str] = frozenset()
    if "user.name" in columns:
        accounts = accounts_of(host.read(ACCOUNTS, PASSWD_BYTES))
    found: list[dict[str, str]] = []
    for path in (BTMP, f"{BTMP}.1"):
        left = FAILED_SIGN_INS - len(found)
        found = [*_failures(host, path, columns, accounts, left), *found]
    return found


def _failures(
    host: Host,
    path: str,
    columns: frozenset[str],
    accounts: frozenset[str],
    most: int,
) -> Iterator[dict[str, str]]:
    """Yield the last failures of one file."""
    try:
        head = host.read_part(path, 0, head_bytes())
        layout = layout_of(head)
        size = layout.size
        count = host.facts(path).size // size
        first = max(0, count - most)
        data = host.read_part(path, first * size, (count - first) * size)
    except NotFoundError:
        return
    digest = sha256(head[:size]).digest()[:_DIGEST_BYTES].hex()
    for index in range(len(data) // size):
        record = parse(layout, data[index * size : (index + 1) * size])
        place = {FILE: digest, RECORD: str(first + index)}
        told = values(record, accounts) if record is not None else {}
        yield place | {name: told[name] for name in columns & told.keys()}
