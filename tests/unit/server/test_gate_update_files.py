# SPDX-License-Identifier: Apache-2.0
"""Files of the update repository for who reads none of them, or says more than asks.

Rules: requests are ASGI messages.
Not here: what an agent takes over TLS (`tests/e2e/test_updates.py`).
"""

import asyncio
from pathlib import Path

import pytest
from gate_asgi import Request
from starlette.types import Message, Receive, Scope, Send

from server.gate.asked import Asked
from server.gate.door import Door
from server.gate.update_files import UpdateFiles

NAME = "metadata/timestamp.json"


def repository(folder: Path, seconds: float = 9.0) -> UpdateFiles:
    """Return the files of a repository that has one."""
    (folder / "metadata").mkdir()
    (folder / NAME).write_bytes(b"{}")
    return UpdateFiles(folder, Door(), seconds)


def ask(files: UpdateFiles, request: Request, name: str = NAME) -> Request:
    """Ask for a file and wait for the whole answer."""

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        await files.serve(Asked(scope, receive, 0, 9.0), send)

    return asyncio.run(request.to(application, f"/updates/{name}"))


class Deaf(Request):
    """Takes nothing of an answer but its head."""

    async def send(self, message: Message) -> None:
        """Wait for ever where a body comes."""
        if message.get("body"):
            await asyncio.get_running_loop().create_future()
        await super().send(message)


def test_who_reads_nothing_is_cut_off(tmp_path: Path) -> None:
    """A connection that takes nothing has an end, and its place is free again."""
    files = repository(tmp_path, seconds=0.01)
    with pytest.raises(TimeoutError):
        ask(files, Deaf(method="GET", headers={}))
    assert files._sent == 0


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
