# SPDX-License-Identifier: Apache-2.0
"""What a connection takes for a request, and how its answer is written.

Rules: a real event loop, real sockets and uvicorn's own parser; no TLS. Behind each
hostile head stands another request, as whoever smuggles one would send it.
Not here: connections that do not go (`test_gate_connections.py`).
"""

import asyncio
import socket

import pytest
import uvicorn
from installation_fixture import CBOR
from starlette.types import Receive, Scope, Send
from uvicorn.server import ServerState

from server.gate.asked import Asked, Reply, refused, start
from server.gate.bounds import BODY_BYTES_BUFFERED
from server.gate.connections import Connection
from server.problems import Refusal

HIDDEN = b"GET /hidden HTTP/1.1\r\nHost: x\r\n\r\n"
GET = b"GET /plain HTTP/1.1\r\nHost: x\r\n\r\n"
POST = b"POST /plain HTTP/1.1\r\nHost: x\r\nContent-Type: %b\r\n" % CBOR.encode()
TWO_LENGTHS = b"Content-Length: 0\r\nContent-Length: %d\r\n" % len(HIDDEN)
BOTH = b"Content-Length: %d\r\nTransfer-Encoding: chunked\r\n" % len(HIDDEN)
TURNS = 9
"""Of the loop, in which a request that is all there has been answered."""
HOSTILE = {
    "two lengths": TWO_LENGTHS,
    "a length and chunks": BOTH,
    "chunks and a length": b"\r\n".join(reversed(BOTH.split(b"\r\n")[:2])) + b"\r\n",
    "a length below nothing": b"Content-Length: -1\r\n",
    "a length with a sign": b"Content-Length: +5\r\n",
    "a list of lengths": b"Content-Length: 0, 5\r\n",
    "a length of no end": b"Content-Length: " + b"9" * 40 + b"\r\n",
    "a length behind zeros": b"Content-Length: %05000d\r\n" % len(HIDDEN),
    "blanks before a colon": b"Content-Length : 0\r\n",
    "a folded line": b"X: a\r\n Content-Length: 0\r\n",
    "a line of a line feed alone": b"X: a\nContent-Length: 0\r\n",
    "a bare carriage return": b"X: a\rContent-Length: 0\r\n",
    "chunks that are not last": b"Transfer-Encoding: chunked, gzip\r\n",
    "another encoding": b"Transfer-Encoding: xchunked\r\n",
    "a zero byte": b"X: a\0b\r\n",
}
"""Heads on which two servers could differ about where a request ends."""


class Transport(asyncio.Transport):
    """Keeps what is written, each by itself."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.line = socket.socket()
        super().__init__({"socket": self.line})
        self.written: list[bytes] = []
        self.ended = self.paused = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Keep it."""
        self.written.append(bytes(data))

    def close(self) -> None:
        """End."""
        self.ended = True

    abort = close

    def is_closing(self) -> bool:
        """Tell whether it ended."""
        return self.ended

    def pause_reading(self) -> None:
        """Note it; what comes is handed over by the test."""
        self.paused = True

    def resume_reading(self) -> None:
        """Note it."""
        self.paused = False


async def spoken(octets: bytes, *, half: bool = False) -> tuple[Transport, list[str]]:
    """Hand octets to a connection; returns what it wrote, and what was asked for."""
    asked: list[str] = []

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        asked.append(scope["path"])
        request = Asked(scope, receive, 1_000, 9.0)
        try:
            if request.method == "POST":
                await request.body.whole()
        except Refusal as refusal:
            reply = refused(refusal.problem, whole=request.body.ended)
            await reply.to(send)
            return
        if scope["path"] == "/pieces":
            await send(start(200, b"text/plain", 4, ()))
            body = {"type": "http.response.body", "body": b"do", "more_body": True}
            await send(body)
            await send({"type": "http.response.body", "body": b"ne"})
        else:
            await Reply(b"done", b"text/plain").to(send)

    config = uvicorn.Config(application, lifespan="off", log_config=None, ws="none")
    config.load()
    state = ServerState()
    connection = Connection(config, state, {})
    transport = Transport()
    connection.connection_made(transport)
    connection.data_received(octets)
    if half:
        connection.eof_received()
    for _ in range(TURNS):
        await asyncio.sleep(0)
    connection.connection_lost(ConnectionResetError())
    transport.line.close()
    for task in state.tasks:
        task.cancel()
    return transport, asked


