# SPDX-License-Identifier: Apache-2.0
# mypy: disable-error-code="unreachable"
# (all below the guard, seen from win32)
"""What a child gives up before it is handed anything: the network and every right.

Rules: it is called while the process has one thread, before anything is imported that
starts one; whoever started it takes it along when it ends; its memory is in no core.
Not here: bounds on memory and time (`server/query/lockdown.py`).
Sources: prctl(2), unshare(2), namespaces(7).
"""

import ctypes
import os
import sys

if sys.platform == "win32":
    reason = "a collector's reader runs on Linux"
    raise ImportError(reason)

_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_PR_SET_NO_NEW_PRIVS = 38
_SIGKILL = 9
_CLONE_NEWUSER = 0x10000000
_CLONE_NEWNET = 0x40000000
_CLONE_NEWIPC = 0x08000000


def leave() -> bool:
    """Leave the network and every right; call it before any thread starts.

    Returns:
        Whether the process is in a network namespace of its own.
    """
    library = ctypes.CDLL(None, use_errno=True)
    library.prctl(_PR_SET_PDEATHSIG, _SIGKILL, 0, 0, 0)
    library.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    library.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    os.environ.clear()
    os.chdir("/")
    apart = _CLONE_NEWNET | _CLONE_NEWIPC
    failed: int = library.unshare(_CLONE_NEWUSER | apart)
    if failed:
        failed = library.unshare(apart)
    return failed == 0
