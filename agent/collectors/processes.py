# SPDX-License-Identifier: Apache-2.0
"""Processes: what runs now, and what it costs the machine.

Rules: command lines, environments, open files and working folders have no code path;
a process that ends while it is read is left out, for it no longer runs.
Not here: services (`services.py`), load of the whole machine (`host_metrics.py`).
Sources: /proc/PID/stat and /proc/PID/status, proc(5); on Windows psutil.
"""

from collections.abc import Mapping

from agent.collectors._shared.declare import direct, harmless, quasi
from agent.collectors._shared.gather import (
    number,
    pick,
    take,
    text,
    times,
    user_names,
)
from agent.collectors._windows.steps import fields_for, figure, words
from agent.errors import DeniedError, HostError, NotFoundError
from agent.host.command_name import process_name
from agent.host.interface import Host
from agent.host.windows_door import windows
from agent.host.windows_named import Source
from agent.rows import Example, Reader, Reading, Row, Want
from wire.catalogue import Dataset, Kind, System, ValueType
from wire.values import Value

TEXT = ValueType.TEXT

DATASET = Dataset(
    "processes",
    Kind.SNAPSHOT,
    "Running programs, without what they were told or work on.",
    ("process.pid", "process.creation.time"),
    (
        harmless("process.pid", ValueType.COUNT, "Tells processes apart."),
        harmless("process.parent_pid", ValueType.COUNT, "Says what started it."),
        harmless("process.executable.name", TEXT, "Says which program it is."),
        direct("process.owner", "user", "Says with whose rights it runs."),
        harmless("process.state", TEXT, "Finds programs that hang."),
        harmless(
            "process.cpu.time",
            ValueType.DOUBLE_SECONDS,
            "Finds programs that slow the machine down.",
        ),
        harmless("process.memory.usage", ValueType.BYTES, "Finds memory hogs."),
        quasi(
            "process.creation.time",
            ValueType.TIMESTAMP,
            "Finds programs that run too long or restart too often.",
        ),
    ),
)

_TICKS = 100
"""USER_HZ: times in /proc are in hundredths of a second on every architecture."""
_STAT_FIELDS = 20
"""Fields of stat after the name, up to the start time."""
_STATES = {
    b"D": "disk-sleep",
    b"I": "idle",
    b"R": "running",
    b"S": "sleeping",
    b"T": "stopped",
    b"t": "traced",
    b"X": "dead",
    b"Z": "zombie",
}
_STAT_COLUMNS = (
    "process.parent_pid",
    "process.executable.name",
    "process.state",
    "process.cpu.time",
    "process.creation.time",
)
_STATUS_COLUMNS = ("process.owner", "process.memory.usage")
_BOOT = b"\nbtime "
_STAT_BYTES = 1_024
_WINDOWS_FIELDS = {
    "process.pid": "pid",
    "process.parent_pid": "parent",
    "process.executable.name": "program",
    "process.owner": "owner",
    "process.cpu.time": "processor",
    "process.memory.usage": "memory",
    "process.creation.time": "started",
}
_STATUS_BYTES = 4_096


def parse_stat(data: bytes, boot: int | None) -> dict[str, Value] | None:
    """Return what /proc/PID/stat tells; None where it has another form.

    Args:
        data: the file; the name in brackets may hold brackets and spaces itself.
        boot: when the machine started.
    """
    head, bracket, rest = data.rpartition(b")")
    fields = rest.split()
    if not bracket or len(fields) < _STAT_FIELDS:
        return None
    user, system, began = (number(fields[i]) for i in (11, 12, 19))
    started = boot + began // _TICKS if boot and began is not None else None
    return {
        "process.parent_pid": number(fields[1]),
        "process.executable.name": process_name(text(head.partition(b"(")[2])) or None,
        "process.state": _STATES.get(fields[0]),
        "process.cpu.time": ((user or 0) + (system or 0)) / _TICKS,
        "process.creation.time": started if started and started < 1 << 62 else None,
    }


def parse_status(data: bytes, users: Mapping[int, str]) -> dict[str, Value]:
    """Return owner and memory that /proc/PID/status tells."""
    data = b"\n" + data
    ids = _field(data, b"\nUid:")
    user = number(ids[1]) if len(ids) > 1 else None
    resident = _field(data, b"\nVmRSS:")
    return {
        "process.owner": None if user is None else users.get(user, str(user)),
        "process.memory.usage": times(number(resident[0]), 1024) if resident else None,
    }


def _field(data: bytes, head: bytes) -> list[bytes]:
    """Return the words of one line; there are thousands of files of sixty lines."""
    start = data.find(head) + len(head)
    if start < len(head):
        return []
    end = data.find(b"\n", start)
    return data[start : end if end >= 0 else len(data)].split()


def _boot_time(host: Host) -> int | None:
    try:
        data = host.read("/proc/stat")
    except (NotFoundError, DeniedError):
        return None
    return number(data.partition(_BOOT)[2].partition(b"\n")[0])


def _read_process(
    host: Host, want: Want, pid: str, boot: int | None, users: Mapping[int, str]
) -> dict[str, Value] | None:
    values: dict[str, Value] = {"process.pid": number(pid)}
    if want.any(*_STAT_COLUMNS):
        stat = parse_stat(host.read_part(f"/proc/{pid}/stat", 0, _STAT_BYTES), boot)
        if stat is None:
            return None
        values.update(stat)
    if want.any(*_STATUS_COLUMNS):
        status = host.read_part(f"/proc/{pid}/status", 0, _STATUS_BYTES)
        values.update(parse_status(status, users))
    return values


