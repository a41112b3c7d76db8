# SPDX-License-Identifier: Apache-2.0
"""Hardware: processor and memory of the machine, in one row.

Rules: no serial number is read here.
Not here: memory modules (`memory_modules.py`), disks (`storage_devices.py`).
Sources: /proc/cpuinfo, /proc/meminfo; on Windows the key CentralProcessor.
"""

from collections.abc import Mapping

from agent.collectors._shared.declare import harmless
from agent.collectors._shared.gather import (
    Source,
    colon_fields,
    kilobytes,
    number,
    read_sources,
    text,
    times,
)
from agent.collectors._windows.steps import figure, registry, registry_keys, words
from agent.errors import NotFoundError
from agent.host.interface import Host
from agent.host.windows_door import windows
from agent.host.windows_named import Source as WindowsSource
from agent.rows import Example, Reader, Reading, Want
from wire.catalogue import Dataset, Kind, System, ValueType
from wire.values import Value

TEXT = ValueType.TEXT

DATASET = Dataset(
    "hardware",
    Kind.SNAPSHOT,
    "Processor and memory: what the machine can do, and when it is too small.",
    ("host.cpu.model.name",),
    (
        harmless("host.cpu.vendor.id", TEXT, "Says which microcode updates apply."),
        harmless("host.cpu.model.name", TEXT, "Shows machines due for replacement."),
        harmless("host.cpu.family", TEXT, "Finds processors with known faults."),
        harmless("host.cpu.model.id", TEXT, "Finds processors with known faults."),
        harmless("host.cpu.stepping", TEXT, "Finds processors with known faults."),
        harmless("sockets", ValueType.COUNT, "Some licences count processors."),
        harmless("cores", ValueType.COUNT, "Some licences count cores."),
        harmless("threads", ValueType.COUNT, "Puts the load into proportion."),
        harmless("ram_size", ValueType.BYTES, "Shows machines short of memory."),
    ),
)

_TEXTS = {
    "host.cpu.vendor.id": (b"vendor_id", b"CPU implementer"),
    "host.cpu.model.name": (b"model name", b"Model", b"cpu", b"Processor"),
    "host.cpu.family": (b"cpu family", b"CPU architecture"),
    "host.cpu.model.id": (b"model", b"CPU part"),
    "host.cpu.stepping": (b"stepping", b"CPU revision"),
}
"""Field names on x86, then on ARM and POWER."""
_COUNTS = ("sockets", "cores", "threads")
_PROCESSORS = "HKLM\\HARDWARE\\DESCRIPTION\\System\\CentralProcessor"
_PROCESSOR_VALUES = ("VendorIdentifier", "ProcessorNameString", "Identifier")


def parse_processors(data: bytes) -> dict[str, Value]:
    """Return description and counts from the text of /proc/cpuinfo."""
    first = colon_fields(data)
    values: dict[str, Value] = {}
    for column, fields in _TEXTS.items():
        found = next((first[field] for field in fields if first.get(field)), b"")
        values[column] = text(found).strip() or None
    threads = data.count(b"\nprocessor") + data.startswith(b"processor")
    sockets = set(_each(data, b"physical id"))
    cores = number(first.get(b"cpu cores"))
    values["threads"] = threads or None
    if sockets:
        values["sockets"] = len(sockets)
        values["cores"] = times(cores, len(sockets))
    return values


def _each(data: bytes, name: bytes) -> list[bytes]:
    """Return the value of every line of a name."""
    return [
        part.partition(b"\n")[0].partition(b":")[2].strip()
        for part in data.split(b"\n" + name)[1:]
    ]


def parse_memory(data: bytes) -> dict[str, Value]:
    """Return the size of memory from the text of /proc/meminfo."""
    return {"ram_size": kilobytes(colon_fields(data), b"MemTotal")}


def _read_processors(host: Host, _want: Want) -> Mapping[str, Value]:
    return parse_processors(host.read("/proc/cpuinfo"))


def _read_memory(host: Host, _want: Want) -> Mapping[str, Value]:
    try:
        return parse_memory(host.read("/proc/meminfo"))
    except NotFoundError:
        return {}


_SOURCES: tuple[Source, ...] = (
    ((*_TEXTS, *_COUNTS), _read_processors),
    (("ram_size",), _read_memory),
)


def read_linux(host: Host, want: Want) -> Reading:
    """Read the machine's one row."""
    return read_sources(host, want, _SOURCES)


def parse_identifier(identifier: str | None) -> dict[str, Value]:
    """Return family, model and stepping of "Intel64 Family 6 Model 140 Stepping 1"."""
    parts = (identifier or "").split()
    found = dict(zip(parts[1::2], parts[2::2], strict=False))
    return {
        "host.cpu.family": found.get("Family"),
        "host.cpu.model.id": found.get("Model"),
        "host.cpu.stepping": found.get("Stepping"),
    }


