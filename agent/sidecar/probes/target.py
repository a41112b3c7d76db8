# SPDX-License-Identifier: Apache-2.0
"""Whom a probe asks: the addresses of a name, as the machine's programs would see them.

Rules: one machine at a time, so no multicast and no broadcast; a few addresses of each
family; a name that leads nowhere is an answer, not an error.
Not here: the probes.
"""

import errno
import socket
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address

from agent.budget import PROBE_ADDRESSES

FAMILIES = {
    "any": socket.AF_UNSPEC,
    "ipv4": socket.AF_INET,
    "ipv6": socket.AF_INET6,
}
NO_NAME = "name-not-found"
NO_RESOLVER = "no-resolver-answers"
NOT_ONE = "not-one-machine"
_OUTCOMES = {
    socket.EAI_NONAME: NO_NAME,
    socket.EAI_AGAIN: NO_RESOLVER,
    socket.EAI_FAIL: NO_RESOLVER,
}


@dataclass(frozen=True, slots=True)
class Target:
    """One address to ask.

    Attributes:
        family: of sockets.
        address: as a text.
    """

    family: socket.AddressFamily
    address: str

    @property
    def type(self) -> str:
        """Return "ipv4" or "ipv6"."""
        return "ipv4" if self.family is socket.AF_INET else "ipv6"

    def row(self, outcome: str) -> dict[str, str]:
        """Return the start of a row about this address."""
        return {
            "network.type": self.type,
            "network.peer.address": self.address,
            "outcome": outcome,
        }


def targets(host: str, family: str) -> tuple[list[Target], str]:
    """Return the addresses of a host, and why there is none.

    Args:
        host: a DNS name or an address.
        family: of FAMILIES.
    """
    try:
        found = socket.getaddrinfo(host, None, FAMILIES[family], socket.SOCK_STREAM)
    except socket.gaierror as error:
        return [], _OUTCOMES.get(error.errno or 0, NO_NAME)
    except (OSError, UnicodeError):
        return [], NO_NAME
    known: dict[str, Target] = {}
    for kind, _, _, _, place in found:
        address = str(place[0]).partition("%")[0]
        if kind in {socket.AF_INET, socket.AF_INET6}:
            known.setdefault(address, Target(socket.AddressFamily(kind), address))
    fit = [item for item in known.values() if is_one(ip_address(item.address))]
    if not fit:
        return [], NOT_ONE if known else NO_NAME
    each = {"ipv4": PROBE_ADDRESSES, "ipv6": PROBE_ADDRESSES}
    kept: list[Target] = []
    for item in fit:
        if each[item.type]:
            each[item.type] -= 1
            kept.append(item)
    return kept, ""


def is_one(address: IPv4Address | IPv6Address) -> bool:
    """Tell whether an address is of one machine, and not of many or of none."""
    return not (
        address.is_multicast
        or address.is_unspecified
        or (isinstance(address, IPv4Address) and address.is_reserved)
    )


def outcome_of(error: OSError) -> str:
    """Return an error of a socket as a word."""
    if isinstance(error, TimeoutError):
        return "timed-out"
    return {
        errno.ECONNREFUSED: "refused",
        errno.ECONNRESET: "reset",
        errno.EHOSTUNREACH: "host-unreachable",
        errno.ENETUNREACH: "network-unreachable",
        errno.ETIMEDOUT: "timed-out",
        errno.EACCES: "not-permitted",
        errno.EPERM: "not-permitted",
    }.get(error.errno or 0, "failed")
