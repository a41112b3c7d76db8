# SPDX-License-Identifier: Apache-2.0
"""Host metrics: load, memory, disk and network totals of the machine, in one row.

Rules: read by hand from /proc, for it runs resident every minute; totals since the
start, so that a lost row loses no work; nothing about a person, program or peer.
Not here: single processes (`processes.py`), the agent's own cost (`agent_health.py`).
Sources: proc(5), Linux's admin-guide/iostats and accounting/psi.
"""

from collections.abc import Mapping

from agent.collectors._shared.declare import harmless, only_linux
from agent.collectors._shared.gather import (
    Source,
    colon_fields,
    kilobytes,
    number,
    read_sources,
    small,
    text,
    times,
    whole,
)
from agent.errors import DeniedError, NotFoundError
from agent.host.interface import DiskUsage, Host
from agent.rows import Example, Reader, Reading, Want
from wire.catalogue import Column, Dataset, Kind, System, ValueType
from wire.values import Value

BYTES, COUNT, RATIO = ValueType.BYTES, ValueType.COUNT, ValueType.RATIO
SECONDS = ValueType.DOUBLE_SECONDS

_MODES = (
    "user",
    "nice",
    "system",
    "idle",
    "iowait",
    "interrupt",
    "softirq",
    "steal",
)
"""Processor modes in the order of /proc/stat, in OpenTelemetry's words."""
_LOADS = ("load1", "load5", "load15")
_PRESSURES = ("cpu", "memory", "io")


def _linux(names: tuple[str, ...], kind: ValueType, reason: str) -> tuple[Column, ...]:
    return tuple(only_linux(harmless(name, kind, reason)) for name in names)


_CPU_COLUMNS = tuple(f"system.cpu.time.{mode}" for mode in _MODES)
_PRESSURE_COLUMNS = tuple(f"pressure.{kind}.avg10" for kind in _PRESSURES)

DATASET = Dataset(
    "host_metrics",
    Kind.METRIC,
    "Load of the machine: processor, memory, disk and network totals.",
    (),
    (
        harmless("timestamp", ValueType.TIMESTAMP, "Says when it was measured."),
        harmless("system.uptime", ValueType.SECONDS, "Shows restarts."),
        harmless("system.cpu.logical.count", COUNT, "Puts the load into proportion."),
        *(
            harmless(name, SECONDS, "Shows a processor that is too slow for its work.")
            for name in _CPU_COLUMNS
        ),
        *_linux(_LOADS, ValueType.REAL, "Shows a machine with more work than it can."),
        *_linux(_PRESSURE_COLUMNS, RATIO, "Shows work that waits, and for what."),
        harmless("system.process.count", COUNT, "Shows programs that multiply."),
        harmless("system.memory.limit", BYTES, "Puts the use into proportion."),
        harmless("system.memory.usage", BYTES, "Shows a machine short of memory."),
        harmless("system.memory.utilization", RATIO, "Warns before memory is full."),
        harmless("system.paging.limit", BYTES, "Puts the use into proportion."),
        harmless("system.paging.usage", BYTES, "Shows a machine short of memory."),
        harmless("system.filesystem.utilization", RATIO, "Warns of a full disk."),
        harmless("system.disk.io.read", BYTES, "Shows a disk that is too slow."),
        harmless("system.disk.io.write", BYTES, "Shows a disk that wears out."),
        harmless("system.disk.operations", COUNT, "Shows a disk that is too slow."),
        harmless("system.network.io.receive", BYTES, "Shows a line that is full."),
        harmless("system.network.io.transmit", BYTES, "Shows a line that is full."),
        harmless("system.network.errors", COUNT, "Shows a cable or card that fails."),
        harmless("system.network.packet.dropped", COUNT, "Shows a line that is full."),
    ),
    resident=True,
)

_TICKS = 100.0
"""USER_HZ: times in /proc are in hundredths of a second on every architecture."""
_SECTOR_BYTES = 512
"""/proc/diskstats counts sectors of 512 bytes, whatever the disk's own."""
_DISK_FIELDS, _LINK_FIELDS = 10, 12
_VIRTUAL_DISKS = ("dm-", "fd", "loop", "md", "ram", "sr", "zram")
_VIRTUAL_LINKS = (
    *(b"bond", b"br-", b"cali", b"cni", b"docker", b"dummy", b"flannel", b"ifb", b"lo"),
    *(b"tap", b"team", b"tun", b"veth", b"virbr", b"vnet", b"wg"),
)
"""Their traffic is counted again by the interface below them."""
_PERCENT = 100.0


def parse_stat(data: bytes) -> dict[str, Value]:
    """Return seconds of each processor mode and the number of processors."""
    head, _, rest = data.partition(b"\n")
    fields = head.split()
    values: dict[str, Value] = {
        "system.cpu.logical.count": (b"\n" + rest).count(b"\ncpu") or None
    }
    if fields[:1] == [b"cpu"]:
        for column, field in zip(_CPU_COLUMNS, fields[1:], strict=False):
            ticks = number(field)
            values[column] = None if ticks is None else ticks / _TICKS
    return values


