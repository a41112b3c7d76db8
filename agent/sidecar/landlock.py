# SPDX-License-Identifier: Apache-2.0
# mypy: disable-error-code="unreachable"
# (all below the guard, seen from win32)
"""Leaves a process no files but those of a few folders, to be read.

Rules: for a process that has no new privileges; what the kernel does not know is no
error, for the account's own rights still hold.
Not here: rights (`confined.py`).
Source: landlock(7), ABI 1, of Linux 5.13.
"""

import ctypes
import os
import struct
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress

if sys.platform == "win32":
    reason = "agent.sidecar.landlock is for Linux"
    raise ImportError(reason)

_CREATE, _ADD, _RESTRICT = 444, 445, 446
"""Numbers of the system calls, the same on every architecture."""
_ALL = (1 << 13) - 1
"""Every right over files of ABI 1."""
_READ = 1 << 0 | 1 << 2 | 1 << 3
"""To execute (libraries are mapped), to read a file, to list a folder."""
_BENEATH = 1
_RULESET, _RULE = struct.Struct("=Q"), struct.Struct("=Qi")


def see_only(folders: Sequence[str]) -> bool:
    """Leave this process the reading of some folders, and nothing else of any file.

    Args:
        folders: absolute paths; one that is not there is passed over.

    Returns:
        Whether the kernel does so.
    """
    call = ctypes.CDLL(None, use_errno=True).syscall
    wanted = ctypes.create_string_buffer(_RULESET.pack(_ALL))
    rules = call(_CREATE, wanted, ctypes.c_size_t(_RULESET.size), 0)
    if rules < 0:
        return False
    try:
        for folder in folders:
            with suppress(OSError):
                _allow(call, rules, folder)
        return bool(call(_RESTRICT, rules, 0) == 0)
    finally:
        os.close(rules)


def _allow(call: Callable[..., int], rules: int, folder: str) -> None:
    beneath = os.open(folder, os.O_PATH | os.O_CLOEXEC)
    try:
        rule = ctypes.create_string_buffer(_RULE.pack(_READ, beneath))
        call(_ADD, rules, _BENEATH, rule, 0)
    finally:
        os.close(beneath)
