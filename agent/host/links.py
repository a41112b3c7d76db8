# SPDX-License-Identifier: Apache-2.0
"""Network interfaces as the kernel of Linux lists them (rtnetlink).

Rules: pure, bytes in and facts out; names and addresses are joined by the interface's
number, so one that is renamed meanwhile is still one; what is cut off is not guessed.
Not here: asking (`netlink.py`), which rows come of it
(`agent/collectors/network_interfaces.py`).
Sources: netlink(7), rtnetlink(7). psutil tells the same (`library.py`), at 25 times the
cost: most of it to load.
"""

import socket
import struct
import sys
from collections.abc import Callable, Iterator, Sequence

from agent.host.interface import AddressFacts, InterfaceFacts

_MESSAGE = struct.Struct("=IHHII")
_LINK = struct.Struct("=BxHiII")
_ADDRESS = struct.Struct("=BBBBI")
_ATTRIBUTE = struct.Struct("=HH")
_NEW_LINK, _NEW_ADDRESS = 16, 20
_RUNNING = 0x40
"""IFF_RUNNING: a cable is in, the other side answers."""
_HARDWARE, _NAME, _MTU = 1, 3, 4
_PEER, _LOCAL = 1, 2
"""IFA_ADDRESS is the other end's where IFA_LOCAL is there too."""
_MAC_BYTES = 6
"""A tunnel's "hardware address" is an IP address, of 4 bytes or 16."""
_FAMILIES = {2: ("ipv4", socket.AF_INET, 4), 10: ("ipv6", socket.AF_INET6, 16)}
"""By the numbers that the kernel of Linux has for them."""


def parse_links(
    links: bytes, addresses: bytes, speed: Callable[[str], int]
) -> Sequence[InterfaceFacts]:
    """Return the interfaces of two answers of the kernel, sorted by name.

    Args:
        links: answer to RTM_GETLINK.
        addresses: answer to RTM_GETADDR.
        speed: tells an interface's speed, which the kernel has in /sys alone.
    """
    known: dict[int, list[AddressFacts]] = {}
    for kind, content in parts(addresses):
        if kind == _NEW_ADDRESS and len(content) >= _ADDRESS.size:
            family, prefix, _, _, index = _ADDRESS.unpack_from(content)
            fact = _address(family, prefix, content[_ADDRESS.size :])
            if fact is not None:
                known.setdefault(index, []).append(fact)
    found = []
    for kind, content in parts(links):
        if kind != _NEW_LINK or len(content) < _LINK.size:
            continue
        _, _, index, flags, _ = _LINK.unpack_from(content)
        told = dict(attributes(content[_LINK.size :]))
        name = told.get(_NAME, b"").rstrip(b"\0").decode("utf-8", "replace")
        hardware = told.get(_HARDWARE, b"")
        own = sorted(known.get(index, ()), key=lambda fact: fact.family)
        if len(hardware) == _MAC_BYTES:
            own.append(AddressFacts("mac", hardware.hex(":"), None))
        mtu = int.from_bytes(told.get(_MTU, b"")[:4], sys.byteorder)
        running = bool(flags & _RUNNING)
        found.append(InterfaceFacts(name, running, mtu, speed(name), tuple(own)))
    return sorted(found, key=lambda item: item.name)


def parts(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield type and content of each message."""
    at = 0
    while at + _MESSAGE.size <= len(data):
        size, kind, _, _, _ = _MESSAGE.unpack_from(data, at)
        if size < _MESSAGE.size:
            return
        yield kind, data[at + _MESSAGE.size : at + size]
        at += _aligned(size)


def attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield type and content of each attribute of a message."""
    at = 0
    while at + _ATTRIBUTE.size <= len(data):
        size, kind = _ATTRIBUTE.unpack_from(data, at)
        if size < _ATTRIBUTE.size:
            return
        yield kind, data[at + _ATTRIBUTE.size : at + size]
        at += _aligned(size)


def _aligned(size: int) -> int:
    return size + 3 & ~3


def _address(family: int, prefix: int, data: bytes) -> AddressFacts | None:
    told = dict(attributes(data))
    address = told.get(_LOCAL) or told.get(_PEER) or b""
    if family not in _FAMILIES:
        return None
    name, number, octets = _FAMILIES[family]
    if len(address) != octets:
        return None
    return AddressFacts(name, socket.inet_ntop(number, address), prefix)
