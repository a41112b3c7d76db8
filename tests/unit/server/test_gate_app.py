# SPDX-License-Identifier: Apache-2.0
"""The gate's application under load and failure, spoken to as its server does.

Rules: requests are ASGI messages; a body that does not come is a queue that stays
empty.
Not here: sockets and TLS (`tests/e2e/test_gate.py`).
"""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from installation_fixture import CBOR, Installation, install
from starlette.applications import Starlette
from starlette.types import Message
from stranger_fixture import Stranger, enrolled

from server.gate.app import Gate
from server.gate.process import read_post
from server.store.interface import ChainEnd


@dataclass
class Request:
    """One request under way."""

    arriving: asyncio.Queue[Message] = field(default_factory=asyncio.Queue)
    hungry: asyncio.Event = field(default_factory=asyncio.Event)
    """All that arrived was taken, and more is waited for."""
    answered: list[Message] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=lambda: {"content-type": CBOR})

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

    async def to(self, application: Starlette, path: str) -> "Request":
        """Send it and wait for the whole answer."""
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "POST",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "headers": [(k.encode(), v.encode()) for k, v in self.headers.items()],
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


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Return an installation."""
    installation = install(tmp_path_factory.mktemp("collector"))
    yield installation
    installation.store.close()


@asynccontextmanager
async def running(
    made: Installation, *, requests: int = 9, octets: int = 999_999, seconds: float = 9
) -> AsyncIterator[Starlette]:
    """Run the application with bounds of the test's own."""
    gate = Gate(
        read_post(made.layout.gate),
        made.store,
        requests=requests,
        octets=octets,
        seconds=seconds,
    )
    try:
        yield gate.application()
    finally:
        gate.close()


def test_requests_under_way_are_bounded(made: Installation) -> None:
    """Over the bound a request is told when to come again; room comes back."""

    async def play() -> None:
        async with running(made, requests=1) as application:
            slow = Request().body(b"n", more=True)
            task = asyncio.create_task(slow.to(application, "/v1/introduce"))
            await slow.hungry.wait()
            refused = await Request().body(b"n" * 16).to(application, "/v1/introduce")
            assert (refused.status, refused.slug) == (503, "overloaded")
            assert int(refused.header("retry-after")) > 0
            slow.body(b"n" * 15)
            assert (await task).status == 200
            again = await Request().body(b"n" * 16).to(application, "/v1/introduce")
            assert again.status == 200

    asyncio.run(play())


def test_bytes_under_way_are_bounded(made: Installation) -> None:
    """All bodies together stay below a bound, however many come."""

    async def play() -> None:
        async with running(made, octets=1_000) as application:
            slow = Request().body(bytes(900), more=True)
            task = asyncio.create_task(slow.to(application, "/v1/shipments"))
            await slow.hungry.wait()
            refused = await Request().body(bytes(101)).to(application, "/v1/shipments")
            assert refused.slug == "overloaded"
            slow.body(b"")
            assert (await task).slug == "malformed"
            again = await Request().body(bytes(1_000)).to(application, "/v1/shipments")
            assert again.slug == "malformed"

    asyncio.run(play())


def test_a_body_that_does_not_come_is_cut_off(made: Installation) -> None:
    """A request whose body stops is refused after its time."""

    async def play() -> None:
        async with running(made, seconds=0.01) as application:
            slow = await Request().body(b"n", more=True).to(application, "/v1/poll")
            assert (slow.status, slow.slug) == (400, "malformed")

    asyncio.run(play())


def test_a_device_that_goes_away_leaves_nothing(made: Installation) -> None:
    """When the other end disconnects, its bytes and its place are free again."""

    async def play() -> None:
        async with running(made, requests=1, octets=20) as application:
            gone = Request().body(bytes(20), more=True)
            gone.arriving.put_nowait({"type": "http.disconnect"})
            await gone.to(application, "/v1/shipments")
            again = await Request().body(b"n" * 16).to(application, "/v1/introduce")
            assert again.status == 200

    asyncio.run(play())


def test_a_failure_is_a_problem_and_tells_nothing(
    made: Installation, capsys: pytest.CaptureFixture[str]
) -> None:
    """What nobody foresaw is `internal`; the log has its class and no byte of it."""
    device = enrolled(made)
    _damage_mark(made, device)
    poll = device.poll()

    async def play() -> None:
        async with running(made) as application:
            failed = await Request().body(poll).to(application, "/v1/poll")
            assert (failed.status, failed.slug) == (500, "internal")

    asyncio.run(play())
    told = capsys.readouterr().out
    assert "request-failed" in told
    assert "poll" in told
    assert device.device.hex() not in told
    assert "Traceback" not in told


def _damage_mark(made: Installation, device: Stranger) -> None:
    """Leave a mark in the store that is none."""
    gate_side = made.store
    octets = device.gap()
    end = ChainEnd(device.tenant, device.device, device.incarnation, 1, device.previous)
    asyncio.run(_ship(made, device.ship([octets])))
    gate_side.set_mark(end, b"no mark")


async def _ship(made: Installation, octets: bytes) -> None:
    async with running(made) as application:
        shipped = await Request().body(octets).to(application, "/v1/shipments")
        assert shipped.status == 200


def test_a_damaged_store_is_not_a_lost_shipment(tmp_path: Path) -> None:
    """When the store fails before the commit, the device is asked to come again."""
    made = install(tmp_path)
    device = enrolled(made)

    async def play() -> None:
        async with running(made) as application:
            made.store.close()
            failed = await (
                Request()
                .body(device.ship([device.gap()]))
                .to(application, "/v1/shipments")
            )
            assert (failed.status, failed.slug) == (503, "overloaded")

    asyncio.run(play())
