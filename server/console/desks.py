# SPDX-License-Identifier: Apache-2.0
"""Asks the processes that hold what the console does not, in the name of a session.

Rules: what the browser has goes with each question, so that whoever is asked looks the
session up and decides for itself; the console adds nothing that it could lie about.
Not here: sockets (`server/desk/asking.py`), what may be asked (`server/reader`,
`server/keeper/by_session.py`, `server/office`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from server.desk import asking
from server.desk.asking import whole_of
from server.layout import Layout

MINUTES = 5
"""How long a reading for a page may last: nobody waits longer before a browser."""
Message = dict[str, object]


@dataclass(frozen=True, slots=True)
class Desks:
    """Where questions go; any thread may use it.

    Attributes:
        layout: of the installation; its sockets alone are used.
    """

    layout: Layout

    def reader(
        self, secret: str, question: Mapping[str, object], minutes: int = MINUTES
    ) -> Iterator[Message]:
        """Yield the reader's messages: columns, rows, end.

        Args:
            secret: of the session.
            question: as `server/reader/question.py` takes it.
            minutes: how long the reading may last.

        Raises:
            ServerError: what the reader says is wrong, as its own class.
        """
        asked = {**question, "session": secret, "minutes": minutes}
        return asking.ask(self.layout.socket, asked, 60 * minutes)

    def keeper(self, secret: str, question: Mapping[str, object]) -> Iterator[Message]:
        """Yield the keeper's messages; the last one has "end".

        Args:
            secret: of the session.
            question: "act" and its fields, of what `by_session.py` lets through.

        Raises:
            ServerError: what the keeper says is wrong, as its own class.
        """
        return self._ask(self.layout.keeper_socket, secret, question)

    def office(self, secret: str, question: Mapping[str, object]) -> Iterator[Message]:
        """Yield the office's messages; the last one has "end".

        Args:
            secret: of the session.
            question: "act" and its fields, as `server/office/acts` take them.

        Raises:
            ServerError: what the office says is wrong, as its own class.
        """
        return self._ask(self.layout.office_socket, secret, question)

    def _ask(
        self, path: Path, secret: str, question: Mapping[str, object]
    ) -> Iterator[Message]:
        return asking.ask(path, {**question, "session": secret})


def ended(messages: Iterator[Message]) -> Message:
    """Return what the last message says; those before it are of progress.

    Raises:
        ServerError: as of the messages.
    """
    return whole_of(messages, "")[1]


def gathered(messages: Iterator[Message], name: str) -> list[Message]:
    """Return all that messages list under a name, in their order.

    Raises:
        ServerError: as of the messages.
    """
    return whole_of(messages, name)[0]