def parse_meminfo(data: bytes) -> dict[str, Value]:
    """Return size and use of memory and of paging space."""
    fields = colon_fields(data)
    total, available, swap, swap_free = (
        kilobytes(fields, name)
        for name in (b"MemTotal", b"MemAvailable", b"SwapTotal", b"SwapFree")
    )
    values: dict[str, Value] = {
        "system.memory.limit": total,
        "system.paging.limit": swap,
    }
    if total and available is not None and available <= total:
        values["system.memory.usage"] = total - available
        values["system.memory.utilization"] = (total - available) / total
    if swap is not None and swap_free is not None and swap_free <= swap:
        values["system.paging.usage"] = swap - swap_free
    return values


def parse_loads(data: bytes) -> dict[str, Value]:
    """Return the three load averages of /proc/loadavg."""
    fields = data.split()
    return {name: _real(field) for name, field in zip(_LOADS, fields, strict=False)}


def parse_pressure(data: bytes) -> float | None:
    """Return the share of the last 10 seconds in which some work waited."""
    head, found, rest = data.partition(b"avg10=")
    if not found or not head.startswith(b"some"):
        return None
    percent = _real(rest.partition(b" ")[0])
    return None if percent is None else min(percent / _PERCENT, 1.0)


def _real(field: bytes) -> float | None:
    """Return a plain decimal number such as 0.42; None for any other form."""
    whole, _, fraction = field.partition(b".")
    high, low = number(whole), number(fraction)
    if high is None or low is None:
        return None
    return high + low / float(10 ** len(fraction))


def parse_disks(data: bytes, disks: frozenset[str]) -> dict[str, Value]:
    """Return totals of whole disks of /proc/diskstats; partitions are not added."""
    found = operations = read = written = 0
    for raw in data.split(b"\n"):
        fields = raw.split()
        if len(fields) < _DISK_FIELDS or text(fields[2]) not in disks:
            continue
        found += 1
        operations += (number(fields[3]) or 0) + (number(fields[7]) or 0)
        read += number(fields[5]) or 0
        written += number(fields[9]) or 0
    if not found:
        return {}
    return {
        "system.disk.operations": times(operations, 1),
        "system.disk.io.read": times(read, _SECTOR_BYTES),
        "system.disk.io.write": times(written, _SECTOR_BYTES),
    }


def parse_links(data: bytes) -> dict[str, Value]:
    """Return traffic totals of the machine's own interfaces of /proc/net/dev."""
    totals = [0] * _LINK_FIELDS
    links = 0
    for name, counts in colon_fields(data).items():
        fields = counts.split()
        if name.startswith(_VIRTUAL_LINKS) or len(fields) < _LINK_FIELDS:
            continue
        links += 1
        totals = [
            total + (number(field) or 0)
            for total, field in zip(totals, fields, strict=False)
        ]
    if not links:
        return {}
    return {
        "system.network.io.receive": times(totals[0], 1),
        "system.network.io.transmit": times(totals[8], 1),
        "system.network.errors": times(totals[2] + totals[10], 1),
        "system.network.packet.dropped": times(totals[3] + totals[11], 1),
    }


def _read_uptime(host: Host, _want: Want) -> Mapping[str, Value]:
    uptime = _real((small(host, "/proc/uptime").split() or [b""])[0])
    return {"system.uptime": None if uptime is None else int(uptime)}


def _read_stat(host: Host, _want: Want) -> Mapping[str, Value]:
    return parse_stat(whole(host, "/proc/stat"))


def _read_pressure(host: Host, want: Want) -> Mapping[str, Value]:
    return {
        column: parse_pressure(small(host, f"/proc/pressure/{kind}"))
        for kind, column in zip(_PRESSURES, _PRESSURE_COLUMNS, strict=True)
        if column in want
    }


def _read_disks(host: Host, _want: Want) -> Mapping[str, Value]:
    try:
        disks = host.list("/sys/block")
    except (NotFoundError, DeniedError):
        return {}
    own = frozenset(name for name in disks if not name.startswith(_VIRTUAL_DISKS))
    return parse_disks(whole(host, "/proc/diskstats"), own)


def _read_root(host: Host, _want: Want) -> Mapping[str, Value]:
    try:
        usage = host.usage("/")
    except (NotFoundError, DeniedError):
        return {}
    writable = usage.used + usage.available
    return {
        "system.filesystem.utilization": usage.used / writable if writable else None
    }


def _count_processes(host: Host, _want: Want) -> Mapping[str, Value]:
    return {"system.process.count": sum(map(str.isdigit, host.list("/proc")))}


