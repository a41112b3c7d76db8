# SPDX-License-Identifier: Apache-2.0
"""Asks the reader over its socket, for the command line and the console.

Rules: one question a connection; the reader's error is raised here as itself, with its
exit code; nothing of an installation but the socket is touched.
Not here: showing the answer (`server/commands/query.py`), deciding (`grants.py`).
"""

import socket
from collections.abc import Iterator, Mapping
from pathlib import Path

from server.errors import (
    DeniedError,
    InstallationError,
    LimitError,
    QueryError,
    ServerError,
    StateError,
    TrustError,
    UnreachableError,
    UsageError,
)
from server.query import frames

_PATIENCE_SECONDS = 120.0
"""A query has 30 seconds; what is beyond is the reader's own end of the grant."""
_KINDS: dict[str, type[ServerError]] = {
    kind.slug: kind
    for kind in (
        InstallationError,
        LimitError,
        QueryError,
        ServerError,
        StateError,
        TrustError,
        UnreachableError,
        UsageError,
    )
}


def ask(path: Path, question: Mapping[str, object]) -> Iterator[dict[str, object]]:
    """Yield the reader's messages: columns, rows, end.

    Args:
        path: the reader's socket.
        question: as `server/reader/requests.py` takes it.

    Raises:
        UnreachableError: no reader answers here, or not this user.
        ServerError: what the reader says is wrong, as its own class.
    """
    family = getattr(socket, "AF_UNIX", None)
    if family is None:
        msg = "a collector's reader runs on Linux: ask there"
        raise UnreachableError(msg)
    with socket.socket(family, socket.SOCK_STREAM) as connection:
        connection.settimeout(_PATIENCE_SECONDS + _grant_seconds(question))
        _connect(connection, path)
        try:
            with connection.makefile("rwb") as stream:
                frames.write(stream, question)
                while True:
                    message = frames.read(stream)
                    if message is None:
                        break
                    yield _checked(message)
                    if "end" in message:
                        return
        except OSError:
            pass
    msg = "the reader went away before it was done: look at the log of `serve`"
    raise UnreachableError(msg)


def _grant_seconds(question: Mapping[str, object]) -> int:
    """Return how long opening may take; the reader refuses what is not 1 to 60."""
    minutes = question.get("minutes")
    return 60 * min(60, max(0, minutes)) if isinstance(minutes, int) else 0


def _connect(connection: socket.socket, path: Path) -> None:
    try:
        connection.connect(str(path))
    except PermissionError:
        msg = (
            f"only the user who runs `serve` may use {path}: ask as that user, "
            "for example with sudo -u"
        )
        raise UnreachableError(msg) from None
    except OSError:
        msg = "the reader does not answer: start it with discreet-server serve"
        raise UnreachableError(msg) from None


def _checked(message: dict[str, object]) -> dict[str, object]:
    error = message.get("error")
    if not isinstance(error, dict):
        return message
    slug, sentence = str(error.get("slug")), str(error.get("sentence"))
    if slug == DeniedError.slug:
        raise DeniedError(str(error.get("reason")), sentence)
    raise _KINDS.get(slug, ServerError)(sentence)
