# SPDX-License-Identifier: Apache-2.0
"""Listening ports: which program waits for connections.

Rules: no connection and no remote address is read, so nobody's traffic shows; the
program of another user's socket comes from the root side alone.
Not here: firewall rules, connections (only a diagnostic may look).
Sources: /proc/net/tcp and its three sisters, /proc/PID/fd; on Windows
psutil (GetExtendedTcpTable, GetExtendedUdpTable).
"""

import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from agent.collectors._shared.declare import SHORT_ADDRESS, direct, harmless, quasi
from agent.collectors._shared.gather import number, pick, take, user_names
from agent.collectors._windows.steps import fields_for, figure, words
from agent.errors import DeniedError, NotFoundError, UnsupportedError
from agent.host.interface import Host, RootVerb
from agent.host.root import SOCKET, list_socket_owners
from agent.host.windows_door import windows
from agent.host.windows_named import Source
from agent.rows import Example, Reader, Reading, Want
from wire.catalogue import Dataset, Kind, System, ValueType
from wire.values import Value

TEXT = ValueType.TEXT

DATASET = Dataset(
    "listening_ports",
    Kind.SNAPSHOT,
    "Ports that wait for connections, and the programs behind them.",
    ("network.transport", "network.local.address", "network.local.port"),
    (
        harmless("network.transport", TEXT, "Tells TCP from UDP."),
        harmless("network.type", TEXT, "Tells IPv4 from IPv6."),
        quasi(
            "network.local.address",
            TEXT,
            "Tells a port open to all from one for this machine alone.",
            SHORT_ADDRESS,
            "ip",
        ),
        harmless("network.local.port", ValueType.COUNT, "Finds needless open doors."),
        harmless("process.executable.name", TEXT, "Says which program to close."),
        harmless("process.pid", ValueType.COUNT, "Joins with the list of processes."),
        direct("process.owner", "user", "Shows servers that run as a person."),
    ),
)

_TABLES = (("tcp", "ipv4"), ("tcp6", "ipv6"), ("udp", "ipv4"), ("udp6", "ipv6"))
_LISTENING = {"tcp": b"0A", "udp": b"07"}
"""TCP_LISTEN, and what the kernel shows for a UDP socket without a peer."""
_FIELDS = 10
_PORT_DIGITS = 4
_WINDOWS_FIELDS = {
    "network.transport": "transport",
    "network.type": "address",
    "network.local.address": "address",
    "network.local.port": "port",
    "process.executable.name": "program",
    "process.pid": "pid",
}
_OWNER_COLUMNS = frozenset({"process.pid", "process.executable.name"})


@dataclass(frozen=True, slots=True)
class Listener:
    """One listening socket of a kernel table."""

    transport: str
    family: str
    address: str
    port: int
    user: int | None
    inode: str


def parse_table(data: bytes, transport: str, family: str) -> Iterator[Listener]:
    """Yield the listening sockets of /proc/net/tcp, udp and their IPv6 sisters."""
    state = _LISTENING[transport]
    for raw in data.split(b"\n")[1:]:
        fields = raw.split(None, _FIELDS)
        if len(fields) < _FIELDS or fields[3] != state:
            continue
        address, colon, port = fields[1].partition(b":")
        place = _address(address)
        if place is None or not colon or len(port) != _PORT_DIGITS:
            continue
        try:
            packed = bytes.fromhex(port.decode("ascii"))
        except ValueError:
            continue
        yield Listener(
            transport,
            family,
            place,
            int.from_bytes(packed, "big"),
            number(fields[7]),
            fields[9].decode("ascii", "replace"),
        )


def _address(field: bytes) -> str | None:
    """Return the text of an address; the kernel writes little-endian words."""
    try:
        packed = bytes.fromhex(field.decode("ascii"))
    except ValueError:
        return None
    words = [packed[i : i + 4][::-1] for i in range(0, len(packed), 4)]
    family = {4: socket.AF_INET, 16: socket.AF_INET6}.get(len(packed))
    return socket.inet_ntop(family, b"".join(words)) if family else None


def _owners(
    host: Host, want: Want, sockets: frozenset[str]
) -> Mapping[str, Mapping[str, str]]:
    """Return pid and name by socket: of all with root, else of our own processes."""
    columns = want.columns & _OWNER_COLUMNS
    if not columns or not sockets:
        return {}
    try:
        found = host.ask_root(RootVerb.LIST_SOCKET_OWNERS, columns)
    except DeniedError:
        found = list_socket_owners(host, columns, sockets)
    return {row[SOCKET]: row for row in found}


def _listeners(host: Host, want: Want) -> list[Listener]:
    found: list[Listener] = []
    tables = 0
    for table, family in _TABLES:
        want.check()
        try:
            data = host.read(f"/proc/net/{table}")
        except NotFoundError:  # the kernel runs without this protocol
            continue
        tables += 1
        found.extend(parse_table(data, table[:3], family))
    if not tables:
        reason = "no-socket-tables"
        raise UnsupportedError(reason)
    return found


def _describe(
    item: Listener, owner: Mapping[str, str], users: Mapping[int, str]
) -> dict[str, Value]:
    user = item.user
    return {
        "network.transport": item.transport,
        "network.type": item.family,
        "network.local.address": item.address,
        "network.local.port": item.port,
        "process.executable.name": owner.get("process.executable.name") or None,
        "process.pid": number(owner.get("process.pid")),
        "process.owner": None if user is None else users.get(user, str(user)),
    }


