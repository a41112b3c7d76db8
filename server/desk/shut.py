# SPDX-License-Identifier: Apache-2.0
"""Starts and ends a child that is to have nothing of its parent but two pipes.

Rules: no environment, no folder, no file; what it says of itself goes nowhere.
Not here: what the child gives up by itself (`leaving.py`).
"""

import subprocess
from collections.abc import Sequence
from contextlib import suppress


def start(command: Sequence[str]) -> "subprocess.Popen[bytes]":
    """Start a child of pipes.

    Args:
        command: our own module; fixed words.

    Raises:
        OSError: it cannot be started.
    """
    return subprocess.Popen(  # noqa: S603 - our own module, fixed arguments
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # a trace could quote data
        cwd="/",
        env={},
        close_fds=True,
    )


def kill(process: "subprocess.Popen[bytes]") -> None:
    """End a child, whatever it is doing, and give back its pipes."""
    process.kill()
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            with suppress(BrokenPipeError):
                stream.close()
    process.wait()
