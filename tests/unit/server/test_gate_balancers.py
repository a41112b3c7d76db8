# SPDX-License-Identifier: Apache-2.0
"""What a gate believes of whom a load balancer brings.

Rules: headers are bytes as balancers send them; what follows them stays unread.
Not here: connections (`tests/e2e/test_gates.py`).
"""

import asyncio
import socket

import pytest

from server.errors import UsageError
from server.gate.balancers import HeaderError, balancers, source

BEGIN = b"\r\n\r\n\x00\r\nQUIT\n"
TLS = b"\x16\x03\x01"
FOUR = socket.inet_aton("192.0.2.7") + socket.inet_aton("10.0.0.1") + b"\0" * 4
SIX = socket.inet_pton(socket.AF_INET6, "2001:db8::7") * 2 + b"\0" * 4


def header(how: int, family: int, rest: bytes) -> bytes:
    """Return a header of version 2."""
    return BEGIN + bytes((how, family)) + len(rest).to_bytes(2) + rest


def read_of(octets: bytes) -> tuple[str | None, bytes]:
    """Return whom a header names, and what is left of the bytes."""
    left = bytearray(octets)

    async def read(count: int) -> bytes:
        if len(left) < count:
            raise ConnectionResetError
        taken = bytes(left[:count])
        del left[:count]
        return taken

    found = asyncio.run(source(read))
    return found, bytes(left)


@pytest.mark.parametrize(
    ("octets", "expected"),
    [
        (b"PROXY TCP4 192.0.2.7 10.0.0.1 5000 8443\r\n", "192.0.2.7"),
        (b"PROXY TCP6 2001:db8::7 2001:db8::1 5000 8443\r\n", "2001:db8::7"),
        (b"PROXY UNKNOWN\r\n", None),
        (b"PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n", None),
        (header(0x21, 0x11, FOUR), "192.0.2.7"),
        (header(0x21, 0x21, SIX), "2001:db8::7"),
        (header(0x21, 0x11, FOUR + b"\x04\0\x01x"), "192.0.2.7"),
        (header(0x20, 0x00, b""), None),
        (header(0x21, 0x31, b"\0" * 216), None),
    ],
)
def test_a_header_names_who_is_brought(octets: bytes, expected: str | None) -> None:
    """Both versions are read to their end, and TLS after them is left."""
    assert read_of(octets + TLS) == (expected, TLS)


@pytest.mark.parametrize(
    "octets",
    [
        TLS * 6,
        b"PROXY TCP4 192.0.2.7 10.0.0.1 5000\r\n",
        b"PROXY TCP4 not-an-address 10.0.0.1 5000 8443\r\n",
        b"PROXY UDP4 192.0.2.7 10.0.0.1 5000 8443\r\n",
        b"PROXY TCP4 " + b"1" * 200,
        b"PROXY \xff\xfe 1 2 3 4\r\n",
        header(0x11, 0x11, FOUR),
        header(0x22, 0x11, FOUR),
        header(0x21, 0x11, FOUR[:10]),
        header(0x21, 0x11, FOUR + b"\0" * 5_000),
    ],
)
def test_what_is_no_header_is_refused(octets: bytes) -> None:
    """Nothing is guessed of what is not whole and of a known kind."""
    with pytest.raises(HeaderError):
        read_of(octets)


def test_only_named_balancers_are_believed() -> None:
    """An address or a network is one, also as IPv4 within IPv6, and nobody else."""
    some = balancers(["192.0.2.7", "10.1.0.0/16", "2001:db8::/64"])
    hosts = ["192.0.2.7", "::ffff:10.1.2.3", "2001:db8::9%eth0"]
    assert all(some.has(host) for host in hosts)
    assert not any(some.has(host) for host in ("192.0.2.8", "2001:db8:1::1", "::1"))
    assert not balancers([]).has("192.0.2.7")


@pytest.mark.parametrize("text", ["balancer.example", "192.0.2.7/8", ""])
def test_a_name_is_no_balancer(text: str) -> None:
    """A name could come to mean another machine, so an address is asked for."""
    with pytest.raises(UsageError, match=r"like 192\.0\.2\.7"):
        balancers([text])
