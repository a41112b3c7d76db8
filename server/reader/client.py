# SPDX-License-Identifier: Apache-2.0
"""Asks the reader, which may take as long as the grant lasts.

Rules: the reader refuses minutes that are not 1 to 60; here they only bound the wait.
Not here: the socket (`server/desk/asking.py`), deciding (`grants.py`).
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from server.desk import asking


def ask(path: Path, question: Mapping[str, object]) -> Iterator[dict[str, object]]:
    """Yield the reader's messages: columns, rows, end.

    Args:
        path: the reader's socket.
        question: as `server/reader/requests.py` takes it.

    Raises:
        UnreachableError: no reader answers here, or not this user.
        ServerError: what the reader says is wrong, as its own class.
    """
    minutes = question.get("minutes")
    seconds = 60 * min(60, max(0, minutes)) if isinstance(minutes, int) else 0
    return asking.ask(path, question, seconds)
