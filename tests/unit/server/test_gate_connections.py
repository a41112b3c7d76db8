# SPDX-License-Identifier: Apache-2.0
"""Connections of strangers that ask for nothing more and do not go.

Rules: a real event loop, real sockets and uvicorn's own parser; no TLS.
Not here: the bounds over TLS (`tests/e2e/test_gate.py`).
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from uvicorn.server import ServerState

from server.gate.connections import Connection

ANSWER = b"done"
GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
ENDLESS = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
DROP = b"1\r\nx\r\n"


class Quick(Connection):
    """A connection of little patience."""

    head_seconds = 0.15


async def answer(request: Request) -> Response:
    """Answer without a look at the body, if not asked for one."""
    if request.method == "PUT":
        await request.body()
    return Response(ANSWER)


@asynccontextmanager
async def connected(
    kind: type[Connection] = Quick,
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """Serve on loopback and connect."""
    routes = [Route("/", answer, methods=["GET", "POST", "PUT"])]
    config = uvicorn.Config(
        Starlette(routes=routes), lifespan="off", log_config=None, ws="none"
    )
    config.load()
    state = ServerState()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: kind(config, state, {}), "127.0.0.1", 0)
    async with server:
        host, port = server.sockets[0].getsockname()
        reader, writer = await asyncio.open_connection(host, port)
        try:
            yield reader, writer
        finally:
            writer.close()


async def ended(reader: asyncio.StreamReader) -> bool:
    """Tell whether the other side ends the connection before long."""
    try:
        async with asyncio.timeout(30):
            return await reader.read() == b""
    except ConnectionResetError:
        return True
    except TimeoutError:
        return False


@pytest.mark.slow
def test_blank_lines_do_not_hold_a_connection() -> None:
    """After an answer a stranger that sends line ends is cut off like a silent one."""

    async def play() -> None:
        async with connected() as (reader, writer):
            writer.write(GET)
            await reader.readuntil(ANSWER)
            writer.write(b"\r\n")
            assert await ended(reader)

    asyncio.run(play())


@pytest.mark.slow
def test_a_body_nobody_reads_does_not_go_on_for_ever() -> None:
    """A request that was answered early cannot keep sending its body, drop by drop."""

    async def drip(writer: asyncio.StreamWriter) -> None:
        for _ in range(5_000):
            writer.write(DROP)
            await writer.drain()
            await asyncio.sleep(0.01)

    async def play() -> None:
        async with connected() as (reader, writer):
            writer.write(ENDLESS)
            await reader.readuntil(ANSWER)
            dripping = asyncio.create_task(drip(writer))
            assert await ended(reader)
            dripping.cancel()

    asyncio.run(play())


def test_one_request_at_a_time() -> None:
    """A packet full of requests is cut off; uvicorn would have kept them all."""

    async def play() -> None:
        async with connected() as (reader, writer):
            writer.write(GET * 1_000)
            assert await ended(reader)

    asyncio.run(play())


def test_a_connection_is_kept_for_the_next_request() -> None:
    """An answered connection takes another request, with its body, as before."""

    async def play() -> None:
        async with connected(Connection) as (reader, writer):
            for _ in range(3):
                writer.write(ENDLESS.replace(b"POST", b"PUT") + DROP + b"0\r\n\r\n")
                await reader.readuntil(ANSWER)
                writer.write(GET)
                await reader.readuntil(ANSWER)

    asyncio.run(play())
