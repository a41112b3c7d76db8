# SPDX-License-Identifier: Apache-2.0
"""Asks a process over its local socket, for the command line and the console.

Rules: one question a connection; the process's error is raised here as itself, with
its exit code; nothing of an installation but the socket is touched.
Not here: showing the answer (`server/commands`), answering (`listening.py`).
"""

import socket
from collections.abc import Iterator, Mapping
from pathlib import Path

from server.desk import frames
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

PATIENCE_SECONDS = 120.0
"""Between two messages: a query has 30 seconds, and whoever works longer says so."""
ALIVE_SECONDS = 3.0
"""A process that is busy answers late; one that hangs, never, and a scrape of figures
waits for each of them."""
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


def told(
    path: Path, question: Mapping[str, object], seconds: float = 0
) -> dict[str, object]:
    """Return the answer of a process that says it in one message; see `ask`.

    Raises:
        ServerError: it does not answer, or what it says is wrong.
    """
    (message,) = ask(path, question, seconds)
    found = message["end"]
    if not isinstance(found, dict):
        raise TypeError
    return found


def whole_of(
    messages: Iterator[dict[str, object]], name: str
) -> tuple[list[dict[str, object]], dict[str, object]]:
    """Return all that messages list under a name, and what the last one says.

    Raises:
        ServerError: as of the messages.
    """
    found: list[dict[str, object]] = []
    said: object = None
    for message in messages:
        listed = message.get(name)
        if isinstance(listed, list):
            found += [one for one in listed if isinstance(one, dict)]
        said = message.get("end", said)
    end = said.items() if isinstance(said, dict) else ()
    return found, {str(key): value for key, value in end}


def answers(path: Path) -> bool:
    """Tell whether a process answers at its socket."""
    family = getattr(socket, "AF_UNIX", None)
    if family is None:
        return False
    try:
        with socket.socket(family, socket.SOCK_STREAM) as connection:
            connection.settimeout(ALIVE_SECONDS)
            connection.connect(str(path))
            with connection.makefile("rwb") as stream:
                frames.write(stream, frames.ALIVE)
                return frames.read(stream) is not None
    except (OSError, UnreachableError):  # the second one: it ended amid its answer
        return False


def ask(
    path: Path, question: Mapping[str, object], seconds: float = 0
) -> Iterator[dict[str, object]]:
    """Yield a process's messages; the last one has "end".

    Args:
        path: the socket, in a directory named after the process.
        question: what it takes.
        seconds: how much longer than usual a message may take.

    Raises:
        UnreachableError: no such process answers here, or not this user.
        ServerError: what it says is wrong, as its own class.
    """
    family = getattr(socket, "AF_UNIX", None)
    if family is None:
        msg = f"a collector's {path.parent.name} runs on Linux: ask there"
        raise UnreachableError(msg)
    with socket.socket(family, socket.SOCK_STREAM) as connection:
        connection.settimeout(PATIENCE_SECONDS + seconds)
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
    name = path.parent.name
    msg = f"the {name} went away before it was done: look at the log of `serve`"
    raise UnreachableError(msg)


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
        name = path.parent.name
        msg = f"the {name} does not answer: start it with discreet-server serve"
        raise UnreachableError(msg) from None


def _checked(message: dict[str, object]) -> dict[str, object]:
    error = message.get("error")
    if not isinstance(error, dict):
        return message
    slug, sentence = str(error.get("slug")), str(error.get("sentence"))
    if slug == DeniedError.slug:
        raise DeniedError(str(error.get("reason")), sentence, written=True)
    raise _KINDS.get(slug, ServerError)(sentence)