def read_linux(host: Host, want: Want) -> Reading:
    """Read one row for each listening socket."""
    found = _listeners(host, want)
    owners = _owners(host, want, frozenset(item.inode for item in found))
    users = user_names(host) if "process.owner" in want else {}
    rows = [
        pick(want, _describe(item, owners.get(item.inode, {}), users))
        for item in found[: want.rows]
    ]
    return Reading(rows, truncated=len(found) > want.rows)


def parse_windows(row: Mapping[str, Value]) -> dict[str, Value]:
    """Return the columns of one listener."""
    address = words(row.get("address")) or ""
    return {
        "network.transport": words(row.get("transport")),
        "network.type": "ipv6" if ":" in address else "ipv4",
        "network.local.address": address.partition("%")[0] or None,
        "network.local.port": figure(row.get("port")),
        "process.executable.name": words(row.get("program")),
        "process.pid": figure(row.get("pid")),
    }


def read_windows(host: Host, want: Want) -> Reading:
    """Read one row for each listening socket; whose it is Windows tells anyone."""
    fields = fields_for(want, _WINDOWS_FIELDS)
    if not fields:
        return Reading([])
    rows = windows(host).ask(Source.LISTENERS, fields)
    return take(want, map(parse_windows, rows))


READERS: Mapping[System, Reader] = {
    System.LINUX: read_linux,
    System.WINDOWS: read_windows,
}

_HEAD = b"  sl  local_address rem_address   st tx_queue rx_queue tr tm->when\n"
_REST = b"00000000:00000000 00:00000000 00000000"

EXAMPLES = (
    Example(
        System.LINUX,
        "An SSH server seen with root's rights; a connection is left out.",
        rows=(
            {
                "network.transport": "tcp",
                "network.type": "ipv4",
                "network.local.address": "127.0.0.1",
                "network.local.port": 5432,
                "process.owner": "postgres",
            },
            {
                "network.transport": "tcp",
                "network.type": "ipv6",
                "network.local.address": "::",
                "network.local.port": 22,
                "process.executable.name": "sshd",
                "process.pid": 812,
                "process.owner": "root",
            },
        ),
        files={
            "/etc/passwd": b"root:x:0:0::/root:/bin/sh\npostgres:x:106:1::/:/x\n",
            "/proc/net/tcp": _HEAD
            + b"   0: 0100007F:1538 00000000:0000 0A "
            + _REST
            + b"   106        0 3000 1 0\n"
            b"   1: 020200C0:0016 010200C0:D431 01 " + _REST + b"     0        0 9 1\n",
            "/proc/net/tcp6": _HEAD + b"   0: 00000000000000000000000000000000:0016 "
            b"00000000000000000000000000000000:0000 0A "
            + _REST
            + b"     0        0 2000 1 0\n",
            "/proc/812/comm": b"sshd\n",
            "/proc/self/comm": b"python\n",
        },
        links={
            "/proc/812/fd/0": "/dev/null",
            "/proc/812/fd/3": "socket:[2000]",
        },
        facts={"euid": 0},
    ),
    Example(
        System.LINUX,
        "Without root, own sockets have a program and those of others none.",
        rows=(
            {
                "network.transport": "udp",
                "network.type": "ipv4",
                "network.local.address": "0.0.0.0",  # noqa: S104 - what the table holds
                "network.local.port": 5353,
                "process.executable.name": "zeroconf",
                "process.pid": 77,
                "process.owner": "1000",
            },
        ),
        files={
            "/proc/net/udp": _HEAD
            + b"   0: 00000000:14E9 00000000:0000 07 "
            + _REST
            + b"  1000        0 41 2 0\n",
            "/proc/77/comm": b"zeroconf\n",
        },
        links={"/proc/77/fd/5": "socket:[41]"},
    ),
    Example(
        System.LINUX,
        "Junk lines are no sockets.",
        rows=(),
        files={
            "/proc/net/tcp": b"\xff\n\n0: 7F:1 0:0 0A 0 0 0 0 0 0\n"
            b"0: 0100007F:zzzz 0:0 0A 0 0 0 0 0 0\n"
            b"0: 0100007Fx0016 0:0 0A 0 0 0 0 0 0\n"
        },
    ),
    Example(
        System.WINDOWS,
        "Remote Desktop for both families; owners are not read.",
        rows=(
            {
                "network.transport": "tcp",
                "network.type": "ipv4",
                "network.local.address": "0.0.0.0",  # noqa: S104 - what the table holds
                "network.local.port": 3389,
                "process.executable.name": "svchost.exe",
                "process.pid": 1044,
            },
            {
                "network.transport": "udp",
                "network.type": "ipv6",
                "network.local.address": "fe80::1",
                "network.local.port": 3389,
            },
        ),
        facts={
            "listeners": (
                {
                    "transport": "tcp",
                    "address": "0.0.0.0",  # noqa: S104 - what the table holds
                    "port": 3389,
                    "pid": 1044,
                    "program": "svchost.exe",
                },
                {"transport": "udp", "address": "fe80::1%4", "port": 3389},
            )
        },
    ),
    Example(System.WINDOWS, "Nothing listens.", rows=()),
)
