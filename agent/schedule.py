# SPDX-License-Identifier: Apache-2.0
"""When what is read: decided from the policy and the time alone.

Rules: a device's slots start at the same moment for all purposes and datasets, so that
one pass reads once what several purposes get, and what is of one purpose shares an
envelope; that moment is spread over devices by a digest, so a fleet does not come at
once, nor its first passes after a start; a missed slot is made up for once; a burdened
machine has longer slots; what a pass could not read waits, and keeps nothing else from
being read.
Not here: clock and waiting (`resident.py`), what is sent when
(`agent/delivery/shipping.py`).
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from math import inf

from agent.budget import PASS_AGAIN_SECONDS, START_PASS_SECONDS
from agent.governor.patience import stretched
from wire.policy import Policy
from wire.purposes import Purpose

EVERYTHING, DUE, PRESSING = "everything", "due", "pressing"
"""What a pass is over: all that is planned, what is due, or what of it a burdened
machine reads; else one dataset's name."""

Due = frozenset[tuple[Purpose, str]]
Times = Mapping[tuple[str, str], int]
"""When each (purpose, dataset) was last read."""
_WHOLE = 1 << 64
_DAY = 86_400
"""Every usual cadence divides a day, so slots of 15 minutes and of 6 hours meet."""


def offset(device: bytes) -> int:
    """Return the seconds by which a device's slots are shifted."""
    drawn = hashlib.sha256(device + b"slots").digest()
    return int.from_bytes(drawn[:8], "big") % _DAY


def start_wait(device: bytes) -> float:
    """Return the seconds after its start in which a device begins no pass."""
    drawn = hashlib.sha256(device + b"start").digest()
    return int.from_bytes(drawn[:8], "big") / _WHOLE * START_PASS_SECONDS


def due(
    policy: Policy,
    device: bytes,
    times: Times,
    now: int,
    *,
    burdened: bool = False,
) -> Due:
    """Return the (purpose, dataset) pairs whose slot has begun since the last pass.

    Args:
        policy: the policy in force.
        device: 16 bytes.
        times: when each dataset was last read for a purpose; none for never.
        now: signed time, seconds since the epoch.
        burdened: whether the machine has little to spare.
    """
    found: set[tuple[Purpose, str]] = set()
    shift = offset(device)
    slots: dict[int, tuple[range, ...]] = {}
    for rules in policy.purposes:  # every turn looks at all of them
        purpose = rules.purpose.value
        for rule in rules.datasets:
            every = rule.every
            if every is None:
                continue
            last = times.get((purpose, rule.dataset))
            if last is not None:
                if every not in slots:
                    slots[every] = _slots(now, shift, every, burdened=burdened)
                first, *longer = slots[every]
                if last in first or (longer and last in longer[0]):
                    continue
            found.add((rules.purpose, rule.dataset))
    return frozenset(found)


def _slots(now: int, shift: int, every: int, *, burdened: bool) -> tuple[range, ...]:
    """Return the seconds of the slot at hand; on a burdened machine of both."""
    cadences = every, *([stretched(every)] if burdened else ())
    starts = ((each, _slot(now, shift, each) * each + shift) for each in cadences)
    return tuple(range(start, start + each) for each, start in starts)


def next_slot(policy: Policy, device: bytes, now: int) -> int | None:
    """Return the first second after now at which a slot begins; None for never."""
    shift, cadences = offset(device), _cadences(policy)
    starts = ((_slot(now, shift, every) + 1) * every + shift for every in cadences)
    return min(starts, default=None)


def _cadences(policy: Policy) -> set[int]:
    """Return how often anything is read by itself: a diagnostic has no slot."""
    found = {rule.every for each in policy.purposes for rule in each.datasets}
    return {every for every in found if every is not None}


def _slot(moment: int, shift: int, every: int) -> int:
    return (moment - shift) // every


@dataclass(slots=True)
class Passes:
    """Which passes are due, and which had better wait.

    Attributes:
        tried: what the pass before this moment was to read.
        held: what it could not, whatever the reason.
        until: monotonic time up to which that waits.
        again: seconds that what the last pass could not read waits.
        at: signed time of the pass before this moment.
    """

    tried: Due = frozenset()
    held: Due = frozenset()
    until: float = 0.0
    again: float = PASS_AGAIN_SECONDS
    at: int = 0

    def ran(self, unread: Due) -> None:
        """Forget what the last pass did read: it may be due again within a second.

        Args:
            unread: what was due at the pass's own time, and is still.
        """
        self.tried &= unread

    def wanted(
        self, found: Due, moment: float, again: float = PASS_AGAIN_SECONDS
    ) -> bool:
        """Tell whether to run a pass now.

        Args:
            found: what is due.
            moment: on the monotonic clock.
            again: seconds that what could not be read waits.
        """
        left = self.tried & found
        if left:
            self.held, self.until = left, moment + min(self.again, again)
        ready = found - (self.held if moment < self.until else frozenset())
        self.tried = found if ready else frozenset()
        self.again = again
        return bool(ready)

    def rest(self, moment: float) -> float:
        """Return the seconds until what was held is wanted; infinite for nothing.

        Args:
            moment: on the monotonic clock.
        """
        return self.until - moment if moment < self.until else inf
