# SPDX-License-Identifier: Apache-2.0
# mypy: disable-error-code="unreachable"
# (all below the guard, seen from win32)
"""Connections that send what was made before, one request after another.

Rules: real TLS on uvloop, a connection from an address of its own, each kept; requests
are made before the clock starts, so that a load costs little beside what it measures;
each connection sends its next request when the last one is answered.
Not here: what is sent and measured (`gate.py`).
"""

import asyncio
import ssl
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import cast

from bench.flood_devices import HOST

if sys.platform == "win32":
    reason = "uvloop is not of Windows"
    raise ImportError(reason)

import uvloop

_HEAD_END = b"\r\n\r\n"
_LENGTH = b"content-length: "


@dataclass
class Answers:
    """How requests were answered.

    Attributes:
        waited: milliseconds from each request to its answer.
        statuses: how often each HTTP status came; 0 where the connection broke.
    """

    waited: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)

    def of_hundred(self, part: int) -> float:
        """Return what so many of a hundred were below, milliseconds."""
        ordered = sorted(self.waited)
        return ordered[min(len(ordered) - 1, len(ordered) * part // 100)]


class Line(asyncio.Protocol):
    """One connection, and what it has to send."""

    def __init__(self, requests: Sequence[bytes], answers: Answers) -> None:
        """Send in turn.

        Args:
            requests: the bytes of each, in order.
            answers: where answers are noted.
        """
        self._requests = iter(requests)
        self._answers = answers
        self._sent = 0.0
        self._heard = bytearray()
        self._transport: asyncio.Transport | None = None
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Be ready; nothing is sent before `send`."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is none

    def send(self) -> None:
        """Send the next request; hang up where there is none."""
        self._sent = asyncio.get_running_loop().time()
        request = next(self._requests, None)
        if request is None or self._transport is None:
            self._end()
        else:
            self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        """Note an answer that is whole, and send the next request."""
        self._heard += data
        head, found, body = self._heard.partition(_HEAD_END)
        if not found:
            return
        length = bytes(head).lower().partition(_LENGTH)[2].partition(b"\r\n")[0]
        if len(body) < int(length):
            return
        self._note(int(head.split(b" ", 2)[1]))
        self._heard.clear()
        self.send()

    def _note(self, status: int) -> None:
        waited = asyncio.get_running_loop().time() - self._sent
        self._answers.waited.append(waited * 1000)
        self._answers.statuses[status] += 1

    def connection_lost(self, exc: Exception | None) -> None:
        """Note that it broke before all was sent."""
        del exc
        if not self.over.done():
            self._note(0)
            self.over.set_result(None)

    def _end(self) -> None:
        if not self.over.done():
            self.over.set_result(None)
        if self._transport is not None:
            self._transport.abort()


def drive(
    port: int,
    context: ssl.SSLContext,
    work: Sequence[Sequence[bytes]],
) -> Answers:
    """Send all of it, each part on a connection of its own, and return the answers.

    Args:
        port: of the gate, on loopback.
        context: whom to trust.
        work: for each connection its requests.
    """

    async def all_of_it() -> Answers:
        loop, answers = asyncio.get_running_loop(), Answers()
        lines = []
        for number, requests in enumerate(work):
            high, low = divmod(number, 250)
            _, line = await loop.create_connection(
                partial(Line, requests, answers),
                HOST,
                port,
                ssl=context,
                server_hostname=HOST,
                local_addr=(f"127.1.{high}.{low + 1}", 0),
            )
            lines.append(line)
        for line in lines:
            line.send()
        await asyncio.gather(*(line.over for line in lines))
        return answers

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(all_of_it())
