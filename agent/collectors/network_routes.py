# SPDX-License-Identifier: Apache-2.0
"""Network routes: where packets go, and which gateway is the default.

Rules: the kernel's main tables only; nothing is sent to find anything out; routes to
this machine's own addresses, to everybody and to groups are left out.
Not here: neighbours (`network_neighbours.py`), other machines (`discovered_hosts.py`).
Sources: /proc/net/route, /proc/net/ipv6_route; the IP helper of Windows
(`agent/host/windows_routes.py`).
"""

import ipaddress
import socket
from collections.abc import Container, Iterator, Mapping

from agent.collectors._shared.declare import SHORT_ADDRESS, free_text, harmless, quasi
from agent.collectors._shared.gather import interface_name, number, take, text
from agent.collectors._windows.steps import fields_for, figure, words
from agent.errors import HostError, NotFoundError
from agent.host.interface import Host
from agent.host.windows_door import windows
from agent.host.windows_named import Source
from agent.rows import Example, Reader, Reading, Want
from wire.catalogue import Dataset, Kind, System, ValueType
from wire.values import Value

TEXT = ValueType.TEXT

DATASET = Dataset(
    "network_routes",
    Kind.SNAPSHOT,
    "Routes: which network is reached over which gateway and interface.",
    ("network.type", "destination", "prefix", "network.interface.name", "gateway"),
    (
        harmless("network.type", TEXT, "Tells IPv4 from IPv6 routes."),
        quasi(
            "destination",
            TEXT,
            "Finds a wrong or missing route.",
            SHORT_ADDRESS,
            "ip",
        ),
        quasi("prefix", ValueType.COUNT, "Finds a wrong network mask."),
        quasi("gateway", TEXT, "Finds who passes the traffic on.", SHORT_ADDRESS, "ip"),
        free_text("network.interface.name", "Says which interface is used."),
        harmless("metric", ValueType.COUNT, "Says which of two routes is taken."),
        harmless("default", ValueType.BOOLEAN, "Marks the way to the Internet."),
    ),
)

_UP = 0x0001
_REJECT = 0x0200
_LOCAL = 0x8000_0000
"""Flags of route(8): usable, refused, an address of this machine itself."""
_V4_FIELDS, _V6_FIELDS = 8, 10
_V4_DIGITS, _V6_DIGITS = 8, 32


def parse_ipv4(data: bytes) -> Iterator[dict[str, Value]]:
    """Yield the routes of /proc/net/route; its addresses are little-endian."""
    for raw in data.split(b"\n")[1:]:
        fields = raw.split()
        if len(fields) < _V4_FIELDS:
            continue
        target, gateway, mask = (_address(fields[i]) for i in (1, 2, 7))
        flags = _hexadecimal(fields[3])
        if None in (target, gateway, mask) or flags is None or not flags & _UP:
            continue
        yield {
            "network.type": "ipv4",
            "destination": target,
            "prefix": (_hexadecimal(fields[7]) or 0).bit_count(),
            "gateway": None if gateway == "0.0.0.0" else gateway,  # noqa: S104 - an address compared
            "network.interface.name": interface_name(text(fields[0])),
            "metric": number(fields[6]),
        }


def parse_ipv6(data: bytes) -> Iterator[dict[str, Value]]:
    """Yield the routes of /proc/net/ipv6_route to other machines."""
    for raw in data.split(b"\n"):
        fields = raw.split()
        if len(fields) < _V6_FIELDS:
            continue
        target, gateway = _address(fields[0]), _address(fields[4])
        flags, prefix = _hexadecimal(fields[8]), _hexadecimal(fields[1])
        if None in (target, gateway, prefix) or flags is None:
            continue
        multicast = fields[0].lower().startswith(b"ff")
        if not flags & _UP or flags & (_REJECT | _LOCAL) or multicast:
            continue
        yield {
            "network.type": "ipv6",
            "destination": target,
            "prefix": prefix,
            "gateway": None if gateway == "::" else gateway,
            "network.interface.name": interface_name(text(fields[9])),
            "metric": _hexadecimal(fields[5]),
        }


def _hexadecimal(field: bytes) -> int | None:
    if len(field) > _V4_DIGITS or not field.isalnum():  # no sign, no underscore
        return None
    try:
        return int(field, 16)
    except ValueError:
        return None


