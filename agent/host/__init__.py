# SPDX-License-Identifier: Apache-2.0
"""The operating system this process runs on, chosen in one place.

Rules: `sys.platform` is asked here and by import guards of one-system files only.
Not here: the primitives (`interface.py`) and their making (`linux.py`,
`windows.py`).
"""

import sys
from typing import TYPE_CHECKING

from agent.errors import UnsupportedError

if TYPE_CHECKING:  # `scrub` starts without a Host and its 15 ms
    from agent.host.burden import Gauge
    from agent.host.interface import Host


def this_host(allowed: frozenset[str] = frozenset()) -> "Host":
    """Return the Host of this machine.

    Args:
        allowed: the verified plan's columns, each as `agent.host.root.qualified`
            writes it, and its networks; only these may be asked of root and sidecar.

    Raises:
        UnsupportedError: there is no Host for this operating system.
    """
    if sys.platform == "linux":
        from agent.host.linux import LinuxHost  # noqa: PLC0415 - Linux only

        return LinuxHost(allowed=allowed)
    elif sys.platform == "win32":  # noqa: RET505 - mypy takes one branch for each
        from agent.host.windows import ThisWindows  # noqa: PLC0415 - Windows only

        return ThisWindows(allowed)
    else:
        reason = "no-host-for-this-system"
        raise UnsupportedError(reason)


def this_gauge() -> "Gauge":
    """Return what looks at the burden of this machine."""
    if sys.platform == "win32":
        from agent.host.windows_burden import WindowsGauge  # noqa: PLC0415 - Windows only

        return WindowsGauge()
    else:  # noqa: RET505 - mypy takes one branch for each
        from agent.host.burden import LinuxGauge  # noqa: PLC0415 - where it is asked

        return LinuxGauge()
