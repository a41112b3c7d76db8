# SPDX-License-Identifier: Apache-2.0
"""Times in log files, in the machine's own time zone.

Rules: what is no time is None; a time without a year is the last one that fits.
Not here: the machine's clock (the reader is told what time it is).
Sources: RFC 3164, RFC 3339, tzfile(5).
"""

import struct
from datetime import UTC, date, datetime, tzinfo
from io import BytesIO

from agent.collectors._shared.gather import small
from agent.host.interface import Host

_MONTHS = {
    name: index
    for index, name in enumerate(
        b"Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), 1
    )
}
_DAY = 86_400
_EPOCH = date(1970, 1, 1).toordinal()
_HOUR = 3_600
_HOURS_KEPT = 4_096
"""Hours whose offset is remembered: half a year of log lines."""


class Clock:
    """Reads times of one machine; remembers the zone's offset of each hour."""

    def __init__(self, zone: tzinfo, now: float) -> None:
        """Take the machine's zone and the current time."""
        self._zone = zone
        self._now = now
        self._offsets: dict[int, int] = {}

    def seconds(self, stamp: bytes) -> int | None:
        """Return the seconds since the epoch of a time in a log line."""
        if stamp[:1].isdigit():
            return self._standard(stamp)
        return self._yearless(stamp)

    def _standard(self, stamp: bytes) -> int | None:
        try:
            moment = datetime.fromisoformat(stamp.decode("ascii"))
            if moment.tzinfo is not None:
                return int(moment.timestamp())
        except (ValueError, OverflowError):
            return None
        return self._local(_seconds(*moment.timetuple()[:6]))

    def _yearless(self, stamp: bytes) -> int | None:
        """Return the time of "Mon dd hh:mm:ss": the latest not after tomorrow."""
        month = _MONTHS.get(stamp[:3])
        try:
            day, hour, minute, second = (
                int(stamp[at : at + 2]) for at in (4, 7, 10, 13)
            )
            year = datetime.fromtimestamp(self._now, self._zone).year
        except (ValueError, OverflowError, OSError):
            return None
        if month is None or not 1 <= day <= 31 or hour > 23 or minute > 59:  # noqa: PLR2004 - a calendar
            return None
        found = self._local(_seconds(year, month, day, hour, minute, second))
        if found > self._now + _DAY:
            found = self._local(_seconds(year - 1, month, day, hour, minute, second))
        return found

    def _local(self, wall: int) -> int:
        """Return the time at which the machine's wall clock showed a time."""
        hour = wall // _HOUR
        offset = self._offsets.get(hour)
        if offset is None:
            if len(self._offsets) > _HOURS_KEPT:
                self._offsets.clear()
            offset = self._offset(hour * _HOUR)
            self._offsets[hour] = offset
        return wall - offset

    def _offset(self, wall: int) -> int:
        """Return how far the zone is ahead of UTC; 0 where a damaged one is absurd."""
        try:
            naive = datetime.fromtimestamp(wall, UTC).replace(tzinfo=self._zone)
            shift = naive.utcoffset()
        except (ValueError, OverflowError):
            return 0
        return int(shift.total_seconds()) if shift is not None else 0


def _seconds(
    year: int, month: int, day: int, hour: int, minute: int, second: int
) -> int:
    """Return the seconds since the epoch of a time in UTC, as `calendar` would.

    Raises:
        ValueError: there is no such month or year.
    """
    days = date(year, month, 1).toordinal() - _EPOCH + day - 1
    return days * _DAY + hour * _HOUR + minute * 60 + second


def local_clock(host: Host, now: float) -> Clock:
    """Return the clock of a machine; in UTC where its zone file cannot be read."""
    from zoneinfo import ZoneInfo  # noqa: PLC0415 - 3 ms, and few lines have a local time

    try:
        zone: tzinfo = ZoneInfo.from_file(BytesIO(small(host, "/etc/localtime")))
    except (ValueError, LookupError, ArithmeticError, EOFError, struct.error):
        zone = UTC
    return Clock(zone, now)
