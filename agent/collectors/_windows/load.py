# SPDX-License-Identifier: Apache-2.0
"""Host metrics on Windows: the machine's totals, and examples of them.

Rules: as in `host_metrics.py`; there is no load average or pressure to read.
Not here: the declaration (`host_metrics.py`), how Windows is asked (`agent/host`).
Sources: psutil's cpu_times, disk_io_counters and net_io_counters; MEMORYSTATUSEX.
"""

from collections.abc import Mapping

from agent.collectors._shared.gather import Source as Step
from agent.collectors._shared.gather import read_sources
from agent.collectors._windows.steps import figure
from agent.errors import HostError
from agent.host.interface import DiskUsage, Host
from agent.host.windows_door import windows
from agent.host.windows_named import Source
from agent.rows import Example, Reading, Want
from wire.catalogue import System
from wire.values import Value

_SYSTEM_DRIVE = "C:\\"
_MODES = ("user", "system", "idle", "interrupt")
_MEMORY = (
    "system.memory.limit",
    "system.memory.usage",
    "system.memory.utilization",
    "system.paging.limit",
    "system.paging.usage",
)
_DISKS = {
    "system.disk.io.read": "disk.read",
    "system.disk.io.write": "disk.write",
    "system.disk.operations": "disk.operations",
}
_LINKS = {
    "system.network.io.receive": "link.receive",
    "system.network.io.transmit": "link.transmit",
    "system.network.errors": "link.errors",
    "system.network.packet.dropped": "link.dropped",
}


def _asked(host: Host, field: str) -> Mapping[str, Value]:
    for row in windows(host).ask(Source.LOAD, frozenset({field})):
        return row
    return {}


def _read_uptime(host: Host, _want: Want) -> Mapping[str, Value]:
    return {"system.uptime": figure(_asked(host, "uptime").get("uptime"))}


def _read_processors(host: Host, _want: Want) -> Mapping[str, Value]:
    row = _asked(host, "processors")
    values: dict[str, Value] = {
        "system.cpu.logical.count": figure(row.get("processors")) or None
    }
    for mode in _MODES:
        spent = row.get(f"cpu.{mode}")
        values[f"system.cpu.time.{mode}"] = spent if isinstance(spent, float) else None
    return values


def parse_memory(row: Mapping[str, Value]) -> dict[str, Value]:
    """Return size and use of memory, and of the paging file beyond it.

    Windows counts memory into its page file figures, so it is taken off again.
    """
    total, free = figure(row.get("TotalPhys")), figure(row.get("AvailPhys"))
    both, both_free = figure(row.get("TotalPageFile")), figure(row.get("AvailPageFile"))
    values: dict[str, Value] = {}
    if total and free is not None and free <= total:
        values["system.memory.limit"] = total
        values["system.memory.usage"] = total - free
        values["system.memory.utilization"] = (total - free) / total
        if both is not None and both_free is not None and both >= total:
            paging = both - total
            values["system.paging.limit"] = paging
            values["system.paging.usage"] = paging - min(
                paging, max(both_free - free, 0)
            )
    return values


def _read_disks(host: Host, _want: Want) -> Mapping[str, Value]:
    row = _asked(host, "disks")
    return {column: figure(row.get(name)) for column, name in _DISKS.items()}


def _read_links(host: Host, _want: Want) -> Mapping[str, Value]:
    row = _asked(host, "links")
    return {column: figure(row.get(name)) for column, name in _LINKS.items()}


def _read_drive(host: Host, _want: Want) -> Mapping[str, Value]:
    try:
        usage = host.usage(_SYSTEM_DRIVE)
    except HostError:
        return {}
    share = usage.used / usage.total if usage.total else None
    return {"system.filesystem.utilization": share}


def _count_processes(host: Host, _want: Want) -> Mapping[str, Value]:
    found = windows(host).ask(Source.PROCESSES, frozenset({"pid"}))
    return {"system.process.count": len(found) or None}


_STEPS: tuple[Step, ...] = (
    (("timestamp",), lambda _host, want: {"timestamp": int(want.now)}),
    (("system.uptime",), _read_uptime),
    (
        ("system.cpu.logical.count", *(f"system.cpu.time.{mode}" for mode in _MODES)),
        _read_processors,
    ),
    (("system.process.count",), _count_processes),
    (_MEMORY, lambda host, _want: parse_memory(_asked(host, "memory"))),
    (("system.filesystem.utilization",), _read_drive),
    (tuple(_DISKS), _read_disks),
    (tuple(_LINKS), _read_links),
)


def read_windows(host: Host, want: Want) -> Reading:
    """Read the machine's one row of this moment."""
    return read_sources(host, want, _STEPS)


EXAMPLES = (
    Example(
        System.WINDOWS,
        "A laptop with a paging file of 4 GiB.",
        rows=(
            {
                "timestamp": 1763950000,
                "system.uptime": 50_000,
                "system.cpu.logical.count": 8,
                "system.cpu.time.user": 100.5,
                "system.cpu.time.system": 50.25,
                "system.cpu.time.idle": 9000.0,
                "system.cpu.time.interrupt": 1.0,
                "system.process.count": 2,
                "system.memory.limit": 16 << 30,
                "system.memory.usage": 4 << 30,
                "system.memory.utilization": 0.25,
                "system.paging.limit": 4 << 30,
                "system.paging.usage": 1 << 30,
                "system.filesystem.utilization": 0.5,
                "system.disk.io.read": 1000,
                "system.disk.io.write": 2000,
                "system.disk.operations": 30,
                "system.network.io.receive": 400,
                "system.network.io.transmit": 500,
                "system.network.errors": 0,
                "system.network.packet.dropped": 1,
            },
        ),
        facts={
            "processes": ({"pid": 4}, {"pid": 88}),
            "usage": {_SYSTEM_DRIVE: DiskUsage(1000, 500, 500)},
            "load": (
                {
                    "uptime": 50_000,
                    "processors": 8,
                    "cpu.user": 100.5,
                    "cpu.system": 50.25,
                    "cpu.idle": 9000.0,
                    "cpu.interrupt": 1.0,
                    "TotalPhys": 16 << 30,
                    "AvailPhys": 12 << 30,
                    "TotalPageFile": 20 << 30,
                    "AvailPageFile": 15 << 30,
                    "disk.read": 1000,
                    "disk.write": 2000,
                    "disk.operations": 30,
                    "link.receive": 400,
                    "link.transmit": 500,
                    "link.errors": 0,
                    "link.dropped": 1,
                },
            ),
        },
    ),
    Example(
        System.WINDOWS,
        "A machine whose counters are switched off, and figures that cannot be.",
        rows=({"timestamp": 1763950000, "system.cpu.logical.count": 1},),
        facts={
            "load": ({"uptime": -1, "processors": 1, "TotalPhys": 5, "AvailPhys": 6},)
        },
    ),
)