def read_linux(host: Host, want: Want) -> Reading:
    """Read one row for each process."""
    boot = _boot_time(host) if "process.creation.time" in want else None
    users = user_names(host) if "process.owner" in want else {}
    rows: list[Row] = []
    skipped = 0
    for pid in host.list("/proc"):
        if not pid.isdigit():
            continue
        want.check()
        if len(rows) >= want.rows:
            return Reading(rows, skipped=skipped, truncated=True)
        try:
            values = _read_process(host, want, pid, boot, users)
        except NotFoundError:  # it has just ended
            continue
        except HostError:
            values = None
        if values is None:
            skipped += 1
        else:
            rows.append(pick(want, values))
    return Reading(rows, skipped=skipped)


def parse_windows(row: Mapping[str, Value]) -> dict[str, Value]:
    """Return the columns of one process; its owner is told without the domain."""
    owner = words(row.get("owner")) or ""
    spent = row.get("processor")
    return {
        "process.pid": figure(row.get("pid")),
        "process.parent_pid": figure(row.get("parent")),
        "process.executable.name": words(row.get("program")),
        "process.owner": owner.rpartition("\\")[2] or None,
        "process.cpu.time": spent if isinstance(spent, float) else None,
        "process.memory.usage": figure(row.get("memory")),
        "process.creation.time": figure(row.get("started")) or None,
    }


def read_windows(host: Host, want: Want) -> Reading:
    """Read one row for each process."""
    fields = fields_for(want, _WINDOWS_FIELDS)
    if not fields:
        return Reading([])
    rows = windows(host).ask(Source.PROCESSES, fields | {"pid"})
    return take(want, map(parse_windows, rows))


READERS: Mapping[System, Reader] = {
    System.LINUX: read_linux,
    System.WINDOWS: read_windows,
}

EXAMPLES = (
    Example(
        System.LINUX,
        "A server, and a process whose name tries to look like fields.",
        rows=(
            {
                "process.pid": 1,
                "process.parent_pid": 0,
                "process.executable.name": "systemd",
                "process.owner": "root",
                "process.state": "sleeping",
                "process.cpu.time": 3.5,
                "process.memory.usage": 12582912,
                "process.creation.time": 1700000000,
            },
            {
                "process.pid": 77,
                "process.parent_pid": 1,
                "process.executable.name": "a) R 0 (b",
                "process.owner": "1000",
                "process.state": "zombie",
                "process.cpu.time": 0.0,
                "process.creation.time": 1700000060,
            },
        ),
        files={
            "/etc/passwd": b"root:x:0:0:root:/root:/bin/bash\n",
            "/proc/stat": b"cpu 1\nbtime 1700000000\n",
            "/proc/1/stat": b"1 (systemd) S 0 1 1 0 -1 4194560 9 9 9 9 150 200 0 0 "
            b"20 0 1 0 12 170000000 3072 1\n",
            "/proc/1/status": b"Name:\tsystemd\nUid:\t0\t0\t0\t0\n"
            b"VmRSS:\t   12288 kB\n",
            "/proc/77/stat": b"77 (a) R 0 (b) Z 1 1 1 0 -1 4194560 9 9 9 9 0 0 0 0 "
            b"20 0 1 0 6000 0 0 1\n",
            "/proc/77/status": b"Name:\tx\nUid:\t1000\t1000\t1000\t1000\n",
            "/proc/77/cmdline": b"never\0read\0",
            "/proc/self/status": b"Uid:\t5\t5\n",
        },
    ),
    Example(
        System.LINUX,
        "Files of junk are counted as skipped, an ended process is not.",
        rows=({"process.pid": 4, "process.parent_pid": 2, "process.cpu.time": 0.0},),
        files={
            "/proc/2/stat": b"\xff\xff)",
            "/proc/2/status": b"",
            "/proc/3/": b"",
            "/proc/4/stat": b"() ? 2" + b" x" * 18,
            "/proc/4/status": b"Uid:\nVmRSS: many kB\n",
        },
    ),
    Example(
        System.WINDOWS,
        "A person's program, and one of which Windows tells nearly nothing.",
        rows=(
            {
                "process.pid": 4120,
                "process.parent_pid": 900,
                "process.executable.name": "excel.exe",
                "process.owner": "ada",
                "process.cpu.time": 12.5,
                "process.memory.usage": 250_000_000,
                "process.creation.time": 1763940000,
            },
            {"process.pid": 4, "process.executable.name": "System"},
        ),
        facts={
            "processes": (
                {
                    "pid": 4120,
                    "parent": 900,
                    "program": "excel.exe",
                    "owner": "EXAMPLE\\ada",
                    "processor": 12.5,
                    "memory": 250_000_000,
                    "started": 1763940000,
                },
                {"pid": 4, "program": "System", "owner": None, "started": 0},
            )
        },
    ),
    Example(
        System.WINDOWS,
        "Figures that cannot be are left out.",
        rows=({"process.pid": 8},),
        facts={
            "processes": ({"pid": 8, "parent": -1, "program": " ", "memory": 1 << 70},)
        },
    ),
)
