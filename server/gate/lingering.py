# SPDX-License-Identifier: Apache-2.0
"""The end of a connection whose other side may be sending yet.

Rules: what still comes is thrown away as it is, undeciphered, for who is refused may
cost no more than that; to close at once would reset the connection, and whoever sends
all before it reads would never hear why; there is a bound in bytes and in seconds.
Not here: when a connection ends (`connections.py`).

As nginx does it (lingering_close): the farewell of TLS, a half-close, then raw reads.
"""

import asyncio
import contextlib
import os
import socket
from collections.abc import Callable

from server.gate.bounds import LINGER_BYTES, LINGER_SECONDS

_NOWHERE = bytearray(64 * 1024)
"""Where all that is thrown away goes; nobody reads it."""


def same_line(transport: asyncio.BaseTransport) -> socket.socket | None:
    """Return a transport's connection, which outlives it; None where it cannot."""
    if os.name != "posix":  # the loop of Windows reads from no socket of ours
        return None
    try:
        number = transport.get_extra_info("socket").fileno()
        return socket.socket(fileno=os.dup(number))
    except OSError:  # it is gone, or there are no descriptors
        return None


def linger(line: socket.socket, gone: Callable[[], None]) -> None:
    """Read into nothing until the other side ends, or long enough; then close.

    Args:
        line: a socket that does not block and is nobody else's.
        gone: told once, when it is closed.
    """
    loop = asyncio.get_running_loop()
    left = LINGER_BYTES

    def end() -> None:
        timer.cancel()
        loop.remove_reader(line)
        line.close()
        gone()

    def read() -> None:
        nonlocal left
        try:
            count = line.recv_into(_NOWHERE)
        except BlockingIOError:
            return
        except OSError:
            count = 0
        left -= count
        if not count or left < 0:
            end()

    timer = loop.call_later(LINGER_SECONDS, end)
    with contextlib.suppress(OSError):  # it is gone already
        line.shutdown(socket.SHUT_WR)
    loop.add_reader(line, read)
