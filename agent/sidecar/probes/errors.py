# SPDX-License-Identifier: Apache-2.0
# mypy: disable-error-code="unreachable"
# (all below the guard, seen from win32)
"""What the kernel tells of packets that did not arrive: who said so, and why.

Rules: no raw socket: the kernel hands a socket the errors of its own packets alone.
Stated limit: Linux alone (IP_RECVERR).
Sources: ip(7), ipv6(7), linux/errqueue.h.
"""

import errno
import select
import socket
import struct
import sys
from dataclasses import dataclass

from agent.sidecar.probes.target import Target

if sys.platform == "win32":
    reason = "agent.sidecar.probes.errors is for Linux"
    raise ImportError(reason)

PORT = 33_434
"""Where traceroute's packets go: nobody listens there."""
_ERROR = struct.Struct("=IBBBxII")
"""sock_extended_err: number, origin, type, code, info, data; the sender follows."""
_ICMP, _ICMP6 = 2, 3
_EXPIRED = {(_ICMP, 11), (_ICMP6, 3)}
"""Time exceeded, of both families."""
_QUEUE = 0x2000
"""MSG_ERRQUEUE."""
_RECEIVE = {socket.AF_INET: (0, 11), socket.AF_INET6: (41, 25)}
"""IP_RECVERR, IPV6_RECVERR."""
_HOPS = {socket.AF_INET: (0, 2), socket.AF_INET6: (41, 16)}
"""IP_TTL, IPV6_UNICAST_HOPS."""
_DISCOVER = {socket.AF_INET: (0, 10), socket.AF_INET6: (41, 23)}
"""IP_MTU_DISCOVER, IPV6_MTU_DISCOVER."""
_MTU = {socket.AF_INET: (0, 14), socket.AF_INET6: (41, 24)}
"""IP_MTU, IPV6_MTU."""
_DO = 2
"""IP_PMTUDISC_DO: never broken into pieces."""
_BESIDE = 512


@dataclass(frozen=True, slots=True)
class Told:
    """One error.

    Attributes:
        number: of errno.
        address: who said so; empty where it was this machine.
        info: the size that would pass, of a packet that is too large.
        expired: whether its steps were used up.
    """

    number: int
    address: str
    info: int
    expired: bool = False

    @property
    def reached(self) -> bool:
        """Tell whether the target itself said so: nobody listens at its port."""
        return self.number == errno.ECONNREFUSED


def open_socket(target: Target) -> socket.socket:
    """Return a socket of UDP that is told of its errors.

    Raises:
        OSError: it cannot be.
    """
    made = socket.socket(target.family, socket.SOCK_DGRAM)
    made.setsockopt(*_RECEIVE[target.family], 1)
    made.settimeout(0.0)
    return made


def set_hops(made: socket.socket, hops: int) -> None:
    """Let packets take so many steps."""
    made.setsockopt(*_HOPS[made.family], hops)


def in_one_piece(made: socket.socket) -> None:
    """Never break packets into pieces."""
    made.setsockopt(*_DISCOVER[made.family], _DO)


def size_known(made: socket.socket) -> int:
    """Return the size that passes, as far as the kernel knows, once connected."""
    return made.getsockopt(*_MTU[made.family])


def wait(made: socket.socket, seconds: float) -> Told | None:
    """Return the error of a packet; None where none comes in time."""
    poll = select.poll()
    poll.register(made, select.POLLERR)
    if not poll.poll(seconds * 1_000):
        return None
    try:
        _, beside, _, _ = made.recvmsg(0, _BESIDE, _QUEUE)
    except OSError:
        return None
    for level, _, value in beside:
        if level in {0, 41} and len(value) >= _ERROR.size:
            return parse(value)
    return None


def parse(value: bytes) -> Told:
    """Return what an extended error tells."""
    number, origin, kind, _, info, _ = _ERROR.unpack_from(value)
    sender = value[_ERROR.size :]
    address = ""
    if origin == _ICMP and len(sender) >= 8:  # noqa: PLR2004 - up to its address
        address = socket.inet_ntop(socket.AF_INET, sender[4:8])
    elif origin == _ICMP6 and len(sender) >= 24:  # noqa: PLR2004 - as above
        address = socket.inet_ntop(socket.AF_INET6, sender[8:24])
    return Told(number, address, info, (origin, kind) in _EXPIRED)
