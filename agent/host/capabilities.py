# SPDX-License-Identifier: Apache-2.0
# mypy: disable-error-code="unreachable"
# (all below the guard, seen from win32)
"""Takes capabilities of Linux from this process, for good.

Rules: only ever fewer; what is left is looked at afterwards by who needs to be sure.
Not here: who keeps which (`agent/privileged/rights.py`), the sidecar's own
(`agent/sidecar/confined.py`).
Sources: capabilities(7), prctl(2), capget(2).
"""

import ctypes
import struct
import sys

if sys.platform == "win32":
    reason = "agent.host.capabilities is for Linux"
    raise ImportError(reason)

DAC_READ_SEARCH, SYS_RAWIO, SYS_PTRACE, SYS_ADMIN = 2, 17, 19, 21
"""Numbers of include/uapi/linux/capability.h."""
_ALL = range(64)
_VERSION_3 = 0x20080522
_HEAD = struct.Struct("=Ii")
_SETS = struct.Struct("=6I")
_DROP, _NO_NEW, _AMBIENT = 24, 38, 47
"""PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS, PR_CAP_AMBIENT."""
_LOWER = 3
"""PR_CAP_AMBIENT_LOWER."""
_LOW = 0xFFFF_FFFF


def held() -> tuple[int, int, int]:
    """Return the effective, permitted and inheritable set.

    Raises:
        OSError: the kernel does not tell.
    """
    sets = ctypes.create_string_buffer(_SETS.size)
    if ctypes.CDLL(None).capget(_HEAD.pack(_VERSION_3, 0), sets):
        msg = "capget"
        raise OSError(msg)
    low = _SETS.unpack(sets.raw)
    return low[0] | low[3] << 32, low[1] | low[4] << 32, low[2] | low[5] << 32


def keep(kept: int, inherited: int = 0) -> None:
    """Have no other right than these of those held, and give a program no other.

    Args:
        kept: bits of what this process keeps.
        inherited: bits of what a program that it starts gets of that.

    Raises:
        OSError: the kernel refuses, so that more is left.
    """
    _, permitted, inheritable = held()
    left = permitted & kept
    given = inheritable & inherited & left
    control(_NO_NEW, 1)
    for number in _ALL:
        if not left >> number & 1:
            control(_DROP, number)
        if not given >> number & 1:
            control(_AMBIENT, _LOWER, number)
    sets = _SETS.pack(
        left & _LOW, left & _LOW, given & _LOW, left >> 32, left >> 32, given >> 32
    )
    if ctypes.CDLL(None).capset(_HEAD.pack(_VERSION_3, 0), sets):
        msg = "capset"
        raise OSError(msg)


def control(option: int, value: int, third: int = 0) -> int:
    """Call prctl; return what it returns."""
    nothing = ctypes.c_ulong(0)
    return int(
        ctypes.CDLL(None).prctl(
            option, ctypes.c_ulong(value), ctypes.c_ulong(third), nothing, nothing
        )
    )
