# SPDX-License-Identifier: Apache-2.0
"""Every bound of the store, with its reason.

Rules: named constants only, in bytes and seconds.
Not here: bounds of the wire (`wire/limits.py`) and of the gate (`gate/bounds.py`).
"""

from wire.limits import MIB

DAY_SECONDS = 86_400
DEVICE_DAY_BYTES = 320 * MIB
"""Of one device in a day: a whole full spool of 256 MiB, and what comes beside it."""
DAY_BYTES_LEAST = 4 * MIB
"""An operator may allow no less: an agent's largest shipment."""
DAY_BYTES_MOST = 1_024 * 1_024 * 1_024 * MIB
"""Nor more, a PiB: no sum of them overflows."""
ANNOUNCED_DAY_BYTES = 1 * MIB
"""On top, of envelopes without records: what was lost is heard also when no data is."""
LOST_SECONDS = 86_400
"""A day to bring back a newer backup, before what only it has is given up."""
HOLES = 1_000
"""Of a chain told at a time: more is a device that numbers its envelopes at random."""
RECORDS = 2**40
"""Of one envelope in a sum: a device may claim any number, and no sum may overflow."""
KEPT_DAYS = 31
"""Days of use that are kept: a month shows who fills a store."""
DELETED_BYTES = 1 * MIB
"""Of one slice of a deletion: a few milliseconds of writing, which a gate waits for."""
SAMPLE_BYTES = 32
"""Of what is to be looked for after a deletion: no two envelopes share so many."""
SCRUB_WAIT_SECONDS = 0.05
"""While SQLite waits for views to end, nobody can store."""
COMPACTED_PAGES = 256
"""Given back in one transaction: 1 MiB is moved at most."""
DELETED_ROWS = 500
"""Of one slice, however fast the disk is."""
SLICE_SECONDS = 0.01
"""That a slice takes about: no longer than a gate's own commit."""
REST = 9
"""Times what a slice took: so a purge has a tenth of the store's time at most."""
SEARCHED_BYTES = 8 * MIB
"""Of a file in memory at a time, while it is looked through."""
SCRUB_ROUNDS = 8
"""Of wiping and looking again; one does but for pages that changed meanwhile."""
