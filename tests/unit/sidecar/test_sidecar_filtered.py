# SPDX-License-Identifier: Apache-2.0
"""A sidecar under the agent's unit, which leaves no right and forbids to change them.

Rules: a real filter of the kernel, as systemd sets it.
Not here: the sidecar's other limits (`test_sidecar_process.py`), the unit itself.
Source: seccomp(2), linux/audit.h.
"""

import ctypes
import os
import struct
from contextlib import suppress

import pytest

from agent.sidecar.confined import NOBODY, give_up_rights, limit

pytestmark = [
    pytest.mark.skipif(
        os.uname().machine != "x86_64", reason="the number of a call is this machine's"
    ),
    pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to be somebody else"),
]
CAPSET = 126
NO_NEW, SECCOMP, FILTER = 38, 22, 2
LOAD, EQUAL, RETURN = 0x20, 0x15, 0x06
ALLOW, DENY = 0x7FFF0000, 0x00050001
MEMORY, SECONDS = 1 << 30, 5


def forbid(call: int) -> None:
    """Have the kernel answer EPERM to a call, for the rest of this process."""
    steps = (
        *((LOAD, 0, 0, 0), (EQUAL, 0, 1, call)),
        *((RETURN, 0, 0, DENY), (RETURN, 0, 0, ALLOW)),
    )
    octets = ctypes.create_string_buffer(
        b"".join(struct.pack("=HBBI", *step) for step in steps)
    )
    program = struct.pack("HxxxxxxP", len(steps), ctypes.addressof(octets))
    library = ctypes.CDLL(None)
    assert library.prctl(NO_NEW, 1, 0, 0, 0) == 0
    assert library.prctl(SECCOMP, FILTER, program, 0, 0) == 0


def test_it_works_where_rights_cannot_be_changed() -> None:
    """With no right to begin with it has none to give up, and begins."""
    parent = os.getpid()
    child = os.fork()
    if child == 0:
        with suppress(BaseException):
            os.setgroups([])
            os.setresgid(NOBODY, NOBODY, NOBODY)
            os.setresuid(NOBODY, NOBODY, NOBODY)
            forbid(CAPSET)
            limit(MEMORY, SECONDS, parent)
            os._exit(0 if give_up_rights(parent, 16) else 2)
        os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0


def test_it_does_nothing_with_a_right_that_it_cannot_give_up() -> None:
    """Where it has one and may not change that, it ends."""
    parent = os.getpid()
    child = os.fork()
    if child == 0:
        with suppress(OSError):
            forbid(CAPSET)
            limit(MEMORY, SECONDS, parent)
            os._exit(0)
        os._exit(3)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 3
