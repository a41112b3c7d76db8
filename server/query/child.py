# SPDX-License-Identifier: Apache-2.0
# mypy: disable-error-code="unreachable"
# (all below the guard, seen from win32)
"""The query child: `python -I -m server.query.child`, one query and then the end.

Rules: it leaves the network and every right while it has one thread, before DuckDB
and Arrow are imported; it ends without exit handlers, which would want files.
Not here: the query (`server/query/answer.py`), its bounds (`server/query/lockdown.py`).
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


def main() -> None:
    """Answer one query over standard input and output, and end."""
    leave()
    from server.query.answer import answer  # noqa: PLC0415 - it starts threads

    with os.fdopen(0, "rb") as incoming, os.fdopen(1, "wb") as outgoing:
        answer(incoming, outgoing)
        outgoing.flush()
        os._exit(0)


if __name__ == "__main__":
    main()
