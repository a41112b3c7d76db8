# SPDX-License-Identifier: Apache-2.0
"""A stranger's connection, bounded: how long a head, how slow, how much unread.

Rules: uvicorn bounds neither the head of a request nor the time it takes, and its
parser keeps what it gets, so both are bounded here; a connection on which no request is
being answered always has a time at which it ends; one request at a time, and none after
one that was answered before its end: what still comes is not even deciphered; what is
no HTTP is refused as a problem document too.
Not here: bodies (`bodies.py`), how many connections (`door.py`), TLS (`arrivals.py`).
"""

import asyncio
import socket
import time
from functools import cache, partial
from typing import Protocol, runtime_checkable
from urllib.parse import unquote

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from server.gate.bounds import (
    BODY_BYTES_BUFFERED,
    HEAD_BYTES,
    HEAD_SECONDS,
    LINGER_SECONDS,
)
from server.gate.door import Guest
from server.gate.exchange import Exchange
from server.gate.lingering import linger, same_line
from server.problems import MEDIA_TYPE, Problem


class _EarlyError(Exception):
    """A request came before the last one was answered."""


@runtime_checkable
class _Limited(Protocol):
    """A transport over TLS: it reads ahead 256 KiB where nobody tells it not to."""

    def set_read_buffer_limits(self, high: int | None) -> None:
        """Read no more ahead than this."""


class Connection(HttpToolsProtocol):
    """One connection; aborted when it breaks a bound."""

    head_seconds = HEAD_SECONDS
    guest: Guest | None = None
    """Its place at the door; None where nobody counts it."""
    host = ""
    """Of whom it is, who may have been brought by a balancer; empty for the peer."""
    made = False
    """Whether there is a connection yet."""
    _head = 0
    _reading_head = True
    _timer: asyncio.TimerHandle | None = None
    _deaf = False
    """Whether nothing that comes is heard any more."""
    _line: socket.socket | None = None
    """The connection itself, kept to throw away what comes on it then."""

    def connection_made(  # type: ignore[override] # as uvicorn's own narrows it
        self, transport: asyncio.Transport
    ) -> None:
        """Take a connection, and give it time for its first head."""
        self.made = True
        super().connection_made(transport)
        if self.host:
            self.client = self.host, 0
        if isinstance(transport, _Limited):
            transport.set_read_buffer_limits(BODY_BYTES_BUFFERED)
        if self.guest is not None:
            self.guest.put_out = transport.abort
            self.guest.ticket = cache(partial(_ticket, transport))
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._head_done()
        super().connection_lost(exc)
        if self._line is None:
            self._leave()
        else:
            linger(self._line, self._leave)

    def _leave(self) -> None:
        """Give its place up, once the connection is gone."""
        if self.guest is not None:
            self.guest.leave()

    def data_received(self, data: bytes) -> None:
        """Parse, and count what belongs to a head that is not complete yet."""
        if self._deaf:
            return
        super().data_received(data)
        if self._reading_head:
            self._head += len(data)
            if self._head > HEAD_BYTES:
                self.transport.abort()
        self._hold_back()
        if self._timer is None and self._is_answered():
            self._expect_head()  # blank lines end uvicorn's time and begin no request

    def on_message_begin(self) -> None:
        """Give the request time for its head."""
        super().on_message_begin()
        self._expect_head()

    def on_headers_complete(self) -> None:
        """Hand the request over; its body has bounds of its own.

        Raises:
            _EarlyError: another one is being answered: thousands would fit one packet,
                and uvicorn would keep them all.
        """
        self._head_done()
        if not self._is_answered():
            raise _EarlyError
        version = self.parser.get_http_version()
        address = httptools.parse_url(self.url)
        path = address.path.decode("ascii")
        came = asyncio.Event()
        self.scope |= {
            "http_version": version,
            "method": self.parser.get_method().decode("ascii"),
            "path": unquote(path) if "%" in path else path,
            "raw_path": address.path,
            "query_string": address.query or b"",
            "state": {"guest": self.guest, "came": came.is_set},
        }
        self.cycle = Exchange(
            scope=self.scope,
            transport=self.transport,
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=self.access_log,
            default_headers=self.server_state.default_headers,
            message_event=came,
            expect_100_continue=self.expect_100_continue,
            keep_alive=version != "1.0" and self.parser.should_keep_alive(),
            on_response=self.on_response_complete,
        )
        self._start_asgi_task(self.cycle, self.app)

    def _hold_back(self) -> None:
        """Have no more of a body come until what came of it is taken."""
        body = self.cycle
        # of one that is whole nothing more comes, and to go on costs another look
        if body and body.more_body and len(body.body) > BODY_BYTES_BUFFERED:
            self.flow.pause_reading()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no request; uvicorn's own words are for people.

        Args:
            msg: uvicorn's.
        """
        del msg
        if not self._is_answered():
            self.transport.abort()  # it would be taken for the other one's answer
            return
        body = Problem.MALFORMED.document(int(time.time()))
        head = (
            f"HTTP/1.1 400 Bad Request\r\ncontent-type: {MEDIA_TYPE}\r\n"
            f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
        )
        self.transport.write(head.encode() + body)
        self._hear_no_more()

    def on_response_complete(self) -> None:
        """Go on, unless what was answered has not come to its end."""
        super().on_response_complete()
        if self.cycle.more_body:
            self._hear_no_more()

    def _hear_no_more(self) -> None:
        """End the connection; what was written goes out, what comes is thrown away."""
        self._head_done()
        if self._deaf:
            return
        self._deaf = True
        self._line = same_line(self.transport)
        self.transport.close()  # says TLS's farewell, which waits for the other side's
        if self._line is None:
            self._timer = self.loop.call_later(LINGER_SECONDS, self.transport.abort)
        else:
            self.loop.call_soon(self.transport.abort)

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


def _ticket(transport: asyncio.Transport) -> bytes | None:
    """Return what the other side's next connection is known by (`admissions.py`)."""
    made = transport.get_extra_info("ssl_object")
    session = None if made is None else made.session
    return None if session is None else session.id
