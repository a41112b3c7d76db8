# SPDX-License-Identifier: Apache-2.0
"""Ports for programs that must be told one before they listen.

Rules: nobody else is given it meanwhile: the kernel chooses no port below its own range
by itself, neither for who listens on "any" nor for who connects; and of tests that run
beside each other each keeps a name for what it has chosen until its process ends.
Not here: who can listen on port 0 and say which one it became, which is better.
"""

import os
import socket
from collections.abc import Iterator

_LOWEST, _ABOVE = 20_000, 32_768
"""Above all that browsers refuse to open and that tests name themselves."""
_HELD: list[socket.socket] = []


def free_port(count: int = 1) -> int:
    """Return a port of loopback that nobody listens on, and nobody will.

    Args:
        count: as many in a row are free.
    """
    for port in _ports():
        names = [_named(one) for one in range(port, port + count)]
        held = [name for name in names if name is not None]
        if len(held) == count and all(map(_free, range(port, port + count))):
            _HELD.extend(held)
            return port
        for name in held:
            name.close()
    msg = "no port is free"
    raise OSError(msg)


def _ports() -> Iterator[int]:
    """Return all of them; of two processes neither begins where the other does."""
    begin = os.getpid() * 97 % (_ABOVE - _LOWEST)
    yield from range(_LOWEST + begin, _ABOVE)
    yield from range(_LOWEST, _LOWEST + begin)


def _named(port: int) -> socket.socket | None:
    """Return a name of this machine for a port; None where another process has it."""
    name = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    try:
        name.bind(f"\0discreet test port {port}")  # the kernel's: no file, no left-over
    except OSError:
        name.close()
        return None
    return name


def _free(port: int) -> bool:
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True
