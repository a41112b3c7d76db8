# SPDX-License-Identifier: Apache-2.0
"""The gate's application without its server: requests are ASGI messages.

Rules: a body that does not come is a queue that stays empty; a device that waits for
its answer is one whose queue stays so after the body.
Not here: sockets and TLS (`tests/e2e/test_gate.py`).
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from installation_fixture import CBOR, Installation
from starlette.types import ASGIApp, Message

from server.gate.app import Gate
from server.gate.door import Door, Guest
from server.gate.intake.buffer import Buffer
from server.gate.process import read_post
from server.gate.shares import Bounds

STREAMED = {"content-type": CBOR, "transfer-encoding": "chunked"}


@dataclass
class Request:
    """One request under way."""

    arriving: asyncio.Queue[Message] = field(default_factory=asyncio.Queue)
    hungry: asyncio.Event = field(default_factory=asyncio.Event)
    """All that arrived was taken, and more is waited for."""
    answered: list[Message] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=lambda: dict(STREAMED))
    method: str = "POST"
    guest: Guest | None = None
    """Its connection's place at the door."""

    async def receive(self) -> Message:
        """Give the next part of the body."""
        if self.arriving.empty():
            self.hungry.set()
        return await self.arriving.get()

    async def send(self, message: Message) -> None:
        """Take a part of the answer."""
        self.answered.append(message)

    def body(self, octets: bytes, *, more: bool = False) -> "Request":
        """Let a part of the body arrive."""
        self.arriving.put_nowait(
            {"type": "http.request", "body": octets, "more_body": more}
        )
        return self

    async def to(self, application: ASGIApp, path: str) -> "Request":
        """Send it and wait for the whole answer."""
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": self.method,
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "headers": [(k.encode(), v.encode()) for k, v in self.headers.items()],
            "state": {"guest": self.guest},
        }
        await application(scope, self.receive, self.send)
        return self

    @property
    def status(self) -> int:
        """Return the answer's status."""
        return int(self.answered[0]["status"])

    @property
    def slug(self) -> str:
        """Return the problem's slug."""
        body = b"".join(part.get("body", b"") for part in self.answered[1:])
        return str(json.loads(body)["type"]).rpartition(":")[2]

    def header(self, name: str) -> str:
        """Return a header of the answer."""
        return dict(self.answered[0]["headers"])[name.encode()].decode()


@asynccontextmanager
async def gate_of(
    made: Installation,
    *,
    bounds: Bounds | None = None,
    door: Door | None = None,
    seconds: float = 9,
    buffer: Buffer | None = None,
) -> AsyncIterator[Gate]:
    """Open a gate with bounds of the test's own."""
    gate = Gate(
        read_post(made.layout.gate),
        made.store,
        bounds=bounds,
        door=door,
        seconds=seconds,
        buffer=buffer,
    )
    try:
        yield gate
    finally:
        gate.leave()
        gate.close()


@asynccontextmanager
async def running(
    made: Installation,
    *,
    bounds: Bounds | None = None,
    door: Door | None = None,
    seconds: float = 9,
) -> AsyncIterator[ASGIApp]:
    """Run the application with bounds of the test's own."""
    async with gate_of(made, bounds=bounds, door=door, seconds=seconds) as gate:
        yield gate.application()
