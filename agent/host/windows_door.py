# SPDX-License-Identifier: Apache-2.0
"""The way from a host to what only Windows offers.

Rules: nothing of Windows is loaded before a host of Windows is asked: each pass's child
loads the readers of both systems of what is due, and reads by those of one.
Not here: what it offers (`windows_interface.py`), the names of its sources
(`windows_named.py`).
"""

from typing import TYPE_CHECKING

from agent.errors import UnsupportedError
from agent.host.interface import Host

if TYPE_CHECKING:
    from agent.host.windows_interface import WindowsHost


def windows(host: Host) -> "WindowsHost":
    """Return the host as one of Windows.

    Raises:
        UnsupportedError: it is not.
    """
    from agent.host.windows_interface import WindowsHost  # noqa: PLC0415 - see above

    if isinstance(host, WindowsHost):
        return host
    reason = "not-windows"
    raise UnsupportedError(reason)
