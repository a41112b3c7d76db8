# SPDX-License-Identifier: Apache-2.0
"""Files of the update repository for who reads none of them, or says more than asks.

Rules: requests are ASGI messages.
Not here: what an agent takes over TLS (`tests/e2e/test_updates.py`).
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest
from gate_asgi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.gate.asked import Asked
from server.gate.bounds import UPDATE_PIECE_BYTES, UPDATE_SLOW_SECONDS
from server.gate.door import Door, address_of
from server.gate.pace import Pace
from server.gate.update_files import UpdateFiles

NAME = "metadata/timestamp.json"
HERE = address_of("192.0.2.1")


def repository(
    folder: Path,
    seconds: float = 9.0,
    door: Door | None = None,
    most: int = 9,
    clock: Callable[[], float] = time.monotonic,
) -> UpdateFiles:
    """Return the files of a repository that has one."""
    (folder / "metadata").mkdir()
    (folder / NAME).write_bytes(b"{}")
    return UpdateFiles(folder, door or Door(), seconds, most, clock)


def serving(files: UpdateFiles) -> ASGIApp:
    """Return what answers whoever asks for one."""

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        await files.serve(Asked(scope, receive, 0, 9.0), send)

    return application


def ask(files: UpdateFiles, request: Request, name: str = NAME) -> Request:
    """Ask for a file and wait for the whole answer."""
    return asyncio.run(request.to(serving(files), f"/updates/{name}"))


class Deaf(Request):
    """Takes nothing of an answer but its head."""

    async def send(self, message: Message) -> None:
        """Wait for ever where a body comes."""
        if message.get("body"):
            await asyncio.get_running_loop().create_future()
        await super().send(message)


@dataclass
class Taker(Deaf):
    """Says when there is a file for it to take."""

    begun: asyncio.Event = field(default_factory=asyncio.Event)
    pieces: int = 0
    """That it takes nevertheless."""

    async def send(self, message: Message) -> None:
        """Take some of the body; tell of the first piece that it leaves."""
        if message.get("body") and self.pieces:
            self.pieces -= 1
            return
        if message.get("body"):
            self.begun.set()
        await super().send(message)


def test_who_reads_nothing_is_cut_off(tmp_path: Path) -> None:
    """A connection that takes nothing has an end, and its place is free again."""
    files = repository(tmp_path, seconds=0.01)
    with pytest.raises(TimeoutError):
        ask(files, Deaf(method="GET", headers={}))
    assert not files._sent


def test_who_is_sent_a_file_is_not_put_out(tmp_path: Path) -> None:
    """Whoever comes to its address meanwhile, and however many, a file goes on."""
    door = Door(of_one=2)
    files = repository(tmp_path, door=door)
    out: list[str] = []

    async def play() -> None:
        taker = Taker(guest=door.enter(HERE, 0.0), method="GET", headers={})
        assert taker.guest is not None
        taker.guest.put_out = lambda: out.append("taker")
        taking = asyncio.create_task(taker.to(serving(files), f"/updates/{NAME}"))
        await taker.begun.wait()
        for name in "abcd":
            stranger = door.enter(HERE, 0.0)
            assert stranger is not None
            stranger.put_out = partial(out.append, name)
        taking.cancel()
        await asyncio.wait([taking])
        assert (out, door.open) == (["a", "b"], 3)
        taker.guest.leave()
        assert door.open == 2

    asyncio.run(play())


def test_who_takes_too_little_goes_where_others_wait(tmp_path: Path) -> None:
    """Of files that are sent the one furthest behind ends, and none that keeps up."""
    now = 0.0
    files = repository(tmp_path, most=2, clock=lambda: now)
    (tmp_path / NAME).write_bytes(bytes(UPDATE_PIECE_BYTES * 9))

    async def one(taker: Request) -> int:
        await taker.to(serving(files), f"/updates/{NAME}")
        return taker.status

    async def play() -> None:
        nonlocal now
        slow = Taker(method="GET", headers={})
        quick = Taker(method="GET", headers={}, pieces=8)
        tasks = [asyncio.create_task(one(taker)) for taker in (slow, quick)]
        await asyncio.gather(slow.begun.wait(), quick.begun.wait())
        assert await one(Request(method="GET", headers={})) == 503
        now = UPDATE_SLOW_SECONDS
        assert await one(Request(method="GET", headers={})) == 200
        with pytest.raises(TimeoutError):
            await tasks[0]
        assert not tasks[1].done()
        tasks[1].cancel()

    asyncio.run(play())


def test_a_file_waits_for_no_second_turn(tmp_path: Path) -> None:
    """Its handshake waited for it; what is refused waits, beside a crowd as well."""
    door = Door(pace=Pace(0.1, 1))
    door.delay(address_of(""), time.monotonic())
    files = repository(tmp_path, door=door)

    async def play() -> None:
        async with asyncio.timeout(8):
            found = Request(method="GET", headers={})
            await found.to(serving(files), f"/updates/{NAME}")
        assert found.status == 200
        lost = Request(method="GET", headers={})
        asking = asyncio.create_task(lost.to(serving(files), "/updates/elsewhere"))
        assert not (await asyncio.wait([asking], timeout=0.05))[0]
        asking.cancel()

    asyncio.run(play())


def test_who_asks_for_a_head_has_no_file_read(tmp_path: Path) -> None:
    """The head tells the file's length, and its end comes at once, with nothing."""
    head = ask(repository(tmp_path), Request(method="HEAD", headers={}))
    assert (head.status, head.header("content-length")) == (200, "2")
    assert head.answered[1:] == [{"type": "http.response.body"}]


@pytest.mark.parametrize("name", ["metadata/1.root.json", "elsewhere"])
def test_a_refusal_before_the_end_of_a_body_ends_the_line(
    tmp_path: Path, name: str
) -> None:
    """Whoever sends a body along is told that nothing more is heard; others are not."""
    files = repository(tmp_path)
    length = {"content-length": "9"}
    spoken = ask(files, Request(method="GET", headers=length), name)
    assert (spoken.status, spoken.header("connection")) == (404, "close")
    silent = ask(files, Request(method="GET", headers={}), name)
    assert b"connection" not in dict(silent.answered[0]["headers"])
