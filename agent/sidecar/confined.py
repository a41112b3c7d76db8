# SPDX-License-Identifier: Apache-2.0
"""Takes from the sidecar's own process all that it does not need.

Rules: limits before scapy is loaded, rights as soon as the sockets are open; what was
given up is looked for once more, and a sidecar that still has it does nothing.
Not here: the job that holds it on Windows (`agent/host/spawned.py`), time and output
(`start.py`).
Sources: capabilities(7), prctl(2), setrlimit(2), credentials(7); AdjustTokenPrivileges,
Mandatory Integrity Control of Windows.
"""

import sys

if sys.platform == "win32":
    _REMOVED = 0x4
    """SE_PRIVILEGE_REMOVED: not even its owner gets it back."""
    _INTEGRITY = 0x20
    """SE_GROUP_INTEGRITY."""
    _LOW = "S-1-16-4096"
    """Low mandatory level: that of a browser's page."""

    def limit(memory: int, processor: int, parent: int) -> None:
        """Do nothing: the job limits memory, and the parent ends what is late."""
        del memory, processor, parent

    def give_up_rights(parent: int, files: int = 0) -> bool:
        """Remove every privilege for good, and take the lowest common integrity.

        The process stays its account's, whose files it may read and, of those of low
        integrity, write; the driver's handle that it has open goes on to work.

        Args:
            parent: not needed: the job ends with its owner.
            files: not needed: Windows has no such limit.

        Returns:
            Whether that is so: looked at afterwards.
        """
        del parent, files
        import pywintypes  # noqa: PLC0415 - in the sidecar alone
        import win32api  # noqa: PLC0415 - as above
        import win32security as security  # noqa: PLC0415 - as above

        wanted = (
            security.TOKEN_QUERY
            | security.TOKEN_ADJUST_PRIVILEGES
            | security.TOKEN_ADJUST_DEFAULT
        )
        lowest = security.ConvertStringSidToSid(_LOW)
        try:
            token = security.OpenProcessToken(win32api.GetCurrentProcess(), wanted)
            held = security.GetTokenInformation(token, security.TokenPrivileges)
            removed = [(privilege, _REMOVED) for privilege, _ in held]
            security.AdjustTokenPrivileges(token, False, removed)  # noqa: FBT003 - these, not all
            security.SetTokenInformation(
                token, security.TokenIntegrityLevel, (lowest, _INTEGRITY)
            )
            left = security.GetTokenInformation(token, security.TokenPrivileges)
            level, _ = security.GetTokenInformation(token, security.TokenIntegrityLevel)
        except pywintypes.error:
            return False
        return not left and level == lowest

else:
    import ctypes
    import os
    import resource
    import signal
    import struct
    from contextlib import suppress

    from agent.host.crash import leave_no_core

    NOBODY = 65_534
    """The account that owns nothing, on every Linux."""
    _CAPABILITIES = range(64)
    _SET_USER, _SET_GROUP, _RAW = 7, 6, 13
    """CAP_SETUID, CAP_SETGID, CAP_NET_RAW."""
    _VERSION_3 = 0x20080522
    _HEAD = struct.Struct("=Ii")
    _SETS = struct.Struct("=6I")
    _DEATH_SIGNAL, _DUMPABLE, _DROP, _NO_NEW, _AMBIENT = 1, 4, 24, 38, 47
    """PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS,
    PR_CAP_AMBIENT."""
    _CLEAR_ALL = 4
    _FILES = 64
    """Open files while scapy is loaded: modules are read one by one."""

    def limit(memory: int, processor: int, parent: int) -> None:
        """Set every limit, and leave no right but to open raw sockets.

        Args:
            memory: most bytes of address space.
            processor: most seconds of processor time; the signal of its end kills.
            parent: process that asks; without it there is nobody to answer.
        """
        leave_no_core()
        for kind, most in (
            (resource.RLIMIT_AS, memory),
            (resource.RLIMIT_FSIZE, 0),
            (resource.RLIMIT_NOFILE, _FILES),
        ):
            least = _within(kind, most)
            resource.setrlimit(kind, (least, least))
        last = _within(resource.RLIMIT_CPU, processor + 1)
        resource.setrlimit(resource.RLIMIT_CPU, (min(processor, last), last))
        _control(_NO_NEW, 1)
        for number in _CAPABILITIES:
            _control(_DROP, number)
        keep = 1 << _RAW | 1 << _SET_USER | 1 << _SET_GROUP
        effective, permitted, _ = _capabilities()
        del effective
        _keep(permitted & keep)
        _end_with(parent)

    def _within(kind: int, most: int) -> int:
        _, hard = resource.getrlimit(kind)
        return most if hard == resource.RLIM_INFINITY else min(most, hard)

    def give_up_rights(parent: int, files: int = 0) -> bool:
        """Become nobody without any right, and open nothing any more.

        Args:
            parent: process that asks.
            files: of a probe, which has its sockets yet to open: how many at once.

        Returns:
            Whether that is so: looked at afterwards.
        """
        if os.geteuid() == 0:
            os.setgroups([])
            os.setresgid(NOBODY, NOBODY, NOBODY)
            os.setresuid(NOBODY, NOBODY, NOBODY)
        _control(_AMBIENT, _CLEAR_ALL)
        _keep(0)
        _end_with(parent)
        resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
        return _is_nobody(files)

    def _is_nobody(files: int) -> bool:
        with suppress(OSError):
            os.setuid(0)
        with suppress(OSError):
            os.close(os.open("/dev/null", os.O_RDONLY))
            if not files:
                return False
        return 0 not in os.getresuid() and not any(_capabilities())

    def _end_with(parent: int) -> None:
        """Ask again after each change of rights, for the kernel then forgets it.

        The end of a parent that is gone already is never told: it is looked for.
        """
        _control(_DEATH_SIGNAL, signal.SIGKILL)
        _control(_DUMPABLE, 0)
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGKILL)

    def _control(option: int, value: int) -> int:
        nothing = ctypes.c_ulong(0)
        return int(
            ctypes.CDLL(None).prctl(
                option, ctypes.c_ulong(value), nothing, nothing, nothing
            )
        )

    def _capabilities() -> tuple[int, int, int]:
        """Return the effective, permitted and inheritable set."""
        sets = ctypes.create_string_buffer(_SETS.size)
        if ctypes.CDLL(None).capget(_HEAD.pack(_VERSION_3, 0), sets):
            msg = "capget"
            raise OSError(msg)
        low = _SETS.unpack(sets.raw)
        return (
            low[0] | low[3] << 32,
            low[1] | low[4] << 32,
            low[2] | low[5] << 32,
        )

    def _keep(kept: int) -> None:
        if _capabilities() == (kept, kept, 0):
            return  # the agent's unit forbids the call to whom it leaves no right
        low, high = kept & 0xFFFF_FFFF, kept >> 32
        sets = _SETS.pack(low, low, 0, high, high, 0)
        if ctypes.CDLL(None).capset(_HEAD.pack(_VERSION_3, 0), sets):
            msg = "capset"
            raise OSError(msg)
