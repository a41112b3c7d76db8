# SPDX-License-Identifier: Apache-2.0
"""When packages were last updated, as each package manager writes it down.

Rules: only the time is taken: these logs also name who asked and with which command;
the end of a log is read, and of older ones apt's last.
Not here: what there is to update (`_updates.py`).
Sources: /var/log/apt/history.log, dnf.rpm.log, zypp/history, pacman.log.
"""

import re
import zlib
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress

from agent.budget import UPGRADE_LOG_BYTES
from agent.collectors._clock import Clock
from agent.errors import DeniedError, NotFoundError
from agent.host.interface import Host

_APT_LOGS = ("/var/log/apt/history.log", "/var/log/apt/history.log.1.gz")
_APT_END = b"\nEnd-Date: "
_APT_UPGRADE = b"\nUpgrade: "
_DNF_LINE = re.compile(rb"(?m)^(\S{19,25}) \S+ Upgraded?: ")
_ZYPP_LINE = re.compile(rb"(?m)^([0-9-]{10} [0-9:]{8})\|install\|")
_PACMAN_LINE = re.compile(rb"(?m)^\[([0-9T:+-]{16,25})\] \[ALPM\] upgraded ")
_ZONE = re.compile(rb"([+-][0-9]{2})([0-9]{2})\Z")
_GZIP = 16 + zlib.MAX_WBITS
"""Tells zlib that gzip's own header comes first."""


def parse_apt_history(data: bytes) -> Iterable[bytes]:
    """Return the end of each transaction of apt that updated something."""
    found = []
    for part in data.split(b"\n\n"):
        stanza = b"\n" + part
        begin = stanza.find(_APT_END)
        if begin >= 0 and _APT_UPGRADE in stanza:
            end = stanza[begin + len(_APT_END) :].partition(b"\n")[0]
            found.append(b" ".join(end.split()))
    return found


def parse_dnf_log(data: bytes) -> Iterable[bytes]:
    """Return the time of each package that dnf updated."""
    return _DNF_LINE.findall(data)


def parse_zypp_history(data: bytes) -> Iterable[bytes]:
    """Return the time of each package that zypper installed, an update or not."""
    return _ZYPP_LINE.findall(data)


def parse_pacman_log(data: bytes) -> Iterable[bytes]:
    """Return the time of each package that pacman updated."""
    return _PACMAN_LINE.findall(data)


def inflate(data: bytes) -> bytes:
    """Return what gzip packed, up to a bound; empty where it is damaged."""
    try:
        return zlib.decompressobj(_GZIP).decompress(data, UPGRADE_LOG_BYTES)
    except zlib.error:
        return b""


_LOGS: Mapping[str, tuple[tuple[str, ...], Callable[[bytes], Iterable[bytes]]]] = {
    "apt": (_APT_LOGS, parse_apt_history),
    "dnf": (("/var/log/dnf.rpm.log",), parse_dnf_log),
    "zypper": (("/var/log/zypp/history",), parse_zypp_history),
    "pacman": (("/var/log/pacman.log",), parse_pacman_log),
}


def _tail(host: Host, path: str) -> bytes:
    if path.endswith(".gz"):
        return inflate(host.read_part(path, 0, UPGRADE_LOG_BYTES))
    start = max(0, host.facts(path).size - UPGRADE_LOG_BYTES)
    return host.read_part(path, start, UPGRADE_LOG_BYTES)


def last_update(host: Host, manager: str, clock: Clock) -> int | None:
    """Return when a package manager last updated something.

    Returns:
        None where its log says nothing of it, or is not ours to read.
    """
    paths, parse = _LOGS.get(manager, ((), parse_apt_history))
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
