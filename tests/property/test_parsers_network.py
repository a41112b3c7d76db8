# SPDX-License-Identifier: Apache-2.0
"""The network's pure parsers: any bytes give values, never an exception.

Rules: bytes in, values out; no host.
Not here: readers on recorded machines (`tests/contract/test_collectors.py`).
"""

import ipaddress

from hypothesis import given
from hypothesis import strategies as st

from agent.collectors._resolvers import parse_conf, parse_link, parse_servers

JUNK = st.one_of(
    st.binary(max_size=300),
    st.lists(
        st.sampled_from(
            (
                b"nameserver ",
                b"search ",
                b"DNS=",
                b"[",
                b"]",
                b"%",
                b"#",
                b":",
                b"::1",
                b"10.0.0.1",
                b"\n",
                b" ",
                b"\xff",
            )
        ),
        max_size=30,
    ).map(b"".join),
)


@given(data=JUNK)
def test_resolvers(data: bytes) -> None:
    """Whatever a list holds, each server of it is an address."""
    found = [
        *parse_conf(data).servers,
        *parse_link(data).servers,
        *parse_servers(data.decode("latin-1")),
    ]
    for address, _ in found:
        ipaddress.ip_address(address)
