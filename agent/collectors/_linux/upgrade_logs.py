# SPDX-License-Identifier: Apache-2.0
"""When packages were last updated, as each package manager writes it down.

Rules: only the time is taken, from logs that name no person; the end of a log is read.
Not here: what there is to update (`_linux/updates.py`); zypper's log, for it says who
was signed in where.
Sources: /var/log/dpkg.log, dnf.rpm.log, pacman.log.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress

from agent.budget import UPGRADE_LOG_BYTES
from agent.collectors._shared.clock import Clock
from agent.errors import DeniedError, NotFoundError
from agent.host.interface import Host

_DPKG_LINE = re.compile(rb"(?m)^([0-9-]{10} [0-9:]{8}) upgrade ")
_DNF_LINE = re.compile(rb"(?m)^(\S{19,25}) \S+ Upgraded?: ")
_PACMAN_LINE = re.compile(rb"(?m)^\[([0-9T:+-]{16,25})\] \[ALPM\] upgraded ")
_ZONE = re.compile(rb"([+-][0-9]{2})([0-9]{2})\Z")


def parse_dpkg_log(data: bytes) -> Iterable[bytes]:
    """Return the time of each package that dpkg updated."""
    return _DPKG_LINE.findall(data)


def parse_dnf_log(data: bytes) -> Iterable[bytes]:
    """Return the time of each package that dnf updated."""
    return _DNF_LINE.findall(data)


def parse_pacman_log(data: bytes) -> Iterable[bytes]:
    """Return the time of each package that pacman updated."""
    return _PACMAN_LINE.findall(data)


_LOGS: Mapping[str, tuple[tuple[str, ...], Callable[[bytes], Iterable[bytes]]]] = {
    "apt": (("/var/log/dpkg.log", "/var/log/dpkg.log.1"), parse_dpkg_log),
    "dnf": (("/var/log/dnf.rpm.log",), parse_dnf_log),
    "pacman": (("/var/log/pacman.log",), parse_pacman_log),
}


def _tail(host: Host, path: str) -> bytes:
    start = max(0, host.facts(path).size - UPGRADE_LOG_BYTES)
    return host.read_part(path, start, UPGRADE_LOG_BYTES)


def last_update(host: Host, manager: str, clock: Clock) -> int | None:
    """Return when a package manager last updated something.

    Returns:
        None where its log says nothing of it, or is not ours to read.
    """
    paths, parse = _LOGS.get(manager, ((), parse_dpkg_log))
    for path in paths:
        with suppress(NotFoundError, DeniedError):
            times = [
                seconds
                for stamp in parse(_tail(host, path))
                if (seconds := clock.seconds(_ZONE.sub(rb"\1:\2", stamp))) is not None
            ]
            if times:
                return max(times)
    return None
