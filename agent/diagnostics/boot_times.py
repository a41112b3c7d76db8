# SPDX-License-Identifier: Apache-2.0
"""Boot times: how long the last start took, and what it waited for.

Rules: names of units without the part after @, which may be a person's; of Windows'
own measurements services and drivers, no program.
Stated limit: systemd, or Windows where it measures its starts; else it is unsupported.
Not here: when the machine was started (`agent/collectors/devices.py`), Windows' log
(`agent/collectors/_windows/starts.py`).
Source: systemctl(1) show, as systemd-analyze(1) reads it.
"""

from collections.abc import Iterator, Mapping, Sequence

from agent.collectors import services
from agent.collectors._shared.declare import harmless
from agent.collectors._shared.gather import number, take, text, there
from agent.diagnostics import Reader
from agent.diagnostics._shared.declare import asked_for, whole
from agent.errors import NotFoundError, UnsupportedError
from agent.host.interface import Host, Program
from agent.host.windows_door import windows
from agent.rows import Reading, Want
from wire.catalogue import System, ValueType
from wire.diagnostics import Checked

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

_PHASE = "phase"
RUNNING = "/run/systemd/system"
_PHASES = (
    "FirmwareTimestampMonotonic",
    "LoaderTimestampMonotonic",
    "InitRDTimestampMonotonic",
    "UserspaceTimestampMonotonic",
    "FinishTimestampMonotonic",
)
_UNIT = ("Id", "InactiveExitTimestampMonotonic", "ActiveEnterTimestampMonotonic")
MANAGER_CALL = ("show", f"--property={','.join(_PHASES)}")
UNITS_CALL = ("show", f"--property={','.join(_UNIT)}", "--", "*.service")
_MICROSECONDS = 1_000_000
_Spent = tuple[str, str, float]
"""Kind, name, and seconds."""


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
    if not there(host, RUNNING):
        reason = "no-systemd"
        raise UnsupportedError(reason)
    phases = parse_phases(host.run(Program.SYSTEMCTL, *MANAGER_CALL))
    starts = parse_starts(host.run(Program.SYSTEMCTL, *UNITS_CALL))
    found = [(_PHASE, name, spent) for name, spent in phases]
    found += [("service", name, spent) for name, spent in starts]
    return _told(want, given, found)


def read_windows(host: Host, want: Want, given: Checked) -> Reading:
    """Read the same of Windows: phases, then what took longer than it should."""
    if not want.columns:
        return Reading([])
    from agent.collectors._windows.starts import (  # noqa: PLC0415 - Linux has no use of it
        starts,
    )

    try:
        found = list(starts(windows(host)))
    except NotFoundError:
        reason = "starts-not-measured"
        raise UnsupportedError(reason) from None
    return _told(want, given, found)


def _told(want: Want, given: Checked, found: Sequence[_Spent]) -> Reading:
    """Return the phases as they came, then as many of the slowest as were asked for."""
    slow = [one for one in found if one[0] != _PHASE]
    slow.sort(key=lambda one: one[2], reverse=True)
    told = [one for one in found if one[0] == _PHASE] + slow[: given.number("top")]
    return take(
        want,
        [{"kind": kind, "name": name, "duration": spent} for kind, name, spent in told],
    )


READERS: Mapping[System, Reader] = {
    System.LINUX: read,
    System.WINDOWS: read_windows,
}
