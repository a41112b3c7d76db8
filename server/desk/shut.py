# SPDX-License-Identifier: Apache-2.0
"""Starts a child that is to have nothing of its parent but two pipes.

Rules: no environment, no folder, no file; what it says of itself goes nowhere.
Not here: what the child gives up by itself (`leaving.py`).
"""

import subprocess
from collections.abc import Sequence


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
