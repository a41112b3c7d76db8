# SPDX-License-Identifier: Apache-2.0
"""Serves the files of the agents' update repository, which are for anybody to read.

Rules: names that a repository can have and no others, so no path leads elsewhere; a
file is read in pieces; few are sent at once and each has an end, so that they leave the
gate to its own work; who asks too often waits as strangers do.
Not here: what is in them (`server/updates`), who believes them (`agent/updates`).
"""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import BinaryIO

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from server.gate.bounds import UPDATE_FILES, UPDATE_PIECE_BYTES, UPDATE_SECONDS
from server.gate.door import Door, address_of
from server.problems import Problem

PATH = "/updates/{name:path}"
OCTETS = "application/octet-stream"
_NAME = re.compile(
    r"metadata/(?:[0-9]{1,9}\.(?:root|snapshot|targets)|timestamp)\.json"
    r"|targets/agent/[0-9.]{5,17}/[0-9a-f]{64}\.[a-z]{3}-[a-z0-9_]{1,16}"
)
Refuse = Callable[[Problem], Response]


class UpdateFiles:
    """The files, and how many of them are being sent."""

    def __init__(
        self, folder: Path, door: Door, refuse: Refuse, seconds: float = UPDATE_SECONDS
    ) -> None:
        """Take the folder, which may not be there.

        Args:
            folder: the repository's.
            door: paces addresses.
            refuse: makes a problem document.
            seconds: in which a file has to be taken.
        """
        self._folder, self._door, self._refuse = folder, door, refuse
        self._seconds = seconds
        self._sent = 0

    def route(self) -> Route:
        """Return the route that serves them."""
        return Route(PATH, self._serve, methods=["GET"])

    async def _serve(self, request: Request) -> Response:
        address = address_of(request.client.host if request.client else "")
        await asyncio.sleep(self._door.delay(address, time.monotonic()))
        name = str(request.path_params["name"])
        if not _NAME.fullmatch(name):
            return self._refuse(Problem.NOT_FOUND)
        if self._sent >= UPDATE_FILES:
            return self._refuse(Problem.OVERLOADED)
        try:
            file = (self._folder / name).open("rb")
            length = file.seek(0, 2)
            file.seek(0)
        except OSError:
            return self._refuse(Problem.NOT_FOUND)
        headers = {"content-length": str(length), "connection": "close"}
        return _Sent(self._sending(file), _pieces(file), headers)

    @asynccontextmanager
    async def _sending(self, file: BinaryIO) -> AsyncIterator[None]:
        """Count a file while it is sent, and end it: who takes it may take nothing."""
        self._sent += 1
        try:
            with file:
                async with asyncio.timeout(self._seconds):
                    yield
        finally:
            self._sent -= 1


class _Sent(StreamingResponse):
    """A file that is being sent; cut off at its end, as its length tells."""

    def __init__(
        self,
        within: AbstractAsyncContextManager[None],
        pieces: AsyncIterator[bytes],
        headers: dict[str, str],
    ) -> None:
        super().__init__(pieces, headers=headers, media_type=OCTETS)
        self._within = within

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it, for as long as it may take."""
        async with self._within:
            await super().__call__(scope, receive, send)


async def _pieces(file: BinaryIO) -> AsyncIterator[bytes]:
    loop = asyncio.get_running_loop()
    while piece := await loop.run_in_executor(None, file.read, UPDATE_PIECE_BYTES):
        yield piece
