# SPDX-License-Identifier: Apache-2.0
"""Formats that can be sent as they are made: to which port, and how.

Rules: rows go out as they come, so no file of them is left here.
Not here: the connection (`sending.py`), whether it may be (`server/commands`).
"""

from collections.abc import Iterable
from dataclasses import dataclass

from server.formats import sending, syslog
from server.formats.tables import About, Table

PORTS = {syslog.NAME: 6_514}
"""Where receivers of a format listen: RFC 5425's port."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of the rows.

    Attributes:
        messages: how many were sent.
        refused: how many the receiver says that it did not take.
    """

    messages: int
    refused: int = 0


def push(
    form: str, tables: Iterable[Table], about: About, where: sending.Target
) -> Sent:
    """Send tables in a format of PORTS.

    Args:
        form: the format's name.
        tables: in turn.
        about: what they are.
        where: the receiver.

    Raises:
        UnreachableError: it cannot be reached, or does not take them.
        TrustError: it does not prove its name.
    """
    del form  # there is one
    lines = map(syslog.line, syslog.messages(tables, about))
    return Sent(sending.send_syslog(where, lines))
