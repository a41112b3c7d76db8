# SPDX-License-Identifier: Apache-2.0
# mypy: disable-error-code="unreachable"
# (all below the guard, seen from linux)
"""Whether a Windows machine has little to spare: its power line and its processors.

Rules: two calls of kernel32, no library; how busy it is, is told over the time between
two looks, so the first look tells nothing.
Not here: what is made of it (`agent/governor/patience.py`).
Sources: GetSystemPowerStatus; GetSystemTimes, whose kernel time holds the idle time.
"""

import ctypes
import sys
from ctypes import wintypes

from agent.budget import BUSY_UTILISATION, BUSY_WINDOW_SECONDS
from agent.host.burden import Burden

if sys.platform != "win32":
    reason = "agent.host.windows_burden is for Windows"
    raise ImportError(reason)

_OFFLINE = 0
"""ACLineStatus of a machine that is not on its power line; 255 is unknown."""
_HIGH = 32
_SECOND = 10_000_000
"""Times are in units of 100 nanoseconds."""

Times = tuple[int, int]
"""Units of time that all processors were idle, and that they were there."""


class _Power(ctypes.Structure):
    _fields_ = (
        ("line", ctypes.c_ubyte),
        ("battery", ctypes.c_ubyte),
        ("percent", ctypes.c_ubyte),
        ("saver", ctypes.c_ubyte),
        ("seconds", wintypes.DWORD),
        ("full", wintypes.DWORD),
    )


class WindowsGauge:
    """Looks at this Windows machine."""

    def __init__(self) -> None:
        """Remember where the clocks of its processors stand."""
        self._before = _times()
        self._busy = False

    def burden(self) -> Burden:
        """Return what weighs on it now; busy is over the time since the last look."""
        now = _times()
        idle, there = (new - old for new, old in zip(now, self._before, strict=True))
        if there >= BUSY_WINDOW_SECONDS * _SECOND:
            self._before = now
            self._busy = (there - idle) >= BUSY_UTILISATION * there
        return Burden(_on_battery(), self._busy)


def _on_battery() -> bool:
    found = _Power()
    known = ctypes.windll.kernel32.GetSystemPowerStatus(ctypes.byref(found))
    return bool(known) and found.line == _OFFLINE


def _times() -> Times:
    idle, kernel, user = (wintypes.FILETIME() for _ in range(3))
    ctypes.windll.kernel32.GetSystemTimes(
        ctypes.byref(idle), ctypes.byref(kernel), ctypes.byref(user)
    )
    return _units(idle), _units(kernel) + _units(user)


def _units(time: wintypes.FILETIME) -> int:
    return int(time.dwHighDateTime) << _HIGH | int(time.dwLowDateTime)
