# SPDX-License-Identifier: Apache-2.0
"""Promises of the command line about devices: how they are found, shown and placed.

Rules: commands run as a person types them, on a real installation.
Not here: other commands (`test_commands_server.py`), what becomes of a device
(`test_authority_devices.py`).
"""

import json
from dataclasses import replace

import pytest
from authority_acts import NOW

from server import __main__ as program
from server.authority import open_authority
from server.devices import find
from server.errors import UsageError
from server.layout import Layout
from server.store.interface import Device, DeviceState
from server.store.sqlite import open_store
from wire.token import parse_token, secret_digest


def device(number: int, label: str = "", agent: str = "0.1.0") -> Device:
    """Return a device whose id repeats a number."""
    return Device(
        b"t" * 16,
        bytes([number]) * 16,
        bytes([number]) * 32,
        bytes(1216),
        DeviceState.ACTIVE,
        NOW,
        0,
        agent,
        "Debian 12",
        label,
    )


def enrolled(layout: Layout, agent: str) -> None:
    """Enrol device 17 with a token, as the gate does."""
    with open_authority(layout) as authority:
        token = parse_token(authority.issue_token(60, 1, NOW, "amelie"))
    made = replace(device(17, agent=agent), tenant=token.tenant)
    store = open_store(layout.store)
    store.enrol(made, secret_digest(token.secret), NOW)
    store.close()


def test_device_list(layout: Layout, capsys: pytest.CaptureFixture[str]) -> None:
    """Devices are shown in columns; what they say of themselves moves no cursor."""
    assert program.main(["device", "list"]) == 0
    assert capsys.readouterr().out.startswith("No device is enrolled")
    enrolled(layout, "0.1\x1b[2J\u202e0")
    assert program.main(["device", "list"]) == 0
    out = capsys.readouterr().out
    heading, line = out.splitlines()
    assert line.startswith(
        "111111111111  -      -     -     active  -      2027-01-15T08:00:00Z  -"
    )
    assert heading.index("AGENT") == line.index("0.1")
    assert "\x1b" not in out
    assert "\u202e" not in out


def test_device_acts(layout: Layout, capsys: pytest.CaptureFixture[str]) -> None:
    """A device is labelled by its digits, then revoked by its label."""
    enrolled(layout, "0.1.0")
    assert program.main(["device", "label", "1111", "Reception"]) == 0
    assert program.main(["device", "revoke", "Reception"]) == 0
    capsys.readouterr()
    assert program.main(["device", "list", "--json"]) == 0
    (shown,) = json.loads(capsys.readouterr().out)
    assert (shown["device"], shown["label"]) == ("11" * 16, "Reception")
    assert shown["state"] == "revoked"
    assert (shown["enrolled"], shown["seen"]) == ("2027-01-15T08:00:00Z", "-")


def test_device_places(layout: Layout, capsys: pytest.CaptureFixture[str]) -> None:
    """Devices are put into a site and tagged, by name or filter, not all by a slip."""
    enrolled(layout, "0.1.0")
    assert program.main(["device", "site", "berlin", "1111"]) == 0
    assert program.main(["device", "tag", "pilot", "--site", "berlin"]) == 0
    assert program.main(["device", "tag", "pilot", "1111"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "1 device put into the site berlin.",
        "1 device got the tag pilot.",
        *("0 devices got the tag pilot.", "Nothing to do for 1 device."),
    ]
    assert program.main(["device", "list", "--tag", "pilot", "--json"]) == 0
    (shown,) = json.loads(capsys.readouterr().out)
    assert (shown["site"], shown["tags"]) == ("berlin", ["pilot"])
    assert program.main(["device", "list", "--site", "bonn"]) == 0
    assert "without --site and --tag" in capsys.readouterr().out
    listed = "discreet-server device list shows sites and tags"
    assert program.main(["device", "tag", "pilot"]) == 2
    assert program.main(["device", "site", "bonn", "--tag", "none"]) == 2
    assert capsys.readouterr().err.splitlines() == [
        "discreet-server: name devices, or choose them by --site or --tag",
        f"discreet-server: no device is there: {listed}",
    ]


@pytest.mark.parametrize("name", ["", "1", "111", "ffff", "desk", "twin"])
def test_find_refuses(name: str) -> None:
    """What names no device, or two, is refused."""
    devices = [device(17, "twin"), device(18, "twin")]
    with pytest.raises(UsageError):
        find(devices, name)


def test_find() -> None:
    """A device is found by its first digits, in either case, or its whole label."""
    devices = [device(0xAB, "desk"), device(18)]
    assert find(devices, "ABAB") == find(devices, "desk") == devices[0]
    assert find(devices, "12121212") == devices[1]