def _read_windows_processors(host: Host, want: Want) -> Mapping[str, Value]:
    values: dict[str, Value] = {}
    if want.any(*_TEXTS):
        found = registry(host, f"{_PROCESSORS}\\0", *_PROCESSOR_VALUES)
        vendor, name, identifier = (words(found.get(n)) for n in _PROCESSOR_VALUES)
        values |= {"host.cpu.vendor.id": vendor, "host.cpu.model.name": name}
        values |= parse_identifier(identifier)
    if "threads" in want:
        values["threads"] = len(registry_keys(host, _PROCESSORS)) or None
    return values


def _read_windows_memory(host: Host, _want: Want) -> Mapping[str, Value]:
    for row in windows(host).ask(WindowsSource.LOAD, frozenset({"memory"})):
        return {"ram_size": figure(row.get("TotalPhys")) or None}
    return {}


_WINDOWS_SOURCES: tuple[Source, ...] = (
    ((*_TEXTS, "threads"), _read_windows_processors),
    (("ram_size",), _read_windows_memory),
)


def read_windows(host: Host, want: Want) -> Reading:
    """Read the machine's one row; of processors Windows' registry counts threads."""
    return read_sources(host, want, _WINDOWS_SOURCES)


READERS: Mapping[System, Reader] = {
    System.LINUX: read_linux,
    System.WINDOWS: read_windows,
}

EXAMPLES = (
    Example(
        System.LINUX,
        "Two threads of one AMD processor; the kernel's text, shortened.",
        rows=(
            {
                "host.cpu.vendor.id": "AuthenticAMD",
                "host.cpu.model.name": "AMD EPYC",
                "host.cpu.family": "25",
                "host.cpu.model.id": "17",
                "host.cpu.stepping": "1",
                "sockets": 1,
                "cores": 2,
                "threads": 2,
                "ram_size": 25276514304,
            },
        ),
        files={
            "/proc/cpuinfo": b"".join(
                b"processor\t: %d\nvendor_id\t: AuthenticAMD\ncpu family\t: 25\n"
                b"model\t\t: 17\nmodel name\t: AMD EPYC\nstepping\t: 1\n"
                b"physical id\t: 0\ncpu cores\t: 2\n\n" % thread
                for thread in range(2)
            ),
            "/proc/meminfo": b"MemTotal:       24684096 kB\nMemFree:  1 kB\n",
        },
    ),
    Example(
        System.LINUX,
        "A Raspberry Pi, whose cpuinfo has other words and no sockets.",
        rows=(
            {
                "host.cpu.vendor.id": "0x41",
                "host.cpu.model.name": "Raspberry Pi 4 Model B Rev 1.4",
                "host.cpu.family": "8",
                "host.cpu.model.id": "0xd08",
                "host.cpu.stepping": "3",
                "threads": 1,
            },
        ),
        files={
            "/proc/cpuinfo": b"processor\t: 0\nCPU implementer\t: 0x41\n"
            b"CPU architecture: 8\nCPU part\t: 0xd08\nCPU revision\t: 3\n\n"
            b"Serial\t\t: 10000000abcdef01\n"
            b"Model\t\t: Raspberry Pi 4 Model B Rev 1.4\n",
        },
    ),
    Example(
        System.LINUX,
        "Junk gives an empty row, never a wrong number.",
        rows=({},),
        files={
            "/proc/cpuinfo": b"\xff\xfe:::\ncpu cores : 9e9\n",
            "/proc/meminfo": b"MemTotal: -1 kB\nMemTotal: 99999999999999999999 kB",
        },
    ),
    Example(
        System.WINDOWS,
        "A laptop of two threads.",
        rows=(
            {
                "host.cpu.vendor.id": "GenuineIntel",
                "host.cpu.model.name": "11th Gen Intel(R) Core(TM) i7-1165G7 @ 2.80GHz",
                "host.cpu.family": "6",
                "host.cpu.model.id": "140",
                "host.cpu.stepping": "1",
                "threads": 2,
                "ram_size": 16 << 30,
            },
        ),
        facts={
            "registry": {
                f"{_PROCESSORS}\\0": {
                    "VendorIdentifier": "GenuineIntel",
                    "ProcessorNameString": "11th Gen Intel(R) Core(TM) i7-1165G7"
                    " @ 2.80GHz   ",
                    "Identifier": "Intel64 Family 6 Model 140 Stepping 1",
                },
                f"{_PROCESSORS}\\1": {},
            },
            "load": ({"TotalPhys": 16 << 30},),
        },
    ),
    Example(
        System.WINDOWS,
        "Values of another form are left out.",
        rows=({"host.cpu.model.name": "Other", "threads": 1},),
        facts={
            "registry": {
                f"{_PROCESSORS}\\0": {
                    "ProcessorNameString": "Other",
                    "Identifier": "Family",
                    "VendorIdentifier": 7,
                }
            },
            "load": ({"TotalPhys": "much"},),
        },
    ),
)
