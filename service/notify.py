# SPDX-License-Identifier: Apache-2.0
# mypy: disable-error-code="unreachable"
# (all below the guard, seen from win32)
"""Tells systemd how a service lives, over the datagram socket that it names.

Rules: a few bytes a message, nothing is waited for, and a manager that does not listen
changes nothing; the environment is read once and taken away, so that no child of the
service speaks for it.
Not here: what is told (`agent/life.py`, `server/life.py`).
Source: sd_notify(3), systemd.service(5) WatchdogSec=.
"""

import os
import socket
import sys
import time
from collections.abc import MutableMapping
from contextlib import suppress
from math import inf

if sys.platform == "win32":
    reason = "service.notify is for Linux"
    raise ImportError(reason)

_BEATS = 3
"""Beats in the time of a watchdog: one may be late, and another lost."""
_MICRO = 1_000_000


class Notifier:
    """A Life that systemd hears."""

    def __init__(self, address: str, watchdog: float) -> None:
        """Speak to a socket.

        Args:
            address: its path; "@" begins an abstract one.
            watchdog: seconds after which silence means a hang; infinite for none.
        """
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self._socket = socket.socket(
            socket.AF_UNIX,
            socket.SOCK_DGRAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC,
        )
        self._beats = watchdog < inf
        self.beat = watchdog / _BEATS
        self._status = ""

    def ready(self) -> None:
        """Tell that it works."""
        self._tell("READY=1")

    def turned(self) -> None:
        """Feed the watchdog, where there is one."""
        if self._beats:
            self._tell("WATCHDOG=1")

    def status(self, sentence: str) -> None:
        """Have `systemctl status` show a sentence; once while it stays the same."""
        if sentence != self._status:
            self._status = sentence
            self._tell("STATUS=" + " ".join(sentence.split()))

    def reloading(self) -> None:
        """Tell that settings are read anew, from this moment on."""
        moment = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        self._tell(f"RELOADING=1\nMONOTONIC_USEC={moment}")

    def stopping(self) -> None:
        """Tell that it ends."""
        self._tell("STOPPING=1")

    def _tell(self, message: str) -> None:
        with suppress(OSError):
            self._socket.sendto(message.encode(), self._address)


def notifier(environment: MutableMapping[str, str]) -> Notifier | None:
    """Return what speaks to systemd, or None where it does not listen.

    Args:
        environment: of this process; what is for it alone is taken out.
    """
    address = environment.pop("NOTIFY_SOCKET", "")
    watchdog = environment.pop("WATCHDOG_USEC", "")
    process = environment.pop("WATCHDOG_PID", "")
    if not address.startswith(("/", "@")):
        return None
    mine = process in {"", str(os.getpid())}
    fed = mine and watchdog.isascii() and watchdog.isdigit() and int(watchdog) > 0
    return Notifier(address, int(watchdog) / _MICRO if fed else inf)
