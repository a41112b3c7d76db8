# SPDX-License-Identifier: Apache-2.0
"""Whatever a server answers, the agent reads a bounded part of it.

Rules: real TLS; the server sends until it is left; memory is what Python allocates.
Not here: answers that are only odd (`test_transport.py`).
"""

import tracemalloc
from collections.abc import Callable, Iterable
from itertools import chain, repeat
from pathlib import Path

import pytest
from tls_fixture import authority, rude_server, server_credential

from agent.delivery.transport import Session
from agent.errors import NetworkError, Problem
from wire import limits

CA = authority()
SERVER = server_credential(CA)
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/cbor\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
BLOCK = bytes(64 * limits.KIB)
GROWTH = 8 * limits.MIB
"""What one answer may cost in memory: four times the largest that is read."""


def forever(start: bytes, piece: bytes) -> Callable[[], Iterable[bytes]]:
    """Return an answer that begins so and never ends."""
    return lambda: chain([start], repeat(piece))


ANSWERS = {
    "a body of 10 GB": forever(HEAD + b"Content-Length: 10000000000\r\n\r\n", BLOCK),
    "a body without an end": forever(HEAD + b"\r\n", BLOCK),
    "a head of one endless field": forever(HEAD + b"X: ", b"a" * len(BLOCK)),
    "a head of endless fields": forever(HEAD, b"X: " + b"a" * 9_000 + b"\r\n"),
    "an endless status": forever(b"HTTP/1.1 200 ", b"a" * len(BLOCK)),
    "endless interim answers": forever(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 99),
    "endless chunks": forever(CHUNKED, b"10000\r\n" + BLOCK + b"\r\n"),
    "endless chunks of a byte": forever(CHUNKED, b"1\r\na\r\n" * 999),
    "an endless chunk's mark": forever(CHUNKED, b"0" * len(BLOCK)),
    "a chunk to the end": forever(CHUNKED + b"-1\r\n", BLOCK),
    "a chunk of less than nothing": forever(CHUNKED + b"-5\r\n", BLOCK),
    "endless trailers": forever(CHUNKED + b"1\r\na\r\n0\r\n", b"X: a\r\n" * 999),
    "an endless refusal": forever(b"HTTP/1.1 500 No\r\n\r\n", BLOCK),
}
REFUSED = "an endless refusal"


@pytest.mark.slow
@pytest.mark.parametrize("answer", ANSWERS)
def test_no_answer_is_read_without_a_bound(tmp_path: Path, answer: str) -> None:
    """An answer without an end is an error, and costs a bounded memory."""
    with (
        rude_server(tmp_path, SERVER, ANSWERS[answer]) as server,
        Session(server.url, (CA.certificate,)) as session,
    ):
        tracemalloc.start()
        try:
            with pytest.raises((NetworkError, Problem)) as caught:
                session.post("/v1/poll", b"?")
            _, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert isinstance(caught.value, Problem) == (answer == REFUSED)
    assert most < GROWTH
