# SPDX-License-Identifier: Apache-2.0
"""Dice that fall the same way each time they are named the same.

Rules: everything random in a simulated world comes from here.
Not here: what is decided by them.
"""

import random


def dice(seed: int, name: str) -> random.Random:
    """Return the dice of a seed for one use: more throws of one disturb no other."""
    return random.Random(f"{seed} {name}")  # noqa: S311 - it must be repeatable
