# SPDX-License-Identifier: Apache-2.0
"""Serves the files of the agents' update repository, which are for anybody to read.

Rules: names that a repository can have and no others, so no path leads elsewhere; a
file is read in pieces; few are sent at once and each has an end, so that they leave the
gate to its own work; where all places are taken the file furthest behind goes for who
comes, if it could not be whole in time; who is being sent one is not put out for who
comes later; one file comes on a connection, so the pace of handshakes is the files';
what is refused waits as strangers do.
Not here: what is in them (`server/updates`), who believes them (`agent/updates`).
"""

import asyncio
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from server.gate.asked import CLOSE, Asked, refused, start
from server.gate.bounds import (
    UPDATE_BYTES_A_SECOND,
    UPDATE_FILES,
    UPDATE_PIECE_BYTES,
    UPDATE_SECONDS,
    UPDATE_SLOW_SECONDS,
)
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


class _Sending:
    """One file, and how far it is."""

    def __init__(self, now: float, limit: asyncio.Timeout) -> None:
        self._begun, self.limit = now, limit
        self.octets = 0

    def lag(self, now: float) -> float:
        """Return by how many octets it is slow; none at first, and of what ends."""
        passed = now - self._begun
        if passed < UPDATE_SLOW_SECONDS or self.limit.expired():
            return 0.0
        return passed * UPDATE_BYTES_A_SECOND - self.octets


class UpdateFiles:
    """The files, and how many of them are being sent."""

    def __init__(
        self,
        folder: Path,
        door: Door,
        seconds: float = UPDATE_SECONDS,
        most: int = UPDATE_FILES,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take the folder, which may not be there.

        Args:
            folder: the repository's.
            door: paces addresses.
            seconds: in which a file has to be taken.
            most: files that are sent at once.
            clock: monotonic seconds.
        """
        self._folder, self._door = folder, door
        self._seconds, self._most, self._clock = seconds, most, clock
        self._sent: set[_Sending] = set()

    async def serve(self, asked: Asked, send: "Send") -> None:
        """Answer whoever asks for one."""
        file = self._opened(asked.path.removeprefix(PATH))
        if isinstance(file, Problem):
            await paced(self._door, asked.address)
            await refused(file, whole=asked.body.ended).to(send)
            return
        asked.stay()
        # who takes it may take nothing: cut off at the end, as its length tells
        with file:
            async with asyncio.timeout(self._seconds) as limit:
                sending = _Sending(self._clock(), limit)
                self._sent.add(sending)
                try:
                    await _send(file, asked, send, sending)
                finally:
                    self._sent.discard(sending)

    def _opened(self, name: str) -> BinaryIO | Problem:
        """Return a file, or why it is not sent."""
        if not _NAME.fullmatch(name):
            return Problem.NOT_FOUND
        try:
            file = (self._folder / name).open("rb")
        except OSError:
            return Problem.NOT_FOUND
        if len(self._sent) < self._most or self._made_room():
            return file
        file.close()
        return Problem.OVERLOADED

    def _made_room(self) -> bool:
        """End the file that is furthest behind; false where none is."""
        now = self._clock()
        last = max(self._sent, key=lambda sending: sending.lag(now))
        if last.lag(now) <= 0:
            return False
        self._sent.discard(last)
        last.limit.reschedule(asyncio.get_running_loop().time())
        return True


async def _send(file: BinaryIO, asked: Asked, send: "Send", sending: _Sending) -> None:
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
            sending.octets += len(piece)
        await send({"type": "http.response.body"})
    finally:
        gone.cancel()
