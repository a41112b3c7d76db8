# SPDX-License-Identifier: Apache-2.0
"""Whether the machine has little to spare: it runs on its battery, or others wait.

Rules: a few small files or calls; what cannot be told is no burden, for an agent that
waits for ever tells nothing; nothing of it is kept or leaves.
Not here: what is made of it (`agent/governor/patience.py`).
Sources: the kernel's ABI/testing/sysfs-class-power and accounting/psi; proc(5).
"""

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from agent.budget import (
    BUSY_LOAD,
    BUSY_MEMORY_PRESSURE,
    BUSY_PRESSURE,
    SMALL_FILE_BYTES,
)

_MAINS = frozenset({"Mains", "USB"})
_BATTERIES = frozenset({"Battery", "UPS"})
_OF_A_DEVICE = "Device"
"""A battery of a mouse says this of its scope."""
_MINUTE = "avg60="


@dataclass(frozen=True, slots=True)
class Burden:
    """What weighs on the machine."""

    battery: bool = False
    busy: bool = False


class Gauge(Protocol):
    """Looks at one machine."""

    def burden(self) -> Burden:
        """Return what weighs on it now."""


class LinuxGauge:
    """Looks at a Linux machine, or at a recorded tree of one."""

    def __init__(self, root: Path = Path("/"), processors: int | None = None) -> None:
        """Look below a root.

        Args:
            root: of this machine, or of a recorded one.
            processors: of the machine; None for this one's.
        """
        self._root = root
        self._processors = processors or os.cpu_count() or 1

    def burden(self) -> Burden:
        """Return what weighs on it now."""
        return Burden(self._on_battery(), self._is_busy())

    def _on_battery(self) -> bool:
        """Tell whether a battery of the machine is its only source."""
        found = False
        folder = self._root / "sys/class/power_supply"
        with suppress(OSError):
            for supply in sorted(folder.iterdir()):
                kind = self._text(supply / "type")
                if kind in _MAINS and self._text(supply / "online") == "1":
                    return False
                own = self._text(supply / "scope") != _OF_A_DEVICE
                discharging = self._text(supply / "status") == "Discharging"
                found = found or (kind in _BATTERIES and own and discharging)
        return found

    def _is_busy(self) -> bool:
        """Tell whether work has waited for much of the last minute."""
        folder = self._root / "proc/pressure"
        waited = minute(self._text(folder / "cpu"), "some")
        if waited is None:  # a kernel that does not count it
            load = self._text(self._root / "proc/loadavg").partition(" ")[0]
            return (_number(load) or 0.0) >= BUSY_LOAD * self._processors
        stalls = (
            (waited, BUSY_PRESSURE),
            (minute(self._text(folder / "io"), "full"), BUSY_PRESSURE),
            (minute(self._text(folder / "memory"), "some"), BUSY_MEMORY_PRESSURE),
        )
        return any(share is not None and share >= most for share, most in stalls)

    def _text(self, path: Path) -> str:
        """Return the text of a small file; empty where there is none."""
        with suppress(OSError), path.open("rb") as file:
            return file.read(SMALL_FILE_BYTES).decode("ascii", "replace").strip()
        return ""


def minute(text: str, kind: str) -> float | None:
    """Return the share of the last minute, in percent, of one line of PSI.

    Args:
        text: a file of /proc/pressure.
        kind: "some" or "full".
    """
    for line in text.splitlines():
        head, *fields = line.split()
        if head == kind:
            for field in fields:
                if field.startswith(_MINUTE):
                    return _number(field.removeprefix(_MINUTE))
    return None


def _number(text: str) -> float | None:
    try:
        found = float(text)
    except ValueError:
        return None
    return found if 0 <= found < float("inf") else None
