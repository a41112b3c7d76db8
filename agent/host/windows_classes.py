# SPDX-License-Identifier: Apache-2.0
"""The classes of WMI that may be asked, and the properties of each.

Rules: a class or property that is not here has no code path; none holds a key, a
password, a command line or an environment.
Not here: asking (`windows_wmi.py`), what the properties mean (`agent/collectors`).
Source: Microsoft's documentation of the cimv2, StandardCimv2, Storage, WMI, Defender,
SecurityCenter2 and Security providers.
"""

from enum import Enum

WMI_ROWS = 16_384
"""Most instances of one class: a machine with many devices has some thousand."""
WMI_SECONDS = 8.0
"""One question: a slow provider needs 3 seconds, and a reader has time for a second."""


class WmiClass(Enum):
    """What WMI may be asked for; the value is the class's name."""

    @property
    def namespace(self) -> str:
        """Return the namespace that the class is in."""
        return _NAMESPACES.get(self, "root\\cimv2")

    @property
    def properties(self) -> frozenset[str]:
        """Return the properties that may be asked for."""
        return _PROPERTIES[self]

    ANTIVIRUS = "AntiVirusProduct"
    BATTERY = "Win32_Battery"
    BATTERY_CAPACITY = "BatteryFullChargedCapacity"
    BATTERY_CYCLES = "BatteryCycleCount"
    BATTERY_STATIC = "BatteryStaticData"
    BATTERY_STATUS = "BatteryStatus"
    DEFENDER = "MSFT_MpComputerStatus"
    DISK_DRIVE = "Win32_DiskDrive"
    DISK_RELIABILITY = "MSFT_StorageReliabilityCounter"
    DISK_SMART = "MSStorageDriver_FailurePredictData"
    FIREWALL = "FirewallProduct"
    MONITOR = "WmiMonitorID"
    PHYSICAL_DISK = "MSFT_PhysicalDisk"
    PLUG_AND_PLAY = "Win32_PnPEntity"
    QUICK_FIXES = "Win32_QuickFixEngineering"
    THERMAL_COUNTER = "Win32_PerfFormattedData_Counters_ThermalZoneInformation"
    THERMAL_ZONE = "MSAcpi_ThermalZoneTemperature"
    TPM = "Win32_Tpm"
    VIDEO_CONTROLLER = "Win32_VideoController"
    VOLUME = "Win32_EncryptableVolume"


_STORAGE = "root\\Microsoft\\Windows\\Storage"
_WMI = "root\\wmi"
_CENTER = "root\\SecurityCenter2"
_NAMESPACES = {
    WmiClass.ANTIVIRUS: _CENTER,
    WmiClass.BATTERY_CAPACITY: _WMI,
    WmiClass.BATTERY_CYCLES: _WMI,
    WmiClass.BATTERY_STATIC: _WMI,
    WmiClass.BATTERY_STATUS: _WMI,
    WmiClass.DEFENDER: "root\\Microsoft\\Windows\\Defender",
    WmiClass.DISK_RELIABILITY: _STORAGE,
    WmiClass.DISK_SMART: _WMI,
    WmiClass.FIREWALL: _CENTER,
    WmiClass.MONITOR: _WMI,
    WmiClass.PHYSICAL_DISK: _STORAGE,
    WmiClass.THERMAL_ZONE: _WMI,
    WmiClass.TPM: "root\\cimv2\\Security\\MicrosoftTpm",
    WmiClass.VOLUME: "root\\cimv2\\Security\\MicrosoftVolumeEncryption",
}
_PRODUCT = frozenset({"displayName", "productState"})
_PROPERTIES = {
    WmiClass.ANTIVIRUS: _PRODUCT,
    WmiClass.BATTERY: frozenset(
        {"BatteryStatus", "Chemistry", "EstimatedChargeRemaining", "Name"}
    ),
    WmiClass.BATTERY_CAPACITY: frozenset({"InstanceName", "FullChargedCapacity"}),
    WmiClass.BATTERY_CYCLES: frozenset({"InstanceName", "CycleCount"}),
    WmiClass.BATTERY_STATIC: frozenset(
        {
            "Chemistry",
            "DesignedCapacity",
            "DeviceName",
            "InstanceName",
            "ManufactureName",
            "SerialNumber",
        }
    ),
    WmiClass.BATTERY_STATUS: frozenset(
        {
            "Charging",
            "Discharging",
            "InstanceName",
            "PowerOnline",
            "RemainingCapacity",
        }
    ),
    WmiClass.DEFENDER: frozenset(
        {
            "AMProductVersion",
            "AntivirusEnabled",
            "AntivirusSignatureAge",
            "AntivirusSignatureLastUpdated",
            "AntivirusSignatureVersion",
            "RealTimeProtectionEnabled",
        }
    ),
    WmiClass.DISK_DRIVE: frozenset(
        {
            "FirmwareRevision",
            "Index",
            "InterfaceType",
            "Manufacturer",
            "MediaType",
            "Model",
            "PNPDeviceID",
            "SerialNumber",
            "Size",
        }
    ),
    WmiClass.DISK_RELIABILITY: frozenset(
        {
            "DeviceId",
            "PowerOnHours",
            "ReadErrorsUncorrected",
            "Temperature",
            "Wear",
            "WriteErrorsUncorrected",
        }
    ),
    WmiClass.DISK_SMART: frozenset({"InstanceName", "VendorSpecific"}),
    WmiClass.FIREWALL: _PRODUCT,
    WmiClass.MONITOR: frozenset(
        {
            "InstanceName",
            "ManufacturerName",
            "ProductCodeID",
            "SerialNumberID",
            "UserFriendlyName",
            "YearOfManufacture",
        }
    ),
    WmiClass.PHYSICAL_DISK: frozenset(
        {
            "BusType",
            "DeviceId",
            "FirmwareVersion",
            "HealthStatus",
            "Manufacturer",
            "MediaType",
            "Model",
            "OperationalStatus",
            "SerialNumber",
            "Size",
        }
    ),
    WmiClass.PLUG_AND_PLAY: frozenset(
        {"ClassGuid", "DeviceID", "Manufacturer", "Name", "Service"}
    ),
    WmiClass.QUICK_FIXES: frozenset({"HotFixID", "Description", "InstalledOn"}),
    WmiClass.THERMAL_COUNTER: frozenset({"HighPrecisionTemperature", "Name"}),
    WmiClass.THERMAL_ZONE: frozenset(
        {"CriticalTripPoint", "CurrentTemperature", "InstanceName"}
    ),
    WmiClass.TPM: frozenset({"SpecVersion"}),
    WmiClass.VIDEO_CONTROLLER: frozenset({"AdapterRAM", "PNPDeviceID"}),
    WmiClass.VOLUME: frozenset(
        {
            "ConversionStatus",
            "DeviceID",
            "DriveLetter",
            "EncryptionMethod",
            "ProtectionStatus",
        }
    ),
}
