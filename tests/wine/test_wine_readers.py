# SPDX-License-Identifier: Apache-2.0
"""What readers make of the Windows that Wine is.

Rules: real answers of Wine's own interfaces; only what Wine cannot but say is expected.
Not here: primitives (`test_wine_host.py`), a whole pass (`test_wine_agent.py`).
"""

import pytest
from wine_fixture import Windows

pytestmark = [pytest.mark.wine, pytest.mark.slow]
SCRIPT = """
import json, sys
from agent.collectors import collector
from agent.errors import HostError
from agent.host import this_host
from agent.rows import Want
from wire.catalogue import System
told = {}
for name in sys.argv[1:]:
    item = collector(name)
    want = Want(frozenset(column.name for column in item.dataset.columns))
    try:
        rows = item.readers[System.WINDOWS](this_host(), want).rows
        told[name] = [{c: row.value(c) for c in row.columns()} for row in rows]
    except HostError as problem:
        told[name] = problem.reason
print(json.dumps(told))
"""


def read(windows: Windows, *names: str) -> dict[str, object]:
    """Return the rows of datasets, or why there are none."""
    told = windows.told(SCRIPT, *names)
    assert isinstance(told, dict)
    return told


def test_wmi_gives_disks(windows: Windows) -> None:
    """Without a storage service, disks are those that Win32_DiskDrive lists."""
    disks = read(windows, "storage_devices")["storage_devices"]
    assert isinstance(disks, list)
    assert disks[0].pop("size") > 0
    assert disks[0] == {
        "system.device": "PhysicalDrive0",
        "model": "Wine Disk Drive",
        "bus": "ata",
        "removable": False,
        "serial": "WINEHDISK",
    }


def test_wmi_gives_devices(windows: Windows) -> None:
    """Of the devices that Wine makes up, cards, USB devices and monitors are told."""
    found = read(windows, "peripherals")["peripherals"]
    assert isinstance(found, list)
    assert {item["bus"] for item in found} <= {"pci", "usb", "display"}


def test_what_wine_lacks(windows: Windows) -> None:
    """What is not there has no rows, or a reason that names it."""
    names = ("batteries", "sensors", "sessions", "disk_health", "shares")
    assert read(windows, *names) == {
        "batteries": [],
        "sensors": [],
        "sessions": [],
        "disk_health": "no-storage-service",
        "shares": "no-file-server",
    }


def test_routes(windows: Windows) -> None:
    """Each route is one to others, and those to everywhere are the default ones."""
    routes = read(windows, "network_routes")["network_routes"]
    assert isinstance(routes, list)
    assert all(route["default"] == (route["prefix"] == 0) for route in routes)
    assert not any(route["destination"].startswith("127.") for route in routes)
