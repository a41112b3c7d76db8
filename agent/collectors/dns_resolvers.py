# SPDX-License-Identifier: Apache-2.0
"""DNS resolvers: which servers turn names into addresses for this machine.

Rules: behind a resolver of the machine itself stand those that it asks; of a network
adapter only the settings in force are read, never those it keeps for other networks.
Not here: the files' forms (`_shared/resolvers.py`), the names that are asked for
(nobody's business).
Sources: /etc/resolv.conf, systemd-resolved's, NetworkManager's and networkd's own files
under /run; the registry's Tcpip and Tcpip6 parameters.
"""

import ipaddress
from collections.abc import Iterator, Mapping, Sequence

from agent.collectors._shared.declare import SHORT_ADDRESS, direct, free_text, harmless
from agent.collectors._shared.gather import (
    interface_name,
    line,
    names,
    number,
    small,
    take,
    there,
)
from agent.collectors._shared.resolvers import (
    Resolvers,
    parse_conf,
    parse_link,
    parse_servers,
)
from agent.collectors._windows.steps import registry, registry_keys, words
from agent.errors import UnsupportedError
from agent.host.interface import Host
from agent.rows import Example, Reader, Reading, Want
from wire.catalogue import Dataset, Kind, System, ValueType
from wire.values import Value

TEXT = ValueType.TEXT

DATASET = Dataset(
    "dns_resolvers",
    Kind.SNAPSHOT,
    "Servers that turn names into addresses for this machine.",
    ("network.interface.name", "address"),
    (
        direct("address", "ip", "Finds a wrong or foreign resolver.", SHORT_ADDRESS),
        free_text("network.interface.name", "Says which connection uses it."),
        harmless("scope", TEXT, "Tells one for all names from one of a connection."),
        harmless("dhcp", ValueType.BOOLEAN, "Tells given ones from those set by hand."),
        direct("search_domains", "domain", "Finds names that resolve wrongly."),
    ),
)

_CONF = "/etc/resolv.conf"
_RESOLVED = "/run/systemd/resolve/resolv.conf"
_MANAGED = (
    "/run/NetworkManager/no-stub-resolv.conf",
    "/run/NetworkManager/resolv.conf",
)
_STUBS = frozenset({"127.0.0.53", "127.0.0.54"})
"""Where systemd-resolved listens."""
_LINKS = "/run/systemd/netif/links"
_LEASES = "/run/systemd/netif/leases"
_INTERFACES = "/sys/class/net"


def _behind(host: Host, found: Resolvers) -> Resolvers:
    """Return the resolvers that one of this machine itself asks."""
    addresses = [address for address, _ in found.servers]
    if not all(ipaddress.ip_address(item).is_loopback for item in addresses):
        return found
    for path in (_RESOLVED,) if _STUBS & set(addresses) else _MANAGED:
        upstream = parse_conf(small(host, path))
        if upstream.servers:
            return Resolvers(upstream.servers, upstream.search or found.search)
    return found


def _links(host: Host, want: Want) -> Iterator[tuple[str, Resolvers, frozenset[str]]]:
    """Yield name, resolvers and leased addresses of networkd's connections."""
    known = set(names(host, _LINKS))
    if not known:
        return
    for name in names(host, _INTERFACES):
        want.check()
        index = line(host, f"{_INTERFACES}/{name}/ifindex") or ""
        if number(index) is None or index not in known:
            continue
        lease = Resolvers()
        if "dhcp" in want:
            lease = parse_link(small(host, f"{_LEASES}/{index}"))
        given = frozenset(address for address, _ in lease.servers)
        yield name, parse_link(small(host, f"{_LINKS}/{index}")), given


def _linux(host: Host, want: Want) -> Iterator[dict[str, Value]]:
    seen: set[str] = set()
    for name, found, leased in _links(host, want):
        for address, _ in dict.fromkeys(found.servers):
            seen.add(address)
            yield {
                "address": address,
                "network.interface.name": interface_name(name),
                "scope": "link",
                "dhcp": address in leased,
                "search_domains": " ".join(found.search) or None,
            }
    found = _behind(host, parse_conf(small(host, _CONF)))
    for address, zone in dict.fromkeys(found.servers):
        if address not in seen:
            yield {
                "address": address,
                "network.interface.name": interface_name(zone) or None,
                "scope": "link" if zone else "global",
                "search_domains": " ".join(found.search) or None,
            }


def read_linux(host: Host, want: Want) -> Reading:
    """Read one row for each resolver."""
    if not want.columns:
        return Reading([])
    if not there(host, _CONF):
        reason = "no-resolver-settings"
        raise UnsupportedError(reason)
    return take(want, _linux(host, want))


