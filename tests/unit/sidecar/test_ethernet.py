# SPDX-License-Identifier: Apache-2.0
"""ARP's question and answer, and headers without payload.

Rules: bytes in, values out; no socket.
Not here: sending and catching (`tests/e2e/test_segment.py`).
"""

import ipaddress
import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st
from link_frames import LLDP_S2

from agent.sidecar.ethernet import HEADERS, answered, ask, headers
from agent.sidecar.filters import CAPTURES, NEIGHBOURS, REPLIES

OWN = bytes.fromhex("02fc00000001")
OTHER = bytes.fromhex("001b21000009")
REPLY = bytes.fromhex(
    "02fc00000001001b21000009080600010800060400020"
    "01b210000090a4d000902fc000000010a4d0002"
)
TCP = bytes.fromhex(
    "001b2100000902fc000000010800"
    "4500003c1c4640004006b1e60a4d00020a4d0009"
    "c35000500000000100000000a002faf0917c0000020405b40402080a"
)
UDP6 = bytes.fromhex(
    "001b2100000902fc0000000186dd"
    "6000000000101140fe800000000000000000000000000001fe800000000000000000000000000002"
    "e1f40035001000007365637265742121"
)


def test_a_question() -> None:
    """The frame asks everybody for one address, in our own name."""
    expected = (
        "ffffffffffff02fc00000001080600010800060400010"
        "2fc000000010a4d00020000000000000a4d0009"
    )
    frame = ask(OWN, bytes((10, 77, 0, 2)), bytes((10, 77, 0, 9)))
    assert frame.hex() == expected
    assert answered(frame, OWN) is None


def test_an_answer() -> None:
    """An answer to us counts; one to another, or of a group, does not."""
    assert answered(REPLY, OWN) == (bytes((10, 77, 0, 9)), OTHER)
    assert answered(REPLY, OTHER) is None
    assert answered(REPLY[:22] + b"\x01" + REPLY[23:], OWN) is None
    assert answered(REPLY[:41], OWN) is None


def test_headers() -> None:
    """Addresses, ports and flags are told; of what is behind them nothing."""
    assert headers(TCP) == {
        "source.mac": "02:fc:00:00:00:01",
        "destination.mac": "00:1b:21:00:00:09",
        "type": "0x0800",
        "network.type": "ipv4",
        "source.address": "10.77.0.2",
        "destination.address": "10.77.0.9",
        "ttl": "64",
        "length": "60",
        "network.transport": "tcp",
        "source.port": "50000",
        "destination.port": "80",
        "tcp.flags": "syn",
    }
    assert headers(UDP6) == {
        "source.mac": "02:fc:00:00:00:01",
        "destination.mac": "00:1b:21:00:00:09",
        "type": "0x86dd",
        "network.type": "ipv6",
        "source.address": "fe80::1",
        "destination.address": "fe80::2",
        "ttl": "64",
        "length": "56",
        "network.transport": "udp",
        "source.port": "57844",
        "destination.port": "53",
    }
    assert headers(REPLY)["source.address"] == "10.77.0.9"
    assert headers(LLDP_S2)["type"] == "0x88cc"


@given(
    head=st.sampled_from((TCP, UDP6, REPLY, b"")),
    place=st.integers(0, 60),
    data=st.binary(max_size=120),
)
def test_any_bytes(head: bytes, place: int, data: bytes) -> None:
    """Whatever a frame holds, its headers are declared texts, its addresses whole."""
    found = headers(head[:place] + data)
    assert found.keys() <= HEADERS
    for name, value in found.items():
        assert value.isprintable()
        if name.endswith(".address"):
            ipaddress.ip_address(value)
    told = answered(head[:place] + data, OWN)
    assert told is None or [len(item) for item in told] == [4, 6]


@pytest.mark.skipif(shutil.which("tcpdump") is None, reason="needs tcpdump")
@pytest.mark.parametrize("name", ["neighbours", "replies", *CAPTURES])
def test_filters_are_compiled_from_their_words(name: str) -> None:
    """Each compiled filter is what tcpdump makes of its words, but for the length."""
    known = {**CAPTURES, "neighbours": NEIGHBOURS, "replies": REPLIES}[name]
    done = subprocess.run(
        ["tcpdump", "-y", "EN10MB", "-ddd", known.expression],
        capture_output=True,
        check=True,
        text=True,
    )
    told = [tuple(map(int, line.split())) for line in done.stdout.splitlines()[1:]]
    assert list(known.compiled) == told
    assert known.program(128)[-2:] == ((6, 0, 0, 128), (6, 0, 0, 0))
