# SPDX-License-Identifier: Apache-2.0
"""How fast a backlog is sent after an outage, beside what is new; decided without I/O.

Rules: what is new goes first and at once; what waited goes at a rate that is fixed when
the outage ends, so that it is gone within a small part of the outage's own length and a
site's machines do not all come at once; pauses are drawn, never equal.
Not here: whether to send at all (`shipping.py`), which envelopes those are
(`Spool.waiting`).
"""

from dataclasses import dataclass

from agent import budget


@dataclass(frozen=True, slots=True)
class Pace:
    """The sending of one backlog.

    Attributes:
        live: the number from which on envelopes are new; 0 where there is no backlog.
        rate: bytes a second at which the backlog is sent, on average.
        after: nothing of the backlog is sent before, on the caller's monotonic clock.
    """

    live: int = 0
    rate: float = 0.0
    after: float = 0.0


EVEN = Pace()
"""No backlog: all that waits is new."""


def begun(octets: int, newest: int, outage: float, now: float) -> Pace:
    """Return the pace at which a backlog is to be sent.

    Args:
        octets: its bytes.
        newest: the highest number of an envelope in it.
        outage: seconds that the collector was away.
        now: the caller's monotonic clock.
    """
    within = max(outage * budget.PACE_SHARE, 1.0)
    return Pace(newest + 1, max(budget.PACE_MINIMUM_RATE, octets / within), now)


def went(pace: Pace, octets: int, now: float, random: float) -> Pace:
    """Return the pace after so much of the backlog was sent.

    Args:
        pace: as it was.
        octets: bytes of the backlog in the shipment.
        now: the caller's monotonic clock.
        random: drawn from [0, 1): the pause is from none to twice the average.
    """
    if not pace.live or not octets:
        return pace
    return Pace(pace.live, pace.rate, now + 2 * random * octets / pace.rate)


def share(pace: Pace, now: float) -> int:
    """Return how many bytes of the backlog may leave now.

    Args:
        pace: as it is.
        now: the caller's monotonic clock.
    """
    return budget.SHIPMENT_BODY_BYTES if now >= pace.after else 0
