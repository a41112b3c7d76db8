# SPDX-License-Identifier: Apache-2.0
"""Examples of the disk state: machines that are recorded for `disk_health`.

Not here: their input (`agent/collectors`).
"""

from agent.collectors._examples.windows_disk_health import EXAMPLES as WINDOWS
from agent.collectors.disk_health import EXAMPLES as LINUX
from agent.diagnostics._examples.again import again

EXAMPLES = (
    again(
        LINUX,
        "Composed: without root",
        {"system.device": "nvme0n1", "state": "live", "hw.temperature": 38.85},
        {"system.device": "sda", "state": "offline", "hw.temperature": 29.0},
    ),
    again(LINUX, "Recorded: a virtual server"),
    again(
        WINDOWS,
        "Composed of counters that users published",
        {
            "system.device": "PhysicalDrive0",
            "protocol": "NVMe",
            "smart_passed": True,
            "state": "running",
            "hw.physical_disk.endurance_utilization": 0.07,
            "hw.temperature": 42.0,
        },
        {
            "system.device": "PhysicalDrive8",
            "protocol": "SCSI",
            "smart_passed": False,
            "state": "predictive-failure",
            "media_errors": 3,
            "hw.temperature": 28.0,
            "power_on_hours": 43211,
        },
    ),
    again(
        WINDOWS,
        "Composed: the attributes of an ATA disk",
        {
            "system.device": "PhysicalDrive0",
            "protocol": "ATA",
            "reallocated_sectors": 4095,
            "pending_sectors": 16,
        },
        {"system.device": "PhysicalDrive1", "protocol": "ATA"},
        {"system.device": "PhysicalDrive2", "protocol": "NVMe"},
    ),
)
