# SPDX-License-Identifier: Apache-2.0
"""Whom a load balancer brings: the PROXY header before a connection's first byte.

Rules: it is read of the balancers that the operator names and of nobody else, so nobody
else can say whose address is theirs; one that does not come in time, or is none, ends
the connection; not a byte more is read than it has, for TLS follows; what it has beside
the address is thrown away.
Not here: who may come in (`door.py`), TLS (`arrivals.py`).
"""

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from server.errors import UsageError
from server.gate.bounds import HEADER_SECONDS, HEADERS

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Read = Callable[[int], Awaitable[bytes]]
"""Returns exactly so many bytes, or raises OSError."""
_BINARY = b"\r\n\r\n\x00\r\nQUIT\n"
"""What a header of version 2 begins with."""
_TEXT = b"PROXY "
_TEXT_WORDS = 5
_TEXT_BYTES = 107
"""The longest header of version 1."""
_BINARY_BYTES = 4_096
"""Of version 2: addresses, and what a balancer says beside them."""
_VERSION = 2
_CHECKS = 0
"""A balancer that looks whether somebody answers brings nobody."""
_BRINGS = 1
_FAMILIES = {0x11: 4, 0x21: 16}
"""TCP over IPv4 and over IPv6: how long an address is."""


class HeaderError(Exception):
    """What a balancer said is no PROXY header."""


@dataclass(frozen=True, slots=True)
class Balancers:
    """Who may say whom they bring.

    Attributes:
        networks: their addresses; none where devices come by themselves.
    """

    networks: tuple[Network, ...] = ()

    def has(self, host: str) -> bool:
        """Tell whether a connection comes from one of them."""
        if not self.networks:
            return False
        address = ipaddress.ip_address(host.partition("%")[0])
        mapped = getattr(address, "ipv4_mapped", None) or address
        return any(mapped in network for network in self.networks)


def balancers(texts: Sequence[str]) -> Balancers:
    """Return the balancers of some addresses or networks.

    Raises:
        UsageError: one is neither.
    """
    try:
        return Balancers(tuple(ipaddress.ip_network(text) for text in texts))
    except ValueError:
        msg = "a balancer is an address or a network, like 192.0.2.7 or 192.0.2.0/28"
        raise UsageError(msg) from None


class Hearing:
    """Reads the headers of connections that came from balancers."""

    def __init__(self) -> None:
        """Read none yet."""
        self._under_way = 0

    async def whom(self, arrived: socket.socket, balancer: str) -> str | None:
        """Return the address of whom a balancer brings; None where it is not known.

        Args:
            arrived: a connection of which nothing was read yet.
            balancer: its address; returned where it only looks.
        """
        if self._under_way >= HEADERS:
            return None
        loop = asyncio.get_running_loop()
        self._under_way += 1

        async def read(count: int) -> bytes:
            octets = b""
            while len(octets) < count:
                more = await loop.sock_recv(arrived, count - len(octets))
                if not more:
                    raise ConnectionResetError
                octets += more
            return octets

        try:
            async with asyncio.timeout(HEADER_SECONDS):
                return await source(read) or balancer
        except (OSError, HeaderError):  # a TimeoutError, too
            return None
        finally:
            self._under_way -= 1


async def source(read: Read) -> str | None:
    """Return the address that a header names; None where it names none.

    Args:
        read: reads from the connection.

    Raises:
        HeaderError: it is no header.
    """
    begun = await read(len(_TEXT))
    if begun == _TEXT:
        return await _text(read)
    if begun + await read(len(_BINARY) - len(begun)) != _BINARY:
        raise HeaderError
    how, family, high, low = await read(4)
    size = high << 8 | low
    if (
        how >> 4 != _VERSION
        or how & 0xF not in {_CHECKS, _BRINGS}
        or size > _BINARY_BYTES
    ):
        raise HeaderError
    rest = await read(size)
    if how & 0xF == _CHECKS or family not in _FAMILIES:
        return None
    length = _FAMILIES[family]
    if size < 2 * length + 4:
        raise HeaderError
    return str(ipaddress.ip_address(rest[:length]))


async def _text(read: Read) -> str | None:
    """Return the address of a header of version 1, read to its end byte by byte."""
    line = b""
    while not line.endswith(b"\r\n"):
        if len(line) + len(_TEXT) >= _TEXT_BYTES:
            raise HeaderError
        line += await read(1)
    words = line.decode("ascii", "replace").split()
    if words[:1] == ["UNKNOWN"]:
        return None
    if len(words) != _TEXT_WORDS or words[0] not in {"TCP4", "TCP6"}:
        raise HeaderError
    try:
        return str(ipaddress.ip_address(words[1]))
    except ValueError:
        raise HeaderError from None
