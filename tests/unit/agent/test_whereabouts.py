# SPDX-License-Identifier: Apache-2.0
"""Where a machine is: told by its gateways alone, and nowhere when in doubt.

Rules: the real Linux host over a recorded neighbour table.
Not here: how networks are named and met (`tests/property/test_networks.py`).
"""

from pathlib import Path

import pytest

from agent.host.interface import AddressFacts, GatewayFacts, InterfaceFacts
from agent.host.linux import LinuxHost
from agent.host.neighbours import TABLE
from agent.host.whereabouts import here, segments

MAC = "52:54:00:12:34:56"
ARP = (
    "IP address       HW type     Flags       HW address            Mask     Device\n"
    f"10.1.0.1         0x1         0x2         {MAC}     *        eth0\n"
    "10.1.0.9         0x1         0x0         00:00:00:00:00:00     *        eth0\n"
)


def interface(name: str, address: str, prefix: int | None = 24) -> InterfaceFacts:
    """Return an interface with one address."""
    addresses = (AddressFacts("ipv4", address, prefix), AddressFacts("ipv6", "::1", 64))
    return InterfaceFacts(name, True, 1500, 1000, addresses)  # noqa: FBT003 - it is up


OFFICE = interface("eth0", "10.1.0.7")
HOME = interface("wlan0", "192.168.1.20")
OFFICE_GATEWAY = GatewayFacts("ipv4", "10.1.0.1", "eth0")
HOME_GATEWAY = GatewayFacts("ipv4", "192.168.1.1", "wlan0")


def machine(root: Path, *gateways: GatewayFacts, arp: str | None = ARP) -> LinuxHost:
    """Return a machine with two interfaces and these gateways."""
    if arp is not None:
        place = root / TABLE.lstrip("/")
        place.parent.mkdir(parents=True)
        place.write_text(arp)
    facts = {"interfaces": (OFFICE, HOME), "gateways": gateways}
    return LinuxHost(str(root), facts=facts)


@pytest.mark.parametrize(
    ("networks", "found"),
    [
        (["10.1.0.0/24"], True),
        (["10.0.0.0/8"], True),
        ([f"10.1.0.0/24 via {MAC}"], True),
        (["192.168.1.0/24", "10.1.0.0/16"], True),
        (["10.2.0.0/24"], False),
        (["10.1.0.0/25 via 52:54:00:12:34:57"], False),
        (["10.1.0.0/28"], False),
        (["office"], False),
        ([], False),
    ],
)
def test_a_machine_is_where_its_gateway_is(
    tmp_path: Path, networks: list[str], *, found: bool
) -> None:
    """Its network has to lie in a named one, and its gateway to be the named one."""
    host = machine(tmp_path, OFFICE_GATEWAY)
    assert bool(here(host, networks)) is found


@pytest.mark.parametrize(
    ("networks", "found"),
    [
        (["10.1.0.0/24"], set()),
        (["192.168.1.0/24"], set()),
        (["10.1.0.0/24", "192.168.1.0/24"], {"eth0", "wlan0"}),
    ],
)
def test_each_of_two_places_has_to_be_named(
    tmp_path: Path, networks: list[str], found: set[str]
) -> None:
    """Who is in the office and at home at once is at home as well."""
    host = machine(tmp_path, OFFICE_GATEWAY, HOME_GATEWAY)
    assert {item.interface for item in here(host, networks)} == found


@pytest.mark.parametrize(
    "gateway",
    [
        GatewayFacts("ipv4", "10.1.0.1", "eth7"),
        GatewayFacts("ipv4", "172.16.0.1", "eth0"),
        GatewayFacts("ipv4", "not an address", "eth0"),
        GatewayFacts("ipv6", "fe80::1", "eth0"),
    ],
)
def test_what_cannot_be_told_is_nowhere(tmp_path: Path, gateway: GatewayFacts) -> None:
    """One gateway that is not understood, and nothing is known of the place."""
    assert segments(machine(tmp_path, OFFICE_GATEWAY, gateway)) == ()


def test_no_gateway_is_nowhere(tmp_path: Path) -> None:
    """A machine that reaches nothing is in no named network."""
    assert here(machine(tmp_path), ["10.1.0.0/24"]) == ()


@pytest.mark.parametrize("arp", [None, "", "cut", ARP.replace(MAC, "52:54:00")])
def test_without_its_neighbours_no_gateway_is_known(
    tmp_path: Path, arp: str | None
) -> None:
    """The addresses fit without the table, a named gateway does not."""
    host = machine(tmp_path, OFFICE_GATEWAY, arp=arp)
    assert here(host, ["10.1.0.0/24"])
    assert not here(host, [f"10.1.0.0/24 via {MAC}"])