@pytest.mark.parametrize("part", [1, 2])
def test_only_of_what_is_not_whole_nothing_more_comes(part: int) -> None:
    """A body that nobody reads is left to fill the line, unless it is there already."""
    length = 2 * BODY_BYTES_BUFFERED + 2

    async def play() -> bool:
        async def application(scope: Scope, receive: Receive, send: Send) -> None:
            del scope, receive, send
            await asyncio.get_running_loop().create_future()

        config = uvicorn.Config(application, lifespan="off", log_config=None, ws="none")
        config.load()
        state = ServerState()
        connection, transport = Connection(config, state, {}), Transport()
        connection.connection_made(transport)
        head = POST + b"Content-Length: %d\r\n\r\n" % length
        connection.data_received(head + bytes(length // part))
        paused = transport.paused
        for _ in range(TURNS):
            await asyncio.sleep(0)
        connection.connection_lost(None)
        transport.line.close()
        for task in state.tasks:
            task.cancel()
        return paused

    assert asyncio.run(play()) == (part > 1)


def test_a_whole_answer_is_one_write() -> None:
    """Head and body of what is there at once go out together, with one length."""
    transport, _ = asyncio.run(spoken(GET))
    (answer,) = transport.written
    head, _, body = answer.partition(b"\r\n\r\n")
    assert (body, head.count(b"content-length: 4")) == (b"done", 1)
    assert not transport.ended


def test_an_answer_in_pieces_is_whole() -> None:
    """What comes piece by piece is sent so, behind its head."""
    transport, _ = asyncio.run(spoken(GET.replace(b"plain", b"pieces")))
    assert len(transport.written) > 1
    assert b"".join(transport.written).endswith(b"\r\n\r\ndone")


def test_a_head_alone_is_answered_without_a_body() -> None:
    """Whoever asks for the head gets the length and nothing behind it."""
    transport, _ = asyncio.run(spoken(GET.replace(b"GET", b"HEAD")))
    answer = b"".join(transport.written)
    assert answer.endswith(b"content-type: text/plain\r\n\r\n")
    assert b"content-length: 4" in answer


def test_one_that_ends_the_line_says_so() -> None:
    """Whoever asks for the end of a connection is told that it ends, and it does."""
    last = GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    transport, _ = asyncio.run(spoken(last))
    assert b"\r\nconnection: close\r\n" in b"".join(transport.written)
    assert transport.ended


def test_whoever_says_no_more_is_answered() -> None:
    """A client that has ended its side of the connection still gets its answer."""
    transport, asked = asyncio.run(spoken(GET, half=True))
    assert asked == ["/plain"]
    assert b"".join(transport.written).endswith(b"done")


def test_what_is_sent_as_a_body_is_taken_as_one() -> None:
    """With one length, as it is to be, the same request is answered."""
    octets = POST + b"Content-Length: %d\r\n\r\n" % len(HIDDEN) + HIDDEN
    transport, asked = asyncio.run(spoken(octets))
    assert asked == ["/plain"]
    assert b"".join(transport.written).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("head", HOSTILE.values(), ids=HOSTILE.keys())
def test_nothing_is_smuggled(head: bytes) -> None:
    """A request of which two servers could make two is refused, and ends the line."""
    octets = POST + head + b"\r\n" + HIDDEN
    transport, asked = asyncio.run(spoken(octets))
    assert "/hidden" not in asked
    assert transport.ended
    # a body in an unknown encoding goes on to the end of the line: no answer yet
    assert b"".join(transport.written)[:13] in {b"HTTP/1.1 400 ", b""}


def test_a_request_behind_another_is_not_heard() -> None:
    """Two requests in one packet: nobody is answered twice, and the line ends."""
    transport, asked = asyncio.run(spoken(GET + HIDDEN))
    assert "/hidden" not in asked
    assert transport.ended
