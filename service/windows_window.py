# SPDX-License-Identifier: Apache-2.0
# mypy: disable-error-code="unreachable"
# (all below the guard, seen from linux)
"""Keeps the agent's window open beside the service, as a process of its own.

Rules: it runs as the service's account, in a job that ends with the service; one that
ends is started again, and never at once; nothing of it reaches the agent that collects.
Stated limit: the pipe's owner is the service's own account; that Windows lets a
write-restricted token make it was not seen, for Wine knows no such tokens.
Not here: the window (`agent/window/pipe.py`), the service (`windows_host.py`).
"""

import sys
import threading
from contextlib import suppress

from agent.host.spawned import spawn

if sys.platform != "win32":
    reason = "service.windows_window is for Windows"
    raise ImportError(reason)

_MODULE, _COMMAND = "agent", "window"
_AGAIN_SECONDS = 60.0
_DAY_SECONDS = 86_400.0
"""After which it begins anew: a child has an end, and nobody misses a second of it."""
_NOTHING = 1
"""Bytes of an answer: it gives none."""
_MEMORY = 128 * 1024 * 1024


def keep_open(ended: threading.Event) -> None:
    """Have the window open from now on, until the agent has ended.

    Args:
        ended: is set then.
    """
    threading.Thread(target=_keep, args=(ended,), daemon=True).start()


def _keep(ended: threading.Event) -> None:
    while not ended.is_set():
        with suppress(OSError):  # the machine is full: later
            spawn(
                (_COMMAND,),
                _DAY_SECONDS,
                _NOTHING,
                _MODULE,
                memory=_MEMORY,
                low=True,
                meanwhile=ended.is_set,
            )
        ended.wait(_AGAIN_SECONDS)
