# SPDX-License-Identifier: Apache-2.0
"""What both of the sidecar's programs do around their work: one answer, or a code.

Rules: standard output carries the answer and nothing else; a failure is a reason of
ours or an exit code, never a trace.
Not here: the work (`child.py`, `probe_child.py`), who starts them (`start.py`).
"""

import os
from collections.abc import Callable

from agent.errors import HostError
from agent.sidecar.question import OUT_OF_MEMORY, encode_reason

_CRASHED = 70
"""EX_SOFTWARE of sysexits.h."""
_OUT_OF_MEMORY = encode_reason(OUT_OF_MEMORY)
"""Made beforehand: afterwards there is no memory for it."""


def run(work: Callable[[], bytes]) -> int:
    """Write what the work answers; return the exit code.

    Args:
        work: reads the question and returns the encoded answer.
    """
    output = os.dup(1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # a stray print is no answer
    try:
        found = work()
    except HostError as problem:
        found = encode_reason(problem.reason)
    except MemoryError:
        found = _OUT_OF_MEMORY
    except BaseException:  # noqa: BLE001 - boundary: a trace could carry a value; the parent sees the exit code
        return _CRASHED
    while found:
        found = found[os.write(output, found) :]
    return 0