_PARAMETERS = (
    "HKLM\\SYSTEM\\CurrentControlSet\\Services\\Tcpip\\Parameters",
    "HKLM\\SYSTEM\\CurrentControlSet\\Services\\Tcpip6\\Parameters",
)
_CONNECTIONS = (
    "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Network\\"
    "{4D36E972-E325-11CE-BFC1-08002BE10318}"
)
"""Class of network adapters; below it the name that people gave a connection."""
_NO_LEASE = frozenset({None, "", "0.0.0.0"})  # noqa: S104 - an address compared


def _adapter(
    host: Host, want: Want, key: str, search: Sequence[str]
) -> Iterator[dict[str, Value]]:
    """Yield the resolvers of one adapter: those set by hand, else those given."""
    asked = {"NameServer", "DhcpNameServer", "DhcpIPAddress"}
    if "search_domains" in want:
        asked |= {"Domain", "DhcpDomain"}
    found = registry(host, key, *asked)
    said = {name: words(value) or "" for name, value in found.items()}
    by_hand = tuple(parse_servers(said.get("NameServer", "")))
    leased = said.get("DhcpIPAddress") not in _NO_LEASE
    given = tuple(parse_servers(said.get("DhcpNameServer", "") if leased else ""))
    servers = by_hand or given
    if not servers:
        return
    guid = key.rpartition("\\")[2]
    name = None
    if "network.interface.name" in want:
        place = f"{_CONNECTIONS}\\{guid}\\Connection"
        name = words(registry(host, place, "Name").get("Name")) or guid
    own = said.get("Domain") or (said.get("DhcpDomain") if leased else "")
    domains = list(search) or ([own] if own else [])
    for address, _ in dict.fromkeys(servers):
        yield {
            "address": address,
            "network.interface.name": name,
            "scope": "link",
            "dhcp": not by_hand,
            "search_domains": " ".join(domains) or None,
        }


def _windows(host: Host, want: Want) -> Iterator[dict[str, Value]]:
    search: list[str] = []
    if "search_domains" in want:
        listed = registry(host, _PARAMETERS[0], "SearchList").get("SearchList")
        search = (words(listed) or "").replace(",", " ").split()
    for parameters in _PARAMETERS:
        for guid in registry_keys(host, f"{parameters}\\Interfaces"):
            want.check()
            yield from _adapter(host, want, f"{parameters}\\Interfaces\\{guid}", search)


def read_windows(host: Host, want: Want) -> Reading:
    """Read one row for each resolver of each adapter."""
    if not want.columns:
        return Reading([])
    if not any(registry_keys(host, f"{item}\\Interfaces") for item in _PARAMETERS):
        reason = "no-resolver-settings"
        raise UnsupportedError(reason)
    return take(want, _windows(host, want))


READERS: Mapping[System, Reader] = {
    System.LINUX: read_linux,
    System.WINDOWS: read_windows,
}

