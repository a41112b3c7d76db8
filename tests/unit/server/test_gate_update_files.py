# SPDX-License-Identifier: Apache-2.0
"""Who takes a file of the update repository and reads none of it keeps no other out."""

import asyncio
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.types import Message

from server.gate.door import Door
from server.gate.update_files import UpdateFiles
from server.problems import Problem

NAME = "metadata/timestamp.json"


def refuse(problem: Problem) -> Response:
    """Return a problem as its slug."""
    return Response(problem.value)


async def take(files: UpdateFiles) -> None:
    """Ask for a file, and take nothing of it."""

    async def receive() -> Message:
        return await asyncio.get_running_loop().create_future()

    async def send(message: Message) -> None:
        if message.get("body"):
            await asyncio.get_running_loop().create_future()

    path = f"/updates/{NAME}"
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "method": "GET",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": [],
        "client": ("192.0.2.1", 1),
    }
    await Starlette(routes=[files.route()])(scope, receive, send)


def test_who_reads_nothing_is_cut_off(tmp_path: Path) -> None:
    """A connection that takes nothing has an end, and its place is free again."""
    (tmp_path / "metadata").mkdir()
    (tmp_path / NAME).write_bytes(b"{}")
    files = UpdateFiles(tmp_path, Door(), refuse, seconds=0.01)
    with pytest.raises(TimeoutError):
        asyncio.run(take(files))
    assert files._sent == 0
