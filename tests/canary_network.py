# SPDX-License-Identifier: Apache-2.0
"""Canaries of the network: routes, resolvers, neighbours, wireless, sockets, sessions.

Rules: an interface whose name is its hardware address is never told by it; what other
machines say beside what is declared, and whoever is connected, is never read.
Not here: the machine's own name and addresses (`canary_machine.py`).
"""

from dataclasses import replace

from agent.host.interface import (
    AddressFacts,
    InterfaceFacts,
    NeighbourFacts,
    RadioFacts,
)
from agent.host.utmp import BOOT, LOGIN, SHORT, USER
from tests.canary_words import CanaryMachine

_SOCKET = "00000000:00000000 00:00000000 00000000"


def add_network(machine: CanaryMachine) -> None:
    """Write the sources of the datasets that tell of the network."""
    _interfaces(machine)
    _resolvers(machine)
    _neighbours(machine)
    _sockets(machine)
    _peers(machine)
    _sessions(machine)


def _interfaces(machine: CanaryMachine) -> None:
    known, port = machine.canaries.known, machine.port
    for dataset in ("dns_resolvers", "link_neighbours", "network_neighbours"):
        known(port, f"{dataset}.network.interface.name")
    known(port, "wireless_networks.network.interface.name")
    mac = known("0e:c4:9b:55:0d:77", "network_interfaces.host.mac", identity=True)
    wide = known("2001:db8:5:9::c0de", "network_interfaces.host.ip", identity=True)
    known(_dongle(), identity=True)
    found = machine.facts["interfaces"]
    first = found[0] if isinstance(found, list) else None
    assert isinstance(first, InterfaceFacts)
    addresses = (AddressFacts("ipv6", wide, 64), AddressFacts("mac", mac, None))
    dongle = replace(first, name=f"enx{_dongle()}", addresses=addresses)
    machine.facts["interfaces"] = [first, dongle]
    destination = known("10.44.213.128", "network_routes.destination", identity=True)
    second = known("10.91.173.199", "network_routes.gateway", identity=True)
    assert (destination, second) == ("10.44.213.128", "10.91.173.199")
    machine.write(
        "/proc/net/route",
        "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\n"
        f"{port}\t00000000\tFEAD5B0A\t0003\t0\t0\t100\t00000000\n"
        f"{port}\t80D52C0A\tC7AD5B0A\t0003\t0\t0\t100\tC0FFFFFF\n"
        f"enx{_dongle()}\t0000A8C0\t00000000\t0001\t0\t0\t100\t0000FFFF\n",
    )
    machine.write(
        "/proc/net/wireless",
        "Inter-| sta-|   Quality\n face | tus | link level noise\n"
        f" {port}: 0000   54.  -56.  -256        0      0      0      0      0\n"
        f" enx{_dongle()}: 0000   54.  -56.  -256        0      0      0      0\n",
    )
    ssid = machine.canaries.name("wireless_networks.ssid")
    bssid = known("0e:c4:9a:b5:51:d0", "wireless_networks.bssid", identity=True)
    machine.facts["radios"] = [
        RadioFacts(port, ssid, bssid, 36, -56),
        RadioFacts(f"enx{_dongle()}"),
    ]
    machine.write(
        "/proc/net/dev",
        f"Inter-|\n face |\n  {port}: 7 1 0 0 0 0 0 0 8 1 0 0 0 0 0 0\n",
    )


def _dongle() -> str:
    """Return the hardware address in the name of an interface, which is never told."""
    return "0ec49b550d77"


def _resolvers(machine: CanaryMachine) -> None:
    known, word, port = machine.canaries.known, machine.canaries.word, machine.port
    server = known("10.91.173.53", "dns_resolvers.address", identity=True)
    near = known("fe80::5:77aa:9f3c", "dns_resolvers.address", identity=True)
    domain = machine.canaries.name("dns_resolvers.search_domains")
    machine.write(
        "/etc/resolv.conf",
        f"# made by {word()}\nsearch {domain}.example\n"
        f"nameserver 10.91.173.254\nnameserver {near}%{port}\n"
        f"options {word()}\nsortlist {word()}\n",
    )
    machine.write(f"/sys/class/net/{port}/ifindex", "2\n")
    machine.values(f"/sys/class/net/{port}", ifalias="", phys_port_name="")
    machine.write(
        "/run/systemd/netif/links/2",
        f"ADMIN_STATE=configured\nDNS={server}\nDOMAINS={domain}.example\n"
        f"NTP={word()}.example\nDUID={word()}\nNETWORK_FILE=/etc/{word()}\n",
    )
    machine.write(
        "/run/systemd/netif/leases/2",
        f"DNS={server}\nHOSTNAME={word()}\nCLIENTID={word()}\nROOT_PATH={word()}\n",
    )


