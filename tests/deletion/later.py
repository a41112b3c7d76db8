# SPDX-License-Identifier: Apache-2.0
"""Runs a program of the product on a machine whose clocks have gone on.

usage: python later.py SECONDS MODULE [ARGUMENT ...]

Rules: time of day and seconds since the boot are ahead by as much, as if the machine
had run so long; nothing of the product is changed.
Not here: what is shown by it (`story.py`).
"""

import runpy
import sys
import time


def main() -> None:
    """Move this process's clocks, and become the program."""
    seconds, module = int(sys.argv[1]), sys.argv[2]
    sys.argv = [module, *sys.argv[3:]]
    day, clock = time.time, time.clock_gettime

    def moved(which: int) -> float:
        return clock(which) + (seconds if which == time.CLOCK_BOOTTIME else 0)

    time.time = lambda: day() + seconds
    time.clock_gettime = moved
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
