# SPDX-License-Identifier: Apache-2.0
"""Gets files of the update repository from where the collector is, over pinned TLS.

Rules: the same CA, host name and proxy as for all else; one connection for each file;
every file has a bound in bytes and in seconds; a redirect is not followed; where the
collector ends the connection before it answers, it is asked again some times.
Not here: the socket (`transport.py`), whether a file is believed (`agent/updates`).
"""

import contextlib
import io
import ssl
import time
from collections.abc import Callable, Iterator

from agent.delivery.answer import Reply
from agent.delivery.transport import CutError, Session, Stream
from agent.errors import NetworkError
from agent.update_budget import (
    UPDATE_FILE_SECONDS,
    UPDATE_PACKAGE_BYTES,
    UPDATE_REST_SECONDS,
    UPDATE_TRIES,
)
from wire import limits

_CHUNK = 64 * limits.KIB
_OK = 200
_HEAD_BYTES = 64 * limits.KIB
"""What an answer may have before its file."""
_CUT = (CutError, ConnectionError, ssl.SSLEOFError)
_BROKEN = "the connection to the update repository broke: it is asked again later"


class StatusError(NetworkError):
    """The repository answers, and has no such file, or does not give it.

    Attributes:
        status: of HTTP.
    """

    def __init__(self, status: int) -> None:
        """Keep the status."""
        super().__init__(f"the update repository answers with status {status}")
        self.status = status


def download(
    session: Session,
    path: str,
    seconds: float = UPDATE_FILE_SECONDS,
    rest: Callable[[float], None] = time.sleep,
) -> Iterator[bytes]:
    """Yield the bytes of a file.

    Args:
        session: how the collector is reached; its own connection is left alone.
        path: of the file, from the host's root.
        seconds: in which the whole file has to come.
        rest: waits between two tries.

    Raises:
        NetworkError: it cannot be had.
        TrustError: someone else answers in the collector's place.
    """
    deadline = time.monotonic() + seconds
    try:
        connection, reply = _answered(session, path, deadline, rest)
        with connection:
            if reply.status != _OK:
                raise StatusError(reply.status)
            if reply.header("Content-Encoding"):
                raise NetworkError(_BROKEN)
            while piece := reply.read(_CHUNK):
                yield piece
    except (OSError, ValueError) as problem:
        raise NetworkError(_BROKEN) from problem


def _answered(
    session: Session, path: str, deadline: float, rest: Callable[[float], None]
) -> tuple[ssl.SSLSocket, Reply]:
    """Return an answer that begins, and its connection."""
    for _ in range(UPDATE_TRIES - 1):
        with contextlib.suppress(*_CUT):
            return _asked(session, path, deadline)
        rest(min(UPDATE_REST_SECONDS, max(0.0, deadline - time.monotonic())))
    return _asked(session, path, deadline)


def _asked(session: Session, path: str, deadline: float) -> tuple[ssl.SSLSocket, Reply]:
    connection = session.connect()
    try:
        stream = Stream(connection, deadline, UPDATE_PACKAGE_BYTES + _HEAD_BYTES)
        lines = (
            f"GET {path} HTTP/1.1",
            f"Host: {session.authority}",
            "Accept-Encoding: identity",
            "Connection: close",
        )
        stream.send(("\r\n".join(lines) + "\r\n\r\n").encode("ascii"))
        return connection, Reply(io.BufferedReader(stream))
    except BaseException:
        connection.close()
        raise
