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
    BATTERY_CAPACITY = "BatteryFullChargedCapacity"
    BATTERY_CYCLES = "BatteryCycleCount"
    BATTERY_STATIC = "BatteryStaticData"
    BATTERY_STATUS = "BatteryStatus"
    DEFENDER = "MSFT_MpComputerStatus"
    FIREWALL = "FirewallProduct"
    TPM = "Win32_Tpm"
    VOLUME = "Win32_EncryptableVolume"
    QUICK_FIXES = "Win32_QuickFixEngineering"


_WMI = "root\\wmi"
_CENTER = "root\\SecurityCenter2"
_NAMESPACES = {
    WmiClass.ANTIVIRUS: _CENTER,
    WmiClass.BATTERY_CAPACITY: _WMI,
    WmiClass.BATTERY_CYCLES: _WMI,
    WmiClass.BATTERY_STATIC: _WMI,
    WmiClass.BATTERY_STATUS: _WMI,
    WmiClass.DEFENDER: "root\\Microsoft\\Windows\\Defender",
    WmiClass.FIREWALL: _CENTER,
    WmiClass.TPM: "root\\cimv2\\Security\\MicrosoftTpm",
    WmiClass.VOLUME: "root\\cimv2\\Security\\MicrosoftVolumeEncryption",
}
_PRODUCT = frozenset({"displayName", "productState"})
_PROPERTIES = {
    WmiClass.ANTIVIRUS: _PRODUCT,
    WmiClass.BATTERY_CAPACITY: frozenset({"InstanceName", "FullChargedCapacity"}),
    WmiClass.BATTERY_CYCLES: frozenset({"InstanceName", "CycleCount"}),
    WmiClass.BATTERY_STATIC: frozenset(
        {"InstanceName", "DesignedCapacity", "DeviceName", "ManufactureName"}
    ),
    WmiClass.BATTERY_STATUS: frozenset(
        {"InstanceName", "Charging", "PowerOnline", "RemainingCapacity"}
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
    WmiClass.FIREWALL: _PRODUCT,
    WmiClass.TPM: frozenset({"SpecVersion"}),
    WmiClass.VOLUME: frozenset(
        {
            "ConversionStatus",
            "DeviceID",
            "DriveLetter",
            "EncryptionMethod",
            "ProtectionStatus",
        }
    ),
    WmiClass.QUICK_FIXES: frozenset({"HotFixID", "Description", "InstalledOn"}),
}
