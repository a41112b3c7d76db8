# SPDX-License-Identifier: Apache-2.0
"""What psutil tells alike on every operating system.

Rules: imported by a Host when it is asked, never by the resident process; hardware
addresses are written with colons, as on Linux.
Not here: what one operating system tells alone (`linux.py`, `windows.py`).
"""

import socket
from collections.abc import Sequence

import psutil

from agent.host.interface import AddressFacts, InterfaceFacts, SessionFacts


def interfaces() -> Sequence[InterfaceFacts]:
    """Return the network interfaces with their addresses, sorted by name."""
    families: dict[int, str] = {
        socket.AF_INET: "ipv4",
        socket.AF_INET6: "ipv6",
        psutil.AF_LINK: "mac",
    }
    states = psutil.net_if_stats()
    found = []
    for name, addresses in sorted(psutil.net_if_addrs().items()):
        state = states.get(name)
        found.append(
            InterfaceFacts(
                name,
                state.isup if state else False,
                state.mtu if state else 0,
                state.speed if state else 0,
                tuple(
                    _address(families[address.family], address.address, address.netmask)
                    for address in addresses
                    if address.family in families
                ),
            )
        )
    return tuple(found)


def _address(family: str, address: str, netmask: str | None) -> AddressFacts:
    if family == "mac":
        return AddressFacts(family, address.replace("-", ":"), None)
    return AddressFacts(family, address.partition("%")[0], _prefix(netmask))


def _prefix(netmask: str | None) -> int | None:
    """Return the number of leading one bits of a netmask."""
    if not netmask:
        return None
    mark, radix = (":", 16) if ":" in netmask else (".", 10)
    parts = (part for part in netmask.split(mark) if part)
    return sum(int(part, radix).bit_count() for part in parts)


def sessions() -> Sequence[SessionFacts]:
    """Return the signed-in sessions."""
    return tuple(
        SessionFacts(
            user.name,
            user.terminal or "",
            user.host or "",
            int(user.started),
            None if user.pid is None else int(user.pid),
        )
        for user in psutil.users()
    )
