# SPDX-License-Identifier: Apache-2.0
"""Contributions of small fleets that can be counted by hand.

Rules: devices are of tenants in turn.
Not here: random fleets (`tests/model/anonymise`).
"""

import random
from collections.abc import Mapping

from server.anonymise.fleet import Contribution
from server.anonymise.noise import Chance

TENANTS = [bytes([at]) * 16 for at in range(3)]


def contributions(
    counts: Mapping[tuple[str, ...], int], tenants: int = 3, value: float = 1.0
) -> list[Contribution]:
    """Return so many devices in each cell, of tenants in turn."""
    return [
        Contribution(TENANTS[at % tenants], f"{cell}{at}".encode(), cell, value)
        for cell, count in counts.items()
        for at in range(count)
    ]


def seeded(seed: int) -> Chance:
    """Return chance that is the same in each run."""
    return random.Random(seed).randrange  # noqa: S311 - a test draws the same always
