# SPDX-License-Identifier: Apache-2.0
"""Whether a service of Linux would start by itself, and whether it runs.

Rules: folders and links only; no unit's content is read and no program runs.
Stated limit: a unit that another one starts, or a generator, does not count as one that
starts by itself.
Not here: the list of all services (`services.py`).
Sources: systemd.unit(5), cgroups(7); OpenRC's runlevels; SysV's rc2.d.
"""

import re
from collections.abc import Iterable

from agent.collectors._shared.gather import names, there
from agent.errors import HostError
from agent.host.interface import Host

SYSTEMD = "/run/systemd/system"
"""There while systemd runs the machine."""
_OWN = "/etc/systemd/system"
_FOLDERS = (_OWN, "/usr/lib/systemd/system", "/lib/systemd/system")
_WANTED = (".wants", ".requires")
_RUNLEVELS = ("/etc/runlevels/boot", "/etc/runlevels/default")
_SCRIPTS = "/etc/rc2.d"
_START = re.compile(r"S\d\d(.+)\Z")
_SLICES = ("/sys/fs/cgroup/system.slice", "/sys/fs/cgroup/systemd/system.slice")
_MASK = "/dev/null"


def starting(host: Host) -> frozenset[str]:
    """Return the names of the units that the machine starts by itself."""
    found: set[str] = set()
    systemd = False
    for folder in _FOLDERS[:2]:
        listed = names(host, folder)
        systemd = systemd or bool(listed)
        for name in listed:
            if name.endswith(_WANTED):
                found.update(names(host, f"{folder}/{name}"))
    if systemd:
        return frozenset(found)
    scripts = [item for folder in _RUNLEVELS for item in names(host, folder)]
    scripts += [match[1] for item in names(host, _SCRIPTS) if (match := _start(item))]
    return frozenset(f"{script}.service" for script in scripts)


def _start(name: str) -> re.Match[str] | None:
    return _START.match(name)


def starts(host: Host, known: frozenset[str], units: Iterable[str]) -> bool:
    """Tell whether at least one of some units starts by itself.

    Args:
        host: the machine.
        known: what `starting` returned.
        units: names of units of one service.
    """
    return any(unit in known and not _masked(host, unit) for unit in units)


def _masked(host: Host, unit: str) -> bool:
    try:
        return host.link(f"{_OWN}/{unit}") == _MASK
    except HostError:  # a plain file, or none
        return False


def there_as_unit(host: Host, units: Iterable[str]) -> bool:
    """Tell whether at least one of some units is installed."""
    return any(there(host, f"{folder}/{unit}") for unit in units for folder in _FOLDERS)


def runs(host: Host, units: Iterable[str]) -> bool | None:
    """Tell whether at least one of some units has a process; None without systemd."""
    if not there(host, SYSTEMD):
        return None
    return any(there(host, f"{place}/{unit}") for unit in units for place in _SLICES)
