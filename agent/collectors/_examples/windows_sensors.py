# SPDX-License-Identifier: Apache-2.0
"""What Windows answers about its sensors, and the readings that it means.

Rules: each title says whose the rows are.
Not here: the reader (`sensors.py`), Linux (there too).
"""

from collections.abc import Mapping

from agent.rows import Example
from wire.catalogue import System
from wire.values import Value

_NOW: Mapping[str, Value] = {"timestamp": 1763950000}
_COUNTER = "Win32_PerfFormattedData_Counters_ThermalZoneInformation"

EXAMPLES = (
    Example(
        System.WINDOWS,
        "Recorded (github.com/Ylianst/MeshCentral/issues/2304): one zone measures.",
        rows=(
            {
                **_NOW,
                "system.device": "CPUZ",
                "chip": "acpi",
                "sensor": "CPUZ",
                "hw.temperature": 53.05,
                "hw.temperature.limit": 128.05,
            },
        ),
        facts={
            "wmi": {
                "MSAcpi_ThermalZoneTemperature": (
                    {
                        "CriticalTripPoint": 4012,
                        "CurrentTemperature": 3262,
                        "InstanceName": "ACPI\\ThermalZone\\CPUZ_0",
                    },
                    {
                        "CriticalTripPoint": 4012,
                        "CurrentTemperature": 2732,
                        "InstanceName": "ACPI\\ThermalZone\\GFXZ_0",
                    },
                ),
            }
        },
    ),
    Example(
        System.WINDOWS,
        "Composed: without an administrator, the counters; names and numbers of none.",
        rows=(
            {
                **_NOW,
                "system.device": "TZ00",
                "chip": "acpi",
                "sensor": "TZ00",
                "hw.temperature": 27.85,
            },
        ),
        facts={
            "wmi": {
                _COUNTER: (
                    {"HighPrecisionTemperature": 3010, "Name": "\\_TZ.TZ00"},
                    {"HighPrecisionTemperature": 0, "Name": "\\_TZ.TZ01"},
                    {"HighPrecisionTemperature": 3010, "Name": "_Total"},
                    {"HighPrecisionTemperature": "x", "Name": 5},
                    {},
                ),
            }
        },
    ),
    Example(
        System.WINDOWS,
        "Composed: a virtual machine without any zone.",
        rows=(),
        facts={"wmi": {_COUNTER: ()}},
    ),
)
