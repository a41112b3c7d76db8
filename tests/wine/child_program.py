# SPDX-License-Identifier: Apache-2.0
"""Both sides of a spawned child, for tests: run with `python.exe -m`.

Rules: `parent CASE FOLDER SECONDS` starts the child and prints how it ended; `child
CASE FOLDER` behaves as the case says and writes down its number.
Not here: any expectation.
"""

import dataclasses
import json
import os
import subprocess
import sys
import time
from pathlib import Path

MODULE = "tests.wine.child_program"
LIMIT = 100_000
FOREVER = 600
MEMORY = 256 * 1024 * 1024
PROCESSOR = 120


def parent(case: str, folder: str, seconds: str) -> None:
    """Start a child and print how it ended."""
    from agent.host.spawned import spawn  # noqa: PLC0415 - the parent's alone

    ended = spawn(
        ["child", case, folder],
        float(seconds),
        LIMIT,
        MODULE,
        memory=MEMORY,
        processor=PROCESSOR,
        low=True,
        meanwhile=Path(folder, "ended.pid").exists,
    )
    told = dataclasses.asdict(ended)
    sys.stdout.write(json.dumps({**told, "report": ended.report.decode()}))


def child(case: str, folder: str) -> None:
    """Do what the case says."""
    Path(folder, f"{case}.pid").write_text(str(os.getpid()), encoding="ascii")
    if case == "answers":
        os.write(1, b"x" * LIMIT)
    if case == "ranks":
        import win32process  # noqa: PLC0415 - Windows only

        own = win32process.GetCurrentProcess()
        os.write(1, str(win32process.GetPriorityClass(own)).encode())
    if case == "crashes":
        os.write(1, b"half")
        os._exit(1)
    if case == "hangs":
        command = [sys.executable, "-m", MODULE, "child", "sleeps", folder]
        subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=1)
    if case in {"hangs", "sleeps", "ended"}:
        time.sleep(FOREVER)


if __name__ == "__main__":
    {"parent": parent, "child": child}[sys.argv[1]](*sys.argv[2:])
