# SPDX-License-Identifier: Apache-2.0
"""Serves the files of the agents' update repository, which are for anybody to read.

Rules: names that a repository can have and no others, so no path leads elsewhere; a
file is read in pieces; few are sent at once and each has an end, so that they leave the
gate to its own work; who is being sent one is not put out for who comes later; one
file comes on a connection, so the pace of handshakes is the files'; what is refused
waits as strangers do.
Not here: what is in them (`server/updates`), who believes them (`agent/updates`).
"""

import asyncio
import re
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from server.gate.asked import CLOSE, Asked, refused, start
from server.gate.bounds import UPDATE_FILES, UPDATE_PIECE_BYTES, UPDATE_SECONDS
from server.gate.door import Door
from server.gate.put_off import paced
from server.problems import Problem

if TYPE_CHECKING:
    from starlette.types import Send

PATH = "/updates/"
OCTETS = b"application/octet-stream"
_NAME = re.compile(
    r"metadata/(?:[0-9]{1,9}\.(?:root|snapshot|targets)|timestamp)\.json"
    r"|targets/agent/[0-9.]{5,17}/[0-9a-f]{64}\.[a-z]{3}-[a-z0-9_]{1,16}"
)


class UpdateFiles:
    """The files, and how many of them are being sent."""

    def __init__(
        self, folder: Path, door: Door, seconds: float = UPDATE_SECONDS
    ) -> None:
        """Take the folder, which may not be there.

        Args:
            folder: the repository's.
            door: paces addresses.
            seconds: in which a file has to be taken.
        """
        self._folder, self._door = folder, door
        self._seconds = seconds
        self._sent = 0

    async def serve(self, asked: Asked, send: "Send") -> None:
        """Answer whoever asks for one."""
        file = self._opened(asked.path.removeprefix(PATH))
        if isinstance(file, Problem):
            await paced(self._door, asked.address)
            await refused(file, whole=asked.body.ended).to(send)
            return
        self._sent += 1
        asked.stay()
        try:
            with file:
                # who takes it may take nothing: cut off at the end, as its length tells
                async with asyncio.timeout(self._seconds):
                    await _send(file, asked, send)
        finally:
            self._sent -= 1

    def _opened(self, name: str) -> BinaryIO | Problem:
        """Return a file, or why it is not sent."""
        if not _NAME.fullmatch(name):
            return Problem.NOT_FOUND
        if self._sent >= UPDATE_FILES:
            return Problem.OVERLOADED
        try:
            return (self._folder / name).open("rb")
        except OSError:
            return Problem.NOT_FOUND


async def _send(file: BinaryIO, asked: Asked, send: "Send") -> None:
    """Send a file piece by piece, as long as somebody is there; or its head alone."""
    loop = asyncio.get_running_loop()
    length = file.seek(0, 2)
    file.seek(0)
    await send(start(200, OCTETS, length, CLOSE))
    if asked.method == "HEAD":
        await send({"type": "http.response.body"})
        return
    gone = asyncio.ensure_future(asked.gone())
    try:
        while piece := await loop.run_in_executor(None, file.read, UPDATE_PIECE_BYTES):
            if gone.done():
                return
            part = {"type": "http.response.body", "body": piece, "more_body": True}
            await send(part)
        await send({"type": "http.response.body"})
    finally:
        gone.cancel()
