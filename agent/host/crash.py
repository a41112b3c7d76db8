# SPDX-License-Identifier: Apache-2.0
"""Leaves no core file: what a crash would write to a disk holds rows and keys.

Rules: set before anything is read, inherited by every child.
Not here: what a person is told of a crash (`agent/__main__.py`).
Source: core(5) and fs/coredump.c: a limit of 1 byte stops also a core that is piped to
a program, which a limit of 0 does not. SetErrorMode in Windows' own reference.
"""

import sys

if sys.platform == "win32":
    import ctypes

    _NO_REPORT = 0x8003
    """SEM_FAILCRITICALERRORS, SEM_NOGPFAULTERRORBOX and SEM_NOOPENFILEERRORBOX."""

    def leave_no_core() -> None:
        """Have Windows Error Reporting make and send no dump of this process."""
        ctypes.windll.kernel32.SetErrorMode(_NO_REPORT)

else:
    import resource

    _ALMOST_NONE = 1

    def leave_no_core() -> None:
        """Have no core file written of this process and its children."""
        _, hard = resource.getrlimit(resource.RLIMIT_CORE)
        most = 0 if hard == 0 else _ALMOST_NONE
        resource.setrlimit(resource.RLIMIT_CORE, (most, most))