def _neighbours(machine: CanaryMachine) -> None:
    known, word, port = machine.canaries.known, machine.canaries.word, machine.port
    name = machine.canaries.name
    own = "network_neighbours"
    gateway = known("10.91.173.254", f"{own}.address")
    station = known("0e:c4:9a:00:fe:d1", f"{own}.mac", identity=True)
    other = known("10.91.173.88", f"{own}.address", identity=True)
    mac = known("0e:c4:9a:66:2b:c8", f"{own}.mac", identity=True)
    state = word(f"{own}.state")
    machine.facts["neighbours"] = [
        NeighbourFacts("ipv4", gateway, station, port, "reachable"),
        NeighbourFacts("ipv4", other, mac, port, state),
        NeighbourFacts("ipv4", other, mac, f"enx{_dongle()}", state),
    ]
    scanned, own = machine.canaries.columns, "discovered_hosts"
    asked = {
        "host.ip": known("10.91.173.91", f"{own}.host.ip", identity=True),
        "host.mac": known("0e:c4:9a:91:91:3e", f"{own}.host.mac", identity=True),
        "vendor": word(f"{own}.vendor"),
    }
    assert set(asked.values()) <= scanned.keys()
    own = "link_neighbours"
    text = f"{own}.port_description"
    machine.canaries.inside(text, machine.users[0])
    described = f"{own}.system_description"
    machine.canaries.inside(described, machine.users[1])
    chassis = known("0e:c4:9a:5c:1a:55", f"{own}.chassis_id", identity=True)
    switch = {
        "protocol": "lldp",
        "chassis_id": chassis,
        "port_id": word(f"{own}.port_id"),
        "port_description": f"{word(text)} of {machine.users[0]}",
        "system_name": name(f"{own}.system_name"),
        "system_description": f"{word(described)} for {machine.users[1]}",
        "management_address": known(
            "10.91.174.9", f"{own}.management_address", identity=True
        ),
        "vlan": "7",
    }
    machine.facts["sidecar"] = {
        "scan": [asked],
        "listen": [
            {"network.interface.name": link, **switch}
            for link in (port, f"enx{_dongle()}")
        ],
    }


def _sockets(machine: CanaryMachine) -> None:
    known = machine.canaries.known
    column = "listening_ports.network.local.address"
    known("2001:db8:77:99:0:9:8:7", column, identity=True)
    known("10.91.173.64", column)
    known("203.0.113.77", identity=True)  # somebody who is connected
    head = "  sl  local_address rem_address   st\n"
    machine.write(
        "/proc/net/tcp",
        f"{head}   0: 40AD5B0A:1F90 00000000:0000 0A {_SOCKET}"
        "  1000        0 77001 1 0000000000000000 100 0 0 10 0\n"
        f"   1: 40AD5B0A:0016 4D7100CB:D431 01 {_SOCKET}"
        "  1000        0 77002 1 0000000000000000 100 0 0 10 0\n",
    )
    machine.write(
        "/proc/net/tcp6",
        f"{head}   0: B80D0120990077000900000007000800:0050 "
        f"00000000000000000000000000000000:0000 0A {_SOCKET}"
        "  1001        0 77003 1 0000000000000000 100 0 0 10 0\n",
    )
    machine.link("/proc/4242/fd/3", "socket:[77001]")
    machine.link("/proc/4242/fd/4", f"/home/{machine.canaries.word()}/open")
    machine.link("/proc/4242/exe", f"/opt/{machine.canaries.word()}/bin")
    machine.link("/proc/4242/cwd", f"/home/{machine.canaries.word()}")


def _peers(machine: CanaryMachine) -> None:
    """Name processes after who they work for, as NFS in the kernel and Samba do."""
    known = machine.canaries.known
    named = {
        71: f"{known('10.77.99.6', identity=True)}-mana",
        72: f"smbd[{known('10.77.88.5', identity=True)}",
        73: f"smbd[{known('172.29.251', identity=True)}",
        74: f"{known('fd77:9:9::5', identity=True)}-mana",
        75: "irq/16-0000:00:",
    }
    for pid, name in named.items():
        machine.write(f"/proc/{pid}/stat", f"{pid} ({name}) S 2 " + "7 " * 20)
        machine.write(f"/proc/{pid}/status", f"Name:\t{name}\nUid:\t0\t0\t0\t0\n")
        machine.write(f"/proc/{pid}/comm", f"{name}\n")
    machine.link("/proc/72/fd/3", "socket:[77003]")


def _sessions(machine: CanaryMachine) -> None:
    """Write utmp in place of the facts: it holds more than is told."""
    machine.facts.pop("sessions")
    word, known = machine.canaries.word, machine.canaries.known
    user = machine.users[0]
    client = known("198.51.100.78", "sessions.client.address", identity=True)
    display = word()
    records = (
        record(USER, user, word("sessions.terminal"), client),
        record(USER, user, "tty7", f":0.{display}"),
        record(LOGIN, word(), word(), word()),
        record(BOOT, "reboot", "~", word()),
    )
    machine.write("/run/utmp", b"".join(records))


def record(kind: int, user: str, line: str, host: str, seconds: int = 0) -> bytes:
    """Return a record of utmp, wtmp or btmp."""
    fields = (line, "ts/0", user, host)
    octets = [field.encode() for field in fields]
    at = seconds or 1_700_000_000
    return SHORT.form.pack(kind, 4242, *octets, 7, 9, 99, at, 0, bytes(16))
