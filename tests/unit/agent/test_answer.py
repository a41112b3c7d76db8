# SPDX-License-Identifier: Apache-2.0
"""How the agent reads an answer of HTTP.

Rules: bytes in, an answer or a refusal out.
Not here: bounds of what never ends (`test_transport_bounds.py`), what an answer means
(`test_transport.py`).
"""

import io

import pytest

from agent.delivery.answer import AnswerError, Reply

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
READ = {
    "a length": (OK + b"Content-Length: 3\r\n\r\nabcnext", b"abc", True),
    "no body": (OK + b"Content-Length: 0\r\n\r\n", b"", True),
    "no content": (b"HTTP/1.1 204 \r\n\r\nabc", b"", True),
    "no phrase": (b"HTTP/1.1 200\r\nContent-Length: 1\r\n\r\na", b"a", True),
    "lines that end in one sign": (
        b"HTTP/1.1 200 OK\nContent-Length: 1\n\na",
        b"a",
        True,
    ),
    "a name of any case": (OK + b"cOnTent-lEngth:1 \r\n\r\na", b"a", True),
    "until it closes": (OK + b"\r\nabc", b"abc", False),
    "told to close": (
        OK + b"Connection: Close\r\nContent-Length: 1\r\n\r\na",
        b"a",
        False,
    ),
    "of the version before": (
        b"HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\na",
        b"a",
        False,
    ),
    "the version before, kept": (
        b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\na",
        b"a",
        True,
    ),
    "chunks": (CHUNKED + b"2\r\nab\r\n1;x=y\r\nc\r\n0\r\n\r\n", b"abc", True),
    "chunks and a trailer": (
        CHUNKED + b"A\r\n0123456789\r\n0\r\nX: y\r\n\r\n",
        b"0123456789",
        True,
    ),
    "after interim answers": (
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 \r\nLink: x\r\n\r\n"
        + OK
        + b"Content-Length: 1\r\n\r\na",
        b"a",
        True,
    ),
}
REFUSED = {
    "another protocol": b"SSH-2.0-x\r\n",
    "a status of two digits": b"HTTP/1.1 20 OK\r\n\r\n",
    "a version to come": b"HTTP/2.0 200 OK\r\n\r\n",
    "a head that is cut": OK + b"Content-Length: 3\r\n",
    "a field without a name": OK + b": x\r\n\r\n",
    "a name with a space": OK + b"Content-Length : 1\r\n\r\na",
    "a folded field": OK + b"X: a\r\n b\r\n\r\n",
    "two lengths": OK + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "a length with a sign": OK + b"Content-Length: +1\r\n\r\na",
    "a length beside chunks": OK
    + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "another coding": OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "a body that is cut": OK + b"Content-Length: 3\r\n\r\nab",
    "chunks that are cut": CHUNKED + b"3\r\nab",
    "chunks without an end": CHUNKED + b"1\r\na\r\n",
    "a chunk of less than nothing": CHUNKED + b"-1\r\na\r\n",
    "a chunk longer than it says": CHUNKED + b"1\r\nab\r\n0\r\n\r\n",
    "a coding that is empty beside a length": OK
    + b"Content-Length: 1\r\nTransfer-Encoding:\r\n\r\na",
    "a bare return in a field": OK + b"X: a\rContent-Length: 1\r\n\r\na",
    "a NUL in a field": OK + b"X: a\0\r\n\r\n",
    "interim answers without an end": b"HTTP/1.1 100 Continue\r\n\r\n" * 9 + OK,
    "too many fields": OK + b"X: y\r\n" * 101 + b"\r\n",
}


def reply(octets: bytes) -> Reply:
    """Return the answer that some bytes are."""
    return Reply(io.BufferedReader(io.BytesIO(octets)))


@pytest.mark.parametrize("case", READ)
def test_an_answer_is_read_to_its_end(case: str) -> None:
    """A body ends where its head says, and the connection is kept only then."""
    octets, body, stays = READ[case]
    found = reply(octets)
    assert found.read(1_000) == body
    assert found.reusable == stays


@pytest.mark.parametrize("case", REFUSED)
def test_what_can_be_read_in_two_ways_is_refused(case: str) -> None:
    """An answer that is cut, or could mean two things, gives no body."""
    with pytest.raises(AnswerError):
        reply(REFUSED[case]).read(1_000)


def test_a_part_of_a_body_leaves_the_connection_unusable() -> None:
    """What was not read to its end is not taken for the next answer."""
    found = reply(OK + b"Content-Length: 3\r\n\r\nabc")
    assert (found.read(2), found.reusable) == (b"ab", False)
    assert (found.read(2), found.reusable) == (b"c", True)


def test_what_follows_an_answer_is_not_taken() -> None:
    """Bytes behind an answer are no part of it, so its caller sees that they came."""
    octets = OK + b"Content-Length: 3\r\n\r\nabc"
    found = reply(octets + b"HTTP/1.1 200 OK")
    assert (found.read(9), found.taken) == (b"abc", len(octets))


def test_a_connection_that_was_closed_is_told_from_a_wrong_answer() -> None:
    """Silence is a broken connection, so that a stale one is made anew."""
    with pytest.raises(ConnectionResetError):
        reply(b"")
