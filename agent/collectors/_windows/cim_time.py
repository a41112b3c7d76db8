# SPDX-License-Identifier: Apache-2.0
"""A time of WMI in seconds since the epoch.

Rules: pure, never raises.
Source: CIM_DATETIME, "yyyymmddHHMMSS.mmmmmmsUUU", the offset in minutes.
"""

import re
from datetime import UTC, datetime, timedelta

from wire.values import Value

_TIME = re.compile(r"(\d{14})\.\d{6}([+-])(\d{3})\Z", re.ASCII)


def cim_time(value: Value) -> int | None:
    """Return a time of WMI; None where it is none, or before 1970."""
    match = _TIME.match(value) if isinstance(value, str) else None
    if match is None:
        return None
    offset = timedelta(minutes=int(match[2] + match[3]))
    try:
        moment = datetime.strptime(match[1], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
        seconds = int((moment - offset).timestamp())
    except (ValueError, OverflowError):
        return None
    return seconds if seconds >= 0 else None
