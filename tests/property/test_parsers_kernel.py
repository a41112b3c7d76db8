# SPDX-License-Identifier: Apache-2.0
"""Parsers of the kernel's own answers: any bytes give facts or a HostError.

Rules: bytes in, facts out; no kernel is asked.
Not here: true answers (`tests/unit/agent/test_kernel_networks.py`).
"""

import struct

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from agent.collectors.processes import parse_status
from agent.errors import HostError
from agent.host.interface import GatewayFacts, InterfaceFacts
from agent.host.links import parse_links
from agent.host.routes import default_gateways

MESSAGES = st.lists(
    st.tuples(st.sampled_from((2, 3, 16, 20)), st.binary(max_size=64))
).map(
    lambda parts: b"".join(
        struct.pack("=IHHII", 16 + len(content), kind, 0, 0, 0)
        + content
        + bytes(-len(content) % 4)
        for kind, content in parts
    )
)
ANSWERS = st.one_of(st.binary(max_size=200), MESSAGES)


@given(links=ANSWERS, addresses=ANSWERS)
@example(links=bytes(16), addresses=bytes(16))
def test_interfaces(links: bytes, addresses: bytes) -> None:
    """Whatever the kernel answers is interfaces or none."""
    found = parse_links(links, addresses, lambda _name: 0)
    assert all(isinstance(item, InterfaceFacts) for item in found)


@pytest.mark.slow
@given(
    rows=st.lists(st.one_of(st.binary(max_size=40), st.from_regex(rb"e [0-9A-F]+ .*")))
)
def test_gateways(rows: list[bytes]) -> None:
    """Whatever a table of routes holds is gateways or an error of the Host's tree."""
    table = b"\n".join((b"Iface Destination Gateway", *rows))
    try:
        found = list(default_gateways(table))
    except HostError:
        return
    assert all(isinstance(item, GatewayFacts) for item in found)


@pytest.mark.slow
@given(data=st.binary(max_size=200))
def test_status(data: bytes) -> None:
    """Whatever /proc/PID/status holds is an owner and a number, or none of them."""
    for sample in (data, b"Uid:" + data, b"VmRSS:" + data):
        found = parse_status(sample, {0: "root"})
        assert set(found) == {"process.owner", "process.memory.usage"}
        assert isinstance(found["process.memory.usage"], int | None)
