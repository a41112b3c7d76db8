# SPDX-License-Identifier: Apache-2.0
"""One request at the gate: whom it came from, and how it is answered.

Rules: what a server hands over is taken as it is, for a framework's objects would cost
as much as judging what is asked; every refusal tells the server's time; who is put off
is told for how long.
Not here: what is answered (`app.py`, `protocol.py`), reading bodies (`bodies.py`), the
server's side of it (`exchange.py`).
"""

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from server.gate.bodies import Body
from server.gate.bounds import RETRY_SECONDS
from server.gate.door import Guest, address_of
from server.problems import MEDIA_TYPE, Problem

if TYPE_CHECKING:
    from starlette.types import Message, Receive, Scope, Send

CLOSE = ((b"connection", b"close"),)
"""Where the rest of a body is not read (`connections.py`), or the gate leaves."""
Headers = tuple[tuple[bytes, bytes], ...]


def clock() -> int:
    """Return the server's time, seconds since the epoch."""
    return int(time.time())


class Asked:
    """One request: its body, whom it came from and, once that is known, who speaks.

    Attributes:
        method: as it came.
        path: as it came, without its query.
        body: what it says.
        address: what it came from, as `address_of` returns it.
        speaker: tenant and device that signed it; None before that is known.
    """

    def __init__(
        self, scope: "Scope", receive: "Receive", limit: int, seconds: float
    ) -> None:
        """Begin with nobody known."""
        client = scope.get("client")
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        state = scope.get("state", {})
        came = state.get("came", _unknown)
        self.body = Body(scope["headers"], receive, limit, seconds, came)
        self.address = address_of(client[0] if client else "")
        self.speaker: tuple[bytes, bytes] | None = None
        self._guest: Guest | None = state.get("guest")
        self._receive = receive

    def heard(self, speaker: tuple[bytes, bytes], *, again: bool) -> None:
        """Say which device has signed; its connection counts to it from now on.

        Args:
            speaker: tenant and device.
            again: whether this very message was heard before: whoever repeats it may
                be anybody, who ends no connection of the device and gets no admission.
        """
        self.speaker = speaker
        if self._guest is not None and not again:
            self._guest.heard(speaker)

    def stay(self) -> None:
        """Have its connection not be ended for who comes later."""
        if self._guest is not None:
            self._guest.stay()

    async def gone(self) -> None:
        """Wait until nobody is there to be answered; for after the body."""
        while (await self._receive())["type"] != "http.disconnect":
            pass


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer that is there as a whole.

    Attributes:
        octets: its body.
        media: type of that.
        status: of HTTP.
        headers: more of it.
    """

    octets: bytes
    media: bytes
    status: int = 200
    headers: Headers = ()

    async def to(self, send: "Send") -> None:
        """Send it."""
        await send(start(self.status, self.media, len(self.octets), self.headers))
        await send({"type": "http.response.body", "body": self.octets})


def _unknown() -> bool:
    """Tell of no octets that are there: whoever reads them may have to wait."""
    return False


def start(status: int, media: bytes, length: int, headers: Headers) -> "Message":
    """Return how an answer begins."""
    message: dict[str, Any] = {"type": "http.response.start", "status": status}
    message["headers"] = [
        (b"content-length", b"%d" % length),
        (b"content-type", media),
        *headers,
    ]
    return message


def refused(problem: Problem, headers: Headers = (), *, whole: bool = True) -> Reply:
    """Return a problem document.

    Args:
        problem: why.
        headers: more of the answer.
        whole: whether the connection goes on after it.
    """
    if problem in {Problem.OVERLOADED, Problem.OVER_QUOTA}:
        headers += ((b"retry-after", b"%d" % RETRY_SECONDS),)
    if not whole:
        headers += CLOSE
    document = problem.document(clock())
    return Reply(document, MEDIA_TYPE.encode(), problem.status, headers)
