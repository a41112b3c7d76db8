# SPDX-License-Identifier: Apache-2.0
"""The sources of Windows by name, for readers that a child on Linux loads too.

Rules: names alone, so that nothing else of Windows is loaded for them.
Not here: their fields, and all else that Windows offers (`windows_interface.py`).
"""

from enum import Enum


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
