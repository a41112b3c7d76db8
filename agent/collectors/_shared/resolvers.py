# SPDX-License-Identifier: Apache-2.0
"""Lists of DNS resolvers in the forms of resolv.conf, networkd and the registry.

Rules: pure, and no input raises; what is no address is no server.
Not here: where the lists are (`dns_resolvers.py`).
Sources: resolv.conf(5), resolved.conf(5) for `address:port#name`.
"""

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass

from agent.collectors._shared.gather import settings, text

_SERVERS = 64
"""Servers of one source: a resolver asks three, and Windows some more."""


@dataclass(frozen=True, slots=True)
class Resolvers:
    """What one source says.

    Attributes:
        servers: address and interface (empty for any) of each, in order.
        search: domains that complete a short name.
    """

    servers: tuple[tuple[str, str], ...] = ()
    search: tuple[str, ...] = ()


def parse_servers(listed: str) -> Iterator[tuple[str, str]]:
    """Yield address and interface of each server of a list.

    Args:
        listed: split by spaces, commas or semicolons; a port and a name for TLS, as
            systemd writes them, are left out.
    """
    for item in listed.replace(",", " ").replace(";", " ").split()[:_SERVERS]:
        server = item.partition("#")[0]
        if server.startswith("["):
            server = server[1:].partition("]")[0]
        elif server.count(":") == 1:
            server = server.partition(":")[0]
        address, _, zone = server.partition("%")
        try:
            yield str(ipaddress.ip_address(address)), zone
        except ValueError:
            continue


def parse_conf(data: bytes) -> Resolvers:
    """Return what a resolv.conf says; of several searches the last one counts."""
    servers: list[tuple[str, str]] = []
    search: tuple[str, ...] = ()
    for raw in data.split(b"\n"):
        fields = text(raw).split()
        if len(fields) > 1 and fields[0] == "nameserver":
            servers += parse_servers(fields[1])
        elif len(fields) > 1 and fields[0] in {"search", "domain"}:
            search = tuple(item for item in fields[1:] if item != ".")
    return Resolvers(tuple(servers[:_SERVERS]), search)


def parse_link(data: bytes) -> Resolvers:
    """Return what networkd says of a connection, or of its lease."""
    found = settings(data)
    domains = found.get("DOMAINS", "") or found.get("DOMAINNAME", "")
    return Resolvers(tuple(parse_servers(found.get("DNS", ""))), tuple(domains.split()))
