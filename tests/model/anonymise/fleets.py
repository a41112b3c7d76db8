# SPDX-License-Identifier: Apache-2.0
"""Random fleets, each from its number alone.

Rules: a fleet has few or many devices, tenants and cells, and some rare values.
Not here: what is looked for (`auditor.py`, `play.py`).
"""

import random
from dataclasses import dataclass

from server.anonymise.fleet import Contribution

ONE = 1.0


@dataclass(frozen=True)
class Made:
    """A fleet and what is asked of it."""

    rows: list[Contribution]
    measured: bool
    several: bool
    """Whether devices are in several cells."""


def made(number: int) -> Made:
    """Return the fleet of a number."""
    drawn = random.Random(number)  # noqa: S311 - the same each time
    tenants = [bytes([at]) * 16 for at in range(drawn.randint(1, 7))]
    levels = drawn.randint(1, 3)
    shape = [(drawn.randint(1, 7), drawn.uniform(0.2, 1.5)) for _ in range(levels)]
    measured, several = drawn.random() < 0.3, drawn.random() < 0.3
    rows = []
    for device in range(drawn.randint(3, 300)):
        tenant, token = drawn.choice(tenants), device.to_bytes(16, "big")
        for _ in range(drawn.randint(1, 3) if several else 1):
            cell = tuple(
                f"{'abc'[at]}{min(int(drawn.expovariate(rate)), count - 1)}"
                for at, (count, rate) in enumerate(shape)
            )
            value = abs(drawn.gauss(100, 30)) if measured else ONE
            rows.append(Contribution(tenant, token, cell, value))
    return Made(rows, measured, several)
