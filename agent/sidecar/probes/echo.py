# SPDX-License-Identifier: Apache-2.0
"""What Windows says of an echo request: one reply, with its status, as numbers.

Rules: pure: the octets of a reply go in; a status that is not known is a failure and
nothing else; what a reply carries is not looked at.
Not here: asking (`echo_windows.py`), what is made of replies (`echoes.py`).
Source: ICMP_ECHO_REPLY and ICMPV6_ECHO_REPLY of ipexport.h, IP_STATUS of the same.
"""

import ipaddress
import struct
from dataclasses import dataclass

SUCCESS, TOO_BIG, TIMED_OUT, EXPIRED = 0, 11_009, 11_010, 11_013
_OUTCOMES = {
    5: "not-permitted",
    1_231: "network-unreachable",
    1_232: "host-unreachable",
    11_002: "network-unreachable",
    11_003: "host-unreachable",
    11_004: "refused",
    11_005: "refused",
    TIMED_OUT: "timed-out",
    11_018: "host-unreachable",
    11_040: "host-unreachable",
    11_041: "host-unreachable",
}
"""Of IP_STATUS, and of the errors of Windows that come in its place."""
_HEAD = struct.Struct("<4sI")
"""Address and status; the round trip's whole milliseconds are too coarse."""
_TTL_AT = {4: 20, 8: 24}
"""By the bytes of a pointer, which stands before it."""
_ADDRESS6_AT, _STATUS6_AT = 6, 28
"""After a port and a flow, in a packed sockaddr; then two bytes of nothing."""
_STATUS = struct.Struct("<I")


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply, or why there is none.

    Attributes:
        status: an IP_STATUS, or an error of Windows in its place.
        address: who replied; empty where nobody is told.
        hops: the time to live that is left; empty where it is not told.
    """

    status: int
    address: str = ""
    hops: str = ""

    @property
    def outcome(self) -> str:
        """Return a status as a word."""
        if self.status == SUCCESS:
            return "answered"
        return _OUTCOMES.get(self.status, "failed")


def parse(octets: bytes, pointer: int) -> Reply:
    """Return what a reply of IPv4 tells.

    Args:
        octets: ICMP_ECHO_REPLY.
        pointer: bytes of a pointer in it.

    Raises:
        struct.error: it is cut off.
        IndexError: it is cut off.
    """
    address, status = _HEAD.unpack_from(octets)
    hops = octets[_TTL_AT[pointer]] if status == SUCCESS else 0
    told = str(ipaddress.IPv4Address(address)) if any(address) else ""
    return Reply(status, told, str(hops) if hops else "")


def parse6(octets: bytes) -> Reply:
    """Return what a reply of IPv6 tells.

    Raises:
        struct.error: it is cut off.
    """
    (status,) = _STATUS.unpack_from(octets, _STATUS6_AT)
    address = octets[_ADDRESS6_AT : _ADDRESS6_AT + 16]
    return Reply(status, str(ipaddress.IPv6Address(address)) if any(address) else "")
