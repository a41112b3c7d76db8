# SPDX-License-Identifier: Apache-2.0
"""What readers of Windows' hardware ask for, and what they cannot know.

Rules: recorded machines of the Examples.
Not here: rows of whole Examples (`tests/contract/test_collectors.py`).
"""

from pathlib import Path

import pytest

from agent.collectors import collector
from agent.errors import UnsupportedError
from agent.host.windows_classes import WmiClass
from agent.rows import Example, Want
from tests.host_fixture import RecordingHost, recorded_host
from wire.catalogue import System

DISKS = "MSFT_PhysicalDisk ['BusType', 'DeviceId'"
NEVER = ("key", "password", "commandline", "environment", "description", "path")
CLOSED_LISTS = {WmiClass.QUICK_FIXES: {"Description"}}
"""Windows writes one of three words there: "Update", "Hotfix" or "Security Update"."""


def machine(name: str, number: int, folder: Path) -> RecordingHost:
    """Return the recorded machine of a dataset's Example of Windows."""
    examples = [e for e in collector(name).examples if e.system is System.WINDOWS]
    return recorded_host(examples[number], folder)


@pytest.mark.parametrize(
    ("name", "column", "expected"),
    [
        ("storage_devices", "system.device", {f"{DISKS}]"}),
        ("storage_devices", "bus", {f"{DISKS}]"}),
        ("storage_devices", "size", {f"{DISKS}, 'Size']"}),
        (
            "storage_devices",
            "removable",
            {f"{DISKS}]", "Win32_DiskDrive ['Index', 'MediaType']"},
        ),
        ("disk_health", "smart_passed", {f"{DISKS}, 'HealthStatus']"}),
        (
            "disk_health",
            "hw.temperature",
            {f"{DISKS}]", "MSFT_StorageReliabilityCounter ['DeviceId', 'Temperature']"},
        ),
        (
            "disk_health",
            "pending_sectors",
            {
                f"{DISKS}]",
                "MSStorageDriver_FailurePredictData ['InstanceName', 'VendorSpecific']",
            },
        ),
        ("batteries", "name", {"BatteryStatus ['InstanceName']"}),
        (
            "batteries",
            "hw.serial_number",
            {
                "BatteryStatus ['InstanceName']",
                "BatteryStaticData ['InstanceName', 'SerialNumber']",
            },
        ),
        (
            "sensors",
            "chip",
            {"MSAcpi_ThermalZoneTemperature ['CurrentTemperature', 'InstanceName']"},
        ),
        ("printers", "driver", {"printers ['driver']"}),
        ("printers", "shared", {"printers ['attributes']"}),
        ("shares", "name", {"shares ['name', 'type']"}),
        ("sessions", "state", {"signed-in ['state']"}),
        ("services", "display_name", {"services ['display', 'name']"}),
        (
            "network_routes",
            "gateway",
            {"routes ['destination', 'gateway', 'local', 'prefix', 'protocol']"},
        ),
        (
            "peripherals",
            "vendor_id",
            {
                "Win32_PnPEntity ['DeviceID']",
                "WmiMonitorID ['InstanceName', 'ManufacturerName']",
            },
        ),
        (
            "peripherals",
            "driver",
            {
                "Win32_PnPEntity ['DeviceID', 'Service']",
                "WmiMonitorID ['InstanceName']",
            },
        ),
    ],
)
def test_need_to_know(
    name: str, column: str, expected: set[str], tmp_path: Path
) -> None:
    """Asked for one column, a reader asks for nothing that serves only others."""
    host = machine(name, 0, tmp_path)
    collector(name).readers[System.WINDOWS](host, Want(frozenset({column})))
    assert set(host.asked) == expected


def test_disks_without_counters_are_counted(tmp_path: Path) -> None:
    """A disk whose counters are not ours to read is one of which less is known."""
    wanted = Want(frozenset({"system.device", "hw.temperature"}))
    reader = collector("disk_health").readers[System.WINDOWS]
    assert reader(machine("disk_health", 0, tmp_path), wanted).skipped == 1
    assert reader(machine("disk_health", 1, tmp_path), wanted).skipped == 0


def test_shares_without_paths_are_counted(tmp_path: Path) -> None:
    """A share whose folder is an administrator's to read is one less known."""
    reader = collector("shares").readers[System.WINDOWS]
    host = machine("shares", 1, tmp_path)
    assert reader(host, Want(frozenset({"name", "path"}))).skipped == 2
    assert reader(host, Want(frozenset({"name"}))).skipped == 0


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("batteries", "no-wmi"),
        ("disk_health", "no-storage-service"),
        ("peripherals", "no-wmi"),
        ("sensors", "no-wmi"),
        ("storage_devices", "no-wmi"),
    ],
)
def test_without_wmi(name: str, slug: str, tmp_path: Path) -> None:
    """A machine without WMI is unsupported, and not one without hardware."""
    host = recorded_host(Example(System.WINDOWS, "Composed: no WMI.", ()), tmp_path)
    columns = frozenset(item.name for item in collector(name).dataset.columns)
    with pytest.raises(UnsupportedError, match=slug):
        collector(name).readers[System.WINDOWS](host, Want(columns))


def test_a_board_without_thermal_zones(tmp_path: Path) -> None:
    """Where neither class is there, temperatures are unsupported."""
    example = Example(System.WINDOWS, "Composed: no zones.", (), facts={"wmi": {}})
    wanted = Want(frozenset({"hw.temperature"}))
    with pytest.raises(UnsupportedError, match="no-thermal-zones"):
        collector("sensors").readers[System.WINDOWS](
            recorded_host(example, tmp_path), wanted
        )


def test_wmi_has_no_property_of_secrets() -> None:
    """No class that may be asked has a property of a key, a password or a path."""
    for wanted in WmiClass:
        for name in wanted.properties - CLOSED_LISTS.get(wanted, set()):
            assert not any(word in name.lower() for word in NEVER), name
