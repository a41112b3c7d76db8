# SPDX-License-Identifier: Apache-2.0
"""A body that comes as fast as it can, and the others.

Rules: a request's messages are there all at once.
Not here: bodies that come late or not at all (`test_gate_app.py`).
"""

import asyncio

import pytest
from installation_fixture import CBOR
from starlette.types import Message

from server.gate.bodies import Body
from server.gate.bounds import BODY_BYTES_AT_ONCE, BODY_BYTES_BUFFERED
from server.problems import Problem, Refusal

TIMES = 8


def _body(octets: bytes) -> Body:
    """Return a body that is there."""
    pieces = range(0, len(octets), BODY_BYTES_BUFFERED)
    messages: list[Message] = [
        {
            "type": "http.request",
            "body": octets[first : first + BODY_BYTES_BUFFERED],
            "more_body": True,
        }
        for first in pieces
    ]
    left = iter([*messages, {"type": "http.request", "body": b"", "more_body": False}])

    async def receive() -> Message:
        return next(left)

    headers = [(b"content-type", CBOR.encode()), (b"transfer-encoding", b"chunked")]
    return Body(headers, receive, len(octets), 60.0)


def test_while_a_large_body_comes_the_others_are_heard() -> None:
    """Whoever sends at full speed gets a share at a time, and others their turns."""
    octets = bytes(TIMES * BODY_BYTES_AT_ONCE)

    async def play() -> int:
        turns = 0

        async def another() -> None:
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        waiting = asyncio.create_task(another())
        body = _body(octets)
        assert await body.whole() == octets
        waiting.cancel()
        return turns

    assert asyncio.run(play()) >= TIMES


def test_what_is_there_is_read_at_once_and_the_rest_has_its_time() -> None:
    """A first part that came with its head needs no clock; what never comes has one."""
    first: Message = {"type": "http.request", "body": b"one", "more_body": True}
    left = iter([first])

    async def receive() -> Message:
        for message in left:
            return message
        return await asyncio.Future()

    async def play() -> tuple[int, Problem]:
        headers = [(b"content-type", CBOR.encode()), (b"content-length", b"9")]
        body = Body(headers, receive, 9, 0.0, lambda: True)
        with pytest.raises(Refusal) as refused:
            await body.whole()
        return len(body), refused.value.problem

    assert asyncio.run(play()) == (3, Problem.MALFORMED)
