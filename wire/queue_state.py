# SPDX-License-Identifier: Apache-2.0
"""How a device's queue does, as its poll tells.

Rules: numbers and slugs; a device without a valid bundle tells nothing of it.
Not here: the poll (`wire/messages.py`), the queue itself (`agent/spool`).
"""

from dataclasses import dataclass

from wire import limits
from wire.codec import Field, ListOf, Message, Text, Uint


@dataclass(frozen=True, slots=True)
class QueueState:
    """How a device's queue does; all zeros and empty where it holds no valid bundle.

    Attributes:
        waiting: envelopes that no receipt has taken.
        octets: bytes of all that is queued.
        age: seconds since the oldest of those waiting was made; 0 where none waits.
        dropped: records in voids of this incarnation.
        gaps: losses announced in this incarnation.
        alarms: slugs of what needs a person, e.g. "spool-full".
    """

    waiting: int = 0
    octets: int = 0
    age: int = 0
    dropped: int = 0
    gaps: int = 0
    alarms: tuple[str, ...] = ()


QUIET = QueueState()
"""What a device without a valid bundle tells of its queue: nothing."""

QUEUE_STATE = Message(
    "queue-state",
    QueueState,
    (
        Field(1, "waiting", Uint()),
        Field(2, "octets", Uint()),
        Field(3, "age", Uint()),
        Field(4, "dropped", Uint()),
        Field(5, "gaps", Uint()),
        Field(6, "alarms", ListOf(Text(limits.NAME_CHARS, 1), limits.ALARMS)),
    ),
)
