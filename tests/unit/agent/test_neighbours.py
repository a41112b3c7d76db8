# SPDX-License-Identifier: Apache-2.0
"""The neighbours of a machine, from the tables of both systems.

Rules: bytes as the systems gave them, named where from; then any bytes.
Not here: where a machine is (`test_whereabouts.py`), the real kernel
(`tests/e2e/test_segment.py`).
"""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.host.interface import NeighbourFacts
from agent.host.neighbours import parse_arp, parse_netlink, parse_rows

NAMES = {2: "eth0", 3: "veth0"}
DUMP = bytes.fromhex(
    "4c0000001c000200010000006651000002000000030000008000000108000100c00002090a000200"
    "001b2100000900000800040000000000140003000a0000000a0000000a000000000000004c000000"
    "1c000200010000006651000002000000030000000200000108000100c00002010a00020002fc0000"
    "000500000800040000000000140003000a0000000a0000000a00000001000000580000001c000200"
    "01000000665100000a000000020000004000000514000100ff020000000000000000000000000016"
    "0a000200333300000016000008000400000000001400030079170000090000000900000000000000"
    "580000001c00020001000000665100000a000000030000000400000114000100fe80000000000000"
    "00000000000000010a000200001b2100000100000800040000000000140003007a1700000a000000"
    "0a000000000000001400000003000200010000006651000000000000"
)
"""Recorded: Linux 6.18's answer in a namespace, with a group's address of its own."""
ROW = bytes.fromhex(
    "02000000c00002010000000000000000000000000000000100001800040000000000000400000600"
    "02fc0000000500000000000000000000000000000000000000000000000000000600000005000000"
    "0000060000000000"
)
"""Recorded: a row of GetIpNetTable2 under Wine 8."""
LUID = 0x0006000004000000
PRINTER = NeighbourFacts("ipv4", "192.0.2.9", "00:1b:21:00:00:09", "veth0", "permanent")
GATEWAY = NeighbourFacts("ipv4", "192.0.2.1", "02:fc:00:00:00:05", "veth0", "reachable")
ROUTER = NeighbourFacts("ipv6", "fe80::1", "00:1b:21:00:00:01", "veth0", "stale")


def test_netlink() -> None:
    """Both families; a group is no machine, and a link without a name tells nothing."""
    assert list(parse_netlink(DUMP, NAMES)) == [PRINTER, GATEWAY, ROUTER]
    assert list(parse_netlink(DUMP, {2: "eth0"})) == []


def test_what_comes_after_the_end() -> None:
    """Nothing is read past the kernel's own end."""
    assert list(parse_netlink(DUMP[-20:] + DUMP, NAMES)) == []


def test_windows() -> None:
    """A row of MIB_IPNET_ROW2; an interface without a name tells nothing."""
    assert list(parse_rows(ROW, {LUID: "Ethernet"})) == [
        replace(GATEWAY, interface="Ethernet")
    ]
    assert list(parse_rows(ROW, {})) == []


@pytest.mark.parametrize("cut", range(len(ROW)))
def test_half_a_row(cut: int) -> None:
    """What is no whole row is none."""
    assert list(parse_rows(ROW[:cut], {LUID: "Ethernet"})) == []


@given(data=st.binary(max_size=300), place=st.integers(0, len(DUMP)))
def test_any_bytes(data: bytes, place: int) -> None:
    """No table, however damaged, raises or gives half an address."""
    found = [
        *parse_arp(b"head\n" + data),
        *parse_netlink(DUMP[:place] + data, NAMES),
        *parse_netlink(DUMP[:place] + data + DUMP[place + len(data) :], NAMES),
        *parse_rows(data + ROW, {LUID: "x"}),
    ]
    for item in found:
        assert item.address
        assert len(item.mac) == len("00:11:22:33:44:55")
