# SPDX-License-Identifier: Apache-2.0
"""Every bound of what is done about a disk that refuses to be read, with its reason.

Rules: as in `agent/budget.py`.
Not here: what a disk that refuses to be written costs (`agent/budget.py`).
"""

from wire import limits

UNREAD_SECONDS = 900
"""Between two times that a disk is asked for what it refuses: a service that cannot
work so is started anew each half hour, and asks in each of its lives."""
UNREAD_TIMES = 16
"""In a row, after which a page is given up: four hours, by when a disk that hung has
been reset, and a machine has cooled down or been started anew."""
UNREAD_PAGES = 1_024
"""Given up at most: 4 MiB, a dead block of a memory card. What refuses more is dying,
and a person may copy what it still gives."""
UNREAD_ASK_SECONDS = 120.0
"""For asking for all of a spool: a full one from a slow card takes a minute, and a disk
may try ten times for ten seconds; twice that and a salvage fit a watchdog's minutes."""
UNREAD_BYTES = 32 * limits.KIB
"""The file of what is refused: 1,024 pages at most, at six bytes."""
