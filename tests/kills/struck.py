# SPDX-License-Identifier: Apache-2.0
"""Kills a process as it enters a system call, by strace.

Rules: what is done stops itself once, where it is to be watched from on, and goes on
when strace is there; SIGKILL is delivered before the call does anything.
Not here: gate and agent that are killed together (`kill.py`).
"""

import os
import signal
import subprocess
from collections.abc import Callable

from tests.kills.scene import ended, fork


def await_watcher() -> None:
    """Stop until whoever watches is there."""
    os.kill(os.getpid(), signal.SIGSTOP)


def killed_at(work: Callable[[], object], call: str, turn: int) -> bool:
    """Do something and be killed at a call's turn; false where it is not reached.

    Args:
        work: calls `await_watcher` once.
        call: a system call, or several with commas.
        turn: from 1 on.
    """
    child = fork(work)
    os.waitpid(child, os.WUNTRACED)
    command = (
        *("strace", "-f", "-p", str(child), "-o", "/dev/null", f"-etrace={call}"),
        f"-einject={call}:signal=KILL:when={turn}",
    )
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as tracer:
        assert tracer.stderr is not None
        assert "attached" in tracer.stderr.readline()
        os.kill(child, signal.SIGCONT)
        how = ended(child)
    return how == -signal.SIGKILL
