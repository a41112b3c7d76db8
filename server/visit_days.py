# SPDX-License-Identifier: Apache-2.0
"""The days of the console's log of requests, and until when each is kept.

Rules: a day's file goes as a whole, when its first line may be a fortnight old: so no
line is ever older, and the last ones of a day are kept for a day less.
Not here: what a line says (`server/console/visits.py`).
Source: privacy statement, 2.6.
"""

import datetime as dt
from contextlib import suppress
from pathlib import Path

STEM = "visits-"
LOG_DAYS = 14
"""The privacy statement's figure for what a portal writes down of its visitors: no line
is older."""
DAY_SECONDS = 86_400


def days(directory: Path) -> list[tuple[str, int]]:
    """Return the days of a log, and the second from which each is kept no more."""
    found = []
    for path in sorted(directory.glob(f"{STEM}*.jsonl")):
        day = path.stem.removeprefix(STEM)
        with suppress(ValueError):
            begun = dt.datetime.fromisoformat(day).replace(tzinfo=dt.UTC)
            found.append((day, int(begun.timestamp()) + LOG_DAYS * DAY_SECONDS))
    return found