_SOURCES: tuple[Source, ...] = (
    (("timestamp",), lambda _host, want: {"timestamp": int(want.now)}),
    (("system.uptime",), _read_uptime),
    (("system.cpu.logical.count", *_CPU_COLUMNS), _read_stat),
    (_LOADS, lambda host, _want: parse_loads(small(host, "/proc/loadavg"))),
    (_PRESSURE_COLUMNS, _read_pressure),
    (("system.process.count",), _count_processes),
    (
        (
            "system.memory.limit",
            "system.memory.usage",
            "system.memory.utilization",
            "system.paging.limit",
            "system.paging.usage",
        ),
        lambda host, _want: parse_meminfo(small(host, "/proc/meminfo")),
    ),
    (("system.filesystem.utilization",), _read_root),
    (
        ("system.disk.io.read", "system.disk.io.write", "system.disk.operations"),
        _read_disks,
    ),
    (
        (
            "system.network.io.receive",
            "system.network.io.transmit",
            "system.network.errors",
            "system.network.packet.dropped",
        ),
        lambda host, _want: parse_links(whole(host, "/proc/net/dev")),
    ),
)


def read_linux(host: Host, want: Want) -> Reading:
    """Read the machine's one row."""
    return read_sources(host, want, _SOURCES)


def read_windows(host: Host, want: Want) -> Reading:
    """Read the same of Windows."""
    from agent.collectors._windows import load as there  # noqa: PLC0415 - Linux has no use of it

    return there.read_windows(host, want)


READERS: Mapping[System, Reader] = {
    System.LINUX: read_linux,
    System.WINDOWS: read_windows,
}

_NOW: Mapping[str, Value] = {"timestamp": 1763950000}
"""The contract test's clock."""

EXAMPLES = (
    Example(
        System.LINUX,
        "A small server: one disk with a partition, one wire, one bridge.",
        rows=(
            {
                **_NOW,
                "system.uptime": 1200,
                "system.cpu.logical.count": 2,
                "system.cpu.time.user": 34.89,
                "system.cpu.time.nice": 0.0,
                "system.cpu.time.system": 19.83,
                "system.cpu.time.idle": 2324.71,
                "system.cpu.time.iowait": 1.81,
                "system.cpu.time.interrupt": 0.0,
                "system.cpu.time.softirq": 0.38,
                "system.cpu.time.steal": 1.01,
                "load1": 0.5,
                "load5": 1.04,
                "load15": 12.0,
                "pressure.cpu.avg10": 0.025,
                "system.process.count": 2,
                "system.memory.limit": 4096000,
                "system.memory.usage": 3072000,
                "system.memory.utilization": 0.75,
                "system.paging.limit": 2048,
                "system.paging.usage": 1024,
                "system.filesystem.utilization": 0.75,
                "system.disk.operations": 40,
                "system.disk.io.read": 5120,
                "system.disk.io.write": 10240,
                "system.network.io.receive": 1000,
                "system.network.io.transmit": 2000,
                "system.network.errors": 3,
                "system.network.packet.dropped": 7,
            },
        ),
        files={
            "/proc/1/": b"",
            "/proc/20/": b"",
            "/proc/uptime": b"1200.53 2324.71\n",
            "/proc/stat": b"cpu  3489 0 1983 232471 181 0 38 101 0 0\n"
            b"cpu0 1007 0 872 117154 8 0 9 49 0 0\ncpu1 1 1 1 1 1 1 1 1 0 0\nctxt 5\n",
            "/proc/loadavg": b"0.50 1.04 12.00 1/81 5241\n",
            "/proc/pressure/cpu": b"some avg10=2.50 avg60=0.00 avg300=0.00 total=1\n",
            "/proc/meminfo": b"MemTotal: 4000 kB\nMemFree: 1 kB\n"
            b"MemAvailable: 1000 kB\nSwapTotal: 2 kB\nSwapFree: 1 kB\n",
            "/sys/block/vda/": b"",
            "/sys/block/dm-0/": b"",
            "/proc/diskstats": b" 254 0 vda 30 0 10 0 10 0 20 0 0 0 0\n"
            b" 254 1 vda1 30 0 10 0 10 0 20 0 0 0 0\n"
            b" 253 0 dm-0 30 0 10 0 10 0 20 0 0 0 0\n",
            "/proc/net/dev": b"Inter-|   Receive  |  Transmit\n"
            b" face |bytes    packets errs drop\n"
            b"    lo:    9       9    9    9    9     9  9   9   9    9    9    9\n"
            b"  eth0: 1000       9    1    3    0     0  0   0 2000  9    2    4\n"
            b"  br-0:    9       9    9    9    9     9  9   9   9    9    9    9\n",
        },
        facts={"usage": {"/": DiskUsage(2000, 1200, 400)}},
    ),
    Example(
        System.LINUX,
        "Junk in every file gives the time and no wrong number.",
        rows=(
            {
                **_NOW,
                "system.process.count": 0,
                "system.network.io.receive": 0,
                "system.network.io.transmit": 0,
                "system.network.errors": 0,
                "system.network.packet.dropped": 0,
            },
        ),
        files={
            "/proc/uptime": b"\xff\n",
            "/proc/stat": b"\xff\xfe cpu\n",
            "/proc/loadavg": b"nan inf -1.0\n",
            "/proc/pressure/io": b"full avg10=1.00\n",
            "/proc/pressure/memory": b"some avg10=\n",
            "/proc/meminfo": b"MemTotal: ten kB\0\nMemAvailable: 20 kB\n",
            "/proc/net/dev": b"eth0: 1 2\n\xff: x x x x x x x x x x x x\n",
        },
    ),
)
