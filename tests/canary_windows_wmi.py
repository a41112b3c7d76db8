# SPDX-License-Identifier: Apache-2.0
r"""Canaries in WMI: batteries, disks, devices, products, fixes, zones, volumes.

Rules: identifiers of devices hold serial numbers and places that only join two classes;
an instance has more properties than may be asked for.
Not here: the classes and properties there are (`agent/host/windows_classes.py`).
"""

from agent.host.windows_classes import WmiClass
from tests.canary_windows import WindowsCanaries

_ADAPTERS = (
    "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Class"
    "\\{4d36e968-e325-11ce-bfc1-08002be10318}"
)


def add_wmi(machine: WindowsCanaries) -> None:
    """Record the instances of every class."""
    found = {item.value: () for item in WmiClass}
    machine.facts["wmi"] = found
    for add in (_batteries, _disks, _devices, _products, _rest):
        for wanted, rows in add(machine).items():
            found[wanted.value] = rows


def codes(text: str) -> str:
    """Return a text as the numbers of its letters, as WMI holds some."""
    return ",".join(str(ord(letter)) for letter in f"{text}\0")


def _batteries(machine: WindowsCanaries) -> dict[WmiClass, tuple[object, ...]]:
    word, own = machine.canaries.word, "batteries"
    place = word(f"{own}.name")
    instance = {"InstanceName": f"ACPI\\{place}\\{word()}_0"}
    wireless = {"InstanceName": f"BTHLE\\{word()}\\{word()}_0"}
    serial = machine.canaries.name(f"{own}.hw.serial_number")
    return {
        WmiClass.BATTERY_STATUS: (
            {**instance, "Charging": True, "RemainingCapacity": 7, "Owner": word()},
            {**wireless, "Charging": True, "RemainingCapacity": 7},
        ),
        WmiClass.BATTERY_STATIC: (
            {
                **instance,
                "ManufactureName": word(f"{own}.hw.vendor"),
                "DeviceName": word(f"{own}.hw.model"),
                "SerialNumber": serial,
                "Chemistry": 1313818956,
                "DesignedCapacity": 9,
                "UniqueID": word(),
            },
            {**wireless, "DeviceName": word(), "SerialNumber": word()},
        ),
        WmiClass.BATTERY_CAPACITY: ({**instance, "FullChargedCapacity": 8},),
        WmiClass.BATTERY: (
            {"Name": word(), "SystemName": word(), "PNPDeviceID": word()},
        ),
    }


def _disks(machine: WindowsCanaries) -> dict[WmiClass, tuple[object, ...]]:
    word, own = machine.canaries.word, "storage_devices"
    serial = machine.canaries.name(f"{own}.serial")
    place = f"SCSI\\DISK&VEN_{word()}\\{word()}"
    return {
        WmiClass.PHYSICAL_DISK: (
            {
                "DeviceId": "0",
                "BusType": 11,
                "MediaType": 4,
                "Manufacturer": word(f"{own}.vendor_name"),
                "Model": word(f"{own}.model"),
                "FirmwareVersion": word(f"{own}.firmware"),
                "SerialNumber": serial,
                "Size": "7",
                "HealthStatus": 0,
                "AdapterSerialNumber": word(),
                "FriendlyName": word(),
                "UniqueId": word(),
            },
        ),
        WmiClass.DISK_DRIVE: (
            {
                "Index": 0,
                "PNPDeviceID": place,
                "MediaType": f"Fixed {word()}",
                "SerialNumber": word(),
                "Model": word(),
                "SystemName": word(),
                "Signature": word(),
            },
        ),
        WmiClass.DISK_SMART: (
            {
                "InstanceName": f"{place}_0",
                "VendorSpecific": ",".join(["1", "0", "5", *["0"] * 11]),
            },
        ),
        WmiClass.DISK_RELIABILITY: (
            {"DeviceId": "0", "Wear": 7, "PassThrough": word()},
        ),
        WmiClass.VOLUME: (
            {
                "DeviceID": "\\\\?\\Volume{"
                + word("disk_encryption.system.device")
                + "}\\",
                "DriveLetter": word("disk_encryption.system.filesystem.mountpoint"),
                "ConversionStatus": 1,
                "EncryptionMethod": 6,
                "ProtectionStatus": 1,
                "RecoveryPassword": word(),
                "KeyProtectorID": word(),
            },
        ),
    }


