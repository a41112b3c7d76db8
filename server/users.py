# SPDX-License-Identifier: Apache-2.0
"""The users of a collector whose processes run apart.

Rules: one for each process, and no person's; packages make them.
Not here: which file each may use (`server/apart/places.py`).
"""

import os
from enum import Enum
from importlib import import_module

from server.errors import StateError


class User(Enum):
    """A user of the system, by name."""

    OFFICE = "discreet-server"
    """Of the office, of commands, and of everything where nothing runs apart."""
    GATE = "discreet-gate"
    READER = "discreet-reader"
    KEEPER = "discreet-keeper"
    CONSOLE = "discreet-console"


def number(user: User) -> int:
    """Return a user's number.

    Raises:
        StateError: this machine has no such user.
    """
    found = find(user)
    if found is None:
        msg = (
            f"this machine has no user {user.value}: install the package again, or run "
            "systemd-sysusers"
        )
        raise StateError(msg)
    return found


def find(user: User) -> int | None:
    """Return a user's number; None where this machine has no such user."""
    try:
        found: int = import_module("pwd").getpwnam(user.value).pw_uid
    except (ImportError, KeyError):
        return None
    return found


def groups(user: User) -> frozenset[int]:
    """Return the numbers of the groups a user is in; none where there is no user."""
    try:
        one = import_module("pwd").getpwnam(user.value)
        found: list[int] = vars(os)["getgrouplist"](user.value, one.pw_gid)
    except (ImportError, KeyError):
        return frozenset()
    return frozenset(found)
