# SPDX-License-Identifier: Apache-2.0
"""One request at the gate: whom it came from, and how it is refused.

Rules: every answer tells the server's time; who is put off is told for how long.
Not here: what is answered (`app.py`, `protocol.py`), reading bodies (`bodies.py`).
"""

import time
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response

from server.gate.bodies import Body
from server.gate.bounds import RETRY_SECONDS
from server.gate.door import address_of
from server.problems import MEDIA_TYPE, Problem

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

CLOSE = {"connection": "close"}
"""Where the rest of a body is not read (`connections.py`), or the gate leaves."""


def clock() -> int:
    """Return the server's time, seconds since the epoch."""
    return int(time.time())


class Asked:
    """One request: its body, whom it came from and, once that is known, who speaks.

    Attributes:
        body: what it says.
        address: what it came from, as `address_of` returns it.
        gone: waits until nobody is there to be answered; for after the body.
        speaker: the device that signed it; None before that is known.
    """

    def __init__(self, request: Request, limit: int, seconds: float) -> None:
        """Begin with nobody known."""
        self.body = Body(request, limit, seconds)
        self.address = address_asked(request)
        self.gone: Callable[[], Awaitable[object]] = request.receive
        self.speaker: bytes | None = None


def refused(
    problem: Problem, headers: dict[str, str] | None = None, *, whole: bool = True
) -> Response:
    """Return a problem document.

    Args:
        problem: why.
        headers: more of the answer.
        whole: whether the connection goes on after it.
    """
    headers = dict(headers or {})
    if problem in {Problem.OVERLOADED, Problem.OVER_QUOTA}:
        headers["retry-after"] = str(RETRY_SECONDS)
    if not whole:
        headers |= CLOSE
    return Response(
        problem.document(clock()), problem.status, headers, media_type=MEDIA_TYPE
    )


def address_asked(request: Request) -> bytes:
    """Return what a request's sender is counted by."""
    return address_of(request.client.host if request.client else "")
