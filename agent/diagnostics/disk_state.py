# SPDX-License-Identifier: Apache-2.0
"""Disk state: how the built-in disks are now.

Rules: a sleeping disk is not woken, as in the passes.
Not here: how disks are asked (`agent/collectors/disk_health.py`), how full they are
(`folder_sizes.py`).
"""

from collections.abc import Mapping

from agent.collectors import disk_health
from agent.diagnostics import Reader
from agent.diagnostics._shared.again import columns_of, read_again
from agent.diagnostics._shared.declare import asked_for
from agent.host.interface import Host
from agent.rows import Reading, Want
from wire.catalogue import System
from wire.diagnostics import Checked

DATASET = asked_for(
    "disk_state",
    "How the built-in disks are now: errors, wear and temperature.",
    columns_of(
        disk_health.DATASET,
        "system.device",
        "protocol",
        "smart_passed",
        "state",
        "io_errors",
        "reallocated_sectors",
        "pending_sectors",
        "media_errors",
        "hw.physical_disk.endurance_utilization",
        "available_spare",
        "hw.temperature",
        "power_on_hours",
    ),
)


def read(host: Host, want: Want, given: Checked) -> Reading:
    """Read one row for each disk."""
    del given
    return read_again(host, want, disk_health.DATASET, disk_health.READERS)


READERS: Mapping[System, Reader] = {System.LINUX: read, System.WINDOWS: read}
