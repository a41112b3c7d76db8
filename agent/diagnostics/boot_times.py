# SPDX-License-Identifier: Apache-2.0
"""Boot times: how long the last start took, and what it waited for.

Rules: names of units without the part after @, which may be a person's.
Stated limit: systemd alone; elsewhere it is unsupported.
Not here: when the machine was started (`agent/collectors/devices.py`).
Source: systemctl(1) show, as systemd-analyze(1) reads it.
"""

from collections.abc import Iterator, Mapping

from agent.collectors import services
from agent.collectors._shared.declare import harmless
from agent.collectors._shared.gather import number, take, text, there
from agent.diagnostics import Case, Reader
from agent.diagnostics._shared.declare import asked_for, whole
from agent.errors import UnsupportedError
from agent.host.interface import Host, Program
from agent.rows import Example, Reading, Want
from wire.catalogue import System, ValueType
from wire.diagnostics import Checked
from wire.values import Value

TEXT = ValueType.TEXT

DATASET = asked_for(
    "boot_times",
    "How long the last start took, and what it waited for.",
    (
        harmless("kind", TEXT, "Tells phases of a start from its services."),
        harmless("name", TEXT, "Says what took the time."),
        harmless("duration", ValueType.DOUBLE_SECONDS, "Shows what is slow."),
    ),
    whole("top", "How many services are told, the slowest first.", 1, 100, 20),
)

_RUNNING = "/run/systemd/system"
_PHASES = (
    "FirmwareTimestampMonotonic",
    "LoaderTimestampMonotonic",
    "InitRDTimestampMonotonic",
    "UserspaceTimestampMonotonic",
    "FinishTimestampMonotonic",
)
_UNIT = ("Id", "InactiveExitTimestampMonotonic", "ActiveEnterTimestampMonotonic")
_MANAGER_CALL = ("show", f"--property={','.join(_PHASES)}")
_UNITS_CALL = ("show", f"--property={','.join(_UNIT)}", "--", "*.service")
_MICROSECONDS = 1_000_000
_Values = Mapping[str, Value]


def _fields(data: bytes) -> dict[str, str]:
    pairs = (line.partition("=")[::2] for line in text(data).split("\n"))
    return {name: value.strip() for name, value in pairs if name}


def parse_phases(data: bytes) -> Iterator[tuple[str, float]]:
    """Yield each phase of a start and its seconds; a phase that was not is left out."""
    told = _fields(data)
    firmware, loader, initrd, userspace, finish = (
        number(told.get(name, "")) or 0 for name in _PHASES
    )
    kernel = initrd or userspace
    for name, length in (
        ("firmware", firmware - loader),
        ("loader", loader),
        ("kernel", kernel),
        ("initrd", userspace - initrd if initrd else 0),
        ("userspace", finish - userspace if finish else 0),
    ):
        if length > 0:
            yield name, length / _MICROSECONDS


def parse_starts(data: bytes) -> Iterator[tuple[str, float]]:
    """Yield each service that has started and the seconds that it took."""
    for block in data.split(b"\n\n"):
        told = _fields(block)
        began, ready = (number(told.get(name, "")) or 0 for name in _UNIT[1:])
        if told.get("Id") and 0 < began <= ready:
            yield services.split_name(told["Id"])[0], (ready - began) / _MICROSECONDS


def read(host: Host, want: Want, given: Checked) -> Reading:
    """Read one row for each phase, then one for each of the slowest services."""
    if not want.columns:
        return Reading([])
    if not there(host, _RUNNING):
        reason = "no-systemd"
        raise UnsupportedError(reason)
    phases = parse_phases(host.run(Program.SYSTEMCTL, *_MANAGER_CALL))
    starts = parse_starts(host.run(Program.SYSTEMCTL, *_UNITS_CALL))
    slowest = sorted(starts, key=lambda item: item[1], reverse=True)
    rows: list[_Values] = [
        {"kind": "phase", "name": name, "duration": spent} for name, spent in phases
    ]
    rows += [
        {"kind": "service", "name": name, "duration": spent}
        for name, spent in slowest[: given.number("top")]
    ]
    return take(want, rows)


READERS: Mapping[System, Reader] = {System.LINUX: read}

EXAMPLES = (
    Case(
        Example(
            System.LINUX,
            "A start with firmware and a loader; the slowest service alone.",
            rows=(
                {"kind": "phase", "name": "firmware", "duration": 4.0},
                {"kind": "phase", "name": "loader", "duration": 1.5},
                {"kind": "phase", "name": "kernel", "duration": 2.0},
                {"kind": "phase", "name": "userspace", "duration": 8.0},
                {"kind": "service", "name": "backup@.service", "duration": 5.0},
            ),
            files={f"{_RUNNING}/": b""},
            programs={
                " ".join(("systemctl", *_MANAGER_CALL)): (
                    b"FirmwareTimestampMonotonic=5500000\n"
                    b"LoaderTimestampMonotonic=1500000\n"
                    b"InitRDTimestampMonotonic=0\n"
                    b"UserspaceTimestampMonotonic=2000000\n"
                    b"FinishTimestampMonotonic=10000000\n"
                ),
                " ".join(("systemctl", *_UNITS_CALL)): (
                    b"Id=cron.service\nInactiveExitTimestampMonotonic=3000000\n"
                    b"ActiveEnterTimestampMonotonic=3100000\n\n"
                    b"Id=backup@ada.service\nInactiveExitTimestampMonotonic=3000000\n"
                    b"ActiveEnterTimestampMonotonic=8000000\n\n"
                    b"Id=off.service\nInactiveExitTimestampMonotonic=0\n"
                    b"ActiveEnterTimestampMonotonic=0\n"
                ),
            },
        ),
        {"top": "1"},
    ),
    Case(
        Example(
            System.LINUX,
            "Junk tells nothing.",
            rows=(),
            files={f"{_RUNNING}/": b""},
            programs={"systemctl": b"\xff=\n\nId=\nx"},
        ),
        {},
    ),
)
