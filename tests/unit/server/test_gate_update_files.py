# SPDX-License-Identifier: Apache-2.0
"""Who takes a file of the update repository and reads none of it keeps no other out."""

import asyncio
from pathlib import Path

import pytest
from starlette.types import Message

from server.gate.asked import Asked
from server.gate.door import Door
from server.gate.update_files import UpdateFiles

NAME = "metadata/timestamp.json"


async def take(files: UpdateFiles) -> None:
    """Ask for a file, and take nothing of it."""

    async def receive() -> Message:
        return await asyncio.get_running_loop().create_future()

    async def send(message: Message) -> None:
        if message.get("body"):
            await asyncio.get_running_loop().create_future()

    scope = {
        "type": "http",
        "method": "GET",
        "path": f"/updates/{NAME}",
        "headers": [],
        "client": ("192.0.2.1", 1),
    }
    await files.serve(Asked(scope, receive, 0, 9), send)


def test_who_reads_nothing_is_cut_off(tmp_path: Path) -> None:
    """A connection that takes nothing has an end, and its place is free again."""
    (tmp_path / "metadata").mkdir()
    (tmp_path / NAME).write_bytes(b"{}")
    files = UpdateFiles(tmp_path, Door(), seconds=0.01)
    with pytest.raises(TimeoutError):
        asyncio.run(take(files))
    assert files._sent == 0