def _devices(machine: WindowsCanaries) -> dict[WmiClass, tuple[object, ...]]:
    word, own = machine.canaries.word, "peripherals"
    name = machine.canaries.name
    card = f"PCI\\VEN_8086&DEV_9A49&SUBSYS_00000000&REV_01\\3&{word(f'{own}.address')}"
    shown = {
        "Manufacturer": word(f"{own}.vendor_name"),
        "Name": word(f"{own}.product_name"),
        "Service": word(f"{own}.driver"),
        "SystemName": word(),
        "Description": word(),
        "Caption": word(),
    }
    stick = f"USB\\VID_0951&PID_1666\\{name(f'{own}.serial')}"
    headset = f"BTHENUM\\DEV_{word()}\\8&{word()}"
    software = f"SWD\\PRINTENUM\\{{{word()}}}"
    place = f"DISPLAY\\DELA0C4\\5&{word(f'{own}.address')}&0&UID_0"
    machine.key(
        f"{_ADAPTERS}\\0000",
        MatchingDeviceId=f"PCI\\VEN_8086&DEV_9A49\\{word()}",
        DriverDesc="",
        InstalledDisplayDrivers="",
    )
    return {
        WmiClass.PLUG_AND_PLAY: (
            {"DeviceID": card, **shown},
            {"DeviceID": stick, **shown},
            {"DeviceID": headset, "Name": word(), "Manufacturer": word()},
            {"DeviceID": software, "Name": word(), "Service": word()},
        ),
        WmiClass.VIDEO_CONTROLLER: (
            {"PNPDeviceID": card, "AdapterRAM": 7 << 20, "SystemName": word()},
        ),
        WmiClass.MONITOR: (
            {
                "InstanceName": place,
                "ManufacturerName": codes(word(f"{own}.vendor_id")),
                "ProductCodeID": codes(word(f"{own}.product_id")),
                "SerialNumberID": codes(name(f"{own}.serial")),
                "UserFriendlyName": codes(word(f"{own}.product_name")),
                "YearOfManufacture": 2020,
            },
        ),
    }


def _products(machine: WindowsCanaries) -> dict[WmiClass, tuple[object, ...]]:
    word, own = machine.canaries.word, "security_products"
    more = {
        "pathToSignedProductExe": f"C:\\Users\\{word()}\\x.exe",
        "pathToSignedReportingExe": word(),
        "instanceGuid": word(),
    }
    return {
        WmiClass.ANTIVIRUS: (
            {"displayName": word(f"{own}.name"), "productState": 266240, **more},
        ),
        WmiClass.FIREWALL: (
            {"displayName": word(f"{own}.name"), "productState": 266240, **more},
        ),
        WmiClass.DEFENDER: (
            {
                "AMProductVersion": word(f"{own}.version"),
                "AntivirusEnabled": True,
                "AntivirusSignatureAge": 1,
                "AntivirusSignatureVersion": word(f"{own}.signature_version"),
                "RealTimeProtectionEnabled": True,
                "ComputerID": word(),
            },
        ),
        WmiClass.TPM: ({"SpecVersion": f"{word()}, 0", "ManufacturerIdTxt": word()},),
    }


def _rest(machine: WindowsCanaries) -> dict[WmiClass, tuple[object, ...]]:
    word = machine.canaries.word
    zone = word("sensors.system.device", "sensors.sensor")
    return {
        WmiClass.QUICK_FIXES: (
            {
                "HotFixID": word("patches.uid"),
                "Description": word(),
                "InstalledOn": "1/31/2024",
                "InstalledBy": word(),
                "CSName": word(),
                "Caption": word(),
            },
        ),
        WmiClass.THERMAL_ZONE: (
            {
                "InstanceName": f"ACPI\\ThermalZone\\{zone}_0",
                "CurrentTemperature": 3132,
                "Owner": word(),
            },
        ),
    }
