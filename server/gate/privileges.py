# SPDX-License-Identifier: Apache-2.0
"""Giving up rights on POSIX systems.

Rules: groups first, then group, then user, and never back; a process that must not be
root and still is does not go on; whoever holds a key leaves no core dump.
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

    def take_descriptors(most: int) -> None:
        """Do nothing: Windows has no such limit.

        Args:
            most: how many.
        """

else:
    import os
    import pwd
    import resource

    _DUMP_BYTES = 1
    """Linux hands a dump to a program (systemd-coredump, apport) even where 0 bytes are
    allowed, but not where 1 is: core(5), fs/coredump.c. A file gets none as well."""

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
        """Let no crash write this process's memory, or a child's, to a disk."""
        _, most = resource.getrlimit(resource.RLIMIT_CORE)
        limit = 0 if most == 0 else _DUMP_BYTES
        resource.setrlimit(resource.RLIMIT_CORE, (limit, limit))

    def take_descriptors(most: int) -> None:
        """Let this process open so many files and connections, or what it may.

        The limit that most systems start with, 1024, is for programs of another time.

        Args:
            most: how many.
        """
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        limit = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
