# SPDX-License-Identifier: Apache-2.0
"""The machines that this one has just spoken to, as the operating system lists them.

Rules: pure, bytes in and facts out; no table, however damaged, raises or gives half an
address; nothing is sent to find anybody.
Not here: asking the kernel (`netlink.py`, `windows_neighbours.py`).
Sources: /proc/net/arp; rtnetlink(7), linux/neighbour.h; netioapi.h's MIB_IPNET_ROW2.
"""

import re
import socket
import struct
from collections.abc import Iterator, Mapping

from agent.host.interface import NeighbourFacts

TABLE = "/proc/net/arp"
_MAC = re.compile(rb"[0-9a-fA-F]{2}(?::[0-9a-fA-F]{2}){5}\Z")
_NOBODY = frozenset({"00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff"})
_GROUP = 0x01
"""Bit of a hardware address's first byte: a group, no machine."""
_MAC_BYTES = 6
_ARP_FIELDS = 6
_PERMANENT_FLAG = b"0x6"

_NETLINK_HEAD = struct.Struct("=IHHII")
_NEIGHBOUR = struct.Struct("=BxxxiHBB")
_ATTRIBUTE = struct.Struct("=HH")
_DONE, _NEW_NEIGHBOUR = 3, 28
"""NLMSG_DONE, RTM_NEWNEIGH."""
_ADDRESS, _LINK_ADDRESS = 1, 2
"""NDA_DST, NDA_LLADDR."""
_TYPE_BITS = 0x3FFF
"""Without NLA_F_NESTED and NLA_F_NET_BYTEORDER."""
_ALIGN = 4
_NETLINK_STATES = {
    0x01: "incomplete",
    0x02: "reachable",
    0x04: "stale",
    0x08: "delay",
    0x10: "probe",
    0x20: "failed",
    0x80: "permanent",
}
"""NUD_* without NUD_NOARP: that is a group or this machine."""

ROW = struct.Struct("=HH4s16s4sIQ32sII8x")
"""MIB_IPNET_ROW2: family, port, IPv4, IPv6, scope, index, LUID, address, its length,
state; flags and times are not read."""
_WINDOWS_V4, _WINDOWS_V6 = 2, 23
_WINDOWS_STATES = (
    "failed",
    "incomplete",
    "probe",
    "delay",
    "stale",
    "reachable",
    "permanent",
)
"""NL_NEIGHBOR_STATE, in its order."""


def parse_arp(data: bytes) -> Iterator[NeighbourFacts]:
    """Yield the neighbours of /proc/net/arp: IPv4 only, and hardly any state."""
    for raw in data.split(b"\n")[1:]:
        fields = raw.split()
        whole = len(fields) >= _ARP_FIELDS and b"\0" not in raw
        if not whole or not _MAC.match(fields[3]):
            continue
        mac = fields[3].decode("ascii").lower()
        if _is_machine(bytes.fromhex(mac.replace(":", ""))):
            yield NeighbourFacts(
                "ipv4",
                fields[0].decode("ascii", "replace"),
                mac,
                fields[5].decode("utf-8", "replace"),
                "permanent" if fields[2] == _PERMANENT_FLAG else "",
            )


def parse_netlink(data: bytes, names: Mapping[int, str]) -> Iterator[NeighbourFacts]:
    """Yield the neighbours of an answer to RTM_GETNEIGH.

    Args:
        data: whole messages, up to and with NLMSG_DONE.
        names: name of each interface by its index.
    """
    at = 0
    while at + _NETLINK_HEAD.size <= len(data):
        size, kind, _, _, _ = _NETLINK_HEAD.unpack_from(data, at)
        if kind == _DONE or size < _NETLINK_HEAD.size or at + size > len(data):
            return
        if kind == _NEW_NEIGHBOUR:
            found = _neighbour(data[at + _NETLINK_HEAD.size : at + size], names)
            if found is not None:
                yield found
        at += _aligned(size)


def _aligned(size: int) -> int:
    return -(-size // _ALIGN) * _ALIGN


def _neighbour(data: bytes, names: Mapping[int, str]) -> NeighbourFacts | None:
    if len(data) < _NEIGHBOUR.size:
        return None
    _, index, state, _, _ = _NEIGHBOUR.unpack_from(data)
    name = names.get(index)
    said = _NETLINK_STATES.get(state)
    found: dict[int, bytes] = {}
    at = _NEIGHBOUR.size
    while at + _ATTRIBUTE.size <= len(data):
        size, kind = _ATTRIBUTE.unpack_from(data, at)
        if size < _ATTRIBUTE.size or at + size > len(data):
            break
        found[kind & _TYPE_BITS] = data[at + _ATTRIBUTE.size : at + size]
        at += _aligned(size)
    if name is None or said is None:
        return None
    return _facts(found.get(_ADDRESS, b""), found.get(_LINK_ADDRESS, b""), name, said)


def parse_rows(data: bytes, names: Mapping[int, str]) -> Iterator[NeighbourFacts]:
    """Yield the neighbours of Windows' table.

    Args:
        data: whole rows of MIB_IPNET_ROW2.
        names: name of each interface by its LUID.
    """
    for row in ROW.iter_unpack(data[: len(data) // ROW.size * ROW.size]):
        family, _, short, long, _, _, luid, link, size, state = row
        address = {_WINDOWS_V4: short, _WINDOWS_V6: long}.get(family, b"")
        name = names.get(luid)
        if name is None or size != _MAC_BYTES or state >= len(_WINDOWS_STATES):
            continue
        found = _facts(address, link[:size], name, _WINDOWS_STATES[state])
        if found is not None:
            yield found


def luids(data: bytes) -> set[int]:
    """Return the LUID of every interface that rows of Windows' table name."""
    whole = data[: len(data) // ROW.size * ROW.size]
    return {int(row[6]) for row in ROW.iter_unpack(whole)}


def _facts(
    address: bytes, link: bytes, interface: str, state: str
) -> NeighbourFacts | None:
    """Return a neighbour; None for what is no machine with a hardware address."""
    family, form = {
        4: ("ipv4", socket.AF_INET),
        16: ("ipv6", socket.AF_INET6),
    }.get(len(address), ("", None))
    if form is None or len(link) != _MAC_BYTES or not _is_machine(link):
        return None
    return NeighbourFacts(
        family, socket.inet_ntop(form, address), link.hex(":"), interface, state
    )


def _is_machine(link: bytes) -> bool:
    return link.hex(":") not in _NOBODY and not link[0] & _GROUP
