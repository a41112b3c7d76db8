# SPDX-License-Identifier: Apache-2.0
"""What devices told last of their queues, of which a store keeps the octets.

Not here: the message (`wire/queue_state.py`), sums over a fleet (`server/devices.py`).
"""

from collections.abc import Sequence
from functools import lru_cache

from wire.errors import WireError
from wire.queue_state import QUEUE_STATE, QueueState

_REMEMBERED = 1_024
"""States that were read last: most machines of a fleet have nothing to say of their
queues and say it alike."""


def alarms(queue: bytes | None) -> Sequence[str]:
    """Return the slugs of what needs a person, as the device told last.

    Args:
        queue: the encoded state of its queue; None before it told any.
    """
    if queue is None:
        return ()
    told = queue_of(queue)
    return ("queue-unreadable",) if told is None else told.alarms


@lru_cache(_REMEMBERED)
def queue_of(queue: bytes | None) -> QueueState | None:
    """Return what a device told last of its queue; None: nothing that can be read."""
    if queue is None:
        return None
    try:
        return QUEUE_STATE.decode(queue)
    except WireError:
        return None
