# SPDX-License-Identifier: Apache-2.0
# mypy: disable-error-code="unreachable"
# (all below the guard, seen from win32)
"""The clock that deletion goes by: it may be late and is never ahead of true time.

Rules: within one boot believed time moves with the seconds since the boot, which
nobody can set; over a boot it stands still, for nobody can say how long it took; the
time to delete by is the smaller of believed and system time. So a clock that is set
forward deletes nothing early, and one that is set back deletes late.
Not here: refusing to read what is due, which goes by system time (`server/keyring`).
Source: docs/adr/0021-time-that-is-believed.md.
"""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from server.errors import StateError
from server.register.clock import Looked, last_look, remember
from server.register.database import Register

if sys.platform == "win32":
    reason = "a collector's keeper runs on Linux"
    raise ImportError(reason)

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, slots=True)
class Sources:
    """Where time comes from.

    Attributes:
        system: seconds since the epoch, as the machine is set.
        since_boot: seconds since the boot, those asleep among them.
        boot: id of the boot.
    """

    system: Callable[[], int]
    since_boot: Callable[[], int]
    boot: Callable[[], str]


def _since_boot() -> int:
    return int(time.clock_gettime(time.CLOCK_BOOTTIME))


def _boot() -> str:
    """Return the kernel's id of this boot.

    Raises:
        StateError: the kernel gives none.
    """
    try:
        return _BOOT_ID.read_text().strip()
    except OSError as error:
        msg = f"cannot read {_BOOT_ID}: {error.strerror}"
        raise StateError(msg) from None


MACHINE = Sources(lambda: int(time.time()), _since_boot, _boot)
"""This machine's."""


class RetentionClock:
    """Believed time, kept in the register; any thread may ask."""

    def __init__(self, register: Register, sources: Sources = MACHINE) -> None:
        """Go on from the last look; the first takes the system's word."""
        self._register = register
        self._sources = sources

    def now(self) -> int:
        """Return the time to delete by, in seconds since the epoch.

        Raises:
            StateError: the register cannot be written.
        """
        system = self._sources.system()
        return min(system, self._look(system))

    def latest(self) -> int:
        """Return the later of system and believed time: when something was done.

        Nothing that was copied until then counts as copied afterwards.

        Raises:
            StateError: the register cannot be written.
        """
        system = self._sources.system()
        return max(system, self._look(system))

    def behind(self) -> int:
        """Return by how many seconds believed time is behind the system's.

        Raises:
            StateError: the register cannot be written.
        """
        system = self._sources.system()
        return max(0, system - self._look(system))

    def believe(self, moment: int) -> None:
        """Believe a time that people vouch for; never an earlier one, nor one to come.

        Args:
            moment: seconds since the epoch.

        Raises:
            StateError: the register cannot be written.
        """
        system = self._sources.system()
        self._look(system, min(moment, system))

    def _look(self, system: int, vouched: int = 0) -> int:
        """Move believed time on and return it."""
        boot, since_boot = self._sources.boot(), self._sources.since_boot()
        with self._register.transaction() as connection:
            found = last_look(connection)
            last = found or Looked(system, boot, since_boot)
            elapsed = since_boot - last.since_boot if boot == last.boot else 0
            believed = max(last.believed + max(0, elapsed), vouched)
            look = Looked(believed, boot, since_boot)
            if look != found:
                remember(connection, look)
        return look.believed
