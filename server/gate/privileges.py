# SPDX-License-Identifier: Apache-2.0
"""Giving up rights on POSIX systems.

Rules: groups first, then group, then user, and never back; a process that must not be
root and still is does not go on.
Not here: what is read before (`process.py`).
"""

import sys

from server.errors import StateError, UsageError

if sys.platform == "win32":

    def drop(user: str) -> None:
        """Refuse: on Windows the service's account limits the gate.

        Args:
            user: whoever was named.

        Raises:
            UsageError: always.
        """
        msg = f"cannot become {user} here: give the service that account instead"
        raise UsageError(msg)

    def forbid_core_dumps() -> None:
        """Do nothing: Windows writes no dump of a service by itself."""

else:
    import os
    import pwd
    import resource

    def drop(user: str) -> None:
        """Become a user for good.

        Args:
            user: a name of the user database.

        Raises:
            UsageError: there is no such user, or it is root.
            StateError: this process may not change its user.
        """
        try:
            entry = pwd.getpwnam(user)
        except KeyError:
            msg = f"there is no user {user}: create it or give another --user"
            raise UsageError(msg) from None
        if entry.pw_uid == 0:
            msg = "--user must not be root: the gate needs no rights"
            raise UsageError(msg)
        if os.getuid() == entry.pw_uid:
            return
        try:
            os.setgroups([])
            os.setresgid(entry.pw_gid, entry.pw_gid, entry.pw_gid)
            os.setresuid(entry.pw_uid, entry.pw_uid, entry.pw_uid)
        except PermissionError:
            msg = f"only root can become {user}: start as {user}, without --user"
            raise StateError(msg) from None

    def forbid_core_dumps() -> None:
        """Let no crash write this process's memory to a disk."""
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
