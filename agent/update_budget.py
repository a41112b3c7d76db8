# SPDX-License-Identifier: Apache-2.0
"""Every bound of what an update may cost a machine, with its reason.

Rules: as of `agent/budget.py`, which has all others.
Not here: what is done at a bound.
"""

from wire import limits

UPDATE_FILE_SECONDS = 900.0
"""One file of the update repository: 40 MB of a package at a third of a megabit."""
UPDATE_TRIES = 60
"""Of one file, where the collector ends the connection before it answers, as it does
with whom it does not know where many come from one address: one in fifty gets in."""
UPDATE_REST_SECONDS = 2.0
"""Between two of them: two minutes in all, and fifteen handshakes of an office's ten a
second for thirty machines."""
UPDATE_PACKAGE_BYTES = 256 * limits.MIB
"""One package: five times what the agent's own takes with its runtime."""
UPDATE_METADATA_BYTES = 1 * limits.MIB
"""One metadata file: a release needs 300 bytes of it for each kind of package."""
UPDATE_ROOTS = 64
"""Roots that follow one another: one a year, or after a key was lost."""
UPDATE_SECONDS = 3_600.0
"""A whole look for an update, with two packages: longer, and a network hangs."""
UPDATE_MEMORY_BYTES = 192 * limits.MIB
"""Memory of a look's own: its libraries take 30 MiB, and files are not held in it."""
UPDATE_EVERY_SECONDS = 6 * 3_600
"""Between two looks of a resident agent: a release reaches the fleet within a day."""
UPDATE_FIRST_SECONDS = 1_800
"""Until the first look after a start: a machine that begins has other things to do."""
UPDATE_SPREAD_SECONDS = 7_200
"""By chance beside each of both: a fleet that is switched on at eight asks by ten."""
UPDATE_TEXT_BYTES = 4 * limits.KIB
"""The small files by which agent and installer tell each other: some lines each."""
UPDATE_INSTALL_SECONDS = 120.0
"""A package manager at work: 10 seconds on a slow disk; with its end the way back, and
all within five minutes."""
UPDATE_HEALTH_SECONDS = 150.0
"""For which a new release may take until its first good exchange: it begins within
seconds, and a failed one is tried again after 30."""
UPDATE_HEALTH_LOOK_SECONDS = 2.0
"""Between two looks for the mark: soon enough, and it costs nothing."""
UPDATE_ATTEMPTS = 2
"""Waits for the mark of one release, where the first was cut off by a restart."""
UPDATE_STRIKES = 2
"""Tries of one release: the first may have met a collector that was away."""
UPDATE_STRIKE_SECONDS = 24 * 3_600
"""Between two tries of one release."""
UPDATE_BACK_TRIES = 6
"""Tries to put the release before back: another package manager may hold the lock."""
UPDATE_BACK_SECONDS = 10.0
"""Between two of them."""
