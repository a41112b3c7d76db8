# SPDX-License-Identifier: Apache-2.0
"""Top processes: which programs take the processor or the memory, over some seconds.

Rules: two looks and the difference; names without arguments, as in the passes; a
process that is there at one look only is left out.
Not here: how processes are read (`agent/collectors/processes.py`).
"""

from collections.abc import Mapping
from dataclasses import replace

from agent.collectors import processes
from agent.collectors._shared.declare import direct, harmless
from agent.collectors._shared.gather import take
from agent.diagnostics import Case, Reader
from agent.diagnostics._shared.declare import asked_for, choice, whole
from agent.host.interface import Host
from agent.rows import Example, Reading, Want
from wire.catalogue import System, ValueType
from wire.diagnostics import Checked
from wire.values import Value

TEXT = ValueType.TEXT
_PID, _TIME, _BIRTH = "process.pid", "process.cpu.time", "process.creation.time"
_MEMORY, _SHARE = "process.memory.usage", "process.cpu.utilization"

DATASET = asked_for(
    "top_processes",
    "Which programs take the processor or the memory now.",
    (
        harmless("process.executable.name", TEXT, "Says which program it is."),
        harmless(_PID, ValueType.COUNT, "Tells copies of one program apart."),
        direct("process.owner", "user", "Says with whose rights it runs."),
        harmless("process.state", TEXT, "Finds programs that hang."),
        harmless(_SHARE, ValueType.REAL, "Processors taken: 1 is one of them, whole."),
        harmless(_MEMORY, ValueType.BYTES, "Finds memory hogs."),
        harmless("memory.growth", ValueType.INTEGER, "Bytes more: finds leaks."),
    ),
    choice("by", "What they are sorted by.", ("processor", "memory"), "processor"),
    whole("seconds", "Time between the two looks.", 1, 30, 5),
    whole("top", "How many programs are told.", 1, 50, 15),
    seconds=60,
    rows=50,
)

_Look = Mapping[tuple[Value, Value], Mapping[str, Value]]


def _look(host: Host, want: Want) -> _Look:
    """Return what every process tells, by number and birth."""
    columns = (want.columns | {_PID, _BIRTH, _TIME, _MEMORY}) - {"memory.growth"}
    reader = processes.READERS[host.system]
    known = frozenset(column.name for column in processes.DATASET.columns)
    found = reader(host, replace(want, columns=columns & known, rows=1 << 16))
    rows = [{name: row.value(name) for name in row.columns()} for row in found.rows]
    return {(row.get(_PID), row.get(_BIRTH)): row for row in rows}


def differences(before: _Look, after: _Look, seconds: float) -> list[dict[str, Value]]:
    """Return what each process took between two looks; those of both only."""
    found: list[dict[str, Value]] = []
    for process, values in after.items():
        earlier = before.get(process)
        if earlier is None:
            continue
        spent, had = values.get(_TIME), earlier.get(_TIME)
        held, holds = earlier.get(_MEMORY), values.get(_MEMORY)
        share = growth = None
        if isinstance(spent, float) and isinstance(had, float):
            share = round(max(0.0, spent - had) / seconds, 4)
        if isinstance(held, int) and isinstance(holds, int):
            growth = holds - held
        found.append({**values, _SHARE: share, "memory.growth": growth})
    return found


def read(host: Host, want: Want, given: Checked) -> Reading:
    """Read one row for each of the first programs."""
    if not want.columns:
        return Reading([])
    seconds = given.number("seconds")
    before = _look(host, want)
    want.pause(seconds)
    found = differences(before, _look(host, want), seconds)
    order = (_SHARE, _MEMORY) if given.text("by") == "processor" else (_MEMORY, _SHARE)

    def rank(values: Mapping[str, Value]) -> tuple[float, ...]:
        told = (values.get(name) for name in order)
        return tuple(v if isinstance(v, int | float) else 0.0 for v in told)

    found.sort(key=rank, reverse=True)
    return take(want, found[: given.number("top")])


READERS: Mapping[System, Reader] = {System.LINUX: read, System.WINDOWS: read}


def _stat(pid: int, name: str, ticks: int, state: str = "S") -> bytes:
    return f"{pid} ({name}) {state} 1 {'0 ' * 9}{ticks} 0 0 0 20 0 1 0 500 0\n".encode()


def _status(kilobytes: int) -> bytes:
    return f"Uid:\t1000\t1000\t1000\t1000\nVmRSS:\t{kilobytes} kB\n".encode()


EXAMPLES = (
    Case(
        Example(
            System.LINUX,
            "One process works, one grows, one began between the looks.",
            rows=(
                {
                    "process.executable.name": "indexer",
                    _PID: 71,
                    "process.owner": "ada",
                    "process.state": "running",
                    _SHARE: 0.9,
                    _MEMORY: 4096,
                    "memory.growth": 0,
                },
                {
                    "process.executable.name": "leaky",
                    _PID: 72,
                    "process.owner": "ada",
                    "process.state": "sleeping",
                    _SHARE: 0.0,
                    _MEMORY: 10240,
                    "memory.growth": 8192,
                },
            ),
            files={
                "/etc/passwd": b"ada:x:1000:1000::/home/ada:/bin/sh\n",
                "/proc/stat": b"cpu 0\nbtime 1763940000\n",
                "/proc/71/stat": _stat(71, "indexer", 100, "R"),
                "/proc/71/status": _status(4),
                "/proc/72/stat": _stat(72, "leaky", 100),
                "/proc/72/status": _status(2),
            },
            facts={
                "later": {
                    "/proc/71/stat": _stat(71, "indexer", 280, "R"),
                    "/proc/72/status": _status(10),
                    "/proc/73/stat": _stat(73, "new", 500),
                    "/proc/73/status": _status(900),
                }
            },
        ),
        {"seconds": "2"},
    ),
    Case(
        Example(
            System.LINUX,
            "Sorted by memory, the first alone; no name of an account.",
            rows=(
                {
                    "process.executable.name": "big",
                    _PID: 8,
                    "process.owner": "1000",
                    "process.state": "sleeping",
                    _SHARE: 0.0,
                    _MEMORY: 921600,
                    "memory.growth": 0,
                },
            ),
            files={
                "/proc/7/stat": _stat(7, "small", 5),
                "/proc/7/status": _status(1),
                "/proc/8/stat": _stat(8, "big", 5),
                "/proc/8/status": _status(900),
            },
        ),
        {"by": "memory", "top": "1"},
    ),
    Case(
        Example(
            System.WINDOWS,
            "A program of an account, without its domain.",
            rows=(
                {
                    "process.executable.name": "excel.exe",
                    _PID: 4120,
                    "process.owner": "ada",
                    _SHARE: 0.0,
                    _MEMORY: 250_000_000,
                    "memory.growth": 0,
                },
            ),
            facts={
                "processes": (
                    {
                        "pid": 4120,
                        "program": "excel.exe",
                        "owner": "EXAMPLE\\ada",
                        "processor": 12.5,
                        "memory": 250_000_000,
                        "started": 1763940000,
                    },
                )
            },
        ),
        {},
    ),
    Case(Example(System.WINDOWS, "No process.", rows=(), facts={"processes": ()}), {}),
)
