# SPDX-License-Identifier: Apache-2.0
"""The child that answers one question of the window, on Windows.

Rules: started by `pipe.py` alone; standard output carries the answer and nothing else.
Not here: what may be asked (`door.py`).
"""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from agent.state import State
from agent.window.door import answer

_CRASHED = 70
"""EX_SOFTWARE of sysexits.h."""


def main(arguments: Sequence[str]) -> int:
    """Answer.

    Args:
        arguments: state directory, the question in hex, and as what who asks may
            answer a request; empty for not at all.
    """
    directory, question, by = arguments
    writing = os.dup(1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # a stray print is no answer
    try:
        state = State(Path(directory))
        found = answer(state, bytes.fromhex(question), lambda: by)
    except BaseException:  # noqa: BLE001 - boundary: a trace could carry a value; the parent sees the exit code
        return _CRASHED
    while found:
        found = found[os.write(writing, found) :]
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
