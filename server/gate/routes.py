# SPDX-License-Identifier: Apache-2.0
"""Which address is answered by what; an ASGI application.

Rules: what a gate serves stands in one table (`openapi.py`), and who asks for anything
else learns that at their address's pace; whatever may be read may be asked for its head
alone; nothing is looked for in a list, for every request comes through here.
Not here: what is answered (`app.py`), what is read of a request (`asked.py`).
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING

from server.gate.asked import Asked, Reply, refused
from server.gate.door import Door
from server.gate.openapi import Operation
from server.gate.put_off import paced
from server.gate.update_files import PATH, UpdateFiles
from server.problems import Problem

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

Answer = Callable[[Asked], Awaitable[Reply]]
_READ = {"GET": ("GET", "HEAD"), "POST": ("POST",)}
"""By a method, those that ask for the same."""


class Routes:
    """The application."""

    def __init__(
        self,
        answers: Mapping[Operation, Answer],
        door: Door,
        files: UpdateFiles | None,
        seconds: float,
    ) -> None:
        """Take what answers.

        Args:
            answers: for each operation.
            door: paces addresses.
            files: of the update repository.
            seconds: longest time for each part of a body to arrive.
        """
        self._served = {
            (method, one.path): (one.limit, answer)
            for one, answer in answers.items()
            for method in _READ[one.method]
        }
        self._allowed = {one.path: ", ".join(_READ[one.method]) for one in answers}
        self._door, self._files, self._seconds = door, files, seconds

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Answer one request."""
        found = self._served.get((scope["method"], scope["path"]))
        if found is not None:
            limit, answer = found
            asked = Asked(scope, receive, limit, self._seconds)
            await (await answer(asked)).to(send)
            return
        asked = Asked(scope, receive, 0, self._seconds)
        files = self._files if asked.path.startswith(PATH) else None
        if files is not None and asked.method in _READ["GET"]:
            await files.serve(asked, send)
        else:
            await (await self._unrouted(asked, is_file=files is not None)).to(send)

    async def _unrouted(self, asked: Asked, *, is_file: bool) -> Reply:
        """Refuse what no route takes."""
        await paced(self._door, asked.address)
        allowed = self._allowed.get(asked.path)
        if is_file:
            allowed = ", ".join(_READ["GET"])
        if allowed is None:
            return refused(Problem.NOT_FOUND, whole=asked.body.ended)
        headers = ((b"allow", allowed.encode()),)
        return refused(Problem.METHOD_NOT_ALLOWED, headers, whole=asked.body.ended)
