# SPDX-License-Identifier: Apache-2.0
"""How much a stream still takes of gates, which never fill it to its own limit.

Rules: a part of it stays free, for servers at their limit lose what they said they had
(until 2.10.4 they deleted their oldest message for the newest one; until 2.12 each copy
judges by itself what still fits, by what it has deleted so far, and copies differ for
ever); what is on its way counts as there; what is set aside is put there only where
all that is held is less than half, so that whoever forges does not crowd out who does
not.
Not here: the look at the stream, and what is put there (`cluster.py`).
"""

from collections.abc import Iterator
from contextlib import contextmanager

from server.gate.intake.bounds import (
    MESSAGE_BYTES,
    RECORD_BYTES,
    ROOM_PARTS,
    ROOM_SECONDS,
)
from server.gate.intake.buffer import FullError


class Room:
    """What a gate knows of the room in a stream; used by one loop.

    Attributes:
        flying: octets that were put, and of which no answer came yet.
    """

    def __init__(self) -> None:
        """Know nothing yet: a look is due."""
        self.flying = 0
        self._looked: float | None = None
        self._limit = 0
        self._held = 0
        self._since = 0  # octets that were put since the look

    def due(self, now: float) -> bool:
        """Tell whether a look at the stream comes before anything is put there.

        Args:
            now: monotonic seconds.
        """
        if self._looked is None or now - self._looked >= ROOM_SECONDS:
            return True
        most = self._since + MESSAGE_BYTES + RECORD_BYTES
        return self._since > 0 and most > self._spare // ROOM_PARTS

    def seen(self, held: int, limit: int, began: float) -> None:
        """Hear what a look found, while which nothing was begun to be put.

        Args:
            held: octets in the stream, and those that flew when the look began.
            limit: octets that its servers have it hold.
            began: when the look began, monotonic seconds.
        """
        self._looked, self._held, self._limit = began, held, limit
        self._since = 0

    @contextmanager
    def put(self, octets: int, *, aside: bool = False) -> Iterator[None]:
        """Put something there, if there is room for it.

        Args:
            octets: of the message.
            aside: whether it is set aside.

        Raises:
            FullError: there is none.
        """
        size = octets + RECORD_BYTES
        most = self._limit // 2 if aside else self._limit - self._spare
        if self._held + self._since + size > most:
            msg = "the intake's stream is full"
            raise FullError(msg)
        self._since += size
        self.flying += size
        try:
            yield
        finally:
            self.flying -= size

    @property
    def _spare(self) -> int:
        return self._limit // ROOM_PARTS
