# SPDX-License-Identifier: Apache-2.0
"""Posts requests of OTLP/HTTP, and tries again what the specification says may be.

Rules: tries are bounded in number and time; a receiver that says when to come back is
obeyed; what would be refused again is not tried again, and no redirect is followed; the
first request that finds nobody tells so at once, a later one is tried again, and one
that was sent whole and has no answer never is, for it may have been taken.
Not here: the connection (`sending.py`), what is posted (`otlp.py`).
"""

import random
import time
from collections.abc import Callable, Iterable, Iterator
from http import HTTPStatus

from server.errors import UnansweredError, UnreachableError
from server.formats.sending import Answer, Target, posted

PAUSES = (1.0, 4.0, 16.0)
"""Before each further try, each by up to a half more or less: many who were refused at
a time must not come back at a time."""
WAIT_SECONDS = 60.0
"""A receiver that wants a longer rest than this is one for the next push."""
BUSY = frozenset({429, 502, 503, 504})
"""What OTLP says may be tried again."""
HEADERS = {"Content-Type": "application/x-protobuf"}
_TAKEN = range(200, 300)
"""OTLP has 200; others answer 202 or 204, and what they took must not come twice."""
_MEANS = {
    HTTPStatus.UNAUTHORIZED: "it wants a sign-in, which is not sent",
    HTTPStatus.FORBIDDEN: "it does not let this sender in",
    HTTPStatus.NOT_FOUND: "its path for OTLP is another: name HOST:PORT/PATH",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "it takes smaller requests: raise its bound",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "it does not take protobuf",
}


def post(
    where: Target,
    path: str,
    bodies: Iterable[bytes],
    wait: Callable[[float], None] = time.sleep,
    chance: Callable[[], float] = random.random,
) -> Iterator[bytes]:
    """Post requests, each over a connection of its own; yields the answers.

    Args:
        where: the receiver.
        path: for example `/v1/logs`; the receiver's own path goes before it.
        bodies: the requests, in protobuf.
        wait: lets seconds pass before a further try.
        chance: a number from 0 to 1.

    Raises:
        UnreachableError: it cannot be reached, or does not take a request.
        UnansweredError: a whole request was sent, and may have been taken.
        TrustError: its certificate is not of that authority or not of that name.
    """
    known = False
    for body in bodies:
        answer = _tried(where, path, body, wait, chance, known=known)
        known = True
        yield answer


def pause(planned: float, asked: float | None, chance: float) -> float:
    """Return for how many seconds to wait before a further try.

    Args:
        planned: by ourselves.
        asked: by the receiver; None where it says nothing.
        chance: a number from 0 to 1.
    """
    return planned * (0.5 + chance) if asked is None else asked + planned * chance / 2


def refusal(where: Target, path: str, status: int) -> str:
    """Return in words that a receiver did not take a request."""
    means = _MEANS.get(HTTPStatus(status)) if status in _STATUSES else None
    told = f"{where.host} does not take it: HTTP status {status} at {where.base}{path}"
    return f"{told}; {means}" if means else told


_STATUSES = frozenset(int(one) for one in HTTPStatus)


def _tried(
    where: Target,
    path: str,
    body: bytes,
    wait: Callable[[float], None],
    chance: Callable[[], float],
    *,
    known: bool,
) -> bytes:
    for planned in (*PAUSES, None):
        try:
            answer = posted(where, where.base + path, body, HEADERS)
        except UnansweredError:
            raise
        except UnreachableError:
            if planned is None or not known:
                raise
            wait(pause(planned, None, chance()))
            continue
        if answer.status in _TAKEN:
            return answer.octets
        if answer.status not in BUSY or planned is None or _too_long(answer):
            break
        wait(pause(planned, answer.retry, chance()))
    raise UnreachableError(refusal(where, path, answer.status))


def _too_long(answer: Answer) -> bool:
    return answer.retry is not None and answer.retry > WAIT_SECONDS