EXAMPLES = (
    Example(
        System.LINUX,
        "Recorded (this project's test machine): a file with one server.",
        rows=({"address": "10.255.255.53", "scope": "global"},),
        files={_CONF: b"nameserver 10.255.255.53\n"},
    ),
    Example(
        System.LINUX,
        "Composed in systemd's forms: behind its stub a leased server, one set by hand "
        "for TLS, and one for all connections.",
        rows=(
            {
                "address": "192.168.3.1",
                "network.interface.name": "enx001122",
                "scope": "link",
                "dhcp": True,
                "search_domains": "corp.example.test",
            },
            {
                "address": "2001:db8::53",
                "network.interface.name": "enx001122",
                "scope": "link",
                "dhcp": False,
                "search_domains": "corp.example.test",
            },
            {
                "address": "9.9.9.9",
                "scope": "global",
                "search_domains": "corp.example.test",
            },
        ),
        files={
            _CONF: b"# managed by man:systemd-resolved(8).\n\nnameserver 127.0.0.53\n"
            b"options edns0 trust-ad\nsearch corp.example.test\n",
            _RESOLVED: b"# Do not edit.\nnameserver 192.168.3.1\nnameserver 9.9.9.9\n"
            b"nameserver 2001:db8::53\nsearch .\n",
            f"{_LINKS}/2": b"# This is private data. Do not parse.\n"
            b"ADMIN_STATE=configured\nOPER_STATE=routable\n"
            b"DNS=192.168.3.1 [2001:db8::53]:853#dns.example.test\n"
            b"DOMAINS=corp.example.test\n",
            f"{_LINKS}/1": b"ADMIN_STATE=unmanaged\n",
            f"{_LEASES}/2": b"ADDRESS=192.168.3.7\nDNS=192.168.3.1\n",
            f"{_INTERFACES}/lo/ifindex": b"1\n",
            f"{_INTERFACES}/enx001122334455/ifindex": b"2\n",
            f"{_INTERFACES}/bonding_masters": b"",
        },
    ),
    Example(
        System.LINUX,
        "Composed in NetworkManager's form: behind its dnsmasq, and a router of IPv6.",
        rows=(
            {"address": "10.1.1.1", "scope": "global", "search_domains": "a.b c.d"},
            {
                "address": "fe80::1",
                "network.interface.name": "wlan0",
                "scope": "link",
                "search_domains": "a.b c.d",
            },
        ),
        files={
            _CONF: b"nameserver 127.0.1.1\n",
            _MANAGED[0]: b"# Generated by NetworkManager\nsearch a.b c.d\n"
            b"nameserver 10.1.1.1\nnameserver fe80::1%wlan0\nnameserver google.com\n",
        },
    ),
    Example(
        System.LINUX,
        "Composed: a resolver of the machine's own that says nothing more; junk.",
        rows=({"address": "127.0.0.1", "scope": "global", "search_domains": "x"},),
        files={
            _CONF: b"\xff\n#nameserver 1.1.1.1\nnameserver\nnameserver 127.0.0.1\n"
            b"domain gone\nsearch x\nnameserver 127.0.0.1"
        },
    ),
    Example(
        System.LINUX, "Composed: no server at all.", rows=(), files={_CONF: b"# none\n"}
    ),
    Example(
        System.WINDOWS,
        "Composed after a real export: set by hand, given, and an adapter that has "
        "nothing now; what it keeps for other networks is not read.",
        rows=(
            {
                "address": "104.197.191.4",
                "network.interface.name": "WLAN",
                "scope": "link",
                "dhcp": False,
                "search_domains": "corp.example.test lab.example.test",
            },
            {
                "address": "212.27.40.241",
                "network.interface.name": "{4B60CC79-0175-4BDC-8B2D-5CA4AA06F32A}",
                "scope": "link",
                "dhcp": True,
                "search_domains": "corp.example.test lab.example.test",
            },
            {
                "address": "212.27.40.240",
                "network.interface.name": "{4B60CC79-0175-4BDC-8B2D-5CA4AA06F32A}",
                "scope": "link",
                "dhcp": True,
                "search_domains": "corp.example.test lab.example.test",
            },
            {
                "address": "2001:db8::53",
                "network.interface.name": "WLAN",
                "scope": "link",
                "dhcp": False,
                "search_domains": "corp.example.test lab.example.test",
            },
        ),
        facts={
            "registry": {
                _PARAMETERS[0]: {"SearchList": "corp.example.test,lab.example.test"},
                f"{_PARAMETERS[0]}\\Interfaces\\{{11F8A404}}": {
                    "NameServer": "104.197.191.4",
                    "DhcpNameServer": "172.20.2.10 172.20.2.39",
                    "DhcpIPAddress": "172.20.10.3",
                    "Domain": "",
                },
                f"{_PARAMETERS[0]}\\Interfaces\\"
                "{4B60CC79-0175-4BDC-8B2D-5CA4AA06F32A}": {
                    "NameServer": "",
                    "DhcpNameServer": "212.27.40.241 212.27.40.240",
                    "DhcpIPAddress": "192.168.0.14",
                },
                f"{_PARAMETERS[0]}\\Interfaces\\"
                "{4B60CC79-0175-4BDC-8B2D-5CA4AA06F32A}\\24F6579776575637": {
                    "NameServer": "",
                    "DhcpNameServer": "194.158.122.10",
                    "DhcpIPAddress": "94.238.154.142",
                },
                f"{_PARAMETERS[0]}\\Interfaces\\{{708573E3}}": {
                    "NameServer": "",
                    "DhcpNameServer": "10.9.9.9",
                    "DhcpIPAddress": "0.0.0.0",  # noqa: S104 - what the key holds
                },
                f"{_PARAMETERS[1]}\\Interfaces\\{{11F8A404}}": {
                    "NameServer": "2001:db8::53"
                },
                f"{_CONNECTIONS}\\{{11F8A404}}\\Connection": {"Name": "WLAN"},
            }
        },
    ),
    Example(
        System.WINDOWS,
        "Composed: an adapter without any resolver.",
        rows=(),
        facts={
            "registry": {
                f"{_PARAMETERS[0]}\\Interfaces\\{{a}}": {
                    "NameServer": 7,
                    "DhcpNameServer": "no address",
                    "DhcpIPAddress": "10.0.0.2",
                }
            }
        },
    ),
)
