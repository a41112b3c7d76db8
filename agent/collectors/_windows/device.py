# SPDX-License-Identifier: Apache-2.0
"""Devices on Windows: the machine's one row, and examples of it.

Rules: as in `devices.py`; the firmware's table is read only for what it alone has.
Not here: the declaration (`devices.py`), the table's form (`_windows/firmware.py`).
Sources: MachineGuid, the keys System/BIOS, TimeZoneInformation and
Tcpip/Parameters, GetSystemFirmwareTable.
"""

from collections.abc import Mapping

from agent.collectors._windows.firmware import Firmware, parse_firmware
from agent.collectors._windows.steps import figure, registry, words
from agent.errors import HostError
from agent.host.interface import Host, KernelFacts
from agent.host.windows_door import windows
from agent.host.windows_named import Source
from agent.rows import Example, Want
from wire.catalogue import System
from wire.values import Value

_GUID = "HKLM\\SOFTWARE\\Microsoft\\Cryptography"
_BIOS = "HKLM\\HARDWARE\\DESCRIPTION\\System\\BIOS"
_ZONE = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\TimeZoneInformation"
_NETWORK = "HKLM\\SYSTEM\\CurrentControlSet\\Services\\Tcpip\\Parameters"

BIOS_VALUES = {
    "device.manufacturer": "SystemManufacturer",
    "device.model.name": "SystemProductName",
    "bios_ver": "BIOSVersion",
    "bios_date": "BIOSReleaseDate",
}
FIRMWARE_COLUMNS = ("hw.serial_number", "uuid", "chassis", "asset_tag")


def read_identity(host: Host, _want: Want) -> Mapping[str, Value]:
    """Return the number that Windows drew when it was installed."""
    found = registry(host, _GUID, "MachineGuid")
    return {"host.id": words(found.get("MachineGuid"))}


def read_names(host: Host, want: Want) -> Mapping[str, Value]:
    """Return name, architecture and domain."""
    values: dict[str, Value] = {}
    kernel = host.kernel()
    node = words(kernel.node) or ""
    values["host.name"] = node or None
    values["host.arch"] = kernel.machine or None
    if "domain" in want:
        known = registry(host, _NETWORK, "Domain").get("Domain")
        values["domain"] = node.partition(".")[2] or words(known)
    return values


def read_bios(host: Host, want: Want) -> Mapping[str, str | None]:
    """Return maker, model and version as the firmware told Windows at its start."""
    names = [name for column, name in BIOS_VALUES.items() if column in want]
    found = registry(host, _BIOS, *names)
    return {column: words(found.get(name)) for column, name in BIOS_VALUES.items()}


def read_maker(host: Host) -> tuple[str | None, str | None]:
    """Return maker and model, which tell virtual machines from physical ones."""
    found = registry(host, _BIOS, "SystemManufacturer", "SystemProductName")
    return words(found.get("SystemManufacturer")), words(found.get("SystemProductName"))


def read_firmware(host: Host) -> Firmware:
    """Return what the firmware's table says; nothing where there is none."""
    try:
        rows = windows(host).ask(Source.FIRMWARE, frozenset({"smbios"}))
    except HostError:
        return Firmware()
    for row in rows:
        table = row.get("smbios")
        try:
            return parse_firmware(bytes.fromhex(str(table)))
        except ValueError:
            continue
    return Firmware()


def read_boot_time(host: Host, want: Want) -> Mapping[str, Value]:
    """Return when the machine started."""
    for row in windows(host).ask(Source.LOAD, frozenset({"uptime"})):
        uptime = figure(row.get("uptime"))
        if uptime is not None:
            return {"boot_time": int(want.now) - uptime}
    return {}


def read_zone(host: Host, _want: Want) -> Mapping[str, Value]:
    """Return the name that Windows has for its time zone, in English."""
    return {
        "timezone": words(
            registry(host, _ZONE, "TimeZoneKeyName").get("TimeZoneKeyName")
        )
    }


def _table(*parts: tuple[int, bytes, bytes]) -> str:
    """Return a RawSMBIOSData of structures: type, formatted part, strings."""
    body = b"".join(
        bytes([kind, 4 + len(formatted), kind, 0]) + formatted + strings + b"\0\0"
        for kind, formatted, strings in parts
    )
    return (b"\0\3\6\0" + len(body).to_bytes(4, "little") + body).hex()


EXAMPLES = (
    Example(
        System.WINDOWS,
        "A laptop of a domain; the table written after DSP0134.",
        rows=(
            {
                "host.id": "0c0ffee0-1234-4abc-8def-0123456789ab",
                "host.name": "ADA-LAPTOP.example.test",
                "hw.serial_number": "PF0XYZ12",
                "uuid": "4c4c4544-0042-3510-8054-b4c04f4a4e32",
                "device.manufacturer": "LENOVO",
                "device.model.name": "20XW00AAGE",
                "chassis": "laptop",
                "bios_ver": "N32ET75W (1.51 )",
                "bios_date": "2021-12-02",
                "host.arch": "amd64",
                "host.type": "physical",
                "boot_time": 1763900000,
                "timezone": "W. Europe Standard Time",
                "domain": "example.test",
                "asset_tag": "A-1001",
            },
        ),
        facts={
            "kernel": KernelFacts(
                "Windows", "ADA-LAPTOP.example.test", "10.0.22631", "", "x86_64"
            ),
            "registry": {
                _GUID: {"MachineGuid": "0c0ffee0-1234-4abc-8def-0123456789ab"},
                _BIOS: {
                    "SystemManufacturer": "LENOVO",
                    "SystemProductName": "20XW00AAGE",
                    "BIOSVersion": "N32ET75W (1.51 )",
                    "BIOSReleaseDate": "12/02/2021",
                },
                _ZONE: {"TimeZoneKeyName": "W. Europe Standard Time"},
            },
            "load": ({"uptime": 50_000},),
            "firmware": (
                {
                    "smbios": _table(
                        (
                            1,
                            b"\1\2\3\4"
                            + bytes.fromhex("44454c4c4200103580 54b4c04f4a4e32"),
                            b"LENOVO\x0020XW00AAGE\0ThinkPad\0PF0XYZ12",
                        ),
                        (3, b"\1\x8a\2\3\4", b"LENOVO\0None\0PF0XYZ12\0A-1001"),
                    )
                },
            ),
        },
    ),
    Example(
        System.WINDOWS,
        "A virtual machine in a workgroup whose firmware says nothing.",
        rows=(
            {
                "host.name": "WEB1",
                "host.type": "vm",
                "device.manufacturer": "VMware, Inc.",
            },
        ),
        facts={
            "kernel": KernelFacts("Windows", "WEB1", "10.0.17763", "", ""),
            "registry": {
                _BIOS: {
                    "SystemManufacturer": "VMware, Inc.",
                    "SystemProductName": "None",
                    "BIOSReleaseDate": "soon",
                },
                _NETWORK: {"Domain": ""},
            },
            "firmware": ({"smbios": "00zz"}, {"smbios": "0003060003000000"}),
        },
    ),
)
