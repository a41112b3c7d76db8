# SPDX-License-Identifier: Apache-2.0
# mypy: disable-error-code="unreachable"
# (all below the guard, seen from win32)
"""Which capabilities a verb needs, and that a child has no other.

Rules: a child gives up all but its verb's own before it looks at the plan; only of a
disk's health a program is asked, which gets what it needs for that.
Not here: how capabilities are given up (`agent/host/capabilities.py`), those that the
process begins with (its unit).
"""

import sys
from collections.abc import Mapping

from agent.host.capabilities import (
    DAC_READ_SEARCH,
    SYS_ADMIN,
    SYS_PTRACE,
    SYS_RAWIO,
    keep,
)
from agent.host.interface import RootVerb

if sys.platform == "win32":
    reason = "agent.privileged.rights is for Linux"
    raise ImportError(reason)

_READ = 1 << DAC_READ_SEARCH
"""Reading any file, and nothing of a process or a device."""
_MORE: Mapping[RootVerb, int] = {
    # whose a socket is says /proc/PID/fd, which is for who may trace that process
    RootVerb.LIST_SOCKET_OWNERS: 1 << SYS_PTRACE,
    # SG_IO asks for the first of a SATA disk, the NVMe driver for the second
    RootVerb.READ_DISK_HEALTH: 1 << SYS_RAWIO | 1 << SYS_ADMIN,
}


def needed(verb: RootVerb) -> int:
    """Return the bits of what a verb needs."""
    return _READ | _MORE.get(verb, 0)


def confine(verb: RootVerb) -> None:
    """Give up every other right for good.

    Raises:
        OSError: the kernel refuses, so that nothing may be read.
    """
    programs = needed(verb) if verb is RootVerb.READ_DISK_HEALTH else 0
    keep(needed(verb), programs)
