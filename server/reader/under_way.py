# SPDX-License-Identifier: Apache-2.0
"""A reading that was granted and is not done: what it rests on, and until when.

Not here: what is done with it (`requests.py`), the decision (`grants.py`).
"""

from dataclasses import dataclass

from server.reader.grants import Grant
from server.reader.question import Request
from server.reader.remembered import Index, Standing
from server.reader.selection import Selection


@dataclass(slots=True)
class Reading:
    """One reading that was granted; `ends` and `looked` are by the desk's clock.

    `standing` is what must not change while it goes on: rights in force, and keys;
    `index` is what the store has, if that was looked at.
    """

    request: Request
    grant: Grant
    selection: Selection
    now: int
    ends: float
    looked: float
    standing: Standing
    index: Index | None = None


def narrowed(reading: Reading, grant: Grant) -> bool:
    """Tell whether a ticket, now, no longer allows what is being read."""
    if reading.grant.matter not in {b"", grant.matter}:
        return True
    if not grant.devices:
        return False
    chosen = reading.selection
    if not chosen.devices or not set(chosen.devices) <= set(grant.devices):
        return True
    return any(
        grant.begins.get(one, 0) > chosen.since_of(one) for one in chosen.devices
    )
