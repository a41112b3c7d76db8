# SPDX-License-Identifier: Apache-2.0
"""The keeper's bounds, each with its reason.

Rules: no number of the keeper stands anywhere else.
Not here: what a message may hold (`wire/limits.py`).
"""

ROUND_SECONDS = 60
"""What is due is ended this soon: far below the day within which it must be."""
TICK_SECONDS = 0.2
"""How often the keeper looks whether a round is due, or it is to end."""
ANSWERS = 4
"""At a time: an answer may hold a dataset in memory, and the rounds go on beside it."""
CLOCK_BEHIND_SECONDS = 12 * 3_600
"""Half of the day within which what is due must be ended: time for a person to look."""
