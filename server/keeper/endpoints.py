# SPDX-License-Identifier: Apache-2.0
"""Which endpoints a client had on a day, by their enrolments alone.

Rules: pure; an endpoint counts from the day of its enrolment; one that said farewell,
was revoked or set aside counts to the day on which it was heard last; one that is
silent counts, for it is served; a day is one of UTC and counted when it is over.
Not here: keeping the numbers (`server/register/counts.py`).
"""

from collections.abc import Iterable, Sequence

from server.keeper.bounds import COUNT_DAYS
from server.store.interface import Device, DeviceState
from wire.policy_check import DAY


def endpoints_on(devices: Iterable[Device], day: int) -> int:
    """Return how many endpoints there were on a day.

    Args:
        devices: all that are known; one that is over is known for a month more.
        day: days since 1970-01-01, UTC.
    """
    return sum(
        one.enrolled // DAY <= day
        and (one.state is DeviceState.ACTIVE or day <= _last(one))
        for one in devices
    )


def uncounted(devices: Sequence[Device], counted: int | None, now: int) -> range:
    """Return the days that are over and are to be counted now.

    Args:
        devices: all that are known.
        counted: the last day that is; None where none is.
        now: seconds since the epoch.
    """
    today = now // DAY
    first = min((one.enrolled // DAY for one in devices), default=today)
    first = first if counted is None else counted + 1
    return range(max(first, today - COUNT_DAYS), today)


def _last(device: Device) -> int:
    return max(device.seen, device.enrolled) // DAY
