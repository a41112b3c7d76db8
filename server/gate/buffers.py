# SPDX-License-Identifier: Apache-2.0
"""Memory of connections: a large buffer has pages of its own, and gives them back.

Rules: uvloop takes 256 KiB for each connection's TLS and mostly fills little of it; the
C library would give it what others have filled before, once it has seen such a buffer
end, and then each connection costs all of that, for as long as the gate runs.
Not here: how many connections there may be (`bounds.py`).
"""

import ctypes
import sys

from wire.limits import KIB, MIB

OWN_PAGES = 256 * KIB
"""What is as large has pages of its own."""
SPARE = 8 * MIB
"""Free memory at the end of the rest that is kept, for a commit takes it again."""
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
"""As glibc numbers them in `malloc.h`."""


if sys.platform == "win32":

    def give_buffers_back() -> None:
        """Do nothing: its allocator does so."""

else:

    def give_buffers_back() -> None:
        """Have the C library do so from now on, where it is glibc."""
        set_one = getattr(ctypes.CDLL(None), "mallopt", None)
        if set_one is not None:
            set_one(_MMAP_THRESHOLD, OWN_PAGES)
            set_one(_TRIM_THRESHOLD, SPARE)
