# SPDX-License-Identifier: Apache-2.0
"""How long the last start of Windows took, as Windows itself has measured it.

Rules: lengths of phases, and names of services and drivers that took longer than they
should; programs of people and their paths, which the same log has, are not asked for.
Stated limit: Wine has no such log: seen on recorded events alone. Windows measures a
start where its diagnostics are on, which they are not on servers.
Not here: starts of Linux (`agent/diagnostics/boot_times.py`).
Source: events 100, 102 and 103 of Microsoft-Windows-Diagnostics-Performance.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from agent.collectors._shared.gather import number
from agent.collectors._windows.log import data_of, event_id, root_of, seconds_of
from agent.collectors._windows.steps import words
from agent.host.windows_interface import EventFacts, StartLog, WindowsHost
from agent.host.windows_queries import EventKind

_PROVIDER = "Microsoft-Windows-Diagnostics-Performance"
_START = 100
_SLOW = {102: "driver", 103: "service"}
"""What took longer than usual: one that Windows names, of its own or of a maker."""
_PHASES = {
    "BootKernelInitTime": "kernel",
    "BootDriverInitTime": "drivers",
    "BootDevicesInitTime": "devices",
    "BootSmssInitTime": "session-manager",
    "BootCriticalServicesInitTime": "services",
    "BootMachineProfileProcessingTime": "machine-profile",
    "BootUserProfileProcessingTime": "user-profile",
    "BootExplorerInitTime": "desktop",
    "BootPostBootTime": "until-idle",
    "BootTime": "whole",
}
_MILLISECONDS = 1_000
_MOST = 500
"""Events: a slow start has some twenty."""
_WITHIN_SECONDS = 600
"""Windows writes about a start when it has ended, all of it with nearly one time."""


@dataclass(frozen=True, slots=True)
class _Told:
    """What one event tells."""

    kind: int
    at: int
    data: Mapping[str, str]


def starts(host: WindowsHost) -> Iterator[tuple[str, str, float]]:
    """Yield kind, name and seconds of what the last start consisted of.

    Args:
        host: the machine.

    Raises:
        HostError: the log is not there, not ours, or there are no logs at all.
    """
    only = [EventKind(_PROVIDER, kind) for kind in (_START, *_SLOW)]
    found = host.events(StartLog.STARTS, None, _MOST, messages=False, only=only)
    told = [one for event in found if (one := _parsed(event)) is not None]
    begun = [one for one in told if one.kind == _START]
    if not begun:
        return
    last = max(begun, key=lambda one: one.at)
    for field, name in _PHASES.items():
        if (spent := _seconds(last.data, field)) is not None:
            yield "phase", name, spent
    yield from _slow(told, last.at)


def _slow(told: Sequence[_Told], at: int) -> Iterator[tuple[str, str, float]]:
    for one in told:
        name, spent = words(one.data.get("Name")), _seconds(one.data, "TotalTime")
        near = abs(one.at - at) <= _WITHIN_SECONDS
        if one.kind in _SLOW and near and name and spent is not None:
            yield _SLOW[one.kind], name.rpartition("\\")[2], spent


def _parsed(event: EventFacts) -> _Told | None:
    """Return what an event tells; None for another form."""
    root = root_of(event)
    if root is None:
        return None
    kind, at = event_id(root), seconds_of(root)
    return None if kind is None or at is None else _Told(kind, at, dict(data_of(root)))


def _seconds(data: Mapping[str, str], field: str) -> float | None:
    spent = number(data.get(field, ""))
    return None if spent is None else spent / _MILLISECONDS
