# SPDX-License-Identifier: Apache-2.0
"""A connection of the gate without a socket: octets are handed to it by the test.

Rules: uvicorn's own parser and a real event loop; no TLS.
Not here: requests without a parser (`gate_asgi.py`).
"""

import asyncio
import socket
from collections.abc import Callable

from uvicorn.server import ServerState

from server.gate.connections import Connection
from server.gate.serving import configured


class Transport(asyncio.Transport):
    """Keeps what is written, each by itself."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.line = socket.socket()
        super().__init__({"socket": self.line})
        self.written: list[bytes] = []
        self.wrote = asyncio.Event()
        self.ended = False
        self.pauses = 0

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Keep it."""
        self.written.append(bytes(data))
        self.wrote.set()

    def close(self) -> None:
        """End."""
        self.ended = True

    abort = close

    def is_closing(self) -> bool:
        """Tell whether it ended."""
        return self.ended

    def pause_reading(self) -> None:
        """Count it: what comes is handed over by the test."""
        self.pauses += 1

    def resume_reading(self) -> None:
        """Do nothing."""


class Line:
    """One connection to an application, in a running loop.

    Attributes:
        state: of the server: its tasks.
        transport: what was written.
        connection: takes octets.
    """

    def __init__(self, application: Callable[..., object]) -> None:
        """Connect."""
        config = configured(application)
        self.state = ServerState()
        self.connection = Connection(config, self.state, {})
        self.transport = Transport()
        self.connection.connection_made(self.transport)

    def end(self) -> None:
        """Let the connection be lost, and what is answered on it."""
        self.connection.connection_lost(ConnectionResetError())
        self.transport.line.close()
        for task in self.state.tasks:
            task.cancel()
