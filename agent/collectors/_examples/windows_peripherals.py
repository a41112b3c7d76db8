# SPDX-License-Identifier: Apache-2.0
"""Examples of cards, USB devices and monitors on Windows.

Rules: identifiers and numbers are those of real devices where the title names them.
Not here: the reader (`_windows/peripherals.py`).
"""

from agent.rows import Example
from wire.catalogue import System

_ADAPTERS = (
    "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Class"
    "\\{4d36e968-e325-11ce-bfc1-08002be10318}"
)
_GRAPHICS = "{4d36e968-e325-11ce-bfc1-08002be10318}"
_RTX = "PCI\\VEN_10DE&DEV_1F06&SUBSYS_1339196E&REV_A1\\4&2F503515&0&0019"
_HID = "{745a17a0-74d3-11d0-b6fe-00a0c90f57da}"

EXAMPLES = (
    Example(
        System.WINDOWS,
        "Recorded (glpi-project/glpi-agent@77f7cdd, 7, bar-code-scanner): identifiers.",
        rows=(
            {
                "bus": "pci",
                "address": "3&11583659&0&FA",
                "vendor_id": "8086",
                "product_id": "1c02",
            },
            {
                "bus": "usb",
                "address": "VID_046D&PID_08C9#1",
                "vendor_id": "046d",
                "product_id": "08c9",
                "serial": "6BE882AB",
            },
            {
                "bus": "usb",
                "address": "6&DF2EE03&0&6",
                "vendor_id": "046d",
                "product_id": "c03e",
            },
            {
                "bus": "usb",
                "address": "VID_05E0&PID_1200#1",
                "vendor_id": "05e0",
                "product_id": "1200",
                "serial": "S/N:28A1CC69D1D8AE4585EDA53F7CD6CB88"
                "_REV:NBRMSAAHDM:01OCT153",
            },
        ),
        facts={
            "wmi": {
                "Win32_PnPEntity": (
                    {
                        "DeviceID": "PCI\\VEN_8086&DEV_1C02&SUBSYS_844D1043&REV_05"
                        "\\3&11583659&0&FA"
                    },
                    {"DeviceID": "USB\\ROOT_HUB20\\4&3113F1A8&0"},
                    {"DeviceID": "USB\\VID_046D&PID_08C9&MI_00\\7&E16BD72&0&0000"},
                    {"DeviceID": "USB\\VID_046D&PID_08C9\\6BE882AB"},
                    {"DeviceID": "USB\\VID_046D&PID_C03E\\6&DF2EE03&0&6"},
                    {
                        "DeviceID": "USB\\VID_05E0&PID_1200\\S/N:28A1CC69D1D8AE4585EDA"
                        "53F7CD6CB88_REV:NBRMSAAHDM:01OCT153"
                    },
                ),
            }
        },
    ),
    Example(
        System.WINDOWS,
        "Composed with recorded values (glpi-agent issue 156, systeminformation 645).",
        rows=(
            {
                "bus": "pci",
                "address": "4&2F503515&0&0019",
                "class": "graphics",
                "vendor_id": "10de",
                "product_id": "1f06",
                "vendor_name": "NVIDIA",
                "product_name": "NVIDIA GeForce RTX 2060 SUPER",
                "driver": "nvlddmkm",
                "gpu_memory": 8589934592,
            },
            {
                "bus": "usb",
                "address": "5&1C9B8E1E&0&1",
                "class": "input",
                "vendor_id": "04f3",
                "product_id": "9999",
                "product_name": "P\u00e9riph\u00e9rique d\u2019entr\u00e9e USB",
                "driver": "HidUsb",
            },
            {
                "bus": "usb",
                "address": "5&355C47BA&0&1",
                "class": "hub",
                "vendor_id": "8087",
                "product_id": "0024",
                "product_name": "Generic USB Hub",
                "driver": "usbhub",
            },
            {
                "bus": "display",
                "address": "4&1a6469cc&0&UID65793",
                "class": "monitor",
                "vendor_id": "AOC",
                "product_id": "1970",
                "product_name": "1970W",
                "serial": "113952",
                "manufacture_year": 2015,
            },
        ),
        facts={
            "wmi": {
                "Win32_PnPEntity": (
                    {
                        "ClassGuid": _GRAPHICS,
                        "DeviceID": _RTX,
                        "Manufacturer": "NVIDIA",
                        "Name": "NVIDIA GeForce RTX 2060 SUPER",
                        "Service": "nvlddmkm",
                    },
                    {
                        "ClassGuid": "{36fc9e60-c465-11cf-8056-444553540000}",
                        "DeviceID": "USB\\VID_04F3&PID_9999\\5&1C9B8E1E&0&1",
                        "Manufacturer": "(Contr\u00f4leur d'h\u00f4te USB standard)",
                        "Name": "P\u00e9riph\u00e9rique USB composite",
                        "Service": "usbccgp",
                    },
                    {
                        "ClassGuid": _HID,
                        "DeviceID": "USB\\VID_04F3&PID_9999&MI_00\\6&EED2AD0&0&12345",
                        "Manufacturer": "(P\u00e9riph\u00e9riques standard)",
                        "Name": "P\u00e9riph\u00e9rique d\u2019entr\u00e9e USB",
                        "Service": "HidUsb",
                    },
                    {
                        "DeviceID": "BTHENUM\\DEV_001F20AABBCC\\7&1&0&B",
                        "Name": "Ada's phone",
                    },
                    {
                        "ClassGuid": "{36fc9e60-c465-11cf-8056-444553540000}",
                        "DeviceID": "USB\\VID_8087&PID_0024\\5&355C47BA&0&1",
                        "Name": "Generic USB Hub",
                        "Service": "usbhub",
                    },
                ),
                "Win32_VideoController": (
                    {"AdapterRAM": -1048576, "PNPDeviceID": _RTX},
                ),
                "WmiMonitorID": (
                    {
                        "InstanceName": "DISPLAY\\AOC1970\\4&1a6469cc&0&UID65793_0",
                        "ManufacturerName": "65,79,67,0,0,0",
                        "ProductCodeID": "49,57,55,48,0,0",
                        "SerialNumberID": "49,49,51,57,53,50,0,0",
                        "UserFriendlyName": "49,57,55,48,87,0,0",
                        "YearOfManufacture": 2015,
                    },
                ),
            },
            "registry": {
                f"{_ADAPTERS}\\0000": {
                    "MatchingDeviceId": "PCI\\VEN_10DE&DEV_1F06",
                    "HardwareInformation.qwMemorySize": 8589934592,
                },
                f"{_ADAPTERS}\\Properties": {"MatchingDeviceId": "x"},
            },
        },
    ),
    Example(
        System.WINDOWS,
        "Composed: junk, a card with too much memory to tell, a monitor that hides.",
        rows=(
            {
                "bus": "pci",
                "address": "VEN_1002&DEV_73FF#1",
                "vendor_id": "1002",
                "product_id": "73ff",
                "serial": "A0369FFFFF123456",
                "gpu_memory": 536870912,
            },
            {
                "bus": "display",
                "address": "1&2",
                "class": "monitor",
                "vendor_id": "DEL",
                "product_id": "a064",
            },
        ),
        facts={
            "wmi": {
                "Win32_PnPEntity": (
                    {"DeviceID": "PCI\\VEN_1002&DEV_73FF\\A0369FFFFF123456"},
                    {"ClassGuid": 5, "DeviceID": "PCI\\VEN_ZZZZ&DEV_0000\\1&0"},
                    {"DeviceID": "USB\\VID_1\\"},
                    {"DeviceID": None},
                ),
                "Win32_VideoController": (
                    {
                        "AdapterRAM": 536870912,
                        "PNPDeviceID": "PCI\\VEN_1002&DEV_73FF\\A0369FFFFF123456",
                    },
                    {"AdapterRAM": "x", "PNPDeviceID": "x"},
                ),
                "WmiMonitorID": (
                    {
                        "InstanceName": "DISPLAY\\DELA064\\1&2_0",
                        "ManufacturerName": "99999999,-4,x",
                        "SerialNumberID": "48,0",
                        "YearOfManufacture": 0,
                    },
                    {"InstanceName": "DISPLAY\\Default_Monitor\\1&2_0"},
                ),
            }
        },
    ),
)
