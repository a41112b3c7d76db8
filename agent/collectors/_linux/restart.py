# SPDX-License-Identifier: Apache-2.0
"""Whether an update of Linux waits for a restart, and why.

Rules: what a running program still holds open of a replaced file is not looked for: it
needs every process's memory map.
Not here: Windows (`update_status.py`).
Sources: the file that Debian's and openSUSE's update tools leave, uname, /lib/modules.
"""

import re

from agent.collectors._linux.versions import newer
from agent.collectors._shared.gather import names, there
from agent.errors import HostError
from agent.host.interface import Host

_FILES = ("/run/reboot-required", "/var/run/reboot-required", "/run/reboot-needed")
_MODULES = "/lib/modules"
_INDEX = "modules.dep"
"""Made when a kernel is installed, gone when it is removed."""
_FLAVOUR = re.compile(r"(?:-[a-z][a-z0-9]*)*\Z")

ASKED = "asked-by-update"
KERNEL = "newer-kernel"
REMOVED = "kernel-removed"


def flavour(release: str) -> str:
    """Return the words that end a kernel's release: "-cloud-amd64"; none of el9's."""
    found = _FLAVOUR.search(release)
    return found[0] if found else ""


def kernel_reason(running: str, installed: list[str]) -> str | None:
    """Return why the installed kernels ask for a restart; None where they do not.

    Args:
        running: the release of the kernel that runs.
        installed: releases of those installed; of other flavours too.
    """
    same = [name for name in installed if flavour(name) == flavour(running)]
    if any(newer(name, running) for name in same):
        return KERNEL
    return REMOVED if same and running not in same else None


def restart_reasons(host: Host) -> list[str]:
    """Return why this machine waits for a restart; none where it does not."""
    found = [ASKED] if any(there(host, path) for path in _FILES) else []
    installed = [
        name
        for name in names(host, _MODULES)
        if there(host, f"{_MODULES}/{name}/{_INDEX}")
    ]
    try:
        reason = kernel_reason(host.kernel().release, installed)
    except HostError:
        reason = None
    return [*found, reason] if reason else found
