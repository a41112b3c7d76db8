# SPDX-License-Identifier: Apache-2.0
"""The network's pure parsers: any bytes give values, never an exception.

Rules: bytes in, values out; no host.
Not here: readers on recorded machines (`tests/contract/test_collectors.py`).
"""

import ipaddress

from hypothesis import given
from hypothesis import strategies as st

from agent.collectors._shared.resolvers import parse_conf, parse_link, parse_servers
from agent.collectors.wireless_networks import parse_wireless
from agent.host.wireless import CONNECTION, parse_connection

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


@given(data=JUNK, quality=st.text("0123456789.-", max_size=6))
def test_wireless(data: bytes, quality: str) -> None:
    """Whatever the table holds, a signal is dBm that can be, or none."""
    line = f"wlan0: 0000 {quality} {quality} -256 0\n".encode()
    for row in parse_wireless(b"\n\n" + line + data):
        signal = row["signal"]
        assert signal is None or -150 <= int(str(signal)) <= 0


@given(data=st.binary(min_size=590, max_size=620))
def test_connection(data: bytes) -> None:
    """Whatever bytes a connection has, its values are texts and a level that can be."""
    connected = b"\1\0\0\0" + data
    for octets in (data, connected, connected[: CONNECTION.size]):
        found = parse_connection(octets)
        signal = found.get("signal")
        assert signal is None or (isinstance(signal, int) and -100 <= signal <= -50)
        assert all(
            value is None or isinstance(value, str)
            for name, value in found.items()
            if name != "signal"
        )
