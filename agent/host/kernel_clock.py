# SPDX-License-Identifier: Apache-2.0
# mypy: disable-error-code="unreachable"
# (all below the guard, seen from win32)
"""How well the kernel's clock is disciplined, as it says itself.

Rules: asked with nothing to set, so nothing is changed; without rights.
Stated limit: Linux alone; Windows' time service tells nobody without asking it.
Source: adjtimex(2).
"""

import ctypes
import struct
import sys

from agent.errors import HostError, UnsupportedError

_TIMEX = struct.Struct("@I4xqqqqi4xqqqqqqi4xqqqqqi44x")
"""struct timex of 64-bit Linux."""
_UNSYNCHRONISED, _NANOSECONDS = 0x0040, 0x2000
"""STA_UNSYNC, STA_NANO."""
_STATUS, _OFFSET, _MAXIMUM = 5, 1, 3
_ERROR_STATE = 5
"""TIME_ERROR: the clock is not synchronised."""


def state() -> dict[str, str]:
    """Return whether it is synchronised, and offset and greatest error in seconds.

    Raises:
        UnsupportedError: this system has no such call.
        HostError: it failed.
    """
    if sys.platform != "linux" or struct.calcsize("P") != 8:  # noqa: PLR2004 - 64 bits
        reason = "no-kernel-clock"
        raise UnsupportedError(reason)
    told = ctypes.create_string_buffer(_TIMEX.size)
    answered: int = ctypes.CDLL(None).adjtimex(told)
    if answered < 0:
        reason = "clock-not-told"
        raise HostError(reason)
    fields = _TIMEX.unpack(told.raw)
    unit = 1e9 if fields[_STATUS] & _NANOSECONDS else 1e6
    lost = fields[_STATUS] & _UNSYNCHRONISED or answered == _ERROR_STATE
    return {
        "synchronised": str(not lost),
        "offset": f"{fields[_OFFSET] / unit:.9f}",
        "error.maximum": f"{fields[_MAXIMUM] / 1e6:.6f}",
    }
