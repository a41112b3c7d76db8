# SPDX-License-Identifier: Apache-2.0
# mypy: disable-error-code="unreachable"
# (all below the guard, seen from win32)
"""Asks the Linux kernel for its interfaces, addresses, neighbours and radios.

Rules: questions of a fixed kind over AF_NETLINK, which reaches the kernel of this
machine and nobody else; bounded in bytes and time; it needs no rights.
Not here: what the answer means (`links.py`, `neighbours.py`, `radios.py`). The
Internet's sockets are the transport's alone (`agent/delivery/transport.py`).
Source: rtnetlink(7), netlink(7), linux/genetlink.h, linux/nl80211.h.
"""

import socket
import struct
import sys
from collections.abc import Sequence

from agent.errors import BudgetError, HostError, TooLargeError, UnsupportedError
from agent.host import radios as radio_parts
from agent.host.interface import RadioFacts

if sys.platform == "win32":
    reason = "agent.host.netlink is for Linux"
    raise ImportError(reason)

ANSWER_BYTES = 8 * 1024 * 1024
"""Most bytes of an answer: the kernel keeps 1,024 of each family by default, at about
100 bytes each; a router may be told to keep 80,000."""
ANSWER_SECONDS = 5.0
"""The kernel answers at once: this only bounds a defect."""
_CHUNK = 64 * 1024
"""The kernel fills at most 32 KiB a message."""
_GET_LINKS, _GET_ADDRESSES, _GET_NEIGHBOURS = 18, 22, 30
_GENERIC, _CONTROL, _GET_FAMILY = 16, 16, 3
"""NETLINK_GENERIC, GENL_ID_CTRL, CTRL_CMD_GETFAMILY."""
_RADIOS = b"nl80211"
_GET_INTERFACE, _GET_STATION = 5, 17
_OF_STATIONS = frozenset({"bssid", "signal"})
"""What is asked of the station that a card is connected to, and not of the card."""
_REQUEST_DUMP = 0x301
_ERROR, _DONE = 2, 3
_HEAD = struct.Struct("=IHHII")
_EMPTY = {_GET_LINKS: bytes(16), _GET_ADDRESSES: bytes(8), _GET_NEIGHBOURS: bytes(12)}
"""What follows the header: an empty struct ifinfomsg, ifaddrmsg, ndmsg."""


def neighbours() -> tuple[bytes, dict[int, str]]:
    """Return the kernel's answer to RTM_GETNEIGH, and the interfaces' names.

    Raises:
        HostError: the kernel or its guards refuse.
    """
    return _ask(_GET_NEIGHBOURS)[0], _names()


def interfaces() -> tuple[bytes, bytes]:
    """Return the kernel's answers to RTM_GETLINK and RTM_GETADDR.

    Raises:
        HostError: the kernel or its guards refuse.
    """
    links, addresses = _ask(_GET_LINKS, _GET_ADDRESSES)
    return links, addresses


def radios(fields: frozenset[str]) -> Sequence[RadioFacts]:
    """Return the wireless cards of this machine, with the named fields.

    Raises:
        HostError: the kernel or its guards refuse, or it has no such family.
    """
    (families,) = _converse(_GENERIC, [(_CONTROL, _generic(_GET_FAMILY))])
    family = radio_parts.family(families, _RADIOS)
    if family is None:
        reason = "no-wireless-family"
        raise UnsupportedError(reason)
    (found,) = _converse(_GENERIC, [(family, _generic(_GET_INTERFACE))])
    indexes = [] if fields.isdisjoint(_OF_STATIONS) else radio_parts.indexes(found)
    asked = [
        (family, _generic(_GET_STATION) + radio_parts.index_attribute(index))
        for index in indexes
    ]
    answers = _converse(_GENERIC, asked) if asked else ()
    stations = dict(zip(indexes, answers, strict=True))
    return tuple(radio_parts.parse_radios(found, stations, fields))


def _generic(command: int) -> bytes:
    """Return the header of a question over generic netlink."""
    return struct.pack("=BBH", command, 1, 0)


def _ask(*questions: int) -> list[bytes]:
    """Return all that the kernel answers to each question of rtnetlink."""
    return _converse(socket.NETLINK_ROUTE, [(one, _EMPTY[one]) for one in questions])


def _converse(protocol: int, questions: Sequence[tuple[int, bytes]]) -> list[bytes]:
    """Return all that the kernel answers to each question."""
    try:
        kind = socket.SOCK_RAW | socket.SOCK_CLOEXEC
        with socket.socket(socket.AF_NETLINK, kind, protocol) as kernel:
            kernel.settimeout(ANSWER_SECONDS)
            kernel.bind((0, 0))
            found = []
            for question, body in questions:
                size = _HEAD.size + len(body)
                head = _HEAD.pack(size, question, _REQUEST_DUMP, question, 0)
                kernel.sendto(head + body, (0, 0))
                found.append(_answer(kernel))
            return found
    except TimeoutError:
        reason = "netlink-time-budget"
        raise BudgetError(reason) from None
    except OSError:
        reason = "no-netlink"
        raise UnsupportedError(reason) from None


def _names() -> dict[int, str]:
    """Return the name of each interface by its index, as this process sees them.

    /sys may be of another network namespace than this process.
    """
    return {
        index: name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        for index, name in socket.if_nameindex()
    }


def _answer(kernel: socket.socket) -> bytes:
    parts: list[bytes] = []
    size = 0
    while True:
        part, sender = kernel.recvfrom(_CHUNK)
        size += max(len(part), _HEAD.size)
        if size > ANSWER_BYTES:
            reason = "source-too-large"
            raise TooLargeError(reason)
        if sender[0] != 0:  # another process, not the kernel
            continue
        if len(part) < _HEAD.size:
            return b"".join(parts)
        parts.append(part)
        kinds = _kinds(part)
        if _ERROR in kinds:
            reason = "netlink-refused"
            raise HostError(reason)
        if _DONE in kinds:
            return b"".join(parts)


def _kinds(part: bytes) -> set[int]:
    """Return the kinds of the messages of one datagram."""
    found: set[int] = set()
    at = 0
    while at + _HEAD.size <= len(part):
        size, kind, _, _, _ = _HEAD.unpack_from(part, at)
        found.add(kind)
        if size < _HEAD.size:
            break
        at += -(-size // 4) * 4
    return found
