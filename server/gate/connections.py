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
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, runtime_checkable
from urllib.parse import unquote

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from server.gate.bounds import (
    BODY_BYTES_BUFFERED,
    HEAD_BYTES,
    HEAD_SECONDS,
    LINGER_SECONDS,
)
from server.gate.exchange import Exchange, Prompt
from server.gate.lingering import linger, same_line
from server.problems import MEDIA_TYPE, Problem

if TYPE_CHECKING:
    from uvicorn._types import HTTPScope


class _EarlyError(Exception):
    """A request came before the last one was answered."""


@runtime_checkable
class _Limited(Protocol):
    """A transport over TLS: it reads ahead 256 KiB where nobody tells it not to."""

    def set_read_buffer_limits(self, high: int | None) -> None:
        """Read no more ahead than this."""


@runtime_checkable
class _Answering(Protocol):
    """An application that answers some requests as they come."""

    def at_once(self, exchange: Exchange, as_task: Callable[[], None]) -> Prompt | None:
        """Return what does; None: a task is to."""


class Connection(HttpToolsProtocol):
    """One connection; aborted when it breaks a bound."""

    cycle: Exchange

    head_seconds = HEAD_SECONDS
    leave: Callable[[], None] = staticmethod(lambda: None)
    """Told once, when the connection is gone."""
    host = ""
    """Of whom it is, who may have been brought by a balancer; empty for the peer."""
    made = False
    """Whether there is a connection yet."""
    _head = 0
    _reading_head = True
    _timer: asyncio.TimerHandle | None = None
    _looks_at = 0.0
    """When it runs out, in the loop's time."""
    _due: float | None = None
    """When the connection ends, and how."""
    _end: Callable[[], None] = staticmethod(lambda: None)
    _deaf = False
    """Whether nothing that comes is heard any more."""
    _line: socket.socket | None = None
    """The connection itself, kept to throw away what comes on it then."""
    _begins = False
    """Whether a head is there that nobody answers yet."""
    _underway: Prompt | None = None

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
        self._at_once = self.app.at_once if isinstance(self.app, _Answering) else None
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._head_done()
        self._no_timer()
        super().connection_lost(exc)
        if self._underway is not None:
            self._underway.gone()
        if self._line is None:
            self.leave()
        else:
            linger(self._line, self.leave)

    def data_received(self, data: bytes) -> None:
        """Parse, and count what belongs to a head that is not complete yet."""
        if self._deaf:
            return
        super().data_received(data)
        if self._reading_head:
            self._head += len(data)
            if self._head > HEAD_BYTES:
                self.transport.abort()
        elif self._is_answered() and not self._deaf:
            self._expect_head()  # blank lines begin no request, and do not idle
        if self._begins:
            self._begin()
        if self._underway is not None:
            self._underway.look()
        # by now whoever knows who speaks has made more room
        cycle = self.cycle
        if not self._is_answered() and len(cycle.body) > cycle.room:
            self.flow.pause_reading()

    def on_message_begin(self) -> None:
        """Give the request time for its head."""
        self.url = b""
        self.expect_100_continue = False
        self.headers = []
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
        self.cycle = Exchange(
            scope=self._scope(version),
            transport=self.transport,
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=self.access_log,
            default_headers=self.server_state.default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=self.expect_100_continue,
            keep_alive=version != "1.0" and self.parser.should_keep_alive(),
            on_response=self.on_response_complete,
        )
        self._begins = True

    def _scope(self, version: str) -> "HTTPScope":
        """Return what a head says, for an application."""
        address = httptools.parse_url(self.url)
        path = address.path.decode("ascii")
        self.scope = {
            "type": "http",
            "asgi": {"version": self.asgi_version, "spec_version": "2.3"},
            "http_version": version,
            "server": self.server,
            "client": self.client,
            "scheme": self.scheme or "http",
            "root_path": self.root_path,
            "headers": self.headers,
            "state": {},
            "method": self.parser.get_method().decode("ascii"),
            "path": unquote(path) if "%" in path else path,
            "raw_path": address.path,
            "query_string": address.query or b"",
        }
        return self.scope

    def _begin(self) -> None:
        """Have the request answered: as it comes where it is such a one, else so."""
        self._begins = False
        if self._at_once is not None:
            self._underway = self._at_once(self.cycle, self._as_task)
        if self._underway is None:
            self._as_task()

    def _as_task(self) -> None:
        """Have a task answer the request."""
        self._underway = None
        self._start_asgi_task(self.cycle, self.app)

    def on_body(self, body: bytes) -> None:
        """Keep a part of a body."""
        if not self.cycle.response_complete:
            self.cycle.body += body
            self.cycle.message_event.set()

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
        """Go on for a while, unless what was answered has not come to its end."""
        self.server_state.total_requests += 1
        self._underway = None
        if self.cycle.more_body:
            self._hear_no_more()
        elif not self.transport.is_closing():
            self.flow.resume_reading()
            self._expect(self.timeout_keep_alive, self.transport.close)

    def _hear_no_more(self) -> None:
        """End the connection; what was written goes out, what comes is thrown away."""
        self._head_done()
        if self._deaf:
            return
        self._deaf = True
        self._line = same_line(self.transport)
        self.transport.close()  # says TLS's farewell, which waits for the other side's
        if self._line is None:
            self._expect(LINGER_SECONDS, self.transport.abort)
        else:
            self.loop.call_soon(self.transport.abort)

    def _is_answered(self) -> bool:
        """Tell whether no request is being answered."""
        return self.cycle is None or self.cycle.response_complete

    def _expect_head(self) -> None:
        self._head = 0
        self._reading_head = True
        self._expect(self.head_seconds, self.transport.abort)

    def _head_done(self) -> None:
        self._reading_head = False
        self._due = None

    def _expect(self, seconds: float, end: Callable[[], None]) -> None:
        """End the connection if it is not heard of before so many seconds are over.

        A timer that runs out before that is left alone, and looks again then: one for
        each request would cost more than what is timed.
        """
        now = self.loop.time()
        self._due, self._end = now + seconds, end
        if self._timer is None or self._looks_at > self._due:
            self._no_timer()
            self._looks_at = self._due
            self._timer = self.loop.call_later(seconds, self._look_at_time)

    def _look_at_time(self) -> None:
        self._timer = None
        if self._due is None:
            return
        left = self._due - self.loop.time()
        if left > 0:
            self._looks_at = self._due
            self._timer = self.loop.call_later(left, self._look_at_time)
        else:
            self._due = None
            self._end()

    def _no_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
