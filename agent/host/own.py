# SPDX-License-Identifier: Apache-2.0
"""What this process itself holds of the machine's memory, and takes of its time.

Rules: one call, no library that the resident agent does not have anyway.
Not here: what the machine as a whole holds (collectors), a child's cost (`child.py`).
"""

import sys

if sys.platform == "win32":
    import time

    def processor_seconds() -> float:
        """Return the processor time of this process; on Windows it runs no program."""
        return time.process_time()

    def resident_memory() -> int:
        """Return the bytes of this process that are in memory."""
        import win32process  # noqa: PLC0415 - Windows only

        process = win32process.GetCurrentProcess()
        return int(win32process.GetProcessMemoryInfo(process)["WorkingSetSize"])

else:
    import os
    import resource
    from contextlib import suppress
    from pathlib import Path

    _STATM = Path("/proc/self/statm")

    def processor_seconds() -> float:
        """Return the processor time of this process and of programs that have ended."""
        own = resource.getrusage(resource.RUSAGE_SELF)
        ended = resource.getrusage(resource.RUSAGE_CHILDREN)
        return own.ru_utime + own.ru_stime + ended.ru_utime + ended.ru_stime

    def resident_memory() -> int:
        """Return the bytes of this process that are in memory; 0 where none tells."""
        with suppress(OSError, IndexError, ValueError):
            return int(_STATM.read_bytes().split()[1]) * os.sysconf("SC_PAGESIZE")
        return 0
