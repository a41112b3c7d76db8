# SPDX-License-Identifier: Apache-2.0
"""The program of a pass's child where children are spawned, not forked: Windows.

Rules: started by `agent/host/spawned.py` alone; standard output carries the report and
nothing else; an error is an exit code, for a trace could carry a value.
Not here: the pass (`pass_work.py`).
"""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from agent.host.crash import leave_no_core

_CRASHED = 70
"""EX_SOFTWARE of sysexits.h."""


def main(arguments: Sequence[str]) -> int:
    """Run one pass and write its report.

    Args:
        arguments: state directory, signed time, what the pass is over, and the
            agent's figures.
    """
    answer = os.dup(1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # a stray print is no report
    leave_no_core()
    try:
        report = _work(arguments)
    except BaseException:  # noqa: BLE001 - boundary: a trace could carry a value; the parent sees the exit code
        return _CRASHED
    while report:
        report = report[os.write(answer, report) :]
    return 0


def _work(arguments: Sequence[str]) -> bytes:
    from agent.figures import from_text  # noqa: PLC0415 - inside the boundary
    from agent.orders.running import ORDER  # noqa: PLC0415 - inside the boundary
    from agent.pass_work import work  # noqa: PLC0415 - inside the boundary
    from agent.state import State  # noqa: PLC0415 - inside the boundary

    directory, now, over, figures = arguments
    if over.startswith(ORDER):
        from agent.orders.run_work import work as order  # noqa: PLC0415 - as above

        return order(State(Path(directory)), int(now), over.removeprefix(ORDER), None)
    return work(State(Path(directory)), int(now), over, from_text(figures), None)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
