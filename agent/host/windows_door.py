# SPDX-License-Identifier: Apache-2.0
"""What a reader of Windows needs to ask: the sources by name, and the way to them.

Rules: nothing of Windows is loaded before a host of Windows is asked: each pass's child
loads the readers of both systems of what is due, and reads by those of one.
Not here: fields of the sources, and all else that Windows offers
(`windows_interface.py`).
"""

from enum import Enum
from typing import TYPE_CHECKING

from agent.errors import UnsupportedError
from agent.host.interface import Host

if TYPE_CHECKING:
    from agent.host.windows_interface import WindowsHost


class Source(Enum):
    """What Windows can be asked for, besides its registry."""

    ACCOUNTS = "accounts"
    CERTIFICATES = "certificates"
    FIRMWARE = "firmware"
    GROUPS = "groups"
    LISTENERS = "listeners"
    LOAD = "load"
    PENDING_RESTART = "pending_restart"
    PRINTERS = "printers"
    PROCESSES = "processes"
    ROUTES = "routes"
    SERVICES = "services"
    SESSIONS = "signed-in"
    SHARES = "shares"
    TASKS = "tasks"
    UPDATES = "updates"
    UPDATE_LOG = "update_log"
    UPDATE_TIMES = "update_times"
    VOLUMES = "volumes"
    WIRELESS = "wireless"


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
