# SPDX-License-Identifier: Apache-2.0
"""What a poll says that a person should look at, in slugs.

Rules: an alarm takes no room in the queue, so that it leaves when nothing else does;
it is told for as long as it is true, or for a day of what is over in a moment.
Not here: what is wrong with the spool (`agent/spool/spool.py` knows), who reads it (the
collector).
"""

from collections.abc import Iterable

from agent.budget import ALARM_SECONDS
from agent.clock import LOWERED
from agent.delivery.awaiting import is_overdue
from agent.spool.spool import Spool
from wire import limits

UNWRITABLE = "disk-unwritable"
OVERDUE = "mark-overdue"
FLOOR_LOWERED = "clock-floor-lowered"


def alarms(spool: Spool, now: int, also: Iterable[str] = ()) -> tuple[str, ...]:
    """Return the alarms of this moment, in order.

    Args:
        spool: the queue.
        now: the device's time, seconds since the epoch.
        also: what is known elsewhere.
    """
    found = {*also, *spool.facts().alarms}
    if is_overdue(spool):
        found.add(OVERDUE)
    lowered = spool.value(LOWERED)
    if lowered is not None and abs(now - lowered) < ALARM_SECONDS:
        found.add(FLOOR_LOWERED)
    return tuple(sorted(found))[: limits.ALARMS]
