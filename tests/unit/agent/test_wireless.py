# SPDX-License-Identifier: Apache-2.0
"""What Windows tells of a wireless connection, and what becomes of a network's name.

Rules: a structure laid out by hand from wlanapi.h; a recorded machine.
Not here: any bytes (`tests/property/test_parsers_network.py`).
"""

from pathlib import Path

import pytest
from windows_fixture import RecordedWindows

from agent.host.interface import KernelFacts
from agent.host.wireless import parse_connection
from agent.known import known_of
from wire.values import Value

HOME = {
    "ssid": "Ada's home",
    "bssid": "00:1b:21:aa:bb:cc",
    "radio": "802.11ax",
    "signal": -58,
    "security": "wpa3-personal",
}


def attributes(
    state: int = 1,
    quality: int = 84,
    *,
    secured: int = 1,
    kind: int = 9,
    cipher: int = 4,
) -> bytes:
    """Return WLAN_CONNECTION_ATTRIBUTES as wlanapi.h lays it out."""
    number = lambda value: value.to_bytes(4, "little")  # noqa: E731 - one word of it
    name = b"Ada's home"
    return b"".join(
        (
            number(state),
            number(0),
            "saved profile".encode("utf-16-le").ljust(512, b"\0"),
            number(len(name)) + name.ljust(32, b"\0"),
            number(1),
            bytes.fromhex("001b21aabbcc0000"),
            number(10),
            number(0),
            number(quality),
            number(0) + number(0),
            number(secured) + number(0) + number(kind) + number(cipher),
        )
    )


def test_a_connection() -> None:
    """The network, its station and its kind are told; the saved profile is not."""
    assert parse_connection(attributes()) == HOME


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (attributes(state=4), {}),
        (attributes()[:603], {}),
        (b"", {}),
        (attributes(quality=101), {**HOME, "signal": None}),
        (attributes(secured=0, kind=1, cipher=0), {**HOME, "security": "open"}),
        (attributes(kind=1, cipher=5), {**HOME, "security": "wep"}),
        (attributes(kind=99), {**HOME, "security": None}),
    ],
)
def test_other_connections(data: bytes, expected: dict[str, Value]) -> None:
    """What is not connected has nothing; what is not understood is left out."""
    assert parse_connection(data) == expected


def windows(root: Path, **facts: object) -> RecordedWindows:
    """Return a machine whose other sources of the dictionary answer."""
    known: dict[str, object] = {
        "kernel": KernelFacts("Windows", "pc", "10", "", "x86_64"),
        "accounts": (),
    }
    return RecordedWindows(root, {**known, **facts})


def test_the_network_s_name_is_hidden_in_texts(tmp_path: Path) -> None:
    """The name of the network in use is in the dictionary, whatever a policy says."""
    rows = ({"interface": "WLAN", "ssid": "Lovelace & Sons"},)
    identities, outcomes = known_of(windows(tmp_path, wireless=rows), 0)
    assert ("ssid", "Lovelace & Sons") in set(identities)
    assert "wireless_networks" in {item.collector for item in outcomes}


def test_only_its_name_is_asked_for(tmp_path: Path) -> None:
    """For the dictionary, neither the station nor anything else is read."""
    rows = ({"interface": "WLAN", "bssid": "00:1b:21:aa:bb:cc"},)
    identities, _ = known_of(windows(tmp_path, wireless=rows), 0)
    assert not [item for item in identities if item[0] == "mac"]
