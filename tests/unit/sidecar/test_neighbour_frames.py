# SPDX-License-Identifier: Apache-2.0
"""What LLDP and CDP say, from recorded frames and from any bytes.

Rules: bytes in, texts out; no socket.
Not here: listening (`tests/e2e/test_segment.py`).
"""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from link_frames import CDP_S1, CDP_SWITCH, LLDP_LEAF, LLDP_S2, LLDP_UBUNTU

from agent.sidecar.neighbour_frames import COLUMNS, TEXT_CHARS, parse_frame

FRAMES = (CDP_S1, CDP_SWITCH, LLDP_LEAF, LLDP_S2, LLDP_UBUNTU)
CISCO = (
    "Cisco IOS Software, C3560 Software (C3560-ADVIPSERVICESK9-M), Version 12.2({0}, "
    "RELEASE SOFTWARE (fc1) Copyright (c) 1986-{1}"
)
OFFICE = "44)SE", "2008 by Cisco Systems, Inc. Compiled Sat 05-Jan-08 00:15 by weiliu"
LAB = "25)SEB4", "2005 by Cisco Systems, Inc. Compiled Tue 30-Aug-05 17:56 by yenanh"


@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        (
            LLDP_S2,
            {
                "protocol": "lldp",
                "chassis_id": "00:19:2f:a7:b2:8d",
                "port_id": "Uplink to S1",
                "port_description": "GigabitEthernet0/13",
                "system_name": "S2.cisco.com",
                "system_description": CISCO.format(*OFFICE),
                "vlan": "1",
            },
        ),
        (
            LLDP_UBUNTU,
            {
                "protocol": "lldp",
                "chassis_id": "00:23:54:c2:57:02",
                "port_description": "eth0",
                "system_name": "upstairs.ofcourseimright.com",
                "system_description": "Ubuntu 14.04.5 LTS Linux 3.13.0-106-generic "
                "#153-Ubuntu SMP Tue Dec 6 15:45:13 UTC 2016 i686",
                "management_address": "62.12.173.114",
            },
        ),
        (
            LLDP_LEAF,
            {
                "protocol": "lldp",
                "chassis_id": "00:00:00:02:00:02",
                "port_id": "leaf0b-eth10",
                "port_description": "Big Cloud Fabric Switch Port leaf0b-eth10",
                "system_name": "leaf0b",
                "system_description": "5c:16:c7:00:00:01",
            },
        ),
        (
            CDP_S1,
            {
                "protocol": "cdp",
                "chassis_id": "S1",
                "port_id": "FastEthernet0/13",
                "system_name": "S1",
                "system_description": CISCO.format(*OFFICE),
                "vlan": "1",
            },
        ),
        (
            CDP_SWITCH,
            {
                "protocol": "cdp",
                "chassis_id": "Switch",
                "port_id": "GigabitEthernet0/5",
                "system_name": "Switch",
                "system_description": CISCO.format(*LAB),
                "management_address": "192.168.0.1",
                "vlan": "1",
            },
        ),
    ],
    ids=["lldp", "lldp-of-a-machine", "lldp-of-a-fabric", "cdp", "cdp-with-address"],
)
def test_recorded(frame: bytes, expected: dict[str, str]) -> None:
    """A real frame says who sent it; a port that is named by an address is left out."""
    assert parse_frame(frame) == expected


def test_with_a_tag_of_a_network() -> None:
    """The tag that a switch adds changes nothing."""
    tagged = LLDP_S2[:12] + bytes.fromhex("81000007") + LLDP_S2[12:]
    assert parse_frame(tagged) == parse_frame(LLDP_S2)


@pytest.mark.parametrize(
    "frame",
    [
        b"",
        LLDP_S2[:14],
        LLDP_S2[:12] + b"\x08\x00" + LLDP_S2[14:],
        CDP_S1[:5] + b"\x00" + CDP_S1[6:],
        CDP_S1[:26],
    ],
)
def test_others(frame: bytes) -> None:
    """What is no such frame, or names no sender, says nothing."""
    assert parse_frame(frame) is None


def fits(found: dict[str, str] | None) -> None:
    """Fail where a value may not leave the sidecar."""
    for name, value in (found or {}).items():
        assert name in COLUMNS
        assert value
        assert value.isprintable()
        assert len(value) <= TEXT_CHARS
    if found and "management_address" in found:
        ipaddress.ip_address(found["management_address"])


@given(head=st.sampled_from(FRAMES), data=st.binary(max_size=400))
def test_any_bytes(head: bytes, data: bytes) -> None:
    """Whatever follows the head of such a frame, it gives fitting texts or nothing."""
    fits(parse_frame(data))
    for size in (14, 26, 30):
        fits(parse_frame(head[:size] + data))


@given(frame=st.sampled_from(FRAMES), data=st.data())
def test_damaged(frame: bytes, data: st.DataObject) -> None:
    """A real frame that is cut, or in which some bytes are others, does no harm."""
    place = data.draw(st.integers(0, len(frame)))
    junk = data.draw(st.binary(max_size=8))
    fits(parse_frame(frame[:place] + junk + frame[place + len(junk) :]))
    fits(parse_frame(frame[:place]))