def _address(field: bytes) -> str | None:
    """Return the text of an address in the kernel's hexadecimal."""
    try:
        packed = bytes.fromhex(field.decode("ascii"))
    except ValueError:
        return None
    if len(field) == _V4_DIGITS:
        return socket.inet_ntop(socket.AF_INET, packed[::-1])
    if len(field) == _V6_DIGITS:
        return socket.inet_ntop(socket.AF_INET6, packed)
    return None


def _defaults(host: Host) -> Container[tuple[Value, Value]]:
    """Return gateway and interface of each IPv4 default route, as the Host says."""
    try:
        found = host.gateways()
    except HostError:
        return set()
    return {(entry.address, interface_name(entry.interface)) for entry in found}


def _is_default(
    values: Mapping[str, Value], defaults: Container[tuple[Value, Value]]
) -> bool:
    """Tell whether a route is a default one; one without gateway is by its prefix."""
    if values["prefix"] != 0:
        return False
    via = (values["gateway"], values["network.interface.name"])
    return via in defaults or via[0] is None or values["network.type"] == "ipv6"


def _routes(host: Host) -> Iterator[dict[str, Value]]:
    yield from parse_ipv4(host.read("/proc/net/route"))
    try:
        data = host.read("/proc/net/ipv6_route")
    except NotFoundError:  # the kernel runs without IPv6
        return
    yield from parse_ipv6(data)


def read_linux(host: Host, want: Want) -> Reading:
    """Read one row for each route."""
    defaults = _defaults(host) if "default" in want else ()
    return take(
        want,
        (
            {**values, "default": _is_default(values, defaults)}
            for values in _routes(host)
        ),
    )


_FIELDS = {"metric": "metric", "network.interface.name": "interface"}
_ALWAYS = frozenset({"destination", "prefix", "gateway", "protocol", "local"})
"""What tells whether a route is one to others."""
_MADE_BY_ADDRESS = 2
"""MIB_IPPROTO_LOCAL: Windows made the route for an address of its own."""
_EVERYBODY = "255.255.255.255"


def parse_windows(row: Mapping[str, Value]) -> dict[str, Value]:
    """Return the columns of a route of Windows; none of one to this machine itself."""
    try:
        target = ipaddress.ip_address(words(row.get("destination")) or "")
        via = ipaddress.ip_address(words(row.get("gateway")) or "")
    except ValueError:
        return {}
    prefix = figure(row.get("prefix"))
    if prefix is None or prefix > target.max_prefixlen:
        return {}
    made = figure(row.get("protocol")) == _MADE_BY_ADDRESS
    own = row.get("local") is True or (made and prefix == target.max_prefixlen)
    if own or target.is_multicast or target.is_loopback or str(target) == _EVERYBODY:
        return {}
    return {
        "network.type": f"ipv{target.version}",
        "destination": str(target),
        "prefix": prefix,
        "gateway": None if via.is_unspecified else str(via),
        "network.interface.name": words(row.get("interface")),
        "metric": figure(row.get("metric")),
        "default": prefix == 0,
    }


def read_windows(host: Host, want: Want) -> Reading:
    """Read one row for each route to others."""
    if not want.columns:
        return Reading([])
    rows = windows(host).ask(Source.ROUTES, fields_for(want, _FIELDS) | _ALWAYS)
    return take(want, filter(None, map(parse_windows, rows)))


READERS: Mapping[System, Reader] = {
    System.LINUX: read_linux,
    System.WINDOWS: read_windows,
}

_ZERO = b"0" * 32


def _route(*values: Value) -> Mapping[str, Value]:
    """Return a row of Windows' table."""
    names = ("destination", "prefix", "gateway", "metric", "protocol", "interface")
    row: dict[str, Value] = {"local": False, "interface": "Ethernet 2"}
    return row | dict(zip(names, values, strict=False))


