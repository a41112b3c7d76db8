# SPDX-License-Identifier: Apache-2.0
"""A stranger's connection, bounded: how many, how long a head, how slow.

Rules: uvicorn bounds neither the head of a request nor the time it takes, and its
parser keeps what it gets, so both are bounded here; a connection on which no request is
being answered always has a time at which it ends.
Not here: bodies (`app.py`), TLS (`process.py`).
"""

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from server.gate.bounds import CONNECTIONS, HEAD_BYTES, HEAD_SECONDS


class Connection(HttpToolsProtocol):
    """One connection; aborted when it breaks a bound."""

    head_seconds = HEAD_SECONDS
    _head = 0
    _reading_head = True
    _timer: asyncio.TimerHandle | None = None

    def connection_made(  # type: ignore[override] # as uvicorn's own narrows it
        self, transport: asyncio.Transport
    ) -> None:
        """Take a connection if there is room, and give it time for its first head."""
        super().connection_made(transport)
        if len(self.connections) > CONNECTIONS:
            transport.abort()
            return
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._head_done()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse, and count what belongs to a head that is not complete yet."""
        super().data_received(data)
        if self._reading_head:
            self._head += len(data)
            if self._head > HEAD_BYTES:
                self.transport.abort()
        if self._timer is None and self._is_answered():
            self._expect_head()  # blank lines end uvicorn's time and begin no request

    def on_message_begin(self) -> None:
        """Give the request time for its head."""
        super().on_message_begin()
        self._expect_head()

    def on_headers_complete(self) -> None:
        """Hand the request over; its body has bounds of its own."""
        self._head_done()
        super().on_headers_complete()

    def on_response_complete(self) -> None:
        """Go on; the rest of a body that was refused gets a time to pass."""
        super().on_response_complete()
        if self.cycle.more_body and self._is_answered():
            self._head_done()
            self._timer = self.loop.call_later(self.head_seconds, self.transport.abort)

    def _is_answered(self) -> bool:
        """Tell whether no request is being answered."""
        return self.cycle is None or self.cycle.response_complete

    def _expect_head(self) -> None:
        self._head_done()
        self._head = 0
        self._reading_head = True
        self._timer = self.loop.call_later(self.head_seconds, self.transport.abort)

    def _head_done(self) -> None:
        self._reading_head = False
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
