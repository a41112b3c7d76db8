# SPDX-License-Identifier: Apache-2.0
"""What a buffer before the store offers, whatever it is made of.

Rules: nothing that lies there is stored: its device keeps a copy until a mark covers
it; a message is given out again until somebody says that it is done with.
Not here: the one there is (`cluster.py`), what is put in (`queueing.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from server.errors import StateError


class AwayError(StateError):
    """The buffer did not take something, or does not answer."""


class FullError(StateError):
    """The buffer has no room."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A message that is to be put into the store.

    Attributes:
        octets: the shipment.
        message: by which the buffer knows it.
    """

    octets: bytes
    message: object


class Buffer(Protocol):
    """A place where shipments wait; used by one loop."""

    @property
    def there(self) -> bool:
        """Tell whether it is connected, and was looked at."""

    async def connect(self) -> None:
        """Connect anew, and look whether it is what it should be.

        Raises:
            AwayError: it does not answer.
            StateError: it refuses us, or is not what it should be.
        """

    async def close(self) -> None:
        """Let the connection go."""

    async def put(self, octets: bytes, name: bytes) -> None:
        """Return when it has a shipment.

        Args:
            octets: the shipment.
            name: tells it from others; what is repeated within minutes is there once.

        Raises:
            FullError: there is no room.
            AwayError: it did not say so in time; it may have it all the same.
        """

    async def take(self) -> Sequence[Taken]:
        """Return messages for the store; none where there is none for a while.

        Raises:
            AwayError: it does not answer.
        """

    async def done(self, taken: Taken) -> None:
        """Have a message deleted; one whose word is lost is given out again."""

    async def later(self, taken: Taken, seconds: float) -> None:
        """Have a message given out again after a while."""

    async def set_aside(self, taken: Taken, reason: str) -> bool:
        """Have a message lie where nobody takes it, for as long again as one may wait.

        Returns:
            Whether it lies there; where there is no room for it, it is deleted.

        Raises:
            AwayError: it does not answer: the message is given out again.
        """

    async def counts(self) -> tuple[int, int]:
        """Return how many messages wait, and how many were set aside.

        Raises:
            AwayError: it does not answer.
        """