EXAMPLES = (
    Example(
        System.LINUX,
        "One interface with a default gateway for each family.",
        rows=(
            {
                "network.type": "ipv4",
                "destination": "0.0.0.0",  # noqa: S104 - what the route table holds
                "prefix": 0,
                "gateway": "192.0.2.1",
                "network.interface.name": "eth0",
                "metric": 100,
                "default": True,
            },
            {
                "network.type": "ipv4",
                "destination": "192.0.2.0",
                "prefix": 24,
                "network.interface.name": "eth0",
                "metric": 0,
                "default": False,
            },
            {
                "network.type": "ipv6",
                "destination": "::",
                "prefix": 0,
                "gateway": "fd00::1",
                "network.interface.name": "eth0",
                "metric": 1024,
                "default": True,
            },
        ),
        files={
            "/proc/net/route": b"Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\t"
            b"Metric\tMask\tMTU\tWindow\tIRTT\n"
            b"eth0\t00000000\t010200C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n"
            b"eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n",
            "/proc/net/ipv6_route": _ZERO
            + b" 00 "
            + _ZERO
            + b" 00 fd000000000000000000000000000001 00000400 00000002 00000000"
            b" 00000003     eth0\n"
            + _ZERO
            + b" 00 "
            + _ZERO
            + b" 00 "
            + _ZERO
            + b" ffffffff 00000001 00000000 00200200       lo\n",
        },
    ),
    Example(
        System.LINUX,
        "Junk lines are no routes.",
        rows=(),
        files={
            "/proc/net/route": b"Iface\n\xff\n1 2 3 4 5 6 7 8\n"
            b"eth0 0000000g 00000000 0001 0 0 0 00000000\n"
            b"eth0 00000000 00000000 -001 0 0 0 00000000\n",
            "/proc/net/ipv6_route": b"zz 1 2 3 4 5 6 7 8 9\n\n",
        },
    ),
    Example(
        System.WINDOWS,
        "Composed after `route print`: both families, and what is left out.",
        rows=(
            {
                "network.type": "ipv4",
                "destination": "0.0.0.0",  # noqa: S104 - the way to everywhere else
                "prefix": 0,
                "gateway": "192.0.2.1",
                "network.interface.name": "Ethernet 2",
                "metric": 25,
                "default": True,
            },
            {
                "network.type": "ipv4",
                "destination": "192.0.2.0",
                "prefix": 24,
                "network.interface.name": "Ethernet 2",
                "metric": 281,
                "default": False,
            },
            {
                "network.type": "ipv4",
                "destination": "198.51.100.7",
                "prefix": 32,
                "network.interface.name": "VPN",
                "metric": 6,
                "default": False,
            },
            {
                "network.type": "ipv6",
                "destination": "::",
                "prefix": 0,
                "gateway": "fe80::1",
                "network.interface.name": "Ethernet 2",
                "metric": 281,
                "default": True,
            },
        ),
        facts={
            "routes": (
                _route("0.0.0.0", 0, "192.0.2.1", 25, 3),  # noqa: S104 - a route
                _route("127.0.0.0", 8, "0.0.0.0", 331, 2),  # noqa: S104 - a route
                _route("192.0.2.0", 24, "0.0.0.0", 281, 2),  # noqa: S104 - a route
                _route("192.0.2.2", 32, "0.0.0.0", 281, 2),  # noqa: S104 - a route
                _route("192.0.2.255", 32, "0.0.0.0", 281, 2),  # noqa: S104 - a route
                _route("198.51.100.7", 32, "0.0.0.0", 6, 3, "VPN"),  # noqa: S104 - a route
                _route("224.0.0.0", 4, "0.0.0.0", 281, 2),  # noqa: S104 - a route
                _route("255.255.255.255", 32, "0.0.0.0", 281, 2),  # noqa: S104 - a route
                _route("::", 0, "fe80::1", 281, 3),
                _route("fe80::2", 128, "::", 281, 2),
                _route("ff00::", 8, "::", 281, 2),
            )
        },
    ),
    Example(
        System.WINDOWS,
        "Composed: rows that are no routes.",
        rows=(),
        facts={
            "routes": (
                _route("", 0, "192.0.2.1", 1, 3),
                _route("192.0.2.0", 24, "gateway", 1, 3),
                _route("192.0.2.0", 33, "192.0.2.1", 1, 3),
                {"destination": 7, "prefix": None, "local": "yes"},
                {**_route("203.0.113.1", 32, "::", 1, 3), "local": True},
            )
        },
    ),
    Example(System.WINDOWS, "A machine without a network.", rows=()),
)
